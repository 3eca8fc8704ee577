// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any octets: header and body of the message are WireSize's octets on the wire, or its own if it is
// verbatim; its header is the one that is found without the rest; a part lies in its
// parent's body, after the part before it; what is put of a part is as long as its structure says; a file
// with LF and one with CRLF have the same structure; ENVELOPE, BODY and BODYSTRUCTURE are what RFC 3501's
// grammar has, read a second time. Input: a message file.
#include <string>

#include "daemon/imap/mime.h"
#include "daemon/imap/response.h"
#include "daemon/pop3/wire.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

// SyntaxReader reads strings, numbers, NIL and lists, as RFC 3501's grammar for `body` and `envelope` wants.
class SyntaxReader {
 public:
  explicit SyntaxReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool string() {
    if (take("{")) return literal();
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || static_cast<signed char>(rest_.front()) < 0 || rest_.front() == '\r' ||
          rest_.front() == '\n')
        return false;
      rest_.remove_prefix(1);
    }
    return take("\"");
  }
  bool nstring() { return take("NIL") || string(); }
  bool number() {
    const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(digits);
    return digits != 0;
  }
  bool addresses() {
    if (take("NIL")) return true;
    if (!take("(")) return false;
    do {
      if (!take("(") || !nstring() || !take(" ") || !nstring() || !take(" ") || !nstring() || !take(" ") ||
          !nstring() || !take(")"))
        return false;
    } while (!rest_.starts_with(")"));
    return take(")");
  }
  bool envelope() {
    if (!take("(") || !nstring() || !take(" ") || !nstring()) return false;
    for (int i = 0; i < 6; ++i) {
      if (!take(" ") || !addresses()) return false;
    }
    return take(" ") && nstring() && take(" ") && nstring() && take(")");
  }
  bool body(bool extended) {
    if (!take("(")) return false;
    return (rest_.starts_with("(") ? multipart(extended) : single(extended)) && take(")");
  }

 private:
  bool literal() {
    size_t length = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      length = length * 10 + static_cast<size_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (!take("}\r\n") || length > rest_.size()) return false;
    const bool sound = rest_.substr(0, length).find('\0') == std::string_view::npos;
    rest_.remove_prefix(length);
    return sound;
  }
  bool parameters() {
    if (take("NIL")) return true;
    if (!take("(")) return false;
    do {
      if (!string() || !take(" ") || !string()) return false;
    } while (take(" "));
    return take(")");
  }
  bool disposition() {
    if (take("NIL")) return true;
    return take("(") && string() && take(" ") && parameters() && take(")");
  }
  bool languages() {
    if (nstring()) return true;
    if (!take("(")) return false;
    do {
      if (!string()) return false;
    } while (take(" "));
    return take(")");
  }
  bool extension() {
    return take(" ") && disposition() && take(" ") && languages() && take(" ") && nstring();
  }
  bool multipart(bool extended) {
    while (rest_.starts_with("(")) {
      if (!body(extended)) return false;
    }
    if (!take(" ") || !string()) return false;
    return !extended || (take(" ") && parameters() && extension());
  }
  bool single(bool extended) {
    if (!string() || !take(" ") || !string() || !take(" ") || !parameters() || !take(" ") || !nstring())
      return false;
    if (!take(" ") || !nstring() || !take(" ") || !string() || !take(" ") || !number()) return false;
    if (rest_.starts_with(" (")) {
      if (!take(" ") || !envelope() || !take(" ") || !body(extended)) return false;
    }
    if (rest_.size() > 1 && rest_[0] == ' ' && rest_[1] >= '0' && rest_[1] <= '9' &&
        (!take(" ") || !number()))
      return false;
    return !extended || (take(" ") && nstring() && extension());
  }

  std::string_view rest_;
};

std::string crlf(std::string_view text) {
  std::string out;
  char last = '\n';
  for (const char octet : text) {
    if (octet == '\n' && last != '\r') out.push_back('\r');
    out.push_back(octet);
    last = octet;
  }
  return out;
}

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

std::string structure(OctetSource& source, const MimeTree& tree, bool extended) {
  TextSink sink;
  put_structure(sink, source, tree, extended);
  return sink.text;
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
  const std::string same = crlf(message);
  TextSource same_source(same);
  for (const bool extended : {false, true}) {
    const std::string text = structure(source, *tree, extended);
    hold(structure(same_source, *parse_mime(same_source), extended) == text, "LF and CRLF alike");
    SyntaxReader reader(text);
    hold(reader.body(extended) && reader.at_end(), "body is RFC 3501's");
  }
  TextSink sink;
  put_envelope(sink, header_of(source, root));
  SyntaxReader reader(sink.text);
  hold(reader.envelope() && reader.at_end(), "envelope is RFC 3501's");
  return 0;
}
