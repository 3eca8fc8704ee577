// SPDX-License-Identifier: BSD-2-Clause
// One whole connection: session and keeper as processes in their sandboxes, a client on one end, the log on
// the other. What the listener does around them is not here. Needs no root.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/account/account_store.h"
#include "daemon/keeper/channel.h"
#include "daemon/keeper/keeper.h"
#include "daemon/login/password.h"
#include "daemon/pop3/module.h"
#include "daemon/sys/files.h"
#include "daemon/sys/sandbox.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kQuantum{400};
const std::string kGreeting = "+OK postern POP3 ready\r\n";
const std::string kRefused = "-ERR [AUTH] login refused\r\n";

SocketPair pair_of(Result<SocketPair> made) {
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

// Processes: a session and its keeper, or a keeper alone; ended and counted when the test is over.
struct Processes {
  pid_t session = -1;
  pid_t keeper = -1;
};

int status_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Trees are the two trees that all tests share: a sandbox is prepared once in a process.
class Trees : public testing::Environment {
 public:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "postern-connection-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    fs::create_directories(root / "accounts");
    fs::create_directories(root / "mailboxes");
    const std::vector<PlacedPath> places{{Place::kAccounts, root / "accounts"},
                                         {Place::kMailboxes, root / "mailboxes"}};
    const SandboxOptions options{SandboxMode::kEnforce, 2, places};
    ASSERT_TRUE(prepare_sandbox(kPop3SessionProfile, options).ok());
    ASSERT_TRUE(prepare_sandbox(kKeeperProfile, options).ok());
  }
  void TearDown() override { fs::remove_all(root); }

  static fs::path root;
};

fs::path Trees::root;
const testing::Environment* const kTrees = testing::AddGlobalTestEnvironment(new Trees);

// keep_only leaves a child what a listener would leave it.
void keep_only(std::vector<int> kept) {
  const auto rulesets = sandbox_descriptors();
  kept.insert(kept.end(), rulesets.begin(), rulesets.end());
  if (!close_all_except(kept).ok()) ::_exit(99);
}

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    SocketPair log = pair_of(datagram_pair());
    log_read_ = std::move(log.first);
    log_ = std::move(log.second);
    settings_.refusal_quantum = kQuantum;
    settings_.lookup_deadline = milliseconds(100);
    settings_.hash_slots = 2;
    record_.number = 7;
    from("192.0.2.7");
  }

  void from(const char* address) {
    record_.peer = {};
    auto& peer = reinterpret_cast<sockaddr_in&>(record_.peer);
    peer.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, address, &peer.sin_addr), 1);
  }

  static void add(const std::string& name, const std::string& password, std::vector<std::string> access,
                  std::string maildrop_user = {}) {
    const Fd accounts = directory("accounts");
    const Fd mailboxes = directory("mailboxes");
    Result<std::string> hash = hash_password(password, HashMethod{"$5$", 1000});
    ASSERT_TRUE(hash.ok());
    const Account account{hash.value(), std::move(maildrop_user), std::move(access)};
    ASSERT_TRUE(write_account(accounts.get(), name, account, WriteMode::kReplace).ok());
    ASSERT_TRUE(make_mailbox(mailboxes.get(), name).ok());
  }
  static void deliver(const std::string& name, const std::string& file, const std::string& text) {
    std::ofstream(Trees::root / "mailboxes" / name / file, std::ios::binary) << text;
  }
  static Fd directory(const char* name) {
    Result<Fd> opened = open_directory((Trees::root / name).c_str());
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }

  KeeperChannels keeper_channels(Fd session) {
    KeeperChannels channels;
    channels.session = std::move(session);
    channels.log = Fd(::fcntl(log_.get(), F_DUPFD_CLOEXEC, 3));
    channels.resolver = pair_of(datagram_pair()).first;  // nobody answers: AD-C6
    channels.accounts = directory("accounts");
    channels.mailboxes = directory("mailboxes");
    Result<Fd> slots = lock_file("test-slots");
    EXPECT_TRUE(slots.ok());
    channels.hash_slots = std::move(slots).value();
    return channels;
  }

  // start_keeper forks a keeper; the channel that is returned is the session's end.
  Fd start_keeper(pid_t& keeper) {
    SocketPair channel = pair_of(packet_pair());
    keeper = ::fork();
    if (keeper == 0) {
      KeeperChannels own = keeper_channels(std::move(channel.second));
      keep_only({own.session.get(), own.log.get(), own.resolver.get(), own.accounts.get(),
                 own.mailboxes.get(), own.hash_slots.get()});
      ::_exit(run_keeper(settings_, record_, std::move(own)));
    }
    return std::move(channel.first);
  }

  // connect forks both processes; the socket that is returned is the client's.
  Fd connect(Processes& processes) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Fd client(ends[0]);
    Fd server(ends[1]);
    Fd channel = start_keeper(processes.keeper);
    processes.session = ::fork();
    if (processes.session == 0) {
      SessionChannels own{std::move(server), std::move(channel), std::move(log_)};
      keep_only({own.client.get(), own.keeper.get(), own.log.get()});
      ::_exit(run_pop3_session(settings_, record_, std::move(own)));
    }
    return client;
  }

  static void say(const Fd& client, const std::string& text) {
    ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  static std::string hear_all(const Fd& client) {
    std::string heard;
    char buffer[4096];
    ssize_t length = 0;
    while ((length = ::read(client.get(), buffer, sizeof buffer)) > 0) {
      heard.append(buffer, static_cast<size_t>(length));
    }
    return heard;
  }
  static std::string hear_until(const Fd& client, const std::string& end) {
    std::string heard;
    char octet = '\0';
    while (!heard.ends_with(end) && ::read(client.get(), &octet, 1) == 1) heard.push_back(octet);
    return heard;
  }

  // talk is a whole connection: all of `input` at once, all that is answered; both processes end well.
  std::string talk(const std::string& input) {
    Processes processes;
    Fd client = connect(processes);
    say(client, input);
    std::string heard = hear_all(client);
    client.reset();
    EXPECT_EQ(status_of(processes.session), 0);
    EXPECT_EQ(status_of(processes.keeper), 0);
    return heard;
  }

  std::string log_line_heard() {
    char buffer[2048];
    const ssize_t length = ::recv(log_read_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
  }

  Settings settings_;
  ConnectionRecord record_;
  Fd log_;
  Fd log_read_;
};

std::string login_as(const std::string& account, const std::string& password) {
  return "USER " + account + "\r\nPASS " + password + "\r\n";
}

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

// ---- What a session that has been taken over may try ---------------------------------------------------

struct Packet {
  std::string octets;
  bool take_answer = true;
};

Packet packet(const Request& request) {
  return {std::string(reinterpret_cast<const char*>(&request), sizeof request)};
}
Packet login_packet(const char* account, const char* password) {
  Request request;
  EXPECT_TRUE(fill_login(request, account, password));
  return packet(request);
}

class RogueSessionTest : public ConnectionTest {
 protected:
  // end_of sends the packets to a fresh keeper and returns how it ended.
  int end_of(const std::vector<Packet>& packets) {
    pid_t keeper = -1;
    Fd channel = start_keeper(keeper);
    for (const Packet& one : packets) {
      (void)::send(channel.get(), one.octets.data(), one.octets.size(), MSG_NOSIGNAL);
      if (!one.take_answer) continue;
      char buffer[256];
      if (::recv(channel.get(), buffer, sizeof buffer, 0) <= 0) break;
    }
    if (!packets.empty() && !packets.back().take_answer) {
      pollfd gone{channel.get(), 0, 0};  // the keeper hangs up by itself, or not at all
      EXPECT_EQ(::poll(&gone, 1, 5'000), 1);
    }
    channel.reset();
    return status_of(keeper);
  }
};

const int kOutOfTurn = static_cast<int>(Exit::kSoftware);

TEST_F(RogueSessionTest, BeforeLoginThereIsLoginAndQuit) {
  EXPECT_EQ(end_of({}), 0);
  EXPECT_EQ(end_of({packet(make_request(RequestKind::kQuit))}), 0);
  for (const RequestKind kind : {RequestKind::kDescribe, RequestKind::kOpen, RequestKind::kRemove}) {
    EXPECT_EQ(end_of({packet(make_request(kind, 1))}), kOutOfTurn);
  }
  EXPECT_EQ(end_of({packet(make_request(RequestKind::kUpdate))}), kOutOfTurn);
  EXPECT_NE(log_line_heard().find("event=keeper-ended connection=7 client=192.0.2.7"), std::string::npos);
}

TEST_F(RogueSessionTest, PacketsThatAreNoRequests) {
  EXPECT_EQ(end_of({{"x"}}), kOutOfTurn);
  EXPECT_EQ(end_of({{std::string(sizeof(Request), '\xFF')}}), kOutOfTurn);
  EXPECT_EQ(end_of({{packet(make_request(RequestKind::kQuit)).octets + "x"}}), kOutOfTurn);
  EXPECT_EQ(end_of({{std::string(100'000, '\0')}}), kOutOfTurn);
}

TEST_F(RogueSessionTest, FourthLogin) {
  settings_.refusal_quantum = milliseconds(0);
  const Packet wrong = login_packet("nobody", "secret");
  EXPECT_EQ(end_of({wrong, wrong, wrong}), 0);
  EXPECT_EQ(end_of({wrong, wrong, wrong, wrong}), kOutOfTurn);
}

TEST_F(RogueSessionTest, AfterLoginThereIsTheOneMailbox) {
  add("carol", "secret", {});
  deliver("carol", "new/1.a", "A: 1\n\n");
  const Packet login = login_packet("carol", "secret");
  const Packet open = packet(make_request(RequestKind::kOpen, 1));
  const Packet remove = packet(make_request(RequestKind::kRemove, 1));
  EXPECT_EQ(end_of({login, open, open}), 0);
  EXPECT_EQ(end_of({login, login}), kOutOfTurn);
  EXPECT_EQ(end_of({login, packet(make_request(RequestKind::kOpen, 2))}), kOutOfTurn);
  EXPECT_EQ(end_of({login, remove, remove}), kOutOfTurn);
  EXPECT_TRUE(fs::exists(Trees::root / "mailboxes/carol/new/1.a"));
}

// One descriptor in flight: whoever asks again before taking the answer is ended.
TEST_F(RogueSessionTest, AnswersMustBeTaken) {
  add("carol", "secret", {});
  deliver("carol", "new/1.a", "A: 1\n\n");
  Packet open = packet(make_request(RequestKind::kOpen, 1));
  open.take_answer = false;
  EXPECT_EQ(end_of({login_packet("carol", "secret"), open, open}), kOutOfTurn);
}

// AD-L2: nothing can be had by speaking while a refusal waits for its instant.
TEST_F(RogueSessionTest, ImpatienceEndsTheKeeper) {
  Packet wrong = login_packet("nobody", "secret");
  wrong.take_answer = false;
  EXPECT_EQ(end_of({wrong, wrong}), kOutOfTurn);
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
