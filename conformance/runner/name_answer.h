// SPDX-License-Identifier: BSD-2-Clause
// What the scripted name server makes of one datagram. The wire format is libldns's. Pure.
#ifndef POSTERN_CONFORMANCE_RUNNER_NAME_ANSWER_H_
#define POSTERN_CONFORMANCE_RUNNER_NAME_ANSWER_H_

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
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

// NameAnswer: `asked` is the owner of a PTR question, in lower case without a trailing dot, else empty; no
// `octets`: silence.
struct NameAnswer {
  std::string asked;
  std::vector<uint8_t> octets;
};

// parse_name_question reads a datagram of anybody's and answers it: nothing for what is no query of one
// question.
NameAnswer parse_name_question(std::span<const uint8_t> datagram, const NameData& data);

// reverse_name: the name under in-addr.arpa or ip6.arpa for `address`, lower case, no trailing dot.
std::string reverse_name(const std::string& address);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_NAME_ANSWER_H_
