// SPDX-License-Identifier: BSD-2-Clause
// What an adapter answers, read as octets of somebody else's. ADAPTERS.md is the contract. Pure.
#ifndef POSTERN_CONFORMANCE_RUNNER_ADAPTER_ANSWER_H_
#define POSTERN_CONFORMANCE_RUNNER_ADAPTER_ANSWER_H_

#include <sys/types.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/runner/judge.h"

namespace postern::conformance {

// AdapterError: the adapter broke its contract. what() says what; Adapter's also the verb, and where its
// diagnostics are.
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

// Endpoint: where a protocol is spoken; both addresses can be connected to.
struct Endpoint {
  std::string ipv4;
  std::string ipv6;
  unsigned port = 0;  // 1 to 65535
};

struct Started {
  std::map<std::string, Endpoint> endpoints;
  std::vector<pid_t> pids;  // above 1
};

struct Applied {
  std::string status;  // "applied", "refused-at-write" or "unimplemented"
  std::string detail;
};

// Each reads one answer, and throws AdapterError and nothing else. parse_applied: one result for each of
// `accounts` at least, by name.
Description parse_description(std::string_view answer);
Started parse_started(std::string_view answer);
std::map<std::string, Applied> parse_applied(std::string_view answer,
                                             const std::vector<std::string>& accounts);
void parse_stopped(std::string_view answer);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_ADAPTER_ANSWER_H_
