// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/command.h"

#include <gtest/gtest.h>

#include <string>

namespace postern::daemon {
namespace {

SmtpFault fault_of(std::string_view line) {
  return parse_smtp_command(line).fault;
}

std::string mailbox_of(std::string_view line) {
  const SmtpCommand command = parse_smtp_command(line);
  return command.fault == SmtpFault::kNone ? "<" + std::string(command.mailbox) + ">" : "refused";
}

TEST(SmtpCommand, KeywordsInAnyCase) {
  EXPECT_EQ(parse_smtp_command("ehlo a").verb, SmtpVerb::kEhlo);
  EXPECT_EQ(parse_smtp_command("hElO a").verb, SmtpVerb::kHelo);
  EXPECT_EQ(mailbox_of("mail from:<a@b> body=8bitmime"), "<a@b>");
}

TEST(SmtpCommand, Paths) {
  EXPECT_EQ(mailbox_of("MAIL FROM:<>"), "<>");
  EXPECT_EQ(mailbox_of("MAIL FROM: <a.b@c.example>"), "<a.b@c.example>");
  EXPECT_EQ(mailbox_of("MAIL FROM:<\"a b>\\\" c\"@d>"), "<\"a b>\\\" c\"@d>");
  EXPECT_EQ(mailbox_of("RCPT TO:<a@[192.0.2.1]>"), "<a@[192.0.2.1]>");
  EXPECT_EQ(mailbox_of("RCPT TO:<@x.example,@y.example:a@b>"), "<a@b>");
  EXPECT_EQ(mailbox_of("RCPT TO:<Postmaster>"), "<Postmaster>");
  for (const char* path :
       {"",          "a@b",          "<a@b",        "a@b>",   "<a>",      "<@b>",   "<a@>",
        "<a@b>x",    "<a..b@c>",     "<.a@b>",      "<a.@b>", "<a@b..c>", "<a@.b>", "<a b@c>",
        "<\"a@b>",   "<a\"b\"@c>",   "<a@b c>",     "<@x:>",  "<x:a@b>",  "<a@b>>", "<<a@b>>",
        "<a@b@c d>", "<postmaster>", "<\"a\\\"@b>", "<a@[]>"}) {
    EXPECT_EQ(mailbox_of("MAIL FROM:" + std::string(path)), "refused") << path;
  }
  EXPECT_EQ(mailbox_of("RCPT TO:<>"), "refused");
  EXPECT_EQ(fault_of("MAIL"), SmtpFault::kMissingArgument);
  EXPECT_EQ(fault_of("MAIL TO:<a@b>"), SmtpFault::kBadPath);
}

TEST(SmtpCommand, LimitsOfAPath) {
  const std::string local(kSmtpLocalPartLimit, 'a');
  EXPECT_EQ(fault_of("MAIL FROM:<" + local + "@b>"), SmtpFault::kNone);
  EXPECT_EQ(fault_of("MAIL FROM:<a" + local + "@b>"), SmtpFault::kBadPath);
  const std::string domain(kSmtpMailboxLimit - 2, 'a');
  EXPECT_EQ(fault_of("MAIL FROM:<a@" + domain + ">"), SmtpFault::kNone);
  EXPECT_EQ(fault_of("MAIL FROM:<a@" + domain + "a>"), SmtpFault::kBadPath);
}

TEST(SmtpCommand, Parameters) {
  EXPECT_EQ(parse_smtp_command("MAIL FROM:<> SIZE=18446744073709551615").size, UINT64_MAX);
  EXPECT_EQ(fault_of("MAIL FROM:<> SIZE=1 BODY=7BIT "), SmtpFault::kNone);
  for (const char* words : {"SIZE", "SIZE=", "SIZE=a", "SIZE=-1", "SIZE=18446744073709551616",
                            "SIZE=1 SIZE=1", "BODY", "BODY=", "BODY=BINARYMIME", "BODY=7BIT BODY=7BIT"}) {
    EXPECT_EQ(fault_of("MAIL FROM:<> " + std::string(words)), SmtpFault::kBadParameter) << words;
  }
  EXPECT_EQ(fault_of("MAIL FROM:<> SMTPUTF8"), SmtpFault::kUnknownParameter);
  EXPECT_EQ(fault_of("MAIL FROM:<> AUTH=<>"), SmtpFault::kUnknownParameter);
  EXPECT_EQ(fault_of("RCPT TO:<a@b> NOTIFY=NEVER"), SmtpFault::kUnknownParameter);
}

TEST(SmtpCommand, Names) {
  EXPECT_EQ(parse_smtp_command("EHLO [127.0.0.1]").name, "[127.0.0.1]");
  EXPECT_EQ(fault_of("EHLO"), SmtpFault::kMissingArgument);
  EXPECT_EQ(fault_of("EHLO a b"), SmtpFault::kUnexpectedArgument);
  EXPECT_EQ(fault_of("EHLO (a)"), SmtpFault::kBadName);
  EXPECT_EQ(fault_of("EHLO " + std::string(256, 'a')), SmtpFault::kBadName);
}

TEST(SmtpCommand, TheOthers) {
  for (const char* line : {"DATA", "RSET", "QUIT", "NOOP", "NOOP a", "HELP", "HELP me", "VRFY a", "STARTTLS"})
    EXPECT_EQ(fault_of(line), SmtpFault::kNone) << line;
  for (const char* line : {"DATA x", "RSET x", "QUIT x", "STARTTLS x"})
    EXPECT_EQ(fault_of(line), SmtpFault::kUnexpectedArgument) << line;
  for (const char* line : {"", " DATA", "DATAX", "EXPN a", "GET / HTTP/1.1"})
    EXPECT_EQ(fault_of(line), SmtpFault::kUnknownCommand) << line;
  EXPECT_EQ(fault_of("VRFY"), SmtpFault::kMissingArgument);
}

// A line that ended with LF alone has it in the middle here: no octet but printable ASCII is in any command.
TEST(SmtpCommand, OnlyPrintableAscii) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string line = std::string("NOOP a") + static_cast<char>(octet) + "b";
    EXPECT_EQ(fault_of(line), octet >= 0x20 && octet < 0x7F ? SmtpFault::kNone : SmtpFault::kBadOctet)
        << octet;
  }
}

TEST(SmtpCommand, ALineHasALimit) {
  EXPECT_EQ(fault_of("NOOP " + std::string(kSmtpLineLimit - 7, 'a')), SmtpFault::kNone);
  EXPECT_EQ(fault_of("NOOP " + std::string(kSmtpLineLimit - 6, 'a')), SmtpFault::kLineTooLong);
}

}  // namespace
}  // namespace postern::daemon
