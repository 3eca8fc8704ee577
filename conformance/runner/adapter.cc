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

json account_json(const Account& account) {
  json list = json::array();
  for (const std::string& value : account.list) list.push_back(octets_to_json(value));
  json result = {{"account", account.account}, {"password", account.password}, {"list", list}};
  if (account.raw) result["raw"] = true;
  return result;
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

template <class Parse>
auto Adapter::call(const std::string& verb, const json& request, Milliseconds deadline, Parse parse) const {
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
    return parse(result.output);
  } catch (const AdapterError& e) {
    throw AdapterError(where + e.what() + diagnostics_tail());
  }
}

Description Adapter::describe() const {
  return call("describe", json::object(), Milliseconds{10000}, parse_description);
}

Started Adapter::start(const std::map<std::string, std::string>& settings) const {
  return call("start",
              {{"state", state_.string()},
               {"settings", settings.empty() ? json::object() : json(settings)},
               {"listen", {{"ipv4", kServerIpv4}, {"ipv6", kServerIpv6}}}},
              Milliseconds{30000}, parse_started);
}

std::map<std::string, Applied> Adapter::apply(const std::vector<Account>& accounts) const {
  json list = json::array();
  std::vector<std::string> names;
  for (const Account& account : accounts) {
    list.push_back(account_json(account));
    names.push_back(account.account);
  }
  return call("apply", {{"state", state_.string()}, {"accounts", list}}, Milliseconds{60000},
              [&names](std::string_view answer) { return parse_applied(answer, names); });
}

void Adapter::stop() const {
  call("stop", {{"state", state_.string()}}, Milliseconds{15000}, parse_stopped);
}

}  // namespace postern::conformance
