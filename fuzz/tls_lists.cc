// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(s)) = s for what a list of versions or suites chooses; case does not matter; of a list and
// `-name` behind it the name is gone and nothing else; the suite without encryption is never there unless it
// is named (EN-6); a fault's word is a part of the list, and what is old has a successor that is understood.
// Input: a list.
#include <string>

#include "core/tls_lists.h"
#include "fuzz/law.h"

namespace {

using namespace postern::tls;

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  for (char& octet : capitals)
    if (octet >= 'a' && octet <= 'z') octet = static_cast<char>(octet - 'a' + 'A');
  return capitals;
}

std::string printed(std::uint32_t suites) {
  std::string text;
  for (std::size_t i = 0; i < kSuiteCount; ++i)
    if ((suites >> i & 1U) != 0) text += "+" + std::string(kSuites[i].name) + ",";
#ifdef POSTERN_SEEDED_BUG
  if (text.ends_with("SHA256,")) text.erase(text.rfind('+'));
#endif
  return text;
}

void check_fault(std::string_view list, const Chosen& chosen, Chosen (*parse)(std::string_view) noexcept) {
  hold(chosen.set == 0, "nothing is chosen of what is refused");
  hold((chosen.fault == ListFault::kOld) == !chosen.successor.empty(), "what is old has a successor");
  hold((chosen.fault == ListFault::kEmpty) == chosen.word.empty(), "a word is to blame");
  if (!chosen.successor.empty())
    hold(parse(chosen.successor).fault == ListFault::kNone, "a successor is there");
  if (!chosen.word.empty())
    hold(chosen.word.data() >= list.data() &&
             chosen.word.data() + chosen.word.size() <= list.data() + list.size(),
         "the word is of the list");
}

void check_suites(std::string_view list) {
  const Chosen chosen = parse_suites(list);
  hold(parse_suites(in_capitals(list)).set == chosen.set, "case does not matter");
  if (chosen.fault != ListFault::kNone) return check_fault(list, chosen, parse_suites);
  if (chosen.set != 0) hold(parse_suites(printed(chosen.set)).set == chosen.set, "parse(print(s)) = s");
  const bool named = in_capitals(list).find("NULL") != std::string::npos;
  hold((chosen.set & kNoEncryption) == 0 || named, "EN-6");
  hold(chosen.set >> kSuiteCount == 0, "a set of suites");
  const std::string less = std::string(list) + ",-" + std::string(kSuites[1].name);
  hold(parse_suites(less).set == (chosen.set & ~std::uint32_t{2}), "without one");
}

void check_versions(std::string_view list) {
  const Chosen chosen = parse_versions(list);
  hold(parse_versions(in_capitals(list)).set == chosen.set, "case does not matter");
  if (chosen.fault != ListFault::kNone) return check_fault(list, chosen, parse_versions);
  hold((chosen.set & ~kAllVersions) == 0, "a set of versions");
  hold(versions_of(suites_of(chosen.set)) == chosen.set, "each version has suites");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view list = octets_of(data, size);
  check_suites(list);
  check_versions(list);
  return 0;
}
