// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(c)) = c for every command c that parse accepts, each string printed as a literal.
// Input: one command without its last CRLF.
#include "fuzz/imap_command.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

bool same(const ImapCommand& a, const ImapCommand& b) {
  return a.tag == b.tag && a.verb == b.verb && a.fault == b.fault && a.uid == b.uid && a.first == b.first &&
         a.second == b.second && a.has_second == b.has_second && a.set == b.set && a.fetch == b.fetch &&
         a.store_as == b.store_as && a.silent == b.silent && a.flags == b.flags && a.search == b.search &&
         a.status == b.status && a.has_date == b.has_date && a.date == b.date &&
         a.message.octets == b.message.octets && a.message.plus == b.message.plus && a.words == b.words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  const ImapCommand command = parse_imap_command(text);
  if (command.fault != ImapFault::kNone) return 0;
  hold(command.verb != ImapVerb::kUnknown && !command.tag.empty(), "what is accepted has a tag and a verb");
  hold(same(parse_imap_command(print(command)), command), "parse(print(c)) = c");
  return 0;
}
