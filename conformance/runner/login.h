// SPDX-License-Identifier: BSD-2-Clause
// log_in_all: many logins from many addresses, several at once, in one poll loop.
#ifndef POSTERN_CONFORMANCE_RUNNER_LOGIN_H_
#define POSTERN_CONFORMANCE_RUNNER_LOGIN_H_

#include <functional>
#include <string>
#include <vector>

#include "conformance/runner/dialogue.h"
#include "conformance/runner/outcome.h"
#include "conformance/runner/private_network.h"
#include "conformance/runner/process.h"

namespace postern::conformance {

struct Login {
  std::string source;  // the client's address
  std::string account;
  std::string password;
};

struct LoginResult {
  LoginEnd end = LoginEnd::kTimedOut;
  std::string words;  // the last line of the server, or what went wrong
  WireLog wire;
  double seconds = 0;
  bool tried = false;
};

struct LoginOptions {
  std::string protocol;  // out of kProtocols
  std::string server_ipv4;
  std::string server_ipv6;
  unsigned port = 0;
  size_t at_once = 16;           // connections; never two from one address
  Milliseconds deadline{10000};  // for one whole login
  // After this many time-outs in a row with no other answer the rest is not tried.
  size_t give_up_after = 16;
};

// log_in_all: one result per login, in their order. Needs to be inside `network`.
std::vector<LoginResult> log_in_all(const PrivateNetwork& network, const LoginOptions& options,
                                    const std::vector<Login>& logins);

// wait_until_it_listens: whether the server accepts a connection within `patience`.
bool wait_until_it_listens(const PrivateNetwork& network, const LoginOptions& options, Milliseconds patience);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_LOGIN_H_
