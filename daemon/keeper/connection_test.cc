// SPDX-License-Identifier: BSD-2-Clause
// What a client sees of a connection, and what is left in its processes after login.
#include <algorithm>
#include <random>

#include "daemon/keeper/connection_fixture.h"

namespace postern::daemon {
namespace {

// AD-L1; RFC 1939 from greeting to update.
TEST_F(ConnectionTest, LoginReadRemove) {
  add("alice", "secret", {"192.0.2.0"});
  deliver("alice", "new/1.a", "A: 1\n\n.one\n");
  deliver("alice", "cur/2.b:2,S", "B: 2\n\ntwo\n");
  EXPECT_EQ(talk(login_as("alice", "secret") + "STAT\r\nUIDL\r\nRETR 1\r\nTOP 2 0\r\nDELE 1\r\nQUIT\r\n"),
            kGreeting +
                "+OK password, please\r\n+OK mailbox is open\r\n+OK 2 27\r\n"
                "+OK unique ids follow\r\n1 1.a\r\n2 2.b\r\n.\r\n"
                "+OK message follows\r\nA: 1\r\n\r\n..one\r\n.\r\n"
                "+OK message follows\r\nB: 2\r\n\r\n.\r\n+OK marked\r\n+OK goodbye\r\n");
  EXPECT_FALSE(fs::exists(Trees::root / "mailboxes/alice/new/1.a"));
  EXPECT_TRUE(fs::exists(Trees::root / "mailboxes/alice/cur/2.b:2,S"));
  EXPECT_EQ(
      log_line_heard(),
      "role=pop3-keeper event=login connection=7 outcome=allowed client=192.0.2.7 reason=allowed step=3 "
      "entry=0 account=\"alice\"");
}

// RFC 1939, section 3: a connection that ends without QUIT removes nothing.
TEST_F(ConnectionTest, OnlyQuitRemoves) {
  add("alice", "secret", {});
  deliver("alice", "new/3.c", "C: 3\n\nthree\n");
  EXPECT_NE(talk("QUIT\r\n"), "");
  Processes processes;
  Fd client = connect(processes);
  say(client, login_as("alice", "secret") + "DELE 1\r\n");
  EXPECT_NE(hear_until(client, "marked\r\n"), "");
  client.reset();
  EXPECT_EQ(status_of(processes.session), 0);
  EXPECT_EQ(status_of(processes.keeper), 0);
  EXPECT_TRUE(fs::exists(Trees::root / "mailboxes/alice/new/3.c"));
}

// AD-L4: the listener hears of each try before it is checked, and of the login; what it has counted lengthens
// refusals alike, and not the login.
TEST_F(ConnectionTest, TriesAreToldAndLengthenRefusalsAlone) {
  add("alice", "secret", {"192.0.2.7"});
  add("placed", "secret", {"none"});
  settings_.refusal_quantum = milliseconds(100);
  Result<AnonymousMemory> memory = AnonymousMemory::make_shared(sizeof(RefusalCounts));
  ASSERT_TRUE(memory.ok());
  refusals_ = std::move(memory).value();
  auto& counts = *static_cast<RefusalCounts*>(refusals_.get());
  const AddressKey here = key_of(record_.peer);
  for (const std::string account : {"alice", "placed", "nobody"}) {
    for (int i = 0; i < 3; ++i) counts.tried(here, counts.tag_of(account), monotonic_nsec());
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_NE(talk(login_as(account, account == "placed" ? "secret" : "wrong") + "QUIT\r\n").find(kRefused),
              std::string::npos);
    EXPECT_GE(std::chrono::steady_clock::now() - asked, 2 * settings_.refusal_quantum);
    const auto tried = take_login_note(logins_.second.get());
    ASSERT_TRUE(tried);
    EXPECT_EQ(tried->note, (LoginNote{LoginNoteKind::kTry, counts.tag_of(account)}));
    EXPECT_FALSE(take_login_note(logins_.second.get()));
    EXPECT_NE(log_line_heard().find(" quanta=2 "), std::string::npos);
  }
  EXPECT_NE(talk(login_as("alice", "secret") + "QUIT\r\n").find("mailbox is open"), std::string::npos);
  EXPECT_EQ(take_login_note(logins_.second.get())->note.kind, LoginNoteKind::kTry);
  EXPECT_EQ(take_login_note(logins_.second.get())->note,
            (LoginNote{LoginNoteKind::kLoggedIn, counts.tag_of("alice")}));
  EXPECT_EQ(log_line_heard().find("quanta"), std::string::npos);
}

// AD-L4, EN-2: what a try by a certificate waits is known, and the listener is told of it, by the name that
// is in the certificate: before an account is looked for, and whether or not there is one.
TEST_F(ConnectionTest, ATryByACertificateIsToldByTheCertificatesName) {
  add("alice", "secret", {"192.0.2.7"});
  settings_.hostname = {"mail.test"};
  AnonymousMemory memory = std::move(AnonymousMemory::make_shared(sizeof(RefusalCounts))).value();
  auto& counts = *static_cast<RefusalCounts*>(memory.get());
  KeeperChannels channels = keeper_channels(Fd());
  channels.refusals = std::move(memory);
  for (const std::string name : {"alice@mail.test", "nobody@mail.test"}) {
    const CertificateName shown{NameField::kAlternativeAddress, NameCoding::kIa5, name};
    for (int i = 0; i < 4; ++i) counts.tried(key_of(record_.peer), counts.tag_of(name), monotonic_nsec());
    LoginCheck check("keeper", settings_, record_, channels);
    std::string account;
    const LoginReport report = check.check_certificate(choose_name({&shown, 1}), "", account);
    EXPECT_EQ(report.outcome.allowed(), account == "alice");
    EXPECT_EQ(take_login_note(logins_.second.get())->note,
              (LoginNote{LoginNoteKind::kTry, counts.tag_of(name)}));
    EXPECT_TRUE(check.log_login(report, "refused", account).ok());
    EXPECT_EQ(log_line_heard().find(" quanta=4 ") != std::string::npos, account != "alice");
  }
}

// AD-L4: a session that ends before its refusal makes no room for another: the keeper still counts.
TEST_F(ConnectionTest, ARefusalIsWaitedForEvenIfNobodyHearsIt) {
  Processes processes;
  Fd client = connect(processes);
  const auto asked = std::chrono::steady_clock::now();
  say(client, login_as("nobody", "secret"));
  while (log_line_heard().empty()) ::usleep(1000);
  ASSERT_EQ(::kill(processes.session, SIGKILL), 0);
  EXPECT_EQ(status_of(processes.session), 128 + SIGKILL);
  EXPECT_NE(status_of(processes.keeper), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - asked, kQuantum);
}

struct Refusal {
  const char* account;
  const char* password;
  const char* log;
};

// AD-L2: the same octets at the same instant; the log knows the reason, the step and the entry.
TEST_F(ConnectionTest, RefusalsAreAlikeInWordAndTime) {
  add("placed", "secret", {"198.51.100.1", "none"});
  add("named", "secret", {"dispatch.test"});
  add("broken", "secret", {".dispatch.test"});
  add("dropped", "secret", {}, "bob");
  std::ofstream(Trees::root / "accounts/garbled") << "password\n";
  const Refusal refusals[] = {
      {"nobody", "secret", "reason=unknown-account account="},
      {"../placed", "secret", "reason=unknown-account account="},
      {"placed", "wrong", "reason=wrong-password account="},
      {"placed", "secret", "reason=refused-place step=2 entry=1 account="},
      {"named", "secret", "reason=refused-place step=5 lookup="},
      {"broken", "secret", "reason=refused-place step=5 account="},
      {"dropped", "secret", "reason=no-mailbox step=1 account="},
      {"garbled", "secret", "reason=account-unreadable trouble="},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.log);
    Processes processes;
    Fd client = connect(processes);
    EXPECT_EQ(hear_until(client, "ready\r\n"), kGreeting);
    const auto asked = std::chrono::steady_clock::now();
    say(client, login_as(refusal.account, refusal.password));
    EXPECT_EQ(hear_until(client, "refused\r\n"), "+OK password, please\r\n" + kRefused);
    const auto waited = std::chrono::steady_clock::now() - asked;
    EXPECT_GE(waited, kQuantum);
    EXPECT_LT(waited % kQuantum, kQuantum / 2) << waited.count();
    say(client, "QUIT\r\n");
    EXPECT_EQ(hear_all(client), "+OK goodbye\r\n");
    EXPECT_EQ(status_of(processes.session), 0);
    EXPECT_EQ(status_of(processes.keeper), 0);
    const std::string log = log_line_heard();
    EXPECT_NE(log.find(std::string("outcome=refused client=192.0.2.7 ") + refusal.log), std::string::npos)
        << log;
    EXPECT_EQ(log_line_heard(), "");
  }
}

// The client's text is escaped, and nothing follows it.
TEST_F(ConnectionTest, ClientTextInTheLogIsEscapedAndLast) {
  (void)talk(login_as("x\"=\xC3\xA9", "secret") + "QUIT\r\n");
  EXPECT_TRUE(log_line_heard().ends_with(" account=\"x\\x22=\\xc3\\xa9\""));
}

// Who comes again to a mailbox that has not changed is answered from the kept listing, and alike.
TEST_F(ConnectionTest, WhoComesAgainHearsTheSame) {
  add("many", "secret", {});
  for (int i = 0; i < 40; ++i)
    deliver("many", "new/1" + std::to_string(100 + i),
            "A: 1\n\n" + std::string(static_cast<std::size_t>(i) + 1, 'x'));
  const fs::path box = Trees::root / "mailboxes/many";
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const char* part : {"new", "cur"}) fs::last_write_time(box / part, long_ago);
  const std::string said = login_as("many", "secret") + "STAT\r\nLIST\r\nUIDL 7\r\nRETR 3\r\nQUIT\r\n";
  const std::string heard = talk(said);
  EXPECT_NE(heard.find("+OK 40 1220\r\n"), std::string::npos) << heard;
  EXPECT_TRUE(fs::exists(box / "postern-pop3"));
  std::ofstream(box / "new/1100") << "changed in place";  // it would be seen if it were read for its size
  EXPECT_EQ(talk(said), heard);
  EXPECT_NE(talk(login_as("many", "secret") + "DELE 1\r\nQUIT\r\n").find("goodbye"), std::string::npos);
  EXPECT_NE(talk(said).find("+OK 39 1209\r\n"), std::string::npos);
}

// RFC 2449, section 8.1.1
TEST_F(ConnectionTest, SecondSessionIsTold) {
  add("alice", "secret", {});
  Processes first;
  Fd client = connect(first);
  say(client, login_as("alice", "secret"));
  EXPECT_NE(hear_until(client, "open\r\n").find("mailbox is open"), std::string::npos);
  EXPECT_NE(talk(login_as("alice", "secret") + "QUIT\r\n").find("-ERR [IN-USE] "), std::string::npos);
  say(client, "QUIT\r\n");
  (void)hear_all(client);
  EXPECT_EQ(status_of(first.session), 0);
  EXPECT_EQ(status_of(first.keeper), 0);
  EXPECT_NE(talk(login_as("alice", "secret") + "QUIT\r\n").find("mailbox is open"), std::string::npos);
}

// ---- What is left in a keeper after login --------------------------------------------------------------

std::vector<std::string> open_files_of(pid_t process) {
  std::vector<std::string> targets;
  std::error_code failed;
  const fs::directory_iterator files("/proc/" + std::to_string(process) + "/fd", failed);
  if (failed) return targets;
  for (const auto& entry : files) {
    if (std::stoi(entry.path().filename()) > 2) targets.push_back(fs::read_symlink(entry.path(), failed));
  }
  std::sort(targets.begin(), targets.end());
  return targets;
}

// memory_holds: whether `text` is anywhere in the writable memory of `process`.
bool memory_holds(pid_t process, const std::string& text) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  std::ifstream memory("/proc/" + std::to_string(process) + "/mem", std::ios::binary);
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0;
    char writable = '-';
    if (std::sscanf(line.c_str(), "%lx-%lx r%c", &begin, &end, &writable) != 3 || writable != 'w') continue;
    std::string octets(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(octets.data(), static_cast<std::streamsize>(octets.size()));
    if (octets.find(text) != std::string::npos) return true;
  }
  return false;
}

std::string random_text() {
  std::random_device source;
  std::string text;
  for (int i = 0; i < 24; ++i) text.push_back(static_cast<char>('a' + source() % 26));
  return text;
}

class AfterLoginTest : public ConnectionTest {
 protected:
  void SetUp() override {
    ConnectionTest::SetUp();
    if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: looking into a process that is not dumpable takes root";
  }
};

// PV-6: the keeper has one mailbox and no network; the session has no file.
TEST_F(AfterLoginTest, DescriptorsAreThoseOfTheDesign) {
  add("dave", "secret", {});
  Processes processes;
  Fd client = connect(processes);
  say(client, login_as("dave", "secret"));
  (void)hear_until(client, "open\r\n");
  const std::string mailbox = Trees::root / "mailboxes/dave";
  std::vector<std::string> files;
  for (const std::string& target : open_files_of(processes.keeper)) {
    if (!target.starts_with("socket:")) files.push_back(target);
  }
  EXPECT_EQ(files, (std::vector<std::string>{mailbox, mailbox + "/cur", mailbox + "/new"}));
  for (const std::string& target : open_files_of(processes.session))
    EXPECT_TRUE(target.starts_with("socket:")) << target;
  client.reset();
  EXPECT_EQ(status_of(processes.session), 0);
  EXPECT_EQ(status_of(processes.keeper), 0);
}

// Password and hash are gone from both processes when the client hears of its login. Both are made after the
// fork, so that neither process has them from us; what was made before it is found, as a control.
TEST_F(AfterLoginTest, SecretsAreGone) {
  // A sanitizer's shadow is terabytes, and its quarantine keeps what was freed.
  if (!instrumented_calls().empty()) GTEST_SKIP() << "SKIPPED, NOT TESTED: an instrumented build";
  const std::string control = random_text();
  Processes processes;
  Fd client = connect(processes);
  const std::string name = random_text();
  const std::string password = random_text();
  add(name, password, {});
  say(client, login_as(name, password) + "NOOP\r\n");
  (void)hear_until(client, "open\r\n");
  const Result<std::string> file = read_file((Trees::root / "accounts" / name).c_str(), 4096);
  ASSERT_TRUE(file.ok());
  const std::size_t hash_end = file.value().find('\n');
  for (const pid_t process : {processes.session, processes.keeper}) {
    EXPECT_TRUE(memory_holds(process, control));
    EXPECT_FALSE(memory_holds(process, password.substr(12)));  // also where its head was written over
    EXPECT_FALSE(memory_holds(process, file.value().substr(hash_end - 20, 20)));
  }
  client.reset();
  EXPECT_EQ(status_of(processes.session), 0);
  EXPECT_EQ(status_of(processes.keeper), 0);
}

}  // namespace
}  // namespace postern::daemon
