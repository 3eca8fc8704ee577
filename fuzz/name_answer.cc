// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any datagram: silence, or an answer with the query's id, its question, as many records as the world
// has, and SERVFAIL where the world says so; an answer is never answered; who is asked for is in lower case.
// Input: a datagram.
#include <algorithm>

#include "conformance/runner/name_answer.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;

NameData world() {
  NameData data;
  data.reverse["10.0.0.1"] = {LookupStatus::kOk, {"Rome.dispatch.test", "a.b", std::string("\0\\.", 3)}};
  data.reverse["10.0.0.2"] = {LookupStatus::kFail, {}};
  data.reverse["10.0.0.3"] = {LookupStatus::kTimeout, {"late.test"}};
  data.reverse["2001:db8::1"] = {LookupStatus::kOk, {"six.test"}};
  data.forward["rome.dispatch.test"] = {"10.0.0.1", "10.0.0.9", "2001:db8::9"};
  return data;
}

// most_records: what the world can say at most to a question for `asked`, or to another (empty).
unsigned most_records(std::string_view asked) {
  if (asked == "1.0.0.10.in-addr.arpa") return 3;
  return asked.empty() ? 2 : 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const NameData kWorld = world();
  const NameAnswer answer = parse_name_question({data, size}, kWorld);
  hold(std::ranges::none_of(answer.asked, [](char c) { return c >= 'A' && c <= 'Z'; }), "in lower case");
  const std::vector<uint8_t>& said = answer.octets;
  const bool late = answer.asked == "3.0.0.10.in-addr.arpa";
  hold(!late || said.empty(), "silence where the world is silent");
  if (said.empty()) return 0;
  hold(size > 12 && said.size() > 12 && said[0] == data[0] && said[1] == data[1], "the query's id");
  hold((data[2] & 0x80) == 0 && (said[2] & 0x80) != 0, "an answer to a query");
  hold(said[4] == 0 && said[5] == 1, "one question");
  hold(said[6] == 0 && said[7] <= most_records(answer.asked), "what the world has");
  bool fails = answer.asked == "2.0.0.10.in-addr.arpa";
#ifdef POSTERN_SEEDED_BUG
  fails = false;
#endif
  hold(((said[3] & 15) == 2) == fails, "SERVFAIL where the world says so");
  hold(parse_name_question(said, kWorld).octets.empty(), "an answer is not answered");
  return 0;
}
