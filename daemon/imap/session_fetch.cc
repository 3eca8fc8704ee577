// SPDX-License-Identifier: BSD-2-Clause
// FETCH (RFC 3501, sections 6.4.5 and 7.4.2).
#include <algorithm>

#include "daemon/imap/date.h"
#include "daemon/imap/mime.h"
#include "daemon/imap/response.h"
#include "daemon/imap/session.h"

namespace postern::daemon {

// Open is the message at hand: its file, and as much of its structure as the items want.
struct ImapSession::Open {
  Fd file;
  FileSource source;
  std::optional<MimeTree> tree;
  FileRange header;  // with its empty line

  explicit Open(ImapAnswer answer)
      : file(std::move(answer.file)), source(file.get(), (answer.head.flags & kOpenVerbatim) != 0) {}

  // parse: false: the file cannot be read.
  [[nodiscard]] bool parse(const std::vector<ImapFetchItem>& items);
};

namespace {

using Kind = ImapFetchKind;

bool reads_file(const ImapFetchItem& item) {
  return item.kind != Kind::kFlags && item.kind != Kind::kInternalDate && item.kind != Kind::kRfc822Size &&
         item.kind != Kind::kUid;
}

// sets_seen: \Seen is set by what shows the text, unless it peeks.
bool sets_seen(const ImapFetchItem& item) {
  return item.kind == Kind::kRfc822 || item.kind == Kind::kRfc822Text ||
         (item.kind == Kind::kSection && !item.peek);
}

bool is_header(ImapSectionText text) {
  return text == ImapSectionText::kHeader || text == ImapSectionText::kFields ||
         text == ImapSectionText::kFieldsNot;
}

// wants_header, wants_tree: what must be known of the message for an item: nothing for the whole of it, where
// the header ends for what that bounds, its parts for the rest.
bool wants_header(const ImapFetchItem& item) {
  return item.kind == Kind::kEnvelope || item.kind == Kind::kRfc822Header || item.kind == Kind::kRfc822Text ||
         (item.kind == Kind::kSection && item.section.part.empty() &&
          item.section.text != ImapSectionText::kAll);
}
bool wants_tree(const ImapFetchItem& item) {
  return item.kind == Kind::kBody || item.kind == Kind::kBodyStructure ||
         (item.kind == Kind::kSection && !item.section.part.empty());
}

bool has(const std::vector<ImapFetchItem>& items, Kind kind) {
  return std::ranges::any_of(items, [&](const ImapFetchItem& item) { return item.kind == kind; });
}

// with_uid: the items, UID first if it is to be said and was not asked for (RFC 3501, section 6.4.8).
std::vector<ImapFetchItem> with_uid(const ImapCommand& command) {
  std::vector<ImapFetchItem> items = command.fetch;
  if (command.uid && !has(items, Kind::kUid))
    items.insert(items.begin(), ImapFetchItem{Kind::kUid, {}, false, false, 0, 0});
  return items;
}

// The sections that RFC822.HEADER and RFC822.TEXT stand for.
ImapSectionText text_of(const ImapFetchItem& item) {
  if (item.kind == Kind::kRfc822Header) return ImapSectionText::kHeader;
  return item.kind == Kind::kRfc822Text ? ImapSectionText::kText : item.section.text;
}

std::string_view section_word(ImapSectionText text) {
  constexpr std::string_view kWords[] = {"", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"};
  return kWords[static_cast<size_t>(text)];
}

void put_section_name(OctetSink& sink, const ImapFetchItem& item) {
  sink.put("BODY[");
  std::string before;
  for (const uint32_t part : item.section.part) {
    sink.put(before + std::to_string(part));
    before = ".";
  }
  const std::string_view word = section_word(item.section.text);
  if (!word.empty()) sink.put(before);
  sink.put(word);
  before = " (";
  for (const std::string& field : item.section.fields) {
    sink.put(before);
    if (!field.empty() && std::ranges::all_of(field, is_astring_char)) {
      sink.put(field);
    } else {
      put_string(sink, field);
    }
    before = " ";
  }
  sink.put(item.section.fields.empty() ? "]" : ")]");
  if (item.partial) sink.put("<" + std::to_string(item.origin) + ">");
  sink.put(" ");
}

}  // namespace

bool ImapSession::Open::parse(const std::vector<ImapFetchItem>& items) {
  if (std::ranges::any_of(items, wants_tree)) {
    tree = parse_mime(source);
    if (!tree) return false;
  }
  if (std::ranges::any_of(items, wants_header)) {
    const auto found = parse_header(source);
    if (!found) return false;
    header = *found;
  }
  return true;
}

void ImapSession::fetch(const ImapCommand& command) {
  const auto ranges = chosen(command);
  if (!ranges) return;
  bool gone = false;
  for (const NumberRange& range : *ranges) {
    for (uint32_t first = range.from; first <= range.to; first += kImapRowsLimit) {
      const auto answer =
          heard(keeper_.range(ImapRequestKind::kRows, first, std::min(kImapRowsLimit, range.to - first + 1)));
      if (!answer) return;
      if (!answer->ok()) return failed(command, answer->status);
      for (const ImapRow& row : answer->rows) {
        gone = !fetch_one(command, row) || gone;
        if (state_ == State::kEnded || client_.broken()) return;
      }
    }
  }
  if (gone) return failed(command, ImapStatus::kGone);
  done(command, "fetched");
}

// fetch_one: false: the message is gone, or cannot be read, and nothing is said of it.
bool ImapSession::fetch_one(const ImapCommand& command, ImapRow row) {
  std::optional<Open> open;
  if (std::ranges::any_of(command.fetch, reads_file)) {
    auto answer = heard(keeper_.at(ImapRequestKind::kOpen, row.number));
    if (!answer || !answer->ok()) return false;
    open.emplace(std::move(*answer));
    if (!open->parse(command.fetch)) return false;
  }
  std::vector<ImapFetchItem> items = with_uid(command);
  const bool unseen = (row.flags & kImapSeen) == 0;
  if (!read_only_ && unseen && std::ranges::any_of(items, sets_seen)) {
    const auto answer = heard(keeper_.store(row.number, 1, ImapStoreMode::kAdd, kImapSeen, 0));
    if (!answer) return false;
    if (answer->ok() && answer->rows.size() == 1) row = answer->rows[0];
    if (!has(items, Kind::kFlags)) items.insert(items.begin(), ImapFetchItem{});
  }
  open_ = open ? &*open : nullptr;
  put("* ");
  put_number(row.number);
  const char* before = " FETCH (";
  for (const ImapFetchItem& item : items) {
    put(before);
    put_item(item, row);
    before = " ";
  }
  open_ = nullptr;
  if (state_ != State::kEnded) put(")\r\n");
  return true;
}

void ImapSession::put_item(const ImapFetchItem& item, const ImapRow& row) {
  switch (item.kind) {
    case Kind::kFlags:
      return put_flags(row);
    case Kind::kUid:
      put("UID ");
      return put_number(row.uid);
    case Kind::kRfc822Size:
      put("RFC822.SIZE ");
      return put_number(row.octets);
    case Kind::kInternalDate:
      put("INTERNALDATE ");
      return put(print_date_time(row.date));
    case Kind::kEnvelope:
      put("ENVELOPE ");
      return put_envelope(sink_, header_of(open_->source, open_->header));
    case Kind::kBody:
    case Kind::kBodyStructure:
      put(item.kind == Kind::kBody ? "BODY " : "BODYSTRUCTURE ");
      return put_structure(sink_, open_->source, *open_->tree, item.kind == Kind::kBodyStructure);
    case Kind::kRfc822:
      put("RFC822 ");
      return put_literal(item, {0, UINT64_MAX, row.octets});
    case Kind::kRfc822Header:
    case Kind::kRfc822Text:
      put(item.kind == Kind::kRfc822Header ? "RFC822.HEADER " : "RFC822.TEXT ");
      return put_section(item, row);
    case Kind::kSection:
      put_section_name(sink_, item);
      return put_section(item, row);
  }
}

void ImapSession::put_section(const ImapFetchItem& item, const ImapRow& row) {
  ImapSection section = item.section;
  section.text = text_of(item);
  std::optional<FileRange> range;
  if (!section.part.empty()) {
    range = find_section(*open_->tree, section);
  } else if (section.text == ImapSectionText::kAll) {
    range = {0, UINT64_MAX, row.octets};
  } else if (is_header(section.text)) {
    range = open_->header;
  } else {
    const FileRange& header = open_->header;
    range = {header.end, UINT64_MAX, row.octets - std::min(row.octets, header.wire)};
  }
  if (!range) return put("NIL");
  const bool picks = section.text == ImapSectionText::kFields || section.text == ImapSectionText::kFieldsNot;
  return picks ? put_field_lines(item, *range) : put_literal(item, *range);
}

// put_literal: a range as a literal, or a part of it. What was announced comes, or the connection ends.
void ImapSession::put_literal(const ImapFetchItem& item, const FileRange& range) {
  const uint64_t origin = item.partial ? std::min<uint64_t>(item.origin, range.wire) : 0;
  const uint64_t count = std::min<uint64_t>(item.partial ? item.count : UINT64_MAX, range.wire - origin);
  put("{");
  put_number(count);
  put("}\r\n");
  if (!put_wire(open_->source, range, origin, count, sink_)) state_ = State::kEnded;
}

void ImapSession::put_field_lines(const ImapFetchItem& item, const FileRange& header) {
  TextSink lines;
  const bool except = item.section.text == ImapSectionText::kFieldsNot;
  if (!put_fields(open_->source, header, item.section.fields, except, lines)) {
    state_ = State::kEnded;
    return;
  }
  put_text_literal(item, lines.text);
}

void ImapSession::put_text_literal(const ImapFetchItem& item, const std::string& text) {
  const size_t origin = item.partial ? std::min<size_t>(item.origin, text.size()) : 0;
  const std::string_view part =
      std::string_view(text).substr(origin, item.partial ? item.count : text.size());
  put("{");
  put_number(part.size());
  put("}\r\n");
  put(part);
}

}  // namespace postern::daemon
