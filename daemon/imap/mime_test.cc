// SPDX-License-Identifier: BSD-2-Clause
// Structure, sections and ENVELOPE; on LF and CRLF files alike.
#include "daemon/imap/mime.h"

#include <gtest/gtest.h>

#include <string>

#include "daemon/imap/address.h"
#include "daemon/imap/response.h"
#include "daemon/pop3/wire.h"

namespace postern::daemon {
namespace {

const std::string kNested =
    "From: user@domain.org\n"
    "Date: Sat, 24 Mar 2007 23:00:00 +0200\n"
    "Mime-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=\"foo\n bar\"\n"
    "\n"
    "prologue\n"
    "\n"
    "--foo bar\n"
    "Content-Type: text/x-myown; charset=us-ascii\n"
    "\n"
    "hello\n"
    "\n"
    "--foo bar\t \n"
    "Content-Type: message/rfc822\n"
    "\n"
    "Subject: inside\n"
    "Content-Type: multipart/alternative; boundary=sub1\n"
    "\n"
    "sub prologue\n"
    "--sub1\n"
    "Content-Type: text/html\n"
    "Content-Disposition: inline; filename=a\n"
    "\n"
    "<p>Hello</p>\n"
    "\n"
    "--sub1\n"
    "\n"
    "Hello\n"
    "--sub1--\n"
    "sub epilogue\n"
    "\n"
    "--foo bar--\n"
    "epilogue\n";

std::string crlf(const std::string& text) {
  std::string out;
  for (const char octet : text) out += octet == '\n' ? std::string("\r\n") : std::string(1, octet);
  return out;
}

ImapSection section(const std::string& text) {
  const ImapCommand command = parse_imap_command("a FETCH 1 BODY[" + text + "]");
  EXPECT_EQ(command.fault, ImapFault::kNone) << text;
  return command.fetch.empty() ? ImapSection{} : command.fetch[0].section;
}

// body: what BODY[text] of a message is; "NIL" if it is not there.
std::string body(const std::string& message, const std::string& text) {
  TextSource source(message);
  const auto tree = parse_mime(source);
  const ImapSection wanted = section(text);
  const auto range = find_section(*tree, wanted);
  if (!range) return "NIL";
  TextSink sink;
  if (wanted.text == ImapSectionText::kFields || wanted.text == ImapSectionText::kFieldsNot) {
    EXPECT_TRUE(put_fields(source, *range, wanted.fields, wanted.text == ImapSectionText::kFieldsNot, sink));
  } else {
    EXPECT_TRUE(put_wire(source, *range, 0, range->wire, sink));
  }
  return sink.text;
}

std::string structure(const std::string& message, bool extended = false) {
  TextSource source(message);
  TextSink sink;
  put_structure(sink, source, *parse_mime(source), extended);
  return sink.text;
}

std::string envelope(const std::string& header) {
  TextSink sink;
  put_envelope(sink, Header(header));
  return sink.text;
}

TEST(Mime, Sections) {
  for (const std::string& message : {kNested, crlf(kNested)}) {
    EXPECT_EQ(body(message, ""), crlf(kNested));
    EXPECT_EQ(body(message, "HEADER") + body(message, "TEXT"), crlf(kNested));
    EXPECT_EQ(body(message, "1"), "hello\r\n");
    EXPECT_EQ(body(message, "1.MIME"), "Content-Type: text/x-myown; charset=us-ascii\r\n\r\n");
    EXPECT_EQ(body(message, "2.HEADER"),
              "Subject: inside\r\nContent-Type: multipart/alternative; boundary=sub1\r\n\r\n");
    EXPECT_EQ(body(message, "2.HEADER") + body(message, "2.TEXT"), body(message, "2"));
    EXPECT_TRUE(body(message, "2").ends_with("--sub1--\r\nsub epilogue\r\n"));
    EXPECT_EQ(body(message, "2.1"), "<p>Hello</p>\r\n");
    EXPECT_EQ(body(message, "2.2"), "Hello");
    EXPECT_EQ(body(message, "2.2.MIME"), "\r\n");
    for (const char* none : {"3", "1.1", "1.HEADER", "2.3", "2.1.1", "2.1.TEXT"})
      EXPECT_EQ(body(message, none), "NIL");
  }
}

TEST(Mime, Fields) {
  const std::string message = "To: a\nCc: b,\n c\nX: y\nto: d\n\nbody\n";
  EXPECT_EQ(body(message, "HEADER.FIELDS (TO)"), "To: a\r\nto: d\r\n\r\n");
  EXPECT_EQ(body(message, "HEADER.FIELDS.NOT (to x)"), "Cc: b,\r\n c\r\n\r\n");
  EXPECT_EQ(body(message, "HEADER.FIELDS (Z)"), "\r\n");
  EXPECT_EQ(body("To: a", "HEADER.FIELDS (Z)"), "");  // no empty line: none is made up
}

// A message without parts has a part 1 (RFC 3501, section 6.4.5).
TEST(Mime, PartOneOfAnyMessage) {
  EXPECT_EQ(body("A: b\n\nc\n", "1"), "c\r\n");
  EXPECT_EQ(body("A: b\n\nc\n", "1.MIME"), "A: b\r\n\r\n");
  EXPECT_EQ(body("A: b\n\nc\n", "2"), "NIL");
  const std::string digest =
      "Content-Type: message/rfc822\n\nContent-Type: multipart/digest; boundary=f\n\n--f\n\nSubject: "
      "m1\n\nm1\n\n--f--\n";
  EXPECT_EQ(body(digest, "1.1"), "Subject: m1\r\n\r\nm1\r\n");
  EXPECT_EQ(body(digest, "1.1.HEADER"), "Subject: m1\r\n\r\n");
  EXPECT_EQ(body(digest, "1.1.MIME"), "\r\n");
  EXPECT_EQ(body(digest, "1.1.1"), "m1\r\n");
}

TEST(Mime, Structure) {
  EXPECT_EQ(
      structure(kNested),
      "((\"text\" \"x-myown\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 7 1)"
      "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 218 (NIL \"inside\" NIL NIL NIL NIL NIL NIL NIL NIL) "
      "((\"text\" \"html\" NIL NIL NIL \"7BIT\" 14 1)"
      "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 5 0) \"alternative\") 15) \"mixed\")");
  EXPECT_EQ(structure(kNested), structure(crlf(kNested)));
  EXPECT_EQ(structure("A: b\n\nc", true),
            "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 1 0 NIL NIL NIL NIL)");
  EXPECT_EQ(structure("Content-Type: multipart/mixed; boundary=x\nContent-Language: en, de\n\nc", true),
            "((\"text\" \"plain\" NIL NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"x\") "
            "NIL (\"en\" "
            "\"de\") NIL)");
  EXPECT_NE(structure(kNested, true).find("(\"inline\" (\"filename\" \"a\"))"), std::string::npos);
}

TEST(Mime, SizesAreThoseOfTheWire) {
  for (const std::string message :
       {"", "a", "a\n", "a: b\n\n", "a: b\r\n\r\nc\r", "\n\n", "a: b\n\nx\ny\r\nz"}) {
    TextSource source(message);
    const auto tree = parse_mime(source);
    WireSize size;
    size.add(message);
    EXPECT_EQ(tree->parts[0].header.wire + tree->parts[0].body.wire, size.octets()) << message;
    EXPECT_EQ(body(message, "").size(), size.octets()) << message;
  }
}

TEST(Mime, HeaderIsFoundAlone) {
  for (const std::string message : {"", "a", "a: b\n\n", "a: b\r\n\r\nc", "\nx", "a: b\n c\n"}) {
    for (const bool verbatim : {false, true}) {
      TextSource source(message, verbatim);
      const auto header = parse_header(source);
      const FileRange expected = parse_mime(source)->parts[0].header;
      EXPECT_EQ(header->end, expected.end) << message;
      EXPECT_EQ(header->wire, expected.wire) << message;
    }
  }
}

// A verbatim message has its own line ends on the wire, and the structure that they make.
TEST(Mime, VerbatimIsLeftAlone) {
  const std::string message =
      "A: b\nContent-Type: multipart/mixed; boundary=x\r\n\n--x\n\r\na\r\r\n--x\r\n\nb\n--x--";
  TextSource source(message, true);
  const auto tree = parse_mime(source);
  ASSERT_EQ(tree->parts.size(), 3U);
  const auto text = [&](const FileRange& range) {
    TextSink sink;
    EXPECT_TRUE(put_wire(source, range, 0, range.wire, sink));
    return sink.text;
  };
  EXPECT_EQ(tree->parts[0].header.wire + tree->parts[0].body.wire, message.size());
  EXPECT_EQ(text(tree->parts[0].header) + text(tree->parts[0].body), message);
  EXPECT_EQ(text(tree->parts[1].body), "a\r");
  EXPECT_EQ(text(tree->parts[2].body), "b");
}

TEST(Mime, Partial) {
  const std::string message = "a: b\n\nbody33\n\n";
  TextSource source(message);
  const auto range = find_section(*parse_mime(source), section("TEXT"));
  TextSink sink;
  EXPECT_TRUE(put_wire(source, *range, 5, 3, sink));
  EXPECT_EQ(sink.text, "3\r\n");
  EXPECT_FALSE(put_wire(source, *range, 5, 100, sink));
}

// Whatever is beyond the limits is content, and the grammar is kept.
TEST(Mime, Limits) {
  std::string deep;
  for (unsigned i = 0; i < kMimeDepthLimit + 10; ++i) deep += "Content-Type: message/rfc822\n\n";
  TextSource deep_source(deep);
  EXPECT_EQ(parse_mime(deep_source)->parts.size(), kMimeDepthLimit + 1);
  EXPECT_NE(structure(deep).find("octet-stream"), std::string::npos);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (size_t i = 0; i < kMimePartsLimit + 10; ++i) wide += "--b\n\nx\n";
  TextSource wide_source(wide);
  EXPECT_EQ(parse_mime(wide_source)->parts.size(), kMimePartsLimit);
}

TEST(Addresses, Rows) {
  const auto mailbox = [](const char* name, const char* local, const char* host) {
    ImapAddress address{{}, {}, local, host};
    if (name != nullptr) address.name = name;
    return address;
  };
  using List = std::vector<ImapAddress>;
  const ImapAddress end;
  const auto group = [](const char* name) { return ImapAddress{{}, {}, name, {}}; };
  EXPECT_EQ(parse_addresses("user@domain"), List{mailbox(nullptr, "user", "domain")});
  EXPECT_EQ(parse_addresses("Real  Name <u@d.e>, b@c"),
            (List{mailbox("Real Name", "u", "d.e"), mailbox(nullptr, "b", "c")}));
  EXPECT_EQ(parse_addresses("\"R, \\\"N\" <\"u v\"@[1.2.3.4]>"), List{mailbox("R, \"N", "u v", "[1.2.3.4]")});
  EXPECT_EQ(parse_addresses("u@d (Real (N) Name)"), List{mailbox("Real (N) Name", "u", "d")});
  EXPECT_EQ(
      parse_addresses("g: a@b, c@d;, g2: (foo) ;"),
      (List{group("g"), mailbox(nullptr, "a", "b"), mailbox(nullptr, "c", "d"), end, group("g2"), end}));
  EXPECT_EQ(parse_addresses("<@r,@s:u@d>"), (List{{{}, "@r,@s", "u", "d"}}));
  EXPECT_EQ(parse_addresses("J. R. Smith <j@s>"), List{mailbox("J. R. Smith", "j", "s")});
  EXPECT_EQ(parse_addresses("nobody"), List{mailbox(nullptr, "nobody", "")});
  EXPECT_EQ(parse_addresses("  "), List{});
  EXPECT_EQ(parse_addresses("undisclosed-recipients:"), (List{group("undisclosed-recipients"), end}));
}

TEST(Envelope, DefaultsAndAbsence) {
  EXPECT_EQ(envelope("From: R N <u@d>\nSender:\nSubject: \nMessage-ID: <a@b>\nTo: g:;\n"),
            "(NIL \"\" ((\"R N\" NIL \"u\" \"d\")) ((\"R N\" NIL \"u\" \"d\")) ((\"R N\" NIL \"u\" \"d\")) "
            "((NIL NIL \"g\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL \"<a@b>\")");
  EXPECT_EQ(envelope("Subject: \xC3\xA9\"\n x\n"),
            "(NIL {5}\r\n\xC3\xA9\" x NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(Strings, QuotedOrLiteral) {
  const auto string = [](std::string_view text) {
    TextSink sink;
    put_string(sink, text);
    return sink.text;
  };
  EXPECT_EQ(string("a\"b\\"), "\"a\\\"b\\\\\"");
  EXPECT_EQ(string("a\nb"), "{3}\r\na\nb");
  EXPECT_EQ(string(std::string_view("\0", 1)), "{1}\r\n ");
}

}  // namespace
}  // namespace postern::daemon
