// SPDX-License-Identifier: BSD-2-Clause
// NameServer: a scripted name server for the private network. It answers what the world says, or fails, or
// keeps silent, and remembers every question. The wire format is libldns's.
#ifndef POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_
#define POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "conformance/spec/table.h"

namespace postern::conformance {

// NameData: what the name server says. Addresses are in canonical text (address.h), names as the table has
// them; questions find names whatever their case.
struct NameData {
  struct Reverse {
    LookupStatus status = LookupStatus::kNone;
    std::vector<std::string> names;
  };
  std::map<std::string, Reverse> reverse;                // by address; one that is absent has no name
  std::map<std::string, std::set<std::string>> forward;  // by name
};

class NameServer {
 public:
  // Serves on `sockets` (bound datagram sockets, not owned) from a thread of its own until destroyed.
  explicit NameServer(const std::vector<int>& sockets);
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  ~NameServer();

  // load: replaces the data, and forgets the questions so far.
  void load(NameData data);

  // was_asked: whether a reverse look-up of `address` has come since load or forget_questions.
  bool was_asked(const std::string& address) const;
  void forget_questions();

 private:
  void serve(const std::vector<int>& sockets);
  void answer(int socket);

  mutable std::mutex mutex_;
  NameData data_;
  std::set<std::string> asked_;  // owner names of PTR questions, lower case
  int stop_ = -1;
  std::thread thread_;
};

// reverse_name: the name under in-addr.arpa or ip6.arpa for `address`, lower case, no trailing dot.
std::string reverse_name(const std::string& address);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_
