// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any message: each part is found by its numbers (RFC 3501, section 6.4.5, read a second time), and
// none after the last; a message's HEADER and TEXT are the whole of it, and so are a part's MIME and itself.
// Input: a message file.
#include "daemon/imap/mime.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

class Walk {
 public:
  explicit Walk(const MimeTree& tree) : tree_(tree) {}

  void message(uint32_t at, std::vector<uint32_t> numbers) {
    check_halves(at, numbers, ImapSectionText::kHeader, ImapSectionText::kText);
    if (tree_.parts[at].kind == MimeKind::kMultipart) return parts(at, numbers);
#ifdef POSTERN_SEEDED_BUG
    if (at != 0) return part(at, numbers);  // the one part of a message inside has no number
#endif
    numbers.push_back(1);
    part(at, numbers);
  }

 private:
  void parts(uint32_t at, const std::vector<uint32_t>& numbers) {
    std::vector<uint32_t> further = numbers;
    further.push_back(1);
    for (uint32_t child = tree_.parts[at].first_child; child != kNoPart; child = tree_.parts[child].next) {
      part(child, further);
      ++further.back();
    }
    hold(find_part(tree_, further) == kNoPart, "no part after the last");
  }

  void part(uint32_t at, const std::vector<uint32_t>& numbers) {
    hold(find_part(tree_, numbers) == at, "found by its numbers");
    const MimePart& part = tree_.parts[at];
    check_halves(at, numbers, ImapSectionText::kMime, ImapSectionText::kAll);
    if (part.kind == MimeKind::kMultipart) parts(at, numbers);
    if (part.kind == MimeKind::kMessage) message(part.first_child, numbers);
    hold(part.kind == MimeKind::kMessage || !find_section(tree_, {numbers, ImapSectionText::kText, {}}),
         "no message");
  }

  // check_halves: HEADER and TEXT of a message; MIME and itself of a part.
  void check_halves(uint32_t at, const std::vector<uint32_t>& numbers, ImapSectionText one,
                    ImapSectionText other) {
    const MimePart& part = tree_.parts[at];
    const auto header = find_section(tree_, {numbers, one, {}});
    const auto text = find_section(tree_, {numbers, other, {}});
    hold(header && text && header->begin == part.header.begin && header->end == text->begin &&
             text->end == part.body.end,
         "the one, and then the other");
  }

  const MimeTree& tree_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message = octets_of(data, size);
  TextSource source(message);
  const auto tree = parse_mime(source);
  hold(tree.has_value(), "it can be read");
  const auto whole = find_section(*tree, {});
  hold(whole && whole->begin == 0 && whole->end == message.size(), "the whole");
  Walk(*tree).message(0, {});
  return 0;
}
