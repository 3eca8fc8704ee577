// SPDX-License-Identifier: BSD-2-Clause
// What /proc says, read; and which role a process is judged by (PV-3 to PV-6).
#include <gtest/gtest.h>

#include <sstream>

#include "conformance/audit/audit_command.h"

namespace postern::conformance {
namespace {

using permission::PrivilegeReason;
using permission::Role;

const std::string kGood =
    "Name:\tpostern-pop3\nUmask:\t0077\nPPid:\t7\nUid:\t64100\t64101\t64102\t64103\nGid:\t1\t2\t3\t4\n"
    "Groups:\t64100 64108 \nThreads:\t1\nCapInh:\t0000000000000001\nCapPrm:\t0000000000000002\n"
    "CapEff:\t0000000000000004\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000010\nNoNewPrivs:\t1\n"
    "Seccomp:\t2\nSeccomp_filters:\t3\n";

std::string with(std::string text, const std::string& old, const std::string& now) {
  return text.replace(text.find(old), old.size(), now);
}

TEST(ProcStatus, EveryFieldIsRead) {
  const auto status = parse_proc_status(kGood);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->parent, 7U);
  EXPECT_EQ(status->credentials.user, (permission::Ids{64100, 64101, 64102, 64103}));
  EXPECT_EQ(status->credentials.group, (permission::Ids{1, 2, 3, 4}));
  EXPECT_EQ(status->credentials.groups, permission::groups_of(64100U, 64108U));
  EXPECT_EQ(status->credentials.inheritable, 1U);
  EXPECT_EQ(status->credentials.permitted, 2U);
  EXPECT_EQ(status->credentials.effective, 4U);
  EXPECT_EQ(status->credentials.bounding, permission::kAllCapabilities);
  EXPECT_EQ(status->credentials.ambient, 0x10U);
  EXPECT_TRUE(status->credentials.no_new_privs);
  EXPECT_EQ(status->seccomp, 2);
  EXPECT_EQ(status->threads, 1U);
}

// Half a text tells nothing: not even what it has.
TEST(ProcStatus, IsReadWholeOrNotAtAll) {
  EXPECT_FALSE(parse_proc_status(""));
  for (const char* line :
       {"PPid:\t7\n", "Uid:\t64100\t64101\t64102\t64103\n", "Groups:\t64100 64108 \n",
        "CapAmb:\t0000000000000010\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Threads:\t1\n"}) {
    EXPECT_FALSE(parse_proc_status(with(kGood, line, ""))) << line;
    EXPECT_FALSE(parse_proc_status(kGood + line)) << line;  // twice
  }
  EXPECT_FALSE(parse_proc_status(with(kGood, "64103", "-1")));
  EXPECT_FALSE(parse_proc_status(with(kGood, "\t64103", "")));
  EXPECT_FALSE(parse_proc_status(with(kGood, "64103", "4294967296")));
  EXPECT_FALSE(parse_proc_status(with(kGood, "NoNewPrivs:\t1", "NoNewPrivs:\t2")));
  EXPECT_FALSE(parse_proc_status(with(kGood, "CapInh:\t00", "CapInh:\t")));
}

TEST(ProcSockets, TheLinesThatAreSome) {
  const auto tcp = parse_proc_sockets(
      "  sl  local_address rem_address   st ...\n"
      "   0: 0100007F:006E 00000000:0000 0A 00000000:00000000 00:00000000 00000000 64100        0 4711 1 0\n"
      "   1: 0100007F:006E 0100007F:B1C2 01 00000000:00000000 00:00000000 00000000 64100        0 4712 1 0\n"
      "   2: half a line\n",
      SocketFamily::kInet);
  EXPECT_EQ(tcp, (std::vector<ProcSocket>{{4711, kTcpListen}, {4712, 1}}));
  const auto local = parse_proc_sockets(
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 991 /run/x\n4711\n",
      SocketFamily::kUnix);
  EXPECT_EQ(local, (std::vector<ProcSocket>{{991, 0}}));
}

constexpr permission::Id kMta = 64100;

Held held_of(unsigned listening, unsigned connected, unsigned files) {
  Held held;
  held.listening = listening;
  held.connected = connected;
  held.files = files;
  return held;
}

SeenProcess process(pid_t pid, std::uint32_t parent, const char* program, Held held = {}) {
  SeenProcess seen{.pid = pid, .program = program, .executable = {}, .status = {}, .held = std::move(held)};
  seen.status.parent = parent;
  permission::Credentials& is = seen.status.credentials;
  is.user = is.group = permission::all_four(kMta);
  is.groups = permission::groups_of(kMta);
  is.effective = is.permitted = is.bounding = 0;
  is.no_new_privs = true;
  seen.status.seccomp = 2;
  seen.status.threads = 1;
  return seen;
}

AuditSite site() {
  return {.ids = {kMta, kMta, kMta, kMta, kMta}, .roles = our_roles(), .roots = {}};
}

TEST(AuditRoles, AProgramsForksAreWhatTheyHold) {
  const auto all =
      judge({process(1, 0, "posternd", held_of(1, 0, 2)), process(2, 1, "postern-pop3", held_of(1, 0, 2)),
             process(3, 2, "postern-pop3", held_of(0, 1, 0)), process(4, 2, "postern-pop3", held_of(0, 0, 2)),
             process(5, 2, "postern-pop3", held_of(0, 1, 1))},
            site());
  const Role roles[] = {Role::kDispatcher, Role::kListener, Role::kSession, Role::kKeeper, Role::kSession};
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].role, roles[i]) << i;
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(all[i].conforms()) << i;
  EXPECT_EQ(all[4].findings, std::vector{PrivilegeReason::kFiles});  // PV-6
}

// A foreign server: judged by what each process holds.
TEST(AuditRoles, AProgramWithoutARole) {
  const auto all = judge({process(1, 0, "master", held_of(1, 0, 0)), process(2, 1, "smtpd", held_of(0, 1, 1)),
                          process(3, 1, "cleanup", held_of(0, 0, 3))},
                         site());
  EXPECT_EQ(all[0].role, Role::kDispatcher);
  EXPECT_EQ(all[1].findings, std::vector{PrivilegeReason::kFiles});
  EXPECT_TRUE(all[2].conforms());
}

// DT-3: whoever can change or replace what root reads has a way back.
TEST(AuditWaysBack, AFileThatRootReads) {
  using permission::Kind;
  using permission::Object;
  const Object root{Kind::kDirectory, 0, 0, 0755, 1};
  const auto ways = [&](const Object& directory, const Object& file) {
    AuditSite with = site();
    with.roots = {{"/etc/x", {root, directory, file}}};
    return judge({process(1, 0, "posternd")}, with)[0].ways_back;
  };
  const Object good{Kind::kFile, 0, 0, 0644, 1};
  EXPECT_EQ(ways(root, good), 0U);
  EXPECT_EQ(ways(root, {Kind::kFile, 0, kMta, 0664, 1}), 1U);
  EXPECT_EQ(ways(root, {Kind::kFile, kMta, 0, 0400, 1}), 1U);  // its owner can chmod it
  EXPECT_EQ(ways({Kind::kDirectory, 0, kMta, 0775, 1}, good), 1U);
  EXPECT_EQ(ways({Kind::kDirectory, 0, kMta, 01775, 1}, good), 0U);  // sticky: root's file stays
}

TEST(AuditReport, SaysWhatIsWrong) {
  SeenProcess wrong = process(2, 1, "x\n", held_of(0, 0, 1));
  wrong.held.paths = {"/var/log/mail"};
  wrong.status.credentials.user.saved = 0;
  AuditSite with = site();
  with.roles["x\n"] = Role::kSession;
  std::ostringstream text;
  print_table(judge({process(1, 0, "posternd"), wrong}, with), text);
  for (const char* words :
       {"64100/64100/0/64100", "2 x\\n: saved-user, files\n", "2 x\\n: 1 ways back to root, where 0",
        "2 x\\n: holds /var/log/mail\n", "2 processes, 1 not as they must be\n"})
    EXPECT_NE(text.str().find(words), std::string::npos) << words << " in\n" << text.str();
}

}  // namespace
}  // namespace postern::conformance
