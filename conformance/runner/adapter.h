// SPDX-License-Identifier: BSD-2-Clause
// Adapter: the executable that stands for a server. ADAPTERS.md is its contract.
#ifndef POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_
#define POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conformance/runner/adapter_answer.h"
#include "conformance/runner/process.h"

namespace postern::conformance {

struct Account {
  std::string account;
  std::string password;
  std::vector<std::string> list;
  bool raw = false;
};

class Adapter {
 public:
  // `executable` as given on the command line; a name without a slash is looked for in the folder of the
  // adapters.
  Adapter(std::filesystem::path executable, std::filesystem::path state);

  // describe may be called before the state directory exists; the rest not. All throw AdapterError.
  Description describe() const;
  Started start(const std::map<std::string, std::string>& settings) const;
  // apply: replaces all accounts; one answer per account, by name.
  std::map<std::string, Applied> apply(const std::vector<Account>& accounts) const;
  void stop() const;

 private:
  // call: runs the verb, and has `parse` read its answer.
  template <class Parse>
  auto call(const std::string& verb, const nlohmann::json& request, Milliseconds deadline, Parse parse) const;
  std::string diagnostics_tail() const;

  std::filesystem::path executable_;
  std::filesystem::path state_;
};

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_
