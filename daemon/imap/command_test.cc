// SPDX-License-Identifier: BSD-2-Clause
// The commands of RFC 3501, section 6, its examples among them; what its grammar refuses; limits.
#include "daemon/imap/command.h"

#include <gtest/gtest.h>

#include <string>

#include "daemon/imap/date.h"
#include "daemon/imap/protocol.h"

namespace postern::daemon {
namespace {

using Fault = ImapFault;
using Kind = ImapFetchKind;
using Verb = ImapVerb;

struct Row {
  const char* text;
  Verb verb;
  Fault fault = Fault::kNone;
};

constexpr Row kRows[] = {
    {"abcd CAPABILITY", Verb::kCapability},
    {"a NOOP", Verb::kNoop},
    {"a noop", Verb::kNoop},
    {"a NOOP ", Verb::kNoop, Fault::kSyntax},
    {"a  NOOP", Verb::kUnknown, Fault::kUnknown},
    {"a", Verb::kUnknown, Fault::kSyntax},
    {"", Verb::kUnknown, Fault::kTag},
    {" NOOP", Verb::kUnknown, Fault::kTag},
    {"+a NOOP", Verb::kUnknown, Fault::kTag},
    {"a+b NOOP", Verb::kUnknown, Fault::kTag},
    {"a]b NOOP", Verb::kNoop},
    {"a(b NOOP", Verb::kUnknown, Fault::kSyntax},
    {"a NOOPS", Verb::kUnknown, Fault::kUnknown},
    {"a LOGIN SMITH SESAME", Verb::kLogin},
    {"a LOGIN \"S \\\"M\\\\\" {6}\r\nSESAME", Verb::kLogin},
    {"a LOGIN SMITH", Verb::kLogin, Fault::kSyntax},
    {"a LOGIN SMITH a%b", Verb::kLogin, Fault::kSyntax},
    {"a LOGIN \"S\\x\" y", Verb::kLogin, Fault::kSyntax},
    {"a LOGIN {9}\r\nshort y", Verb::kLogin, Fault::kSyntax},
    {"a AUTHENTICATE PLAIN", Verb::kAuthenticate},
    {"a AUTHENTICATE PLAIN =", Verb::kAuthenticate},
    {"a AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=", Verb::kAuthenticate},
    {"a AUTHENTICATE PLAIN a b", Verb::kAuthenticate, Fault::kSyntax},
    {"a SELECT INBOX", Verb::kSelect},
    {"a SELECT a]b", Verb::kSelect},
    {"a SELECT a*b", Verb::kSelect, Fault::kSyntax},
    {"a SELECT ~foo", Verb::kSelect},
    {"a select !#$&'+,-.0123456789:;<=>?@^_`|[}", Verb::kSelect},
    {"a EXAMINE blurdybloop", Verb::kExamine},
    {"a RENAME blurdybloop sarasoop", Verb::kRename},
    {"a RENAME blurdybloop", Verb::kRename, Fault::kSyntax},
    {"a LIST \"\" \"\"", Verb::kList},
    {"a LIST \"\" %", Verb::kList},
    {"a LIST /usr/staff/jones \"\"", Verb::kList},
    {"a list \"\" !#$&'+,-.0123456789:;<=>?@^_`|[}%*", Verb::kList},
    {"a LSUB \"#news.\" \"comp.mail.*\"", Verb::kLsub},
    {"a STATUS blurdybloop (UIDNEXT MESSAGES)", Verb::kStatus},
    {"a STATUS blurdybloop ()", Verb::kStatus, Fault::kSyntax},
    {"a STATUS blurdybloop (SIZES)", Verb::kStatus, Fault::kSyntax},
    {"a APPEND saved-messages (\\Seen) {310}\r\n", Verb::kAppend},
    {"a APPEND saved-messages \" 7-Feb-1994 21:52:25 -0800\" {310+}\r\n", Verb::kAppend},
    {"a APPEND saved-messages () \"07-Feb-1994 21:52:25 -0800\" {0}\r\n", Verb::kAppend},
    {"a APPEND saved-messages \"7-Feb-1994 21:52:25 -0800\" {310}\r\n", Verb::kAppend, Fault::kSyntax},
    {"a APPEND saved-messages {310}\r\n x", Verb::kAppend, Fault::kSyntax},
    {"a APPEND saved-messages (\\Recent) {310}\r\n", Verb::kAppend, Fault::kSyntax},
    {"a EXPUNGE", Verb::kExpunge},
    {"a EXPUNGE 1", Verb::kExpunge, Fault::kSyntax},
    {"a UID EXPUNGE 3000:3002", Verb::kExpunge},
    {"a UID EXPUNGE", Verb::kExpunge, Fault::kSyntax},
    {"a UID NOOP", Verb::kUnknown, Fault::kUnknown},
    {"a SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", Verb::kSearch},
    {"a SEARCH CHARSET UTF-8 TEXT {6}\r\n\xD0\xBE\xD0\xBE\xD0\xBE", Verb::kSearch},
    {"a SEARCH RETURN (MIN COUNT) FLAGGED", Verb::kSearch},
    {"a SEARCH RETURN () CHARSET UTF-8 (OR (1:3 NOT 4) SEEN) UID 5", Verb::kSearch},
    {"a SEARCH", Verb::kSearch, Fault::kSyntax},
    {"a SEARCH ()", Verb::kSearch, Fault::kSyntax},
    {"a SEARCH OR SEEN", Verb::kSearch, Fault::kSyntax},
    {"a SEARCH ON 31-Feb-1994", Verb::kSearch, Fault::kSyntax},
    {"a SEARCH ON \"1-Feb-1994\"", Verb::kSearch},
    {"a SEARCH KEYWORD \\Seen", Verb::kSearch, Fault::kSyntax},
    {"a SEARCH NIL", Verb::kSearch, Fault::kSyntax},
    {"a FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", Verb::kFetch},
    {"a FETCH 1 BODY.PEEK[1.2.3.HEADER.FIELDS.NOT (a \"b c\")]<0.2048>", Verb::kFetch},
    {"a FETCH 1 BODY[1.MIME]", Verb::kFetch},
    {"a FETCH 1 BODY[MIME]", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 BODY[0]", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 BODY[1.]", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 BODY[HEADER.FIELDS ()]", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 BODY[]<0.0>", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 (ALL)", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 ()", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1 FULL", Verb::kFetch},
    {"a FETCH 0 FLAGS", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 1:* FLAGS", Verb::kFetch},
    {"a FETCH 1,,2 FLAGS", Verb::kFetch, Fault::kSyntax},
    {"a FETCH 4294967296 FLAGS", Verb::kFetch, Fault::kSyntax},
    {"a STORE 2:4 +FLAGS (\\Deleted)", Verb::kStore},
    {"a STORE 1 FLAGS \\Seen $Forwarded", Verb::kStore},
    {"a STORE 1 -FLAGS.SILENT ()", Verb::kStore},
    {"a STORE 1 FLAGS (\\Recent)", Verb::kStore, Fault::kSyntax},
    {"a STORE 1 FLAGS", Verb::kStore, Fault::kSyntax},
    {"a COPY 2:4 MEETING", Verb::kCopy},
    {"a UID MOVE 1,3 {1}\r\nx", Verb::kMove},
    {"a ID NIL", Verb::kId},
    {"a ID (\"name\" \"x\" \"os\" NIL)", Verb::kId},
    {"a ID (\"name\")", Verb::kId, Fault::kSyntax},
    {"a ENABLE CONDSTORE", Verb::kEnable},
};

TEST(ImapCommand, Rows) {
  for (const Row& row : kRows) {
    const ImapCommand command = parse_imap_command(row.text);
    EXPECT_EQ(command.fault, row.fault) << row.text;
    EXPECT_EQ(command.verb, row.verb) << row.text;
  }
}

TEST(ImapCommand, Strings) {
  const ImapCommand login = parse_imap_command("a LOGIN \"S \\\"M\\\\\" {6}\r\nSES ME");
  EXPECT_EQ(login.first, "S \"M\\");
  EXPECT_EQ(login.second, "SES ME");
  EXPECT_EQ(parse_imap_command("a SELECT inBox").first, "INBOX");
  const std::string nul("a LOGIN {3}\r\nx\0y z", 18);
  EXPECT_EQ(parse_imap_command(nul).fault, Fault::kSyntax);
}

TEST(ImapCommand, Fetch) {
  const ImapCommand command =
      parse_imap_command("a UID FETCH *:4,7 (UID BODY[1.2.HEADER.FIELDS (Date)]<5.6> BODY.PEEK[])");
  ASSERT_EQ(command.fetch.size(), 3U);
  EXPECT_TRUE(command.uid);
  EXPECT_EQ(command.set.ranges, (std::vector<SequenceRange>{{0, 4}, {7, 7}}));
  const ImapFetchItem& item = command.fetch[1];
  EXPECT_EQ(item.section, (ImapSection{{1, 2}, ImapSectionText::kFields, {"Date"}}));
  EXPECT_TRUE(item.partial && !item.peek && item.origin == 5 && item.count == 6);
  EXPECT_TRUE(command.fetch[2].peek);
  EXPECT_EQ(parse_imap_command("a FETCH 1 ALL").fetch.size(), 4U);
}

TEST(ImapCommand, StoreAndAppend) {
  const ImapCommand store = parse_imap_command("a STORE 1 -FLAGS.SILENT (\\Seen $A \\deleted)");
  EXPECT_EQ(store.flags, (ImapFlagList{kImapSeen | kImapDeleted, {"$A"}}));
  EXPECT_TRUE(store.silent && store.store_as == ImapStoreAs::kRemove);
  const ImapCommand append = parse_imap_command("a APPEND x \"01-Jan-1970 02:00:01 +0200\" {310+}\r\n");
  EXPECT_TRUE(append.has_date && append.message.plus);
  EXPECT_EQ(append.date, 1);
  EXPECT_EQ(append.message.octets, 310U);
}

std::string nested(unsigned depth) {
  return "a SEARCH " + std::string(depth, '(') + "ALL" + std::string(depth, ')');
}

TEST(ImapCommand, Limits) {
  EXPECT_EQ(parse_imap_command(nested(kImapDepthLimit)).fault, Fault::kNone);
  EXPECT_EQ(parse_imap_command(nested(kImapDepthLimit + 1)).fault, Fault::kSyntax);
  std::string section = "a FETCH 1 BODY[1";
  for (unsigned i = 1; i < kImapDepthLimit; ++i) section += ".1";
  EXPECT_EQ(parse_imap_command(section + "]").fault, Fault::kNone);
  EXPECT_EQ(parse_imap_command(section + ".1]").fault, Fault::kSyntax);
  std::string set = "a STORE 1";
  for (size_t i = 1; i < kSequenceRangesLimit; ++i) set += ",1";
  EXPECT_EQ(parse_imap_command(set + " FLAGS ()").fault, Fault::kNone);
  EXPECT_EQ(parse_imap_command(set + ",1 FLAGS ()").fault, Fault::kSyntax);
}

TEST(SequenceSet, WhatIsIn) {
  const auto set = [](const char* text) {
    ImapScanner scanner(text);
    SequenceSet read;
    EXPECT_TRUE(take_sequence_set(scanner, read) && scanner.at_end()) << text;
    return read;
  };
  EXPECT_EQ(set("5:3,9").resolved(7), (std::vector<SequenceRange>{{3, 5}}));
  EXPECT_EQ(set("9:*").resolved(7), (std::vector<SequenceRange>{{7, 7}}));
  EXPECT_EQ(set("1:2,3,2,7").resolved(7), (std::vector<SequenceRange>{{1, 3}, {7, 7}}));
  EXPECT_TRUE(set("*").resolved(0).empty());
  EXPECT_TRUE(set("2,*").contains(7, 7));
  EXPECT_FALSE(set("2,*").contains(6, 7));
  EXPECT_TRUE(set("1:*").within(7));
  EXPECT_FALSE(set("8:*").within(7));
  EXPECT_FALSE(set("*").within(0));
  EXPECT_EQ(print_numbers({1, 2, 3, 5, 8, 9}), "1:3,5,8:9");
}

TEST(Dates, BothWays) {
  EXPECT_EQ(print_date_time(760'686'745), "\"08-Feb-1994 05:52:25 +0000\"");
  EXPECT_EQ(day_of(-1), -1);
  const auto day = [](const char* text) { return sent_day(text).value_or(-1); };
  EXPECT_EQ(day("Thu, 1 Jan 1970 00:00:00 +0000"), 0);
  EXPECT_EQ(day("2 Jan 70 23:59 EST"), 1);
  EXPECT_EQ(day(" (c(o)m) Fri (x), 2 (y) January 1970"), 1);
  EXPECT_EQ(day("Sat, 24 Mar 2007 23:00:00 +0200"), 13'596);
  EXPECT_FALSE(sent_day("yesterday").has_value());
  EXPECT_FALSE(sent_day("31 Feb 2000").has_value());
}

}  // namespace
}  // namespace postern::daemon
