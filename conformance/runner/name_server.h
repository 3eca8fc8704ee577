// SPDX-License-Identifier: BSD-2-Clause
// NameServer: a scripted name server for the private network. It answers what the world says, or fails, or
// keeps silent, and remembers every question.
#ifndef POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_
#define POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "conformance/runner/name_answer.h"

namespace postern::conformance {

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

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_NAME_SERVER_H_
