// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/adapter.h"

#include <fstream>
#include <sstream>
#include <system_error>

#include "conformance/runner/printable.h"
#include "conformance/runner/private_network.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

constexpr int kCannotDo = 89;
constexpr size_t kTail = 1500;

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
  if (!answer.value("per_account", true)) {
    throw AdapterError(
        "describe: per_account is false. Only servers with one list per account are run so far");
  }
  return d;
}

json account_json(const Account& account) {
  json list = json::array();
  for (const std::string& value : account.list) list.push_back(octets_to_json(value));
  json result = {{"account", account.account}, {"password", account.password}, {"list", list}};
  if (account.raw) result["raw"] = true;
  return result;
}

Started read_started(const json& answer) {
  Started started;
  for (const auto& [protocol, endpoint] : answer.at("endpoints").items()) {
    started.endpoints[protocol] = {endpoint.value("address", std::string(kServerIpv4)),
                                   endpoint.value("address6", std::string(kServerIpv6)),
                                   endpoint.at("port").get<unsigned>()};
  }
  for (const json& pid : answer.value("pids", json::array())) started.pids.push_back(pid.get<pid_t>());
  return started;
}

Applied read_applied(const json& result) {
  Applied applied{result.at("status"), result.value("detail", "")};
  if (applied.status != "applied" && applied.status != "refused-at-write" &&
      applied.status != "unimplemented") {
    throw AdapterError("apply: '" + applied.status + "' is no status. ADAPTERS.md lists the three");
  }
  return applied;
}

}  // namespace

Adapter::Adapter(std::filesystem::path executable, std::filesystem::path state)
    : executable_(std::move(executable)), state_(std::move(state)) {}

std::string Adapter::diagnostics_tail() const {
  std::ifstream in(state_ / "adapter.log", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  std::string all = text.str();
  if (all.size() > kTail) all.erase(0, all.size() - kTail);
  return all.empty() ? "" : "; it said: " + escaped(all);
}

json Adapter::call(const std::string& verb, const json& request, Milliseconds deadline) const {
  RunRequest run;
  run.arguments = {executable_.string(), verb};
  run.input = request.dump() + "\n";
  run.deadline = deadline;
  if (std::filesystem::exists(state_)) {
    run.directory = state_.string();
    run.environment = {"POSTERN_STATE=" + state_.string()};
    run.diagnostics_file = (state_ / "adapter.log").string();
  }
  const std::string where = "adapter " + executable_.string() + ", " + verb + ": ";
  RunResult result;
  try {
    result = run_program(run);
  } catch (const std::system_error& e) {
    throw AdapterError(where + e.what() + ". Give --adapter an executable file");
  }
  if (result.timed_out)
    throw AdapterError(where + "no end within " + std::to_string(deadline.count()) + " ms" +
                       diagnostics_tail());
  if (result.status.code == kCannotDo)
    throw AdapterError(where + "it cannot run here (exit 89)" + diagnostics_tail());
  if (result.status.code != 0) throw AdapterError(where + result.status.text() + diagnostics_tail());
  try {
    return parse_json_strictly(result.output);
  } catch (const std::exception& e) {
    throw AdapterError(where + "the answer is no JSON object: " + e.what() + diagnostics_tail());
  }
}

Description Adapter::describe() const {
  const json answer = call("describe", json::object(), Milliseconds{10000});
  try {
    return read_description(answer);
  } catch (const json::exception& e) {
    throw AdapterError("adapter " + executable_.string() + ", describe: " + e.what());
  }
}

Started Adapter::start(const std::map<std::string, std::string>& settings) const {
  const json answer = call("start",
                           {{"state", state_.string()},
                            {"settings", settings.empty() ? json::object() : json(settings)},
                            {"listen", {{"ipv4", kServerIpv4}, {"ipv6", kServerIpv6}}}},
                           Milliseconds{30000});
  try {
    return read_started(answer);
  } catch (const json::exception& e) {
    throw AdapterError("adapter " + executable_.string() + ", start: " + e.what());
  }
}

std::map<std::string, Applied> Adapter::apply(const std::vector<Account>& accounts) const {
  json list = json::array();
  for (const Account& account : accounts) list.push_back(account_json(account));
  const json answer = call("apply", {{"state", state_.string()}, {"accounts", list}}, Milliseconds{60000});
  std::map<std::string, Applied> applied;
  try {
    // {"status": "applied"} alone speaks for all.
    if (answer.contains("status")) {
      for (const Account& account : accounts) applied[account.account] = read_applied(answer);
      return applied;
    }
    for (const json& result : answer.at("results")) applied[result.at("account")] = read_applied(result);
  } catch (const json::exception& e) {
    throw AdapterError("adapter " + executable_.string() + ", apply: " + e.what());
  }
  for (const Account& account : accounts) {
    if (!applied.contains(account.account))
      throw AdapterError("apply: no result for account " + account.account);
  }
  return applied;
}

void Adapter::stop() const {
  call("stop", {{"state", state_.string()}}, Milliseconds{15000});
}

}  // namespace postern::conformance
