// SPDX-License-Identifier: BSD-2-Clause
// One login in each protocol: what the server says, and what it is taken for.
#include "conformance/runner/dialogue.h"

#include <gtest/gtest.h>

#include <vector>

namespace postern::conformance {
namespace {

struct Talk {
  std::string_view protocol;
  std::vector<std::string_view> server;  // its lines
  std::string_view client;               // all that is said to it
  std::optional<LoginEnd> end;           // none: it still has to answer
};

constexpr std::string_view kAllOfPop3 = "USER me\r\nPASS secret\r\n";
constexpr std::string_view kAllOfImap = "p1 LOGIN \"me\" {6}\r\nsecret\r\n";
constexpr std::string_view kHalfOfImap = "p1 LOGIN \"me\" {6}\r\n";

const std::vector<Talk>& talks() {
  static const std::vector<Talk> all = {
      {"pop3", {"+OK", "+OK", "-ERR [AUTH] no"}, kAllOfPop3, LoginEnd::kRefused},
      {"pop3", {"+OK", "+OK", "-ERR [SYS/TEMP] later"}, kAllOfPop3, LoginEnd::kTemporary},
      {"pop3", {"+OK", "+OK"}, kAllOfPop3, std::nullopt},
      {"pop3", {"* OK"}, "", LoginEnd::kGarbled},
      {"imap",
       {"* OK hello", "+ go on", "* CAPABILITY IMAP4rev1", "p1 NO no"},
       kAllOfImap,
       LoginEnd::kRefused},
      {"imap", {"* ok hello", "+", "p1 no [unavailable] later"}, kAllOfImap, LoginEnd::kTemporary},
      {"imap", {"* OK hello", "+ ", "* CAPABILITY IMAP4rev1"}, kAllOfImap, std::nullopt},
      {"imap", {"* OK hello", "p1 NO LOGIN is disabled"}, kHalfOfImap, LoginEnd::kRefused},
      {"imap", {"* OK hello", "p1 OK you need no password"}, kHalfOfImap, LoginEnd::kEarly},
      {"imap", {"* OK hello", "+ go on", "+ go on"}, kAllOfImap, LoginEnd::kGarbled},
      {"imap", {"* OK hello", "+ go on", "p1 BAD what"}, kAllOfImap, LoginEnd::kGarbled},
      {"imap", {"* OK hello", "+ go on", "p2 OK not ours"}, kAllOfImap, LoginEnd::kGarbled},
      {"imap", {"* PREAUTH come in"}, "", LoginEnd::kEarly},
      {"imap", {"* BYE full"}, "", LoginEnd::kTemporary},
      {"imap", {"+OK pop3"}, "", LoginEnd::kGarbled},
  };
  return all;
}

TEST(Dialogues, TakeEachAnswerForWhatItIs) {
  for (const Talk& talk : talks()) {
    const auto dialogue = make_dialogue(talk.protocol, "me", "secret");
    std::string said;
    Dialogue::Move move;
    for (const std::string_view line : talk.server) {
      EXPECT_FALSE(move.end) << line << ": after the end";
      move = dialogue->on_line(line);
      said += move.send;
    }
    EXPECT_EQ(said, talk.client) << talk.server.back();
    EXPECT_EQ(move.end, talk.end) << talk.server.back();
  }
}

// AD-L3: the server must have been silent when it gets the password, and with nothing else.
TEST(Dialogues, OnlyThePasswordIsASecret) {
  for (const auto& [protocol, lines] :
       std::vector<std::pair<std::string_view, std::vector<std::string_view>>>{{"pop3", {"+OK", "+OK"}},
                                                                               {"imap", {"* OK", "+"}}}) {
    const auto dialogue = make_dialogue(protocol, "me", "secret");
    const Dialogue::Move account = dialogue->on_line(lines[0]);
    EXPECT_FALSE(account.secret) << protocol;
    EXPECT_EQ(account.send.find("secret"), std::string::npos) << protocol;
    EXPECT_TRUE(dialogue->on_line(lines[1]).secret) << protocol;
  }
}

TEST(Dialogues, AnAdmittedClientLeaves) {
  const auto pop3 = make_dialogue("pop3", "me", "secret");
  for (const std::string_view line : {"+OK", "+OK"}) (void)pop3->on_line(line);
  EXPECT_EQ(pop3->on_line("+OK").send, "QUIT\r\n");
  const auto imap = make_dialogue("imap", "me", "secret");
  for (const std::string_view line : {"* OK hello", "+"}) (void)imap->on_line(line);
  const Dialogue::Move last = imap->on_line("p1 OK come in");
  EXPECT_EQ(last.send, "p2 LOGOUT\r\n");
  EXPECT_EQ(last.end, LoginEnd::kAllowed);
}

}  // namespace
}  // namespace postern::conformance
