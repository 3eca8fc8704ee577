// SPDX-License-Identifier: BSD-2-Clause
// The session against a keeper of the test's own: what is answered, and what the keeper is asked.
#include "daemon/pop3/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/session/encryption_fixture.h"
#include "daemon/session/sasl_plain.h"

namespace postern::daemon {
namespace {

// A message file of this text, whose name is gone already.
Fd file_of(const std::string& text) {
  char name[] = "/tmp/postern-message-XXXXXX";
  Fd file(::mkstemp(name));
  EXPECT_EQ(::unlink(name), 0);
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
  return file;
}

// ScriptedKeeper lets "alice" with "secret" in and has two messages; `asked` tells all it was asked.
class ScriptedKeeper final : public KeeperPort {
 public:
  Result<LoginAnswer> login(std::string_view account, std::string_view password) override {
    asked += "login:" + std::string(account) + ":" + std::string(password) + ";";
    if (dead) return Error{};
    if (status != ReplyStatus::kOk) return LoginAnswer{status, 0, 0};
    if (account != "alice" || password != "secret") return LoginAnswer{ReplyStatus::kRefused, 0, 0};
    return LoginAnswer{ReplyStatus::kOk, 2, 13};
  }
  Result<LoginAnswer> external(std::string_view account) override {
    asked += "external:" + std::string(account) + ";";
    if (account != "alice" && !account.empty()) return LoginAnswer{ReplyStatus::kRefused, 0, 0};
    return LoginAnswer{status, 2, 13};
  }
  Result<void> expect() override {
    asked += "expect;";
    return {};
  }
  Result<bool> shown() override {
    asked += "shown;";
    return certificate;
  }
  Result<MessageFacts> describe(uint32_t message) override {
    if (dead) return Error{};
    return MessageFacts{texts[message - 1].size(), "id" + std::to_string(message)};
  }
  Result<OpenedMessage> open(uint32_t message) override {
    if (dead) return Error{};
    if (open_status != ReplyStatus::kOk) return OpenedMessage{open_status, Fd()};
    return OpenedMessage{ReplyStatus::kOk, file_of(texts[message - 1])};
  }
  Result<void> remove(uint32_t message) override {
    asked += "remove:" + std::to_string(message) + ";";
    return {};
  }
  Result<uint32_t> update() override {
    asked += "update;";
    return not_removed;
  }
  Result<void> quit() override {
    asked += "quit;";
    return {};
  }

  std::vector<std::string> texts{"a\r\n\r\nb\r\n", ".x\r\n."};
  std::string asked;
  ReplyStatus status = ReplyStatus::kOk;
  ReplyStatus open_status = ReplyStatus::kOk;
  uint32_t not_removed = 0;
  bool certificate = false;
  bool dead = false;
};

// talk gives a session all of `input` at once and returns all it answers until it ends. `plain_login`:
// whether passwords are taken without encryption (EN-1).
std::string talk(ScriptedKeeper& keeper, std::string_view input, bool plain_login = true) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  Fd server(ends[0]);
  const Fd client(ends[1]);
  EXPECT_EQ(::write(client.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  EXPECT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  {
    ClientStream stream(server.get(), kPop3Lines);
    NoEncryption none;
    none.plan.plain_login = plain_login;
    Pop3Session(stream, keeper, none.encryption).run();
  }
  server.reset();
  std::string answers;
  char buffer[4096];
  ssize_t length = 0;
  while ((length = ::read(client.get(), buffer, sizeof buffer)) > 0)
    answers.append(buffer, static_cast<size_t>(length));
  return answers;
}

const std::string kGreeting = "+OK postern POP3 ready\r\n";
const std::string kLogin = "USER alice\r\nPASS secret\r\n";
const std::string kLoggedIn = kGreeting + "+OK password, please\r\n+OK mailbox is open\r\n";
// In base64: NUL alice NUL secret, the same by herself for herself, NUL nobody NUL x, bob NUL alice NUL
// secret.
const std::string kAlicePlain = "AGFsaWNlAHNlY3JldA==";
const std::string kAliceForAlicePlain = "YWxpY2UAYWxpY2UAc2VjcmV0";
const std::string kNobodyPlain = "AG5vYm9keQB4";
const std::string kBobForAlicePlain = "Ym9iAGFsaWNlAHNlY3JldA==";
const std::string kBye = "+OK goodbye\r\n";

struct Dialogue {
  std::string input;
  std::string answers;
};

// RFC 1939, section 5, one dialogue per rule; all of it pipelined (RFC 2449, section 6.8).
TEST(Pop3Session, Transaction) {
  const Dialogue dialogues[] = {
      {"STAT\r\n", "+OK 2 13\r\n"},
      {"LIST\r\n", "+OK sizes follow\r\n1 8\r\n2 5\r\n.\r\n"},
      {"LIST 2\r\n", "+OK 2 5\r\n"},
      {"LIST 3\r\n", "-ERR no such message\r\n"},
      {"UIDL\r\n", "+OK unique ids follow\r\n1 id1\r\n2 id2\r\n.\r\n"},
      {"UIDL 1\r\n", "+OK 1 id1\r\n"},
      {"RETR 1\r\n", "+OK message follows\r\na\r\n\r\nb\r\n.\r\n"},
      {"RETR 2\r\n", "+OK message follows\r\n..x\r\n..\r\n.\r\n"},
      {"RETR 4294967295\r\n", "-ERR no such message\r\n"},
      {"TOP 1 0\r\n", "+OK message follows\r\na\r\n\r\n.\r\n"},
      {"NOOP\r\nnoop\r\n", "+OK\r\n+OK\r\n"},
      {"DELE 1\r\nDELE 1\r\nRETR 1\r\nLIST\r\nSTAT\r\n",
       "+OK marked\r\n-ERR no such message\r\n-ERR no such message\r\n+OK sizes follow\r\n2 5\r\n.\r\n+OK 1 "
       "5\r\n"},
      {"DELE 1\r\nRSET\r\nSTAT\r\n", "+OK marked\r\n+OK nothing is marked\r\n+OK 2 13\r\n"},
      {"USER bob\r\n", "-ERR already logged in\r\n"},
      {"FOO\r\n", "-ERR unknown command\r\n"},
  };
  for (const Dialogue& dialogue : dialogues) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, kLogin + dialogue.input + "QUIT\r\n"), kLoggedIn + dialogue.answers + kBye)
        << dialogue.input;
  }
}

TEST(Pop3Session, BeforeLoginNothingElseIsAnswered) {
  for (const char* command :
       {"STAT", "LIST", "LIST 1", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 1", "UIDL"}) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, std::string(command) + "\r\nQUIT\r\n"),
              kGreeting + "-ERR log in first\r\n" + kBye);
    EXPECT_EQ(keeper.asked, "quit;");
  }
}

// RFC 1939, section 7: PASS comes immediately after USER.
TEST(Pop3Session, PassNeedsItsUser) {
  for (const char* between : {"", "NOOP\r\n", "CAPA\r\n", "FOO\r\n", "USER\r\n", "USER a b\r\n"}) {
    ScriptedKeeper keeper;
    const std::string user = *between == '\0' ? "" : "USER alice\r\n";
    EXPECT_NE(talk(keeper, user + between + "PASS secret\r\nQUIT\r\n").find("-ERR USER first"),
              std::string::npos);
    EXPECT_EQ(keeper.asked, "quit;") << between;
  }
}

// AD-L2: unknown account, wrong password and refused place get the very same octets, and so does who would
// act for somebody else.
TEST(Pop3Session, RefusalsAreAlike) {
  const std::string refused = "-ERR [AUTH] login refused\r\n";
  for (const std::string input :
       {"USER nobody\r\nPASS x\r\n", "USER alice\r\nPASS wrong\r\n", kLogin.c_str()}) {
    ScriptedKeeper keeper;
    if (input == kLogin) keeper.status = ReplyStatus::kRefused;
    EXPECT_EQ(talk(keeper, input), kGreeting + "+OK password, please\r\n" + refused) << input;
  }
  for (const std::string& input : {kNobodyPlain, kAlicePlain, kBobForAlicePlain}) {
    ScriptedKeeper keeper;
    if (input == kAlicePlain) keeper.status = ReplyStatus::kRefused;
    EXPECT_EQ(talk(keeper, "AUTH PLAIN " + input + "\r\n"), kGreeting + refused) << input;
  }
}

// RFC 5034: with the command or after it; the mechanism in any case; given up by "*".
TEST(Pop3Session, AuthPlain) {
  const std::string in = "+OK mailbox is open\r\n";
  const Dialogue dialogues[] = {
      {"AUTH PLAIN " + kAlicePlain + "\r\n", in},
      {"auth plain " + kAliceForAlicePlain + "\r\n", in},
      {"AUTH PLAIN\r\n" + kAlicePlain + "\r\n", "+ \r\n" + in},
      {"AUTH PLAIN\r\n*\r\nAUTH PLAIN\r\n" + kAlicePlain + "\r\n", "+ \r\n-ERR given up\r\n+ \r\n" + in},
      {"AUTH PLAIN " + kAlicePlain + "\r\nAUTH PLAIN " + kAlicePlain + "\r\n",
       in + "-ERR already logged in\r\n"},
  };
  for (const Dialogue& dialogue : dialogues) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, dialogue.input + "QUIT\r\n"), kGreeting + dialogue.answers + kBye)
        << dialogue.input;
    EXPECT_EQ(keeper.asked, "login:alice:secret;update;") << dialogue.input;
  }
}

TEST(Pop3Session, AuthPlainThatIsNone) {
  const Dialogue dialogues[] = {
      {"AUTH\r\n", "-ERR argument missing\r\n"},
      {"AUTH LOGIN\r\n", "-ERR no such mechanism\r\n"},
      {"AUTH PLAIN !\r\n", "-ERR not base64\r\n"},
      {"AUTH PLAIN =\r\n", "-ERR not as RFC 4616 has it\r\n"},
      {"AUTH PLAIN YWxpY2U=\r\n", "-ERR not as RFC 4616 has it\r\n"},
      {"AUTH PLAIN " + kAlicePlain + " x\r\n", "-ERR argument not expected\r\n"},
      {"AUTH PLAIN\r\n\r\n", "+ \r\n-ERR not as RFC 4616 has it\r\n"},
  };
  for (const Dialogue& dialogue : dialogues) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, dialogue.input + "QUIT\r\n"), kGreeting + dialogue.answers + kBye)
        << dialogue.input;
    EXPECT_EQ(keeper.asked, "quit;") << dialogue.input;
  }
}

// RFC 5034, section 4: the longest response of RFC 4616 is read, though it comes in two pieces and no command
// may be that long.
TEST(Pop3Session, LongAuthResponses) {
  std::string input;
  while (input.size() < 3500) input += "NOOP\r\n";  // what is read at once ends within the response
  input += "AUTH PLAIN\r\n";
  for (const size_t length : {kSaslPlainLimit - 2, size_t{5000}}) {
    ScriptedKeeper keeper;
    const std::string answer = length < 5000 ? "not as RFC 4616 has it" : "line too long";
    EXPECT_TRUE(talk(keeper, input + std::string(length, 'A') + "\r\nQUIT\r\n")
                    .ends_with("+ \r\n-ERR " + answer + "\r\n" + kBye))
        << length;
  }
}

// EN-1: where a password would be read by others, none is taken, whatever it is.
TEST(Pop3Session, NoPasswordInTheClear) {
  for (const std::string input : {"USER alice\r\n", "AUTH PLAIN\r\n", "AUTH PLAIN !\r\n"}) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, input + "QUIT\r\n", false),
              kGreeting + "-ERR [AUTH] no password here without encryption\r\n" + kBye);
    EXPECT_EQ(keeper.asked, "quit;") << input;
    EXPECT_EQ(talk(keeper, "CAPA\r\n", false).find("SASL"), std::string::npos);
  }
}

TEST(Pop3Session, ThreeLoginsAreTheLimit) {
  ScriptedKeeper keeper;
  std::string input;
  for (int i = 0; i < 4; ++i) input += "USER alice\r\nPASS wrong\r\n";
  const std::string answers = talk(keeper, input + kLogin);
  EXPECT_EQ(keeper.asked, "login:alice:wrong;login:alice:wrong;login:alice:wrong;");
  EXPECT_TRUE(answers.ends_with("-ERR [AUTH] login refused\r\n"));
}

// RFC 2449, section 8.1.1 and RFC 3206.
TEST(Pop3Session, ResponseCodes) {
  ScriptedKeeper keeper;
  keeper.status = ReplyStatus::kInUse;
  EXPECT_NE(talk(keeper, kLogin).find("-ERR [IN-USE] "), std::string::npos);
  keeper.status = ReplyStatus::kTemporary;
  EXPECT_NE(talk(keeper, kLogin).find("-ERR [SYS/TEMP] "), std::string::npos);
}

TEST(Pop3Session, CapabilitiesAreTheSameBeforeAndAfter) {
  ScriptedKeeper keeper;
  const std::string capa =
      "+OK capabilities follow\r\nTOP\r\nUIDL\r\nUSER\r\nSASL "
      "PLAIN\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
      "IMPLEMENTATION postern\r\n.\r\n";
  EXPECT_EQ(talk(keeper, "CAPA\r\n" + kLogin + "CAPA\r\nQUIT\r\n"),
            kGreeting + capa + kLoggedIn.substr(kGreeting.size()) + capa + kBye);
}

// RFC 1939, section 6: only QUIT removes.
TEST(Pop3Session, OnlyQuitRemoves) {
  ScriptedKeeper quits;
  EXPECT_EQ(talk(quits, kLogin + "DELE 2\r\nQUIT\r\n"), kLoggedIn + "+OK marked\r\n" + kBye);
  EXPECT_EQ(quits.asked, "login:alice:secret;remove:2;update;");
  ScriptedKeeper goes;
  EXPECT_EQ(talk(goes, kLogin + "DELE 2\r\n"), kLoggedIn + "+OK marked\r\n");
  EXPECT_EQ(goes.asked, "login:alice:secret;");
  ScriptedKeeper resets;
  (void)talk(resets, kLogin + "DELE 1\r\nDELE 2\r\nRSET\r\nDELE 1\r\nQUIT\r\n");
  EXPECT_EQ(resets.asked, "login:alice:secret;remove:1;update;");
  ScriptedKeeper fails;
  fails.not_removed = 1;
  EXPECT_TRUE(talk(fails, kLogin + "DELE 1\r\nQUIT\r\n")
                  .ends_with("-ERR [SYS/TEMP] some marked messages are not removed\r\n"));
}

// A keeper that is gone ends the session; half an answer is never closed with a dot.
TEST(Pop3Session, DeadKeeperEndsTheSession) {
  ScriptedKeeper keeper;
  keeper.dead = true;
  EXPECT_TRUE(talk(keeper, kLogin + "NOOP\r\n").ends_with("-ERR [SYS/TEMP] not now, try again later\r\n"));
}

TEST(Pop3Session, MessageThatIsGone) {
  ScriptedKeeper keeper;
  keeper.open_status = ReplyStatus::kGone;
  EXPECT_EQ(talk(keeper, kLogin + "RETR 1\r\nQUIT\r\n"),
            kLoggedIn + "-ERR another program has removed this message\r\n" + kBye);
}

// RFC 2449, section 4: too long a line is refused once, whatever its length, and the next one is heard.
TEST(Pop3Session, LongLines) {
  for (const size_t length : {254U, 255U, 256U, 1023U, 1024U, 1025U, 5000U, 70000U}) {
    ScriptedKeeper keeper;
    EXPECT_EQ(talk(keeper, std::string(length, 'x') + "\r\nQUIT\r\n"),
              kGreeting + "-ERR line too long\r\n" + kBye)
        << length;
  }
}

TEST(Pop3Session, LineFeedAloneEndsALine) {
  ScriptedKeeper keeper;
  EXPECT_EQ(talk(keeper, "QUIT\n"), kGreeting + kBye);
}

}  // namespace
}  // namespace postern::daemon
