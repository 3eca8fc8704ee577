// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(e)) = e and print(parse(print(e))) = print(e) for every entry e that is sound; a malformed
// one has a fault with a cure that lies inside its value. (AD-G2 to AD-G9). Input: a list, one value per
// line.
#include <cstring>

#include "core/entry.h"
#include "fuzz/law.h"

namespace {

using namespace postern;

bool same_name(Text a, Text b) {
  return a.length == b.length && kernel::is_within(a, b);
}

bool same(const Entry& a, const Entry& b) {
  return a.kind == b.kind && std::memcmp(a.address, b.address, sizeof a.address) == 0 &&
         a.prefix_length == b.prefix_length && (a.kind != kDomainName || same_name(a.name, b.name));
}

void check(std::string_view value) {
  const Entry entry = parse_entry(value);
  const PrintedEntry text = print_entry(entry);
  std::string_view printed = text.view();
#ifdef POSTERN_SEEDED_BUG
  if (entry.kind == kIpv6Prefix && entry.prefix_length == 0) printed = "::";  // a length of 0 taken for none
#endif
  if (entry.kind == kMalformed) {
    hold(entry.fault.why != kSound && entry.fault.offset <= value.size(), "fault inside the value");
    hold(!cure(entry.fault.why).empty() && printed.empty(), "a fault has a cure and no canonical text");
    return;
  }
  const Entry again = parse_entry(printed);
  hold(same(again, entry), "parse(print(e)) = e");
  hold(print_entry(again).view() == text.view(), "print(parse(print(e))) = print(e)");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (std::string_view rest = octets_of(data, size); !rest.empty();) check(cut(rest, '\n'));
  return 0;
}
