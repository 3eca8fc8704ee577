// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(a)) = a for the addresses of any field, each word printed as a quoted string; a group that
// begins ends; parse(print(v)) = v for values with parameters. Input: an unfolded field.
#include "fuzz/imap_header.h"
#include "daemon/imap/header.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_addresses(std::string_view field) {
  const std::vector<ImapAddress> addresses = parse_addresses(field);
  bool open = false;
  bool routed = false;
  bool nameless = false;
  for (const ImapAddress& address : addresses) {
    const bool begins = address.mailbox && !address.host;
    const bool ends = !address.mailbox;
    hold(!(begins && open) && !(ends && !open), "a group that begins ends");
    open = (open || begins) && !ends;
    routed = routed || address.route;  // a route's domains are printed as they are, and may be anything
    nameless = nameless || (address.name && address.name->empty());
  }
  hold(!open, "a group that begins ends");
  if (!routed && !nameless) hold(parse_addresses(print(addresses)) == addresses, "parse(print(a)) = a");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view field = octets_of(data, size);
  check_addresses(field);
  const FieldValue value = parse_field_value(field);
  if (value.value.empty()) return 0;
  std::string printed = value.value + (value.subtype.empty() ? "" : "/" + value.subtype);
  for (const auto& [name, text] : value.parameters) printed += ";" + name + "=" + quoted(text);
  const FieldValue again = parse_field_value(printed);
  hold(again.value == value.value && again.subtype == value.subtype && again.parameters == value.parameters,
       "parse(print(v)) = v");
  return 0;
}
