// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any octets: header and body of the message are WireSize's octets on the wire, or its own if it is
// verbatim; its header is the one that is found without the rest; a part lies in its parent's body, after the
// part before it; what is put of a part is as long as its structure says. Input: a message file.
#include "daemon/imap/mime.h"
#include "daemon/pop3/wire.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

void check_ranges(OctetSource& source, const MimeTree& tree) {
  for (const MimePart& part : tree.parts) {
    hold(part.header.begin <= part.header.end && part.header.end == part.body.begin &&
             part.body.begin <= part.body.end,
         "the body follows the header");
    uint64_t from = part.body.begin;
    for (uint32_t at = part.first_child; at != kNoPart; at = tree.parts[at].next) {
      hold(tree.parts[at].header.begin >= from, "a part follows the one before");
      from = tree.parts[at].body.end;
    }
    for (const FileRange& range : {part.header, part.body}) {
      TextSink sink;
      hold(put_wire(source, range, 0, range.wire, sink) && sink.text.size() == range.wire,
           "as long as it says");
    }
  }
}

void check_verbatim(std::string_view message) {
  TextSource source(message, true);
  const auto tree = parse_mime(source);
  hold(tree.has_value(), "it can be read");
  const MimePart& root = tree->parts[0];
  TextSink sink;
  hold(put_wire(source, root.header, 0, root.header.wire, sink) &&
           put_wire(source, root.body, 0, root.body.wire, sink) && sink.text == message,
       "verbatim");
  check_ranges(source, *tree);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message = octets_of(data, size);
  TextSource source(message);
  const auto tree = parse_mime(source);
  hold(tree.has_value(), "it can be read");
  WireSize wire;
  wire.add(message);
  const MimePart& root = tree->parts[0];
#ifdef POSTERN_SEEDED_BUG
  hold(root.body.end == message.size() && root.header.wire + root.body.wire == message.size(),
       "the message's octets");
#endif
  hold(root.header.wire + root.body.wire == wire.octets(), "the message's octets");
  const auto header = parse_header(source);
  hold(header && header->end == root.header.end && header->wire == root.header.wire, "the header alone");
  check_verbatim(message);
  check_ranges(source, *tree);
  return 0;
}
