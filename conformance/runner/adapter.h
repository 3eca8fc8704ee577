// SPDX-License-Identifier: BSD-2-Clause
// Adapter: the executable that stands for a server. ADAPTERS.md is its contract.
#ifndef POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_
#define POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/runner/judge.h"
#include "conformance/runner/process.h"

namespace postern::conformance {

// AdapterError: the adapter broke its contract. what() says verb, what, and where its diagnostics are.
class AdapterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Description: the answer to `describe`.
struct Description {
  std::string name;
  std::string version;
  std::string layer;  // "live" or "pure"
  std::vector<std::string> protocols = {"pop3"};
  std::set<std::string> settings;  // what `start` understands
  bool ipv4 = true;
  bool ipv6 = true;
  bool judges_lists = false;  // it has a writer of its own: malformed lists may be handed to it
  bool raw = false;           // it can store a malformed list all the same (AD-G8)
  Claims claims;
};

// Endpoint: where a protocol is spoken.
struct Endpoint {
  std::string ipv4;
  std::string ipv6;
  unsigned port = 0;
};

struct Started {
  std::map<std::string, Endpoint> endpoints;
  std::vector<pid_t> pids;
};

struct Account {
  std::string account;
  std::string password;
  std::vector<std::string> list;
  bool raw = false;
};

struct Applied {
  std::string status;  // "applied", "refused-at-write" or "unimplemented"
  std::string detail;
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
  nlohmann::json call(const std::string& verb, const nlohmann::json& request, Milliseconds deadline) const;
  std::string diagnostics_tail() const;

  std::filesystem::path executable_;
  std::filesystem::path state_;
};

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_ADAPTER_H_
