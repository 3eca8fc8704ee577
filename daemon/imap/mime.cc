// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/mime.h"

#include <algorithm>

namespace postern::daemon {
namespace {

constexpr size_t kBoundaryLimit = 200;  // RFC 2046 has 70

// Ending: where a part ends and what ended it: a boundary of the stack (its index), or the end of the file.
struct Ending {
  WirePlace place;  // before the line end that belongs to the boundary
  size_t boundary = SIZE_MAX;
  bool is_last = false;  // --boundary--
};

class MimeReader {
 public:
  explicit MimeReader(OctetSource& source) : source_(source), lines_(source) {}

  std::optional<MimeTree> read() {
    tree_.parts.emplace_back();
    (void)entity(0, 0);
    if (lines_.failed()) return std::nullopt;
    return std::move(tree_);
  }

 private:
  // entity: header and body of parts[index], and all that is inside.
  Ending entity(uint32_t index, unsigned depth) {
    Ending ending;
    const WirePlace begin = lines_.place();
    bool ended = header(ending);
    const WirePlace body = ended ? ending.place : lines_.place();
    set(tree_.parts[index].header, begin, body);
    std::string boundary;
    if (!ended) tree_.parts[index].kind = classify(index, depth, boundary);
    if (!ended) ending = content(index, depth, boundary);
    MimePart& part = tree_.parts[index];
    const WirePlace end = ending.place.file < body.file ? body : ending.place;
    set(part.body, body, end);
    part.lines = end.lines - body.lines;
    return ending;
  }

  Ending content(uint32_t index, unsigned depth, const std::string& boundary) {
    switch (tree_.parts[index].kind) {
      case MimeKind::kLeaf:
        return skip();
      case MimeKind::kMessage:
        return entity(add_child(index, kNoPart), depth + 1);
      case MimeKind::kMultipart:
        return multipart(index, depth, boundary);
    }
    return skip();
  }

  // multipart: preamble, parts, epilogue.
  Ending multipart(uint32_t index, unsigned depth, const std::string& boundary) {
    const size_t own = boundaries_.size();
    const bool digest = is_digest_;
    boundaries_.push_back(boundary);
    Ending ending = skip();
    uint32_t last = kNoPart;
    while (ending.boundary == own && !ending.is_last && tree_.parts.size() < kMimePartsLimit) {
      last = add_child(index, last);
      tree_.parts[last].digest_default = digest;
      ending = entity(last, depth + 1);
    }
    boundaries_.pop_back();
    return ending.boundary == own ? skip() : ending;
  }

  uint32_t add_child(uint32_t parent, uint32_t before) {
    const auto index = static_cast<uint32_t>(tree_.parts.size());
    tree_.parts.emplace_back();
    (before == kNoPart ? tree_.parts[parent].first_child : tree_.parts[before].next) = index;
    return index;
  }

  // header: lines to the empty one; true if it ended without one, as `ending` says.
  bool header(Ending& ending) {
    WireLine line;
    while (lines_.next(line)) {
      if (is_boundary(line, ending)) {
        ending.place = line.begin;
        return true;
      }
      if (line.is_empty()) return false;
    }
    ending.place = lines_.place();
    return true;
  }

  // skip goes to the next boundary line, or the end.
  Ending skip() {
    Ending ending;
    WireLine line;
    WirePlace before = lines_.place();  // without the last line's end
    while (lines_.next(line)) {
      if (is_boundary(line, ending)) {
        ending.place = before;
        return ending;
      }
      before = line.text_end;
    }
    ending.place = lines_.place();
    return ending;
  }

  // is_boundary: the innermost first. White space may follow, nothing else: one boundary may begin another.
  bool is_boundary(const WireLine& line, Ending& ending) const {
    std::string_view text = line.beginning;
    if (!text.starts_with("--") || boundaries_.empty()) return false;
    text = text.substr(2, text.find_last_not_of(" \t") - 1);
    for (size_t i = boundaries_.size(); i-- > 0;) {
      if (!text.starts_with(boundaries_[i])) continue;
      const std::string_view rest = text.substr(boundaries_[i].size());
      if (!rest.empty() && rest != "--") continue;
      ending.boundary = i;
      ending.is_last = !rest.empty();
      return true;
    }
    return false;
  }

  MimeKind classify(uint32_t index, unsigned depth, std::string& boundary) {
    const MimePart& part = tree_.parts[index];
    const Header header = header_of(source_, part);
    const FieldValue type = content_type(header, part.digest_default);
    is_digest_ = same_text(type.subtype, "digest");
    if (depth == kMimeDepthLimit || tree_.parts.size() == kMimePartsLimit) return MimeKind::kLeaf;
    if (same_text(type.value, "message") && same_text(type.subtype, "rfc822")) return MimeKind::kMessage;
    if (!same_text(type.value, "multipart")) return MimeKind::kLeaf;
    boundary = type.parameter("boundary");
    boundary.erase(boundary.find_last_not_of(" \t") + 1);
    const bool usable = !boundary.empty() && boundary.size() <= kBoundaryLimit;
    return usable ? MimeKind::kMultipart : MimeKind::kLeaf;
  }

  static void set(FileRange& range, const WirePlace& begin, const WirePlace& end) {
    range = {begin.file, end.file, end.wire - begin.wire};
  }

  OctetSource& source_;
  WireLines lines_;
  MimeTree tree_;
  std::vector<std::string> boundaries_;
  bool is_digest_ = false;  // what was classified last
};

uint32_t child(const MimeTree& tree, uint32_t index, uint32_t number) {
  uint32_t at = tree.parts[index].first_child;
  for (; number > 1 && at != kNoPart; --number) at = tree.parts[at].next;
  return at;
}

FileRange whole(const MimePart& part) {
  return {part.header.begin, part.body.end, part.header.wire + part.body.wire};
}

}  // namespace

std::optional<MimeTree> parse_mime(OctetSource& source) {
  return MimeReader(source).read();
}

std::optional<FileRange> parse_header(OctetSource& source) {
  WireLines lines(source);
  WireLine line;
  while (lines.next(line) && !line.is_empty()) continue;
  if (lines.failed()) return std::nullopt;
  return FileRange{0, lines.place().file, lines.place().wire};
}

uint32_t find_part(const MimeTree& tree, const std::vector<uint32_t>& numbers) {
  uint32_t inside = 0;  // whose content the next number counts
  uint32_t at = kNoPart;
  for (const uint32_t number : numbers) {
    if (inside == kNoPart) return kNoPart;
    const bool is_multipart = tree.parts[inside].kind == MimeKind::kMultipart;
    at = is_multipart ? child(tree, inside, number) : (number == 1 ? inside : kNoPart);
    if (at == kNoPart) return kNoPart;
    const MimeKind kind = tree.parts[at].kind;
    inside = kind == MimeKind::kMultipart ? at : tree.parts[at].first_child;
  }
  return at;
}

std::optional<FileRange> find_section(const MimeTree& tree, const ImapSection& section) {
  const MimePart* part = &tree.parts[0];
  if (!section.part.empty()) {
    const uint32_t index = find_part(tree, section.part);
    if (index == kNoPart) return std::nullopt;
    part = &tree.parts[index];
    if (section.text == ImapSectionText::kAll) return part->body;
    if (section.text == ImapSectionText::kMime) return part->header;
    if (part->kind != MimeKind::kMessage) return std::nullopt;
    part = &tree.parts[part->first_child];
  }
  if (section.text == ImapSectionText::kAll) return whole(*part);
  return section.text == ImapSectionText::kText ? part->body : part->header;
}

FieldValue content_type(const Header& header, bool digest_default) {
  if (const auto field = header.field("Content-Type")) {
    FieldValue type = parse_field_value(*field);
    if (!type.value.empty() && !type.subtype.empty()) return type;
  }
  if (digest_default) return {"message", "rfc822", {}};
  return {"text", "plain", {{"charset", "us-ascii"}}};
}

Header header_of(OctetSource& source, const FileRange& header) {
  return Header(read_range(source, header.begin, header.end, kHeaderLimit));
}

namespace {

// LimitedSource is a source that ends early.
class LimitedSource final : public OctetSource {
 public:
  LimitedSource(OctetSource& source, uint64_t begin, uint64_t end)
      : OctetSource(source.is_verbatim()), source_(source), begin_(begin), end_(end) {}
  int64_t read_at(uint64_t offset, char* into, size_t length) override {
    const uint64_t left = end_ - begin_ - std::min(offset, end_ - begin_);
    const size_t wanted = std::min<uint64_t>(length, left);
    return wanted == 0 ? 0 : source_.read_at(begin_ + offset, into, wanted);
  }

 private:
  OctetSource& source_;
  uint64_t begin_;
  uint64_t end_;
};

}  // namespace

bool put_fields(OctetSource& source, const FileRange& header, const std::vector<std::string>& names,
                bool except, OctetSink& sink) {
  LimitedSource limited(source, header.begin, header.end);
  WireLines lines(limited);
  WireLine line;
  bool wanted = false;
  while (lines.next(line)) {
    const bool folded = line.beginning.starts_with(' ') || line.beginning.starts_with('\t');
    if (!folded) {
      const std::string_view name = field_name(line.beginning);
      const bool named = std::ranges::any_of(names, [&](const std::string& n) { return same_text(n, name); });
      wanted = line.is_empty() || (!name.empty() && named != except);
    }
    if (!wanted) continue;
    const FileRange range{header.begin + line.begin.file, header.begin + line.end.file,
                          line.end.wire - line.begin.wire};
    if (!put_wire(source, range, 0, range.wire, sink)) return false;
  }
  return !lines.failed();
}

}  // namespace postern::daemon
