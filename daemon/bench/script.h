// SPDX-License-Identifier: BSD-2-Clause
// What the load client says in a session, and what it must hear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::bench {

enum class Protocol { kPop3, kImap, kSmtp };

// Step is one thing said (nothing, for the greeting) and its answer, which ends with a line that begins with
// `last` (SMTP: whose fourth octet is no '-') and must begin with `good`.
struct Step {
  std::string name;
  std::string text;
  std::string last;
  std::string good;
  bool logs_in = false;  // after it the client is who it says
};

// Whom the sessions are for: the accounts u0, u1, … of that many, one after the other.
struct Load {
  Protocol protocol = Protocol::kPop3;
  std::size_t accounts = 1;
  std::size_t first_account = 0;
  std::string password;
  std::string domain;             // SMTP's recipients
  std::size_t message_size = 0;   // SMTP's, octets
  std::size_t expected_mail = 0;  // what STAT and SELECT must find in each mailbox
};

// script_of is the whole session number `number`, greeting to farewell.
std::vector<Step> script_of(const Load& load, std::size_t number);

// still_there is a step that a session can take at any time.
Step still_there(Protocol protocol);

// ends_answer: `line`, without its line's end, is the last of the answer to `step`.
bool ends_answer(Protocol protocol, const Step& step, std::string_view line);

}  // namespace postern::bench
