// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/search.h"

#include <algorithm>

#include "daemon/imap/address.h"
#include "daemon/imap/date.h"
#include "daemon/imap/search_text.h"

namespace postern::daemon {
namespace {

using Kind = ImapSearchKind;

// reads_message: whether a key needs the file; such keys are asked last.
bool reads_message(const ImapSearchKey& key) {
  switch (key.kind) {
    case Kind::kSentBefore:
    case Kind::kSentOn:
    case Kind::kSentSince:
    case Kind::kHeader:
    case Kind::kBody:
    case Kind::kText:
      return true;
    default:
      return std::ranges::any_of(key.keys, reads_message);
  }
}

// Content is a message's file and what has been read of it.
class Content {
 public:
  explicit Content(SearchMessage& message) : message_(message) {}

  const Header* header() {
    if (!header_ && open()) {
      if (const auto range = parse_header(*source_))
        header_.emplace(read_range(*source_, range->begin, range->end, kHeaderLimit));
    }
    return header_ ? &*header_ : nullptr;
  }

  [[nodiscard]] bool text_contains(const std::string& needle) {
    const Header* all = header();
    if (all == nullptr) return false;
    const bool in_header = std::ranges::any_of(all->fields(), [&](const HeaderField& field) {
      const std::string line = std::string(field.name) + ": " + decode_words(unfolded(field.value));
      return folded_case(line).find(needle) != std::string::npos;
    });
    return in_header || body_contains(needle);
  }

  // body_contains looks at the texts among the parts; and at the headers of messages inside.
  [[nodiscard]] bool body_contains(const std::string& needle) {
    if (!tree()) return false;
    if (needle.empty()) return true;
    for (size_t i = 0; i < tree_->parts.size(); ++i) {
      if (part_contains(tree_->parts[i], needle)) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] bool open() {
    if (!asked_) source_ = message_.source();
    asked_ = true;
    return source_ != nullptr;
  }

  // tree reads the whole message; headers are had for less.
  [[nodiscard]] bool tree() {
    if (!tree_ && open()) tree_ = parse_mime(*source_);
    return tree_.has_value();
  }

  [[nodiscard]] bool part_contains(const MimePart& part, const std::string& needle) {
    if (part.kind == MimeKind::kMessage) {
      const FileRange& header = tree_->parts[part.first_child].header;
      return range_contains(header, TextMatcher(needle, TransferEncoding::kPlain, {}));
    }
    if (part.kind == MimeKind::kMultipart) return false;
    const Header header = header_of(*source_, part);
    const FieldValue type = content_type(header, part.digest_default);
    if (!same_text(type.value, "text")) return false;
    const std::string encoding =
        parse_field_value(header.field("Content-Transfer-Encoding").value_or("")).value;
    TransferEncoding how = TransferEncoding::kPlain;
    if (same_text(encoding, "base64")) how = TransferEncoding::kBase64;
    if (same_text(encoding, "quoted-printable")) how = TransferEncoding::kQuotedPrintable;
    return range_contains(part.body, TextMatcher(needle, how, std::string(type.parameter("charset"))));
  }

  [[nodiscard]] bool range_contains(const FileRange& range, TextMatcher matcher) {
    return put_wire(*source_, range, 0, range.wire, matcher) && matcher.found();
  }

  SearchMessage& message_;
  OctetSource* source_ = nullptr;
  bool asked_ = false;
  std::optional<MimeTree> tree_;
  std::optional<Header> header_;
};

bool is_address_field(std::string_view name) {
  constexpr std::string_view kNames[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
  return std::ranges::any_of(kNames, [&](std::string_view n) { return same_text(n, name); });
}

// addresses_text: addresses as people know them, without routes, comments and odd spaces.
std::string addresses_text(std::string_view field) {
  std::string text;
  for (const ImapAddress& address : parse_addresses(field)) {
    if (address.name) text += decode_words(*address.name) + " ";
    if (address.mailbox) text += "<" + *address.mailbox + (address.host ? "@" + *address.host : "") + ">, ";
  }
  return text;
}

bool header_contains(const Header& header, const ImapSearchKey& key) {
  return std::ranges::any_of(header.fields(), [&](const HeaderField& field) {
    if (!same_text(field.name, key.name)) return false;
    if (key.text.empty()) return true;
    const std::string value = unfolded(field.value);
    const std::string text = is_address_field(key.name) ? addresses_text(value) : decode_words(value);
    return folded_case(text).find(key.text) != std::string::npos;
  });
}

bool day_matches(Kind kind, int32_t day, uint32_t asked) {
  const auto wanted = static_cast<int32_t>(asked);
  if (kind == Kind::kBefore || kind == Kind::kSentBefore) return day < wanted;
  return kind == Kind::kOn || kind == Kind::kSentOn ? day == wanted : day >= wanted;
}

class Matcher {
 public:
  explicit Matcher(SearchMessage& message) : message_(message), content_(message) {}

  [[nodiscard]] bool matches(const ImapSearchKey& key) {
    switch (key.kind) {
      case Kind::kAll:
        return true;
      case Kind::kAnd:
        return all(key, false) && all(key, true);
      case Kind::kOr:
        return matches(key.keys[0]) || matches(key.keys[1]);
      case Kind::kNot:
        return !matches(key.keys[0]);
      case Kind::kSet:
        return key.set.contains(row().number, message_.exists());
      case Kind::kUid:
        return key.set.contains(row().uid, message_.largest_uid());
      default:
        return reads_message(key) ? content_matches(key) : row_matches(key);
    }
  }

 private:
  [[nodiscard]] const ImapRow& row() const { return message_.row(); }

  [[nodiscard]] bool all(const ImapSearchKey& key, bool reading) {
    return std::ranges::all_of(
        key.keys, [&](const ImapSearchKey& k) { return reads_message(k) != reading || matches(k); });
  }

  [[nodiscard]] bool row_matches(const ImapSearchKey& key) const {
    const uint32_t flags = row().flags;
    switch (key.kind) {
      case Kind::kFlag:
        return (flags & key.number) != 0;
      case Kind::kNoFlag:
        return (flags & key.number) == 0;
      case Kind::kNew:
        return (flags & kImapRecent) != 0 && (flags & kImapSeen) == 0;
      case Kind::kOld:
        return (flags & kImapRecent) == 0;
      case Kind::kRecent:
        return (flags & kImapRecent) != 0;
      case Kind::kKeyword:
        return message_.has_keyword(key.text);
      case Kind::kUnkeyword:
        return !message_.has_keyword(key.text);
      case Kind::kLarger:
        return row().octets > key.number;
      case Kind::kSmaller:
        return row().octets < key.number;
      default:
        return day_matches(key.kind, day_of(row().date), key.number);
    }
  }

  [[nodiscard]] bool content_matches(const ImapSearchKey& key) {
    if (key.kind == Kind::kBody) return content_.body_contains(key.text);
    if (key.kind == Kind::kText) return content_.text_contains(key.text);
    const Header* header = content_.header();
    if (header == nullptr) return false;
    if (key.kind == Kind::kHeader) return header_contains(*header, key);
    const auto day = sent_day(header->field("Date").value_or(""));
    return day && day_matches(key.kind, *day, key.number);
  }

  SearchMessage& message_;
  Content content_;
};

}  // namespace

bool known_charset(std::string_view charset) {
  return charset.empty() || same_text(charset, "US-ASCII") || same_text(charset, "UTF-8");
}

void fold_search(ImapSearchKey& key) {
  const bool is_text = key.kind == Kind::kHeader || key.kind == Kind::kBody || key.kind == Kind::kText;
  if (is_text) key.text = folded_case(key.text);
  for (ImapSearchKey& inside : key.keys) fold_search(inside);
}

bool matches(const ImapSearchKey& key, SearchMessage& message) {
  return Matcher(message).matches(key);
}

}  // namespace postern::daemon
