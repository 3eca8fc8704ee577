// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any message: each part is found by its numbers (RFC 3501, section 6.4.5, read a second time), and
// none after the last; a message's HEADER and TEXT are the whole of it, and so are a part's MIME and itself;
// of header fields each line is among those named or those not named, the empty line among both, and no other
// octet comes. Input: a message file.
#include <string>

#include "daemon/imap/mime.h"
#include "daemon/imap/response.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

class Walk {
 public:
  Walk(OctetSource& source, const MimeTree& tree) : source_(source), tree_(tree) {}

  void message(uint32_t at, std::vector<uint32_t> numbers) {
    check_message(at, numbers);
    if (tree_.parts[at].kind == MimeKind::kMultipart) return parts(at, numbers);
#ifdef POSTERN_SEEDED_BUG
    if (at != 0) return part(at, numbers);  // the one part of a message inside has no number
#endif
    numbers.push_back(1);
    part(at, numbers);
  }

 private:
  void parts(uint32_t at, const std::vector<uint32_t>& numbers) {
    uint32_t number = 0;
    std::vector<uint32_t> further = numbers;
    further.push_back(0);
    for (uint32_t child = tree_.parts[at].first_child; child != kNoPart; child = tree_.parts[child].next) {
      further.back() = ++number;
      part(child, further);
    }
    further.back() = number + 1;
    hold(find_part(tree_, further) == kNoPart, "no part after the last");
  }

  void part(uint32_t at, const std::vector<uint32_t>& numbers) {
    hold(find_part(tree_, numbers) == at, "found by its numbers");
    const MimePart& part = tree_.parts[at];
    const auto mime = find_section(tree_, {numbers, ImapSectionText::kMime, {}});
    const auto all = find_section(tree_, {numbers, ImapSectionText::kAll, {}});
    hold(mime && all && mime->begin == part.header.begin && mime->end == all->begin &&
             all->end == part.body.end,
         "MIME, and then itself");
    if (part.kind == MimeKind::kMultipart) parts(at, numbers);
    if (part.kind == MimeKind::kMessage) message(part.first_child, numbers);
    hold(part.kind == MimeKind::kMessage || !find_section(tree_, {numbers, ImapSectionText::kText, {}}),
         "no message");
  }

  void check_message(uint32_t at, const std::vector<uint32_t>& numbers) {
    const MimePart& part = tree_.parts[at];
    const auto header = find_section(tree_, {numbers, ImapSectionText::kHeader, {}});
    const auto text = find_section(tree_, {numbers, ImapSectionText::kText, {}});
    hold(header && text && header->begin == part.header.begin && header->end == text->begin &&
             text->end == part.body.end,
         "HEADER, and then TEXT");
    check_fields(*header);
  }

  void check_fields(const FileRange& header) {
    TextSink all;
    TextSink named;
    TextSink others;
    const std::vector<std::string> names{"to", "SUBJECT"};
    hold(put_wire(source_, header, 0, header.wire, all) && put_fields(source_, header, names, false, named) &&
             put_fields(source_, header, names, true, others),
         "it can be read");
    hold(named.text.size() + others.text.size() <= all.text.size() + 2, "no octet twice but the empty line");
    std::string_view rest = all.text;
    std::string_view some = named.text;
    std::string_view more = others.text;
    while (!rest.empty()) {
      const size_t lf = rest.find('\n');  // none: the message ends in its header
      const std::string_view line = rest.substr(0, lf == std::string_view::npos ? lf : lf + 1);
      rest.remove_prefix(line.size());
      const bool first = some.starts_with(line);
      if (first) some.remove_prefix(line.size());
      if ((!first || line == "\r\n") && more.starts_with(line)) more.remove_prefix(line.size());
    }
    hold(some.empty() && more.empty(), "lines of the header, in their order");
  }

  OctetSource& source_;
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
  Walk(source, *tree).message(0, {});
  return 0;
}
