// SPDX-License-Identifier: BSD-2-Clause
// The session against a keeper of the test's own: what is answered, and what the keeper is asked.
#include "daemon/imap/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/session/encryption_fixture.h"

namespace postern::daemon {
namespace {

Fd file_of(const std::string& text) {
  char name[] = "/tmp/postern-message-XXXXXX";
  Fd file(::mkstemp(name));
  EXPECT_EQ(::unlink(name), 0);
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return file;
}

// ScriptedKeeper lets "alice" with "secret" in and has INBOX with three messages, UIDs 3, 5 and 9; `asked`
// tells what it was asked. What a real keeper makes of requests is in keeper_test.cc.
class ScriptedKeeper final : public ImapKeeperPort {
 public:
  Result<ImapAnswer> ask(const ImapQuestion& question) override {
    const ImapRequestHead& head = question.head;
    asked += std::string(kImapTable[head.kind - 1].name) + ":" + std::string(question.text) + ";";
    if (dead) return Error{};
    ImapAnswer answer;
    answer.status = ImapStatus::kOk;
    answer.head.kind = head.kind;
    fill(question, answer);
    return answer;
  }

  std::vector<ImapRow> rows{
      {1, 3, 0, 0, 11, 0}, {2, 5, kImapSeen, 0, 17, 86'400}, {3, 9, kImapRecent, 1, 30, 0}};
  std::vector<std::string> texts{"a: b\n\nc\n", "Subject: x\n\ny\n", "z: z\n\nz\n"};
  std::vector<ImapRow> changes;  // told at the next kPoll
  std::string asked;
  std::string appended;
  ImapStatus status = ImapStatus::kOk;  // of kLogin, folders, kCopyBegin, kAppendBegin
  bool dead = false;

 private:
  void fill(const ImapQuestion& question, ImapAnswer& answer) {
    const ImapRequestHead& head = question.head;
    const auto exists = static_cast<uint32_t>(rows.size());
    switch (question.kind()) {
      case ImapRequestKind::kLogin:
        answer.status = status;
        if (question.text != "alice" || question.more != "secret") answer.status = ImapStatus::kRefused;
        return;
      case ImapRequestKind::kSelect:
      case ImapRequestKind::kExamine:
      case ImapRequestKind::kStatus:
        answer.status = question.text == "INBOX" ? ImapStatus::kOk : ImapStatus::kNoFolder;
        answer.head.unseen = 1;
        answer.head.uid_validity = 7;
        [[fallthrough]];
      case ImapRequestKind::kPoll:
        answer.head.exists = exists;
        answer.head.recent = 1;
        answer.head.uid_next = 10;
        answer.head.keywords = 1;
        if (question.kind() == ImapRequestKind::kPoll) answer.rows.swap(changes);
        return;
      case ImapRequestKind::kKeyword:
        answer.text = "$Hello";
        return;
      case ImapRequestKind::kFolder:
        return folder(head.first, answer);
      case ImapRequestKind::kStore:
        for (uint32_t i = head.first - 1; i < head.first - 1 + head.count; ++i) rows[i].flags |= head.flags;
        [[fallthrough]];
      case ImapRequestKind::kRows:
        answer.rows.assign(rows.begin() + head.first - 1, rows.begin() + head.first - 1 + head.count);
        return;
      case ImapRequestKind::kOpen:
        answer.file = file_of(texts[head.first - 1]);
        return;
      case ImapRequestKind::kCopyBegin:
      case ImapRequestKind::kAppendBegin:
      case ImapRequestKind::kCreate:
        answer.status = status;
        return;
      case ImapRequestKind::kAppendData:
        appended += question.text;
        return;
      case ImapRequestKind::kCopyCommit:
      case ImapRequestKind::kAppendCommit:
        answer.head.uid_validity = 8;
        answer.head.uid = 20;
        answer.head.count = 2;
        return;
      default:
        return;
    }
  }

  static void folder(uint32_t index, ImapAnswer& answer) {
    constexpr const char* kNames[] = {"INBOX", "a", "a.b", "a.b.c"};
    constexpr uint32_t kFlags[] = {kFolderExists, kFolderHasChildren,
                                   kFolderExists | kFolderHasChildren | kFolderSent,
                                   kFolderExists | kFolderSubscribed};
    if (index >= 4) {
      answer.status = ImapStatus::kEnd;
      return;
    }
    answer.text = kNames[index];
    answer.head.flags = kFlags[index];
  }
};

// talk gives a session all of `input` at once and returns all it answers until it ends.
std::string talk(ScriptedKeeper& keeper, std::string_view input) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  Fd server(ends[0]);
  const Fd client(ends[1]);
  EXPECT_EQ(::write(client.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  EXPECT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  {
    ClientStream stream(server.get(), kImapLines);
    NoEncryption none;
    ImapSession(stream, keeper, none.encryption, 1000).run();
  }
  server.reset();
  std::string answers;
  char buffer[4096];
  ssize_t length = 0;
  while ((length = ::read(client.get(), buffer, sizeof buffer)) > 0)
    answers.append(buffer, static_cast<size_t>(length));
  return answers;
}

// answers: what comes after the greeting.
std::string answers(ScriptedKeeper& keeper, std::string_view input) {
  const std::string all = talk(keeper, input);
  EXPECT_TRUE(all.starts_with("* OK [CAPABILITY IMAP4rev1 "));
  return all.substr(all.find("\r\n") + 2);
}

// selected: what comes after INBOX was selected, up to LOGOUT.
std::string selected(ScriptedKeeper& keeper, const std::string& input, const std::string& how = "SELECT") {
  const std::string all =
      answers(keeper, "l LOGIN alice secret\r\ns " + how + " inbox\r\n" + input + "x LOGOUT\r\n");
  const size_t begin = all.find("\r\n", all.find("\r\ns OK [") + 2) + 2;
  const size_t end = all.find("* BYE goodbye\r\nx OK goodbye\r\n");
  EXPECT_NE(end, std::string::npos) << all;
  return all.substr(begin, end - begin);
}

struct Dialogue {
  std::string input;
  std::string answers;
};

void expect_selected(const std::vector<Dialogue>& dialogues, const std::string& how = "SELECT") {
  for (const Dialogue& dialogue : dialogues) {
    ScriptedKeeper keeper;
    EXPECT_EQ(selected(keeper, dialogue.input, how), dialogue.answers) << dialogue.input;
  }
}

// AD-L2: unknown account, wrong password and refused place get the very same octets.
TEST(ImapSession, RefusalsAreAlike) {
  std::string seen[5];
  const std::string inputs[5] = {"a LOGIN nobody x\r\n", "a LOGIN alice wrong\r\n",
                                 "a LOGIN alice secret\r\n", "a AUTHENTICATE PLAIN AG5vYm9keQB4\r\n",
                                 "a AUTHENTICATE PLAIN Ym9iAGFsaWNlAHNlY3JldA==\r\n"};
  for (int i = 0; i < 5; ++i) {
    ScriptedKeeper keeper;
    if (i == 2) keeper.status = ImapStatus::kRefused;
    seen[i] = answers(keeper, inputs[i]);
    EXPECT_EQ(seen[i], "a NO [AUTHENTICATIONFAILED] login refused\r\n") << inputs[i];
  }
}

TEST(ImapSession, Logins) {
  for (const char* input : {"a LOGIN alice secret\r\n", "a LOGIN \"alice\" {6+}\r\nsecret\r\n",
                            "a AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==\r\n"}) {
    ScriptedKeeper keeper;
    EXPECT_EQ(answers(keeper, input), "a OK logged in\r\n") << input;
  }
  ScriptedKeeper keeper;
  EXPECT_EQ(answers(keeper, "a authenticate plain\r\nAGFsaWNlAHNlY3JldA==\r\n"), "+ \r\na OK logged in\r\n");
  EXPECT_EQ(answers(keeper, "a AUTHENTICATE PLAIN\r\n*\r\nb NOOP\r\n"),
            "+ \r\na BAD given up\r\nb OK nothing done\r\n");
  EXPECT_EQ(answers(keeper, "a AUTHENTICATE PLAIN !\r\n"), "a BAD not base64\r\n");
  EXPECT_EQ(answers(keeper, "a LOGIN {5}\r\nalice {6}\r\nsecret\r\n"),
            "+ go on\r\n+ go on\r\na OK logged in\r\n");
}

TEST(ImapSession, ThreeLoginsAreTheLimit) {
  ScriptedKeeper keeper;
  std::string input;
  for (int i = 0; i < 4; ++i) input += "a LOGIN alice wrong\r\n";
  EXPECT_TRUE(answers(keeper, input).ends_with("login refused\r\n* BYE too many logins\r\n"));
  EXPECT_EQ(keeper.asked, "login:alice;login:alice;login:alice;");
}

TEST(ImapSession, BeforeLoginNothingElseIsAnswered) {
  for (const char* command : {"SELECT INBOX", "LIST \"\" *", "APPEND INBOX {5}", "FETCH 1 FLAGS", "IDLE",
                              "NAMESPACE", "CLOSE", "ENABLE X", "STATUS INBOX (MESSAGES)", "CREATE x"}) {
    ScriptedKeeper keeper;
    EXPECT_EQ(answers(keeper, "a " + std::string(command) + "\r\nb NOOP\r\n"),
              "a BAD log in first\r\nb OK nothing done\r\n");
    EXPECT_EQ(keeper.asked, "");
  }
  ScriptedKeeper keeper;
  EXPECT_EQ(answers(keeper, "a APPEND INBOX {9+}\r\nb LOGIN alice secret\r\n"), "* BYE log in first\r\n");
  EXPECT_EQ(answers(keeper, "a LOGIN {9999+}\r\nb LOGIN alice secret\r\n"),
            "* BYE a literal is too large\r\n");
  EXPECT_EQ(keeper.asked, "");
}

TEST(ImapSession, Select) {
  ScriptedKeeper keeper;
  const std::string all =
      answers(keeper, "l LOGIN alice secret\r\ns SELECT INBOX\r\nt SELECT none\r\nu FETCH 1 UID\r\n");
  EXPECT_EQ(
      all,
      "l OK logged in\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Hello)\r\n* 3 EXISTS\r\n"
      "* 1 RECENT\r\n* OK [UNSEEN 1] the first one unseen\r\n* OK [UIDVALIDITY 7] as ever\r\n"
      "* OK [UIDNEXT 10] the next one\r\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft "
      "$Hello "
      "\\*)] these stay\r\ns OK [READ-WRITE] open\r\nt NO [NONEXISTENT] there is no such folder\r\n"
      "u BAD select a folder first\r\n");
}

TEST(ImapSession, Folders) {
  expect_selected({
      {"a LIST \"\" \"\"\r\n", "* LIST (\\Noselect) \".\" \"\"\r\na OK that is all\r\n"},
      {"a LIST \"\" %\r\n",
       "* LIST (\\HasNoChildren) \".\" \"INBOX\"\r\n* LIST (\\Noselect \\HasChildren) \".\" \"a\"\r\na OK "
       "that is all\r\n"},
      {"a LIST a. %\r\n", "* LIST (\\HasChildren \\Sent) \".\" \"a.b\"\r\na OK that is all\r\n"},
      {"a LIST \"\" *c\r\n", "* LIST (\\HasNoChildren) \".\" \"a.b.c\"\r\na OK that is all\r\n"},
      {"a LIST \"\" inbo%\r\n", "* LIST (\\HasNoChildren) \".\" \"INBOX\"\r\na OK that is all\r\n"},
      {"a LSUB \"\" *\r\n", "* LSUB () \".\" \"a.b.c\"\r\na OK that is all\r\n"},
      {"a LSUB \"\" %\r\n", "* LSUB (\\Noselect) \".\" \"a\"\r\na OK that is all\r\n"},
      {"a STATUS inbox (UIDNEXT MESSAGES)\r\n",
       "* STATUS \"INBOX\" (MESSAGES 3 UIDNEXT 10)\r\na OK that is all\r\n"},
      {"a STATUS none (UIDNEXT)\r\n", "a NO [NONEXISTENT] there is no such folder\r\n"},
      {"a NAMESPACE\r\n", "* NAMESPACE ((\"\" \".\")) NIL NIL\r\na OK that is all\r\n"},
      {"a CREATE x.\r\n", "a OK done\r\n"},
      {"a CREATE \"\"\r\n", "a OK done\r\n"},  // the keeper's to refuse: it is asked for "."
  });
}

TEST(ImapSession, Fetch) {
  expect_selected({
      {"a FETCH 1:* (UID FLAGS)\r\n",
       "* 1 FETCH (UID 3 FLAGS ())\r\n* 2 FETCH (UID 5 FLAGS (\\Seen))\r\n* 3 FETCH (UID 9 FLAGS (\\Recent "
       "$Hello))\r\n"
       "a OK fetched\r\n"},
      {"a FETCH 2 FAST\r\n",
       "* 2 FETCH (FLAGS (\\Seen) INTERNALDATE \"02-Jan-1970 00:00:00 +0000\" RFC822.SIZE 17)\r\na OK "
       "fetched\r\n"},
      {"a UID FETCH 4:5,100:* FLAGS\r\n",
       "* 2 FETCH (UID 5 FLAGS (\\Seen))\r\n* 3 FETCH (UID 9 FLAGS (\\Recent $Hello))\r\na OK fetched\r\n"},
      {"a UID FETCH 4 FLAGS\r\n", "a OK fetched\r\n"},
      {"a FETCH 4 FLAGS\r\n", "a BAD there is no message of that number\r\n"},
      {"a FETCH 1 BODY[]\r\n",
       "* 1 FETCH (FLAGS (\\Seen) BODY[] {11}\r\na: b\r\n\r\nc\r\n)\r\na OK fetched\r\n"},
      {"a FETCH 1 BODY.PEEK[TEXT]<1.5>\r\n", "* 1 FETCH (BODY[TEXT]<1> {2}\r\n\r\n)\r\na OK fetched\r\n"},
      {"a FETCH 1 BODY.PEEK[TEXT]<9.5>\r\n", "* 1 FETCH (BODY[TEXT]<9> {0}\r\n)\r\na OK fetched\r\n"},
      {"a FETCH 2 (BODY[HEADER.FIELDS (subject \"a b\")] BODY[2])\r\n",
       "* 2 FETCH (BODY[HEADER.FIELDS (subject \"a b\")] {14}\r\nSubject: x\r\n\r\n BODY[2] NIL)\r\na OK "
       "fetched\r\n"},
      {"a FETCH 2 (RFC822.HEADER RFC822.TEXT)\r\n",
       "* 2 FETCH (RFC822.HEADER {14}\r\nSubject: x\r\n\r\n RFC822.TEXT {3}\r\ny\r\n)\r\na OK fetched\r\n"},
      {"a FETCH 2 BODY\r\n",
       "* 2 FETCH (BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 3 1))\r\na OK "
       "fetched\r\n"},
  });
  expect_selected({{"a FETCH 1 BODY[1]\r\n", "* 1 FETCH (BODY[1] {3}\r\nc\r\n)\r\na OK fetched\r\n"}},
                  "EXAMINE");
}

TEST(ImapSession, StoreSearchCopy) {
  expect_selected({
      {"a STORE 1 +FLAGS (\\Deleted)\r\n", "* 1 FETCH (FLAGS (\\Deleted))\r\na OK stored\r\n"},
      {"a STORE 1 +FLAGS.SILENT (\\Deleted)\r\n", "a OK stored\r\n"},
      {"a UID STORE 9 +FLAGS $hello\r\n", "* 3 FETCH (UID 9 FLAGS (\\Recent $Hello))\r\na OK stored\r\n"},
      {"a SEARCH UNSEEN\r\n", "* SEARCH 1 3\r\na OK that is all\r\n"},
      {"a UID SEARCH UID 5:*\r\n", "* SEARCH 5 9\r\na OK that is all\r\n"},
      {"a SEARCH TEXT Z\r\n", "* SEARCH 3\r\na OK that is all\r\n"},
      {"a SEARCH CHARSET x TEXT Z\r\n", "a NO [BADCHARSET (US-ASCII UTF-8)] not this charset\r\n"},
      {"a SEARCH RETURN (MIN COUNT) ALL\r\n", "* ESEARCH (TAG \"a\") MIN 1 COUNT 3\r\na OK that is all\r\n"},
      {"a UID SEARCH RETURN () 7\r\n", "* ESEARCH (TAG \"a\") UID\r\na OK that is all\r\n"},
      {"a COPY 1:2 b\r\n", "a OK [COPYUID 8 3,5 20:21] done\r\n"},
      {"a UID MOVE 3,5 b\r\n", "* OK [COPYUID 8 3,5 20:21] done\r\na OK moved\r\n"},
      {"a UID COPY 4 b\r\n", "a OK there is none of these\r\n"},
      {"a EXPUNGE\r\n", "a OK expunged\r\n"},
      {"a CLOSE\r\nb FETCH 1 UID\r\n", "a OK closed\r\nb BAD select a folder first\r\n"},
  });
  for (const char* command : {"STORE 1 FLAGS ()", "EXPUNGE", "MOVE 1 b"}) {
    expect_selected({{"a " + std::string(command) + "\r\n", "a NO the folder is open for reading\r\n"}},
                    "EXAMINE");
  }
}

// RFC 3501, section 7.4.1: the keeper is asked to keep what was expunged in view during FETCH, STORE, SEARCH.
TEST(ImapSession, ExpungesAreToldWhereTheyMayBe) {
  ScriptedKeeper keeper;
  keeper.changes = {{2, 5, kImapExpunged, 0, 20, 0}, {2, 9, kImapFlagged, 0, 30, 0}};
  keeper.rows.pop_back();
  EXPECT_EQ(selected(keeper, "a UID SEARCH ALL\r\n").find("* 2 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Flagged))\r\n"),
            std::string("* SEARCH 3 5\r\n").size());
}

TEST(ImapSession, Append) {
  ScriptedKeeper keeper;
  EXPECT_EQ(selected(keeper, "a APPEND INBOX (\\Seen) {9}\r\na: b\r\n\r\nc\r\nb NOOP\r\n"),
            "+ go on\r\na OK [APPENDUID 8 20] appended\r\nb OK nothing done\r\n");
  EXPECT_EQ(keeper.appended, "a: b\r\n\r\nc");
  ScriptedKeeper bare;
  EXPECT_EQ(selected(bare, "a APPEND x {6+}\r\na\rb\r\n\r\r\n"), "a OK [APPENDUID 8 20] appended\r\n");
  EXPECT_EQ(bare.appended, "a\rb\r\n\r");
  ScriptedKeeper nul;
  EXPECT_EQ(selected(nul, std::string("a APPEND x {3+}\r\na\0b\r\n", 22)), "a BAD a literal has no NUL\r\n");
  EXPECT_NE(nul.asked.find("cancel:;"), std::string::npos);
  ScriptedKeeper large;
  EXPECT_EQ(selected(large, "a APPEND x {1001}\r\nb NOOP\r\n"),
            "a NO [LIMIT] the message is too large\r\nb OK nothing done\r\n");
  EXPECT_EQ(selected(large, "a APPEND x {2+}\r\nxx (\r\n"), "a BAD not as RFC 3501 has it\r\n");
}

// RFC 3501, section 6.2.1, in the place of tls: nothing of before counts, and STARTTLS comes once.
TEST(ImapSession, StartTls) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Fd client(ends[1]);
  NoEncryption some;
  some.plan.starttls = true;
  some.plan.plain_login = false;
  some.channels.client = Fd(ends[0]);
  some.channels.tls = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::string input =
      "a LOGIN alice secret\r\nb AUTHENTICATE PLAIN\r\nc STARTTLS\r\nd LOGIN alice secret\r\n";
  EXPECT_EQ(::write(client.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  ScriptedKeeper keeper;
  {
    ClientStream stream(some.channels.client.get(), kImapLines);
    ImapSession(stream, keeper, some.encryption, 1000).run();
  }
  some.channels.client.reset();
  char buffer[4096];
  const ssize_t length = ::read(client.get(), buffer, sizeof buffer);
  const std::string all(buffer, static_cast<size_t>(length));
  EXPECT_NE(all.find(" STARTTLS LOGINDISABLED "), std::string::npos);
  EXPECT_NE(all.find("\r\na NO [PRIVACYREQUIRED]"), std::string::npos);
  EXPECT_NE(all.find("\r\nb NO [PRIVACYREQUIRED]"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\nc BAD octets behind STARTTLS\r\n* BYE octets behind STARTTLS\r\n"));
  EXPECT_EQ(keeper.asked, "");
}

TEST(ImapSession, Idle) {
  ScriptedKeeper keeper;
  EXPECT_EQ(selected(keeper, "a IDLE\r\ndone\r\nb IDLE\r\nb NOOP\r\n"),
            "+ idling\r\na OK that was all\r\n+ idling\r\nb BAD DONE ends it\r\n");
}

TEST(ImapSession, FaultsAreAnsweredWithTheirTag) {
  ScriptedKeeper keeper;
  EXPECT_EQ(answers(keeper, "a FOO\r\n\r\nb LOGIN x\r\nc LOGIN {99999}\r\nd NOOP\r\n"),
            "a BAD unknown command\r\n* BAD not as RFC 3501 has it\r\nb BAD not as RFC 3501 has it\r\n"
            "c BAD literal too large\r\nd OK nothing done\r\n");
  std::string input;
  for (unsigned i = 0; i < kImapFaultLimit + 5; ++i) input += "a FOO\r\n";
  EXPECT_TRUE(answers(keeper, input).ends_with("a BAD unknown command\r\n* BYE too many errors\r\n"));
}

TEST(ImapSession, DeadKeeperEndsTheSession) {
  ScriptedKeeper keeper;
  keeper.dead = true;
  EXPECT_EQ(answers(keeper, "a LOGIN alice secret\r\nb NOOP\r\n"),
            "* BYE [UNAVAILABLE] not now, try again later\r\n");
}

}  // namespace
}  // namespace postern::daemon
