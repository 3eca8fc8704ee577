// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of a message in which GMime finds no fault, GMime's tree is ours: each part's type, as many parts in a
// multipart, the message in a message/rfc822; and a part's body has as many octets and line ends. Input: a
// message file. What GMime takes another way by its own choice is left out: fuzz/README.md.
#include "fuzz/mime_gmime.h"
#include "fuzz/gmime_tree.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

// Both: the two trees of one message.
struct Both {
  OctetSource& source;
  const MimeTree& tree;

  bool is_sound() const {
    return std::ranges::all_of(tree.parts, [this](const MimePart& part) {
      const auto field = header_of(source, part).field("Content-Type");
      return !field || is_content_type(*field);
    });
  }

  void agree(uint32_t index, const GmimePart& theirs) const {
    const MimePart& ours = tree.parts[index];
    bool digest = ours.digest_default;
#ifdef POSTERN_SEEDED_BUG
    digest = false;
#endif
    const FieldValue type = content_type(header_of(source, ours), digest);
    hold(same_text(type.value, theirs.type) && same_text(type.subtype, theirs.subtype), "type");
    uint32_t at = ours.first_child;
    for (const GmimePart& child : theirs.children) {
      hold(at != kNoPart, "as many parts");
      agree(at, child);
      at = tree.parts[at].next;
    }
    hold(at == kNoPart, "no more parts");
    if (!theirs.content) return;
    hold(ours.body.wire == theirs.content->octets, "octets");
    hold(ours.lines == theirs.content->lines, "lines");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string message = crlf(octets_of(data, size));
  const std::optional<GmimePart> theirs = read_by_gmime(message);
  if (!theirs || !is_text(message)) return 0;
  TextSource source(message);
  const auto tree = parse_mime(source);
  hold(tree.has_value(), "it can be read");
  const Both both{source, *tree};
  if (both.is_sound()) both.agree(0, *theirs);
  return 0;
}
