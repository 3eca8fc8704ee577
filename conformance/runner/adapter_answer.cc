// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/adapter_answer.h"

#include <cstdint>
#include <limits>

#include "conformance/runner/address.h"
#include "conformance/runner/json_number.h"
#include "conformance/runner/private_network.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

bool contains(const json& list, const std::string& text) {
  for (const json& item : list) {
    if (item == text) return true;
  }
  return false;
}

Claims read_claims(const json& answer) {
  Claims claims;
  for (const json& field : answer.value("gives", json::array()))
    claims.gives.insert(field.get<std::string>());
  const json claimed = answer.value("claims", json::array());
  claims.hardening = contains(claimed, "hardening");
  claims.extension = contains(claimed, "extension");
  claims.our_dialect = contains(claimed, "dialect");
  return claims;
}

Description read_description(const json& answer) {
  Description d;
  d.name = answer.at("name");
  d.version = answer.value("version", "");
  d.layer = answer.at("layer");
  d.claims = read_claims(answer);
  d.judges_lists = answer.value("judges_lists", false);
  d.raw = answer.value("raw", false);
  if (answer.contains("protocols")) d.protocols = answer.at("protocols").get<std::vector<std::string>>();
  for (const json& name : answer.value("settings", json::array())) d.settings.insert(name.get<std::string>());
  if (answer.contains("families")) {
    d.ipv4 = contains(answer.at("families"), "ipv4");
    d.ipv6 = contains(answer.at("families"), "ipv6");
  }
  if (d.layer != "live" && d.layer != "pure")
    throw AdapterError("'" + d.layer + "' is no layer. ADAPTERS.md lists the two");
  if (d.protocols.empty()) throw AdapterError("no protocol. Leave it out for pop3");
  if (!answer.value("per_account", true))
    throw AdapterError("per_account is false. Only servers with one list per account are run so far");
  return d;
}

std::string address_at(const json& endpoint, const char* key, std::string_view otherwise, int family) {
  const std::string text = endpoint.value(key, std::string(otherwise));
  const auto address = socket_address(text, 1);
  if (!address || address->family() != family)
    throw AdapterError("endpoints: '" + text + "' is not such an address as " + key + " is");
  return text;
}

Started read_started(const json& answer) {
  Started started;
  for (const auto& [protocol, endpoint] : answer.at("endpoints").items()) {
    started.endpoints[protocol] = {
        address_at(endpoint, "address", kServerIpv4, AF_INET),
        address_at(endpoint, "address6", kServerIpv6, AF_INET6),
        static_cast<unsigned>(number_in(endpoint.at("port"), 1, 65535, "endpoints: port"))};
  }
  for (const json& pid : answer.value("pids", json::array()))
    started.pids.push_back(static_cast<pid_t>(number_in(pid, 2, std::numeric_limits<pid_t>::max(), "pids")));
  return started;
}

Applied read_applied(const json& result) {
  Applied applied{result.at("status"), result.value("detail", "")};
  if (applied.status != "applied" && applied.status != "refused-at-write" &&
      applied.status != "unimplemented") {
    throw AdapterError("'" + applied.status + "' is no status. ADAPTERS.md lists the three");
  }
  return applied;
}

// read: one answer as an object, by `reader`.
template <class Reader>
auto read(std::string_view text, Reader reader) {
  json answer;
  try {
    answer = parse_json_strictly(text);
  } catch (const std::exception& e) {
    throw AdapterError(std::string("the answer is no JSON object: ") + e.what());
  }
  if (!answer.is_object()) throw AdapterError("the answer is no JSON object");
  try {
    return reader(answer);
  } catch (const AdapterError&) {
    throw;
  } catch (const std::exception& e) {
    throw AdapterError(e.what());
  }
}

}  // namespace

Description parse_description(std::string_view answer) {
  return read(answer, read_description);
}

Started parse_started(std::string_view answer) {
  return read(answer, read_started);
}

std::map<std::string, Applied> parse_applied(std::string_view answer,
                                             const std::vector<std::string>& accounts) {
  return read(answer, [&accounts](const json& object) {
    std::map<std::string, Applied> applied;
    // {"status": "applied"} alone speaks for all.
    if (object.contains("status")) {
      for (const std::string& account : accounts) applied[account] = read_applied(object);
      return applied;
    }
    for (const json& result : object.at("results")) applied[result.at("account")] = read_applied(result);
    for (const std::string& account : accounts) {
      if (!applied.contains(account)) throw AdapterError("no result for account " + account);
    }
    return applied;
  });
}

void parse_stopped(std::string_view answer) {
  read(answer, [](const json&) {});
}

}  // namespace postern::conformance
