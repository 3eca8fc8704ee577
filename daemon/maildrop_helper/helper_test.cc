// SPDX-License-Identifier: BSD-2-Clause
// MD-1 to MD-5, PV-5: the running helper, asked for maildrops through the client that Unix-Deliver uses.
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/maildrop_helper/helper_fixture.h"

namespace postern::daemon {
namespace {

// MD-1, MD-2, MD-3
TEST_F(HelperTest, CreatesAnEmptyMaildropOfItsUser) {
  ASSERT_EQ(start(), kHelperWorks);
  const MaildropAnswer created = ask("ann");
  EXPECT_EQ(created.outcome(), MaildropOutcome::kCreated);
  EXPECT_EQ(created.user, kAnn);
  expect_maildrop(drop("ann"), kAnn);
  EXPECT_EQ(ask("bob").user, kBob);
  expect_maildrop(drop("bob"), kBob);
  const std::string before = portrait_of_all(spool());
  const MaildropAnswer there = ask("ann");
  EXPECT_EQ(there.outcome(), MaildropOutcome::kExists);
  EXPECT_EQ(there.user, kAnn);
  EXPECT_EQ(portrait_of_all(spool()), before);
  EXPECT_NE(logged().find("event=created"), std::string::npos);
}

// MD-3: Debian's own mode is accepted; Debian 12's Landlock is enough.
TEST_F(HelperTest, WorksIn2775AndWithLandlocksAbiCappedAtDebian12s) {
  give_spool(0, kMail, 02775);
  settings_.landlock_abi_cap = 2;
  ASSERT_EQ(start(), kHelperWorks);
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
  expect_maildrop(drop("ann"), kAnn);
}

// MD-2: one that is in use is answered, and left as it is.
TEST_F(HelperTest, AMaildropWithMailIsLeftAlone) {
  std::ofstream(drop("ann")) << "From x\n\nmail\n";
  ASSERT_EQ(chown(drop("ann").c_str(), kAnn, kMail), 0);
  ASSERT_EQ(chmod(drop("ann").c_str(), 0660), 0);
  ASSERT_EQ(start(), kHelperWorks);
  const std::string before = portrait_of_all(spool());
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kExists);
  EXPECT_EQ(portrait_of_all(spool()), before);
}

// ---- What lies at the name --------------------------------------------------------------------------------

struct Trap {
  const char* what;
  MaildropReason reason;
  bool (*set)(const std::string& at, const std::string& foreign);
};

bool file_of(const std::string& at, uid_t owner, gid_t group, mode_t mode) {
  std::ofstream(at) << "before\n";
  return chown(at.c_str(), owner, group) == 0 && chmod(at.c_str(), mode) == 0;
}

bool socket_at(const std::string& at) {
  return mknod(at.c_str(), S_IFSOCK | 0660, 0) == 0 && chown(at.c_str(), kAnn, kMail) == 0;
}

using At = const std::string&;
const Trap kTraps[] = {
    {"link to root's file", MaildropReason::kLink,
     [](At at, At foreign) { return symlink((foreign + "/file").c_str(), at.c_str()) == 0; }},
    {"dangling link", MaildropReason::kLink,
     [](At at, At foreign) { return symlink((foreign + "/none").c_str(), at.c_str()) == 0; }},
    {"link to a good maildrop", MaildropReason::kLink,
     [](At at, At foreign) {
       return file_of(foreign + "/ann", kAnn, kMail, 0660) &&
              symlink((foreign + "/ann").c_str(), at.c_str()) == 0;
     }},
    {"second name of root's file", MaildropReason::kSeveralNames,
     [](At at, At foreign) { return link((foreign + "/file").c_str(), at.c_str()) == 0; }},
    {"second name of a good maildrop", MaildropReason::kSeveralNames,
     [](At at, At foreign) {
       return file_of(at, kAnn, kMail, 0660) && link(at.c_str(), (foreign + "/ann").c_str()) == 0;
     }},
    {"second name of a symbolic link", MaildropReason::kLink,
     [](At at, At foreign) {
       const std::string first = foreign + "/link";
       return symlink("file", first.c_str()) == 0 && link(first.c_str(), at.c_str()) == 0;
     }},
    {"FIFO", MaildropReason::kFifo,
     [](At at, At) { return mkfifo(at.c_str(), 0660) == 0 && chown(at.c_str(), kAnn, kMail) == 0; }},
    {"character device", MaildropReason::kDevice,
     [](At at, At) { return mknod(at.c_str(), S_IFCHR | 0660, makedev(1, 3)) == 0; }},
    {"block device", MaildropReason::kDevice,
     [](At at, At) { return mknod(at.c_str(), S_IFBLK | 0660, makedev(7, 0)) == 0; }},
    {"socket", MaildropReason::kSocket, [](At at, At) { return socket_at(at); }},
    {"directory", MaildropReason::kDirectory,
     [](At at, At) { return mkdir(at.c_str(), 0770) == 0 && chown(at.c_str(), kAnn, kMail) == 0; }},
    {"root's", MaildropReason::kForeignOwner, [](At at, At) { return file_of(at, 0, kMail, 0660); }},
    {"bob's", MaildropReason::kForeignOwner, [](At at, At) { return file_of(at, kBob, kMail, 0660); }},
    {"the MTA's", MaildropReason::kForeignOwner, [](At at, At) { return file_of(at, kMta, kMail, 0660); }},
    {"another group", MaildropReason::kForeignGroup, [](At at, At) { return file_of(at, kAnn, kAnn, 0660); }},
    {"0600", MaildropReason::kForeignMode, [](At at, At) { return file_of(at, kAnn, kMail, 0600); }},
    {"0666", MaildropReason::kForeignMode, [](At at, At) { return file_of(at, kAnn, kMail, 0666); }},
    {"0640", MaildropReason::kForeignMode, [](At at, At) { return file_of(at, kAnn, kMail, 0640); }},
    {"set-uid", MaildropReason::kForeignMode, [](At at, At) { return file_of(at, kAnn, kMail, 04660); }},
};

// MD-2, MD-5: refused with the reason, and nothing anywhere is another than before, to the change times.
TEST_F(HelperTest, WhatIsNoMaildropIsRefusedAndLeftAsItIs) {
  ASSERT_EQ(start(), kHelperWorks);
  for (const Trap& trap : kTraps) {
    SCOPED_TRACE(trap.what);
    ASSERT_TRUE(trap.set(drop("ann"), foreign()));
    expect_refused("ann", trap.reason);
    const std::string line = logged();
    EXPECT_NE(line.find("event=refused"), std::string::npos);
    EXPECT_NE(line.find(permission::reason_text(trap.reason).code), std::string::npos) << line;
    fs::remove_all(drop("ann"));
    for (const char* name : {"/ann", "/link"}) fs::remove(foreign() + name);
  }
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);  // and is as able as before
}

// ---- The name and the user --------------------------------------------------------------------------------

// MD-4: the client does not even send these; whoever sends them all the same learns nothing else.
TEST_F(HelperTest, NamesThatAreNoLoginNames) {
  ASSERT_EQ(start(), kHelperWorks);
  for (const std::string_view name : {"..", ".", "a/b", "../spool/ann", "/etc/passwd", "ann.lock", "Ann",
                                      "-rf", "ann ", "ann\n", "\xc3\xa4"}) {
    const auto fault = permission::login_name_fault(name);
    ASSERT_TRUE(fault) << name;
    expect_refused(name, *fault);
    MaildropQuestion question{7, name.size(), {}};
    std::ranges::copy(name, question.login);
    const std::string before = all_there_is();
    const MaildropAnswer answer = ask_raw({reinterpret_cast<const char*>(&question), sizeof question});
    EXPECT_EQ(answer.outcome(), MaildropOutcome::kRefused) << name;
    EXPECT_EQ(answer.reason, *fault) << name;
    EXPECT_EQ(answer.ticket, 7U);
    EXPECT_EQ(all_there_is(), before);
  }
}

TEST_F(HelperTest, PacketsThatAreNoQuestions) {
  ASSERT_EQ(start(), kHelperWorks);
  const std::string octets(200, 'a');
  for (const std::size_t length :
       {std::size_t{1}, sizeof(MaildropQuestion) - 1, sizeof(MaildropQuestion), octets.size()}) {
    const MaildropAnswer answer = ask_raw({octets.data(), length});
    EXPECT_EQ(answer.trouble, MaildropTrouble::kMalformed) << length;
    EXPECT_EQ(answer.ticket, 0U);
  }
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
}

// MD-4
TEST_F(HelperTest, UsersThatGetNone) {
  ASSERT_EQ(start(), kHelperWorks);
  expect_refused("nobody-here", MaildropReason::kUnknownUser);
  expect_refused("root", MaildropReason::kRootUser);
  expect_refused("toor", MaildropReason::kRootUser);
  expect_refused("postern", MaildropReason::kMtaUser);
  expect_refused("system", MaildropReason::kBelowMinimum);
}

// Names are looked up anew each time: a user of today gets mail without a restart.
TEST_F(HelperTest, AUserAddedAfterTheStart) {
  ASSERT_EQ(start(), kHelperWorks);
  expect_refused("newbie", MaildropReason::kUnknownUser);
  ASSERT_EQ(std::system("useradd --no-log-init --no-create-home --uid 64777 newbie"), 0);
  EXPECT_EQ(ask("newbie").outcome(), MaildropOutcome::kCreated);
  expect_maildrop(drop("newbie"), 64777);
}

// SystemdNames answers libnss_systemd in place of systemd, once: it knows nobody.
class SystemdNames {
 public:
  SystemdNames() {
    fs::create_directories(kPlace);
    EXPECT_EQ(mount("userdb", kPlace, "tmpfs", 0, "mode=0755"), 0);
    sockaddr_un address{AF_UNIX, "/run/systemd/userdb/io.systemd.DynamicUser"};
    socket_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(chmod(address.sun_path, 0666), 0);
    EXPECT_EQ(listen(socket_.get(), 4), 0);
    answerer_ = fork();
    if (answerer_ == 0) answer();
  }
  SystemdNames(const SystemdNames&) = delete;
  SystemdNames& operator=(const SystemdNames&) = delete;
  ~SystemdNames() { EXPECT_EQ(umount2(kPlace, MNT_DETACH), 0); }

  // was_asked: with the name in its question.
  bool was_asked() const {
    int status = -1;
    return waitpid(answerer_, &status, 0) == answerer_ && status == 0;
  }

 private:
  static constexpr char kPlace[] = "/run/systemd/userdb";

  [[noreturn]] void answer() const {
    constexpr std::string_view kNobody =
        R"({"error":"io.systemd.UserDatabase.NoRecordFound","parameters":{}})";
    alarm(20);
    const int asker = accept(socket_.get(), nullptr, nullptr);
    std::array<char, 4096> question{};
    const ssize_t got = recv(asker, question.data(), question.size(), 0);
    const bool is_it =
        std::string_view(question.data(), got > 0 ? static_cast<std::size_t>(got) : 0).find("nobody-here") !=
        std::string_view::npos;
    const ssize_t put = send(asker, kNobody.data(), kNobody.size() + 1, MSG_NOSIGNAL);
    _exit(is_it && put > 0 ? 0 : 1);
  }

  Fd socket_;
  pid_t answerer_ = -1;
};

// PV-6: Debian's nsswitch.conf has `passwd: files systemd`. What that module calls must not end the helper.
TEST_F(HelperTest, AUserThatSystemdDoesNotKnowEither) {
  if (!fs::exists("/lib/x86_64-linux-gnu/libnss_systemd.so.2"))
    GTEST_SKIP() << "SKIPPED, NOT TESTED: no libnss-systemd";
  std::ofstream("/etc/nsswitch.conf") << "passwd: files systemd\ngroup: files\n";
  const SystemdNames systemd;
  ASSERT_EQ(start(), kHelperWorks);
  expect_refused("nobody-here", MaildropReason::kUnknownUser);
  EXPECT_TRUE(systemd.was_asked());
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
}

// A late answer of the name service is no other user's: not even for an asker who uses one ticket twice.
TEST_F(HelperTest, ALateLookUpIsNobodyElses) {
  ASSERT_EQ(start(), kHelperWorks);
  const pid_t names = names_child();
  ASSERT_EQ(kill(names, SIGSTOP), 0);
  const auto raw = [&](std::string_view name) {
    MaildropQuestion question = *make_question(7, name);
    return ask_raw({reinterpret_cast<const char*>(&question), sizeof question});
  };
  EXPECT_EQ(raw("ann").trouble, MaildropTrouble::kNoLookUp);
  ASSERT_EQ(kill(names, SIGCONT), 0);
  EXPECT_EQ(raw("bob").outcome(), MaildropOutcome::kCreated);
  expect_maildrop(drop("bob"), kBob);
  EXPECT_FALSE(fs::exists(drop("ann")));
}

// ---- The spool --------------------------------------------------------------------------------------------

// MD-3, MD-5: refused at the start.
TEST_F(HelperTest, ABadSpoolStopsTheStart) {
  for (const mode_t mode : {02777U, 03777U, 01777U, 0777U}) {
    give_spool(0, kMail, mode);
    expect_no_start("writable by everyone", 78);
  }
  for (const mode_t mode : {0775U, 0755U, 02770U}) {
    give_spool(0, kMail, mode);
    expect_no_start("another mode than 3775 or 2775", 78);
  }
  give_spool(kMta, kMail, 03775);
  expect_no_start("not root's", 78);
  give_spool(0, kMta, 03775);
  expect_no_start("another group than mail", 78);
  fs::rename(spool(), foreign() + "/spool");
  fs::create_directory_symlink(foreign() + "/spool", spool());
  give_spool(0, kMail, 03775);  // follows the link
  expect_no_start("Not a directory", 72);
}

// MD-5: in a directory that somebody else owns it could be replaced.
TEST_F(HelperTest, ASpoolBelowSomebodyElsesDirectoryStopsTheStart) {
  ASSERT_EQ(chown(scratch_.c_str(), kMta, kMta), 0);
  const auto opened = open_root_program(program());
  EXPECT_FALSE(opened.ok());  // nor would root execute anything there (DT-3)
  ASSERT_EQ(chown(scratch_.c_str(), 0, 0), 0);
  const std::string below = foreign() + "/spool";
  fs::rename(spool(), below);
  ASSERT_EQ(chown(foreign().c_str(), kMta, kMta), 0);
  std::ranges::copy(below + '\0', settings_.maildrop_spool.octets);
  expect_no_start("is owned by uid 64100", 77);
}

// MD-3, MD-5: looked at for every question.
TEST_F(HelperTest, ASpoolThatTurnsBadIsRefused) {
  ASSERT_EQ(start(), kHelperWorks);
  give_spool(0, kMail, 02777);
  expect_refused("ann", MaildropReason::kSpoolWorldWritable);
  give_spool(0, kMail, 03755);
  expect_refused("ann", MaildropReason::kSpoolMode);
  give_spool(kAnn, kMail, 03775);
  expect_refused("ann", MaildropReason::kSpoolOwner);
  give_spool(0, kAnn, 03775);
  expect_refused("ann", MaildropReason::kSpoolGroup);
  give_spool(0, kMail, 03775);
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
}

// MD-5: what the spool's path leads to later does not matter.
TEST_F(HelperTest, ASpoolReplacedByALinkIsNotFollowed) {
  ASSERT_EQ(start(), kHelperWorks);
  fs::rename(spool(), scratch_ + "/moved");
  fs::create_directory_symlink(foreign(), spool());
  const std::string before = portrait_of_all(foreign());
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
  EXPECT_EQ(portrait_of_all(foreign()), before);
  expect_maildrop(scratch_ + "/moved/ann", kAnn);
  fs::remove_all(scratch_ + "/moved");
  EXPECT_EQ(ask("bob").trouble, MaildropTrouble::kSystem);
  EXPECT_EQ(portrait_of_all(foreign()), before);
}

TEST_F(HelperTest, AFullSpoolIsATemporaryFailureAndLeavesNothing) {
  ASSERT_EQ(mount("small", spool().c_str(), "tmpfs", 0, "nr_inodes=4"), 0);
  give_spool(0, kMail, 03775);
  ASSERT_EQ(start(), kHelperWorks);
  for (int i = 0; i < 3; ++i) std::ofstream(drop("other-" + std::to_string(i))) << "";
  const std::string before = portrait_of_all(spool());
  EXPECT_EQ(ask("ann").trouble, MaildropTrouble::kNoSpace);
  EXPECT_EQ(portrait_of_all(spool()), before);
  fs::remove(drop("other-0"));
  EXPECT_EQ(ask("ann").outcome(), MaildropOutcome::kCreated);
}

// ---- Its end ----------------------------------------------------------------------------------------------

// A signal is not needed: between the two Landlock and the user ids are in its way.
TEST_F(HelperTest, EndsWithTheLifelineAndSoDoesItsChild) {
  ASSERT_EQ(start(), kHelperWorks);
  const pid_t names = names_child();
  ASSERT_GT(names, 0);
  lifeline_.first.reset();
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_TRUE(is_gone(names));
}

TEST_F(HelperTest, EndsWithItsLastAsker) {
  ASSERT_EQ(start(), kHelperWorks);
  const pid_t names = names_child();
  requests_.first.reset();
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_TRUE(is_gone(names));
}

// Whoever asks and does not read is no reason to wait.
TEST_F(HelperTest, AnAskerThatDoesNotReadHoldsNothingUp) {
  ASSERT_EQ(start(), kHelperWorks);
  const MaildropQuestion question = *make_question(7, "root");
  for (int i = 0; i < 2000; ++i) {  // of some 280 the socket holds the answers
    (void)logged();
    pollfd taken{requests_.first.get(), POLLOUT, 0};
    ASSERT_EQ(poll(&taken, 1, kPatience), 1) << "question " << i << " is not taken: it waits for its asker";
    ASSERT_GT(send(requests_.first.get(), &question, sizeof question, MSG_NOSIGNAL), 0);
  }
  lifeline_.first.reset();
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(HelperTest, AKilledHelperIsATemporaryFailureAndLeavesNoChild) {
  ASSERT_EQ(start(), kHelperWorks);
  const pid_t names = names_child();
  ASSERT_EQ(kill(helper_, SIGKILL), 0);
  EXPECT_EQ(wait_for_end(), -SIGKILL);
  const MaildropAnswer answer = ask("ann");
  EXPECT_EQ(answer.outcome(), MaildropOutcome::kTemporary);
  EXPECT_EQ(answer.trouble, MaildropTrouble::kHelperIsGone);
  EXPECT_TRUE(is_gone(names));
  EXPECT_FALSE(fs::exists(drop("ann")));
}

TEST_F(HelperTest, WithoutItsChildItEnds) {
  ASSERT_EQ(start(), kHelperWorks);
  ASSERT_EQ(kill(names_child(), SIGKILL), 0);
  EXPECT_EQ(ask("ann").trouble, MaildropTrouble::kHelperIsGone);
  EXPECT_EQ(wait_for_end(), 69);
  EXPECT_NE(logged().find("the look-up of names has ended"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon
