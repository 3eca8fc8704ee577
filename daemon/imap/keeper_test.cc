// SPDX-License-Identifier: BSD-2-Clause
// A keeper in its sandbox, asked over its channel as a session would.
#include "daemon/imap/keeper.h"

#include "daemon/imap/keeper_port.h"
#include "daemon/keeper/connection_fixture.h"

namespace postern::daemon {
namespace {

using enum ImapRequestKind;

class ImapSandbox : public testing::Environment {
 public:
  void SetUp() override {
    const std::vector<PlacedPath> places{{Place::kAccounts, Trees::root / "accounts"},
                                         {Place::kMailboxes, Trees::root / "mailboxes"}};
    ASSERT_TRUE(prepare_sandbox(kImapKeeperProfile, {SandboxMode::kEnforce, 2, places}).ok());
  }
};
const testing::Environment* const kImapSandbox = testing::AddGlobalTestEnvironment(new ImapSandbox);

// Asked is a keeper and the session's end of its channel.
struct Asked {
  Fd channel;
  pid_t keeper = -1;
  std::unique_ptr<ImapChannelKeeper> port;

  ImapAnswer about(ImapRequestKind kind, std::string_view text = {}, std::string_view more = {}) const {
    return taken(port->about(kind, text, more));
  }
  ImapAnswer at(ImapRequestKind kind, std::uint32_t first) const { return taken(port->at(kind, first)); }
  ImapAnswer range(ImapRequestKind kind, std::uint32_t first, std::uint32_t count) const {
    return taken(port->range(kind, first, count));
  }
  ImapAnswer poll(ImapPollMode mode = ImapPollMode::kAll) const { return taken(port->poll(mode)); }
  ImapAnswer store(std::uint32_t number, ImapStoreMode mode, std::uint32_t flags,
                   std::uint32_t keywords = 0) const {
    return taken(port->store(number, 1, mode, flags, keywords));
  }
  ImapAnswer append(std::string_view folder, std::string_view text, std::uint32_t flags = 0,
                    std::string_view keywords = {}, std::int64_t date = kImapNow) const {
    ImapAnswer begun = taken(port->append_begin(folder, keywords, flags, text.size(), date));
    if (!begun.ok()) return begun;
    EXPECT_TRUE(taken(port->append_data(text)).ok());
    return about(kAppendCommit);
  }

  static ImapAnswer taken(Result<ImapAnswer> answer) {
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.error().text());
    return answer.ok() ? std::move(answer).value() : ImapAnswer{};
  }
};

class ImapKeeperTest : public ConnectionTest {
 protected:
  void SetUp() override {
    ConnectionTest::SetUp();
    settings_.refusal_quantum = milliseconds(20);
    for (const auto& box : fs::directory_iterator(Trees::root / "mailboxes")) fs::remove_all(box);
    add("alice", "secret", {});
  }

  Asked start() {
    Asked asked;
    SocketPair pair = pair_of(packet_pair());
    asked.keeper = ::fork();
    if (asked.keeper == 0) {
      KeeperChannels own = keeper_channels(std::move(pair.second));
      keep_only({own.session.get(), own.log.get(), own.resolver.get(), own.accounts.get(),
                 own.mailboxes.get(), own.hash_slots.get(), own.logins.get()});
      ::_exit(run_imap_keeper(settings_, record_, std::move(own)));
    }
    asked.channel = std::move(pair.first);
    asked.port = std::make_unique<ImapChannelKeeper>(asked.channel.get(), 10'000);
    return asked;
  }
  Asked in(const std::string& folder = {}) {
    Asked asked = start();
    EXPECT_TRUE(Asked::taken(asked.port->login("alice", "secret")).ok());
    if (!folder.empty()) {
      EXPECT_TRUE(asked.about(kSelect, folder).ok());
    }
    return asked;
  }
  static int end(Asked& asked) {
    EXPECT_TRUE(asked.about(kQuit).ok());
    asked.channel.reset();
    return status_of(asked.keeper);
  }
  static fs::path home() { return Trees::root / "mailboxes" / "alice"; }
};

TEST_F(ImapKeeperTest, LoginAndRefusal) {
  Asked asked = start();
  EXPECT_EQ(Asked::taken(asked.port->login("alice", "wrong")).status, ImapStatus::kRefused);
  EXPECT_EQ(Asked::taken(asked.port->login("nobody", "secret")).status, ImapStatus::kRefused);
  EXPECT_FALSE(take_login_note(logins_.second.get()));
  EXPECT_TRUE(Asked::taken(asked.port->login("alice", "secret")).ok());
  const auto told = take_login_note(logins_.second.get());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->keeper, asked.keeper);
  EXPECT_EQ(told->note.kind, LoginNoteKind::kLoggedIn);
  EXPECT_EQ(end(asked), 0);
  EXPECT_NE(log_line_heard().find("role=imap-keeper event=login"), std::string::npos);
}

TEST_F(ImapKeeperTest, SelectTellsWhatIsThere) {
  deliver("alice", "new/2.b", "Subject: two\n\nx\n");
  deliver("alice", "cur/1.a:2,S", "Subject: one\n\n");
  Asked asked = in();
  const ImapAnswer selected = asked.about(kSelect, "INBOX");
  ASSERT_TRUE(selected.ok());
  EXPECT_EQ(selected.head.exists, 2U);
  EXPECT_EQ(selected.head.recent, 1U);
  EXPECT_EQ(selected.head.unseen, 2U);
  EXPECT_EQ(selected.head.uid_next, 3U);
  EXPECT_GT(selected.head.uid_validity, 1'000'000'000U);
  const ImapAnswer rows = asked.range(kRows, 1, 2);
  ASSERT_EQ(rows.rows.size(), 2U);
  EXPECT_EQ(rows.rows[0].flags, kImapSeen);
  EXPECT_EQ(rows.rows[0].octets, 16U);
  EXPECT_EQ(rows.rows[1].flags, kImapRecent);
  ImapAnswer opened = asked.at(kOpen, 2);
  ASSERT_TRUE(opened.ok());
  char text[64] = {};
  EXPECT_EQ(::read(opened.file.get(), text, sizeof text), 16);
  EXPECT_STREQ(text, "Subject: two\n\nx\n");
  EXPECT_EQ(::write(opened.file.get(), text, 1), -1);
  Asked other = in("INBOX");
  EXPECT_EQ(other.poll().head.recent, 0U);
  EXPECT_EQ(end(other), 0);
  EXPECT_EQ(end(asked), 0);
}

// An unchanged folder is answered from the list's first line; its view is what was told, whatever comes
// after.
TEST_F(ImapKeeperTest, AnUnchangedFolderIsNotListed) {
  for (int i = 1; i <= 3; ++i) deliver("alice", "cur/" + std::to_string(i) + ".a:2,", "x\n");
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  for (const char* part : {"new", "cur"})
    ASSERT_EQ(::utimensat(AT_FDCWD, (home() / part).c_str(), old, 0), 0);
  Asked first = in("INBOX");
  EXPECT_EQ(end(first), 0);
  Asked asked = in("INBOX");
  deliver("alice", "new/4.a", "new\n");
  fs::remove(home() / "cur/2.a:2,");
  EXPECT_EQ(asked.range(kRows, 2, 1).rows.at(0).flags & kImapExpunged, kImapExpunged);
  EXPECT_EQ(asked.at(kOpen, 2).status, ImapStatus::kGone);
  const ImapAnswer polled = asked.poll();
  ASSERT_EQ(polled.rows.size(), 1U);
  EXPECT_EQ(polled.rows[0].number, 2U);
  EXPECT_EQ(polled.head.exists, 3U);
  EXPECT_EQ(polled.head.recent, 1U);
  EXPECT_EQ(end(asked), 0);
}

TEST_F(ImapKeeperTest, SessionsSeeEachOther) {
  for (int i = 1; i <= 3; ++i) deliver("alice", "cur/" + std::to_string(i) + ".a:2,", "x\n");
  Asked one = in("INBOX");
  Asked other = in("INBOX");
  EXPECT_EQ(other.range(kRows, 1, 3).rows.size(), 3U);  // what was never told does not change
  EXPECT_EQ(one.store(1, ImapStoreMode::kAdd, kImapDeleted).rows.at(0).flags, kImapDeleted);
  EXPECT_EQ(one.range(kExpunge, 1, 3).head.count, 1U);
  EXPECT_EQ(one.store(3, ImapStoreMode::kAdd, kImapFlagged).rows.at(0).uid, 3U);
  const ImapAnswer quiet = other.poll(ImapPollMode::kNoExpunge);
  ASSERT_EQ(quiet.rows.size(), 1U);
  EXPECT_EQ(quiet.rows[0].number, 3U);
  const ImapAnswer all = other.poll();
  ASSERT_EQ(all.rows.size(), 1U);
  EXPECT_EQ(all.rows[0].flags & kImapExpunged, kImapExpunged);
  EXPECT_EQ(all.head.exists, 2U);
  const ImapAnswer own = one.poll();
  ASSERT_EQ(own.rows.size(), 1U);
  EXPECT_EQ(own.rows[0].number, 1U);
  EXPECT_EQ(end(one), 0);
  EXPECT_EQ(end(other), 0);
}

TEST_F(ImapKeeperTest, AppendCopyMove) {
  Asked asked = in("INBOX");
  EXPECT_EQ(asked.append("Sent", "A: 1\n\nbody\n").status, ImapStatus::kNoFolder);
  EXPECT_TRUE(asked.about(kCreate, "Sent").ok());
  const ImapAnswer appended =
      asked.append("INBOX", "A: 1\r\n\r\nbody\r\n", kImapSeen, "$Forwarded Junk", 1'000'000'000);
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(appended.head.uid, 1U);
  EXPECT_EQ(asked.poll().head.exists, 1U);
  const ImapAnswer row = asked.range(kRows, 1, 1);
  EXPECT_EQ(row.rows.at(0).flags, kImapSeen | kImapRecent);
  EXPECT_EQ(row.rows[0].keywords, 3U);
  EXPECT_EQ(row.rows[0].octets, 14U);
  EXPECT_EQ(row.rows[0].date, 1'000'000'000);
  EXPECT_EQ(asked.at(kKeyword, 1).text, "Junk");
  for (const ImapCopyMode mode : {ImapCopyMode::kCopy, ImapCopyMode::kMove}) {
    EXPECT_TRUE(Asked::taken(asked.port->copy_begin("Sent", mode)).ok());
    EXPECT_TRUE(asked.range(kCopyTake, 1, 1).ok());
    const ImapAnswer done = asked.about(kCopyCommit);
    EXPECT_EQ(done.head.count, 1U);
    EXPECT_EQ(done.head.uid, mode == ImapCopyMode::kCopy ? 1U : 2U);
  }
  EXPECT_EQ(asked.poll().head.exists, 0U);
  const ImapAnswer status = asked.about(kStatus, "Sent");
  EXPECT_EQ(status.head.exists, 2U);
  EXPECT_EQ(status.head.unseen, 0U);
  EXPECT_EQ(status.head.uid_next, 3U);
  EXPECT_TRUE(fs::is_empty(home() / "tmp"));
  EXPECT_EQ(end(asked), 0);
}

std::string text_of(const Fd& file) {
  char room[99];
  const ssize_t length = ::read(file.get(), room, sizeof room);
  return {room, static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

// In the file lines end with LF, as in every Maildir. What would not come back from that as it was lies there
// as it came, and so does its copy.
TEST_F(ImapKeeperTest, AppendedOctetsComeBack) {
  struct Case {
    std::string wire;
    std::string file;
    std::uint32_t flags = 0;
  };
  const Case cases[] = {{"A: 1\r\n\r\nb", "A: 1\n\nb"},
                        {"a\rb\r", "a\rb\r"},
                        {"a\r\nb\n", "a\r\nb\n", kOpenVerbatim},
                        {"\r\nb\r\r\nc", "\r\nb\r\r\nc", kOpenVerbatim},
                        {"\n", "\n", kOpenVerbatim},
                        {"\r\n", "\n"}};
  Asked asked = in("INBOX");
  std::uint32_t number = 0;
  for (const Case& one : cases) {
    // octet by octet, so that each line end is parted
    EXPECT_TRUE(Asked::taken(asked.port->append_begin("INBOX", "", 0, one.wire.size(), kImapNow)).ok());
    for (const char octet : one.wire) EXPECT_TRUE(Asked::taken(asked.port->append_data({&octet, 1})).ok());
    EXPECT_TRUE(asked.about(kAppendCommit).ok());
    EXPECT_TRUE(asked.poll().ok());
    ++number;
    EXPECT_EQ(asked.range(kRows, number, 1).rows.at(0).octets, one.wire.size());
    ImapAnswer opened = asked.at(kOpen, number);
    EXPECT_EQ(text_of(opened.file), one.file);
    EXPECT_EQ(opened.head.flags, one.flags);
  }
  EXPECT_TRUE(Asked::taken(asked.port->copy_begin("INBOX", ImapCopyMode::kCopy)).ok());
  EXPECT_TRUE(asked.range(kCopyTake, 3, 1).ok());
  EXPECT_TRUE(asked.about(kCopyCommit).ok());
  EXPECT_TRUE(asked.poll().ok());
  EXPECT_EQ(asked.at(kOpen, number + 1).head.flags, kOpenVerbatim);
  fs::remove(home() / "postern-uids");  // measured anew
  EXPECT_EQ(asked.about(kStatus, "INBOX").head.exists, number + 1);
  EXPECT_TRUE(fs::is_empty(home() / "tmp"));
  EXPECT_EQ(end(asked), 0);
}

TEST_F(ImapKeeperTest, WhatIsNotCommittedLeavesNothing) {
  Asked asked = in();
  EXPECT_TRUE(Asked::taken(asked.port->append_begin("INBOX", "", 0, 5, kImapNow)).ok());
  EXPECT_TRUE(Asked::taken(asked.port->append_data("abcde")).ok());
  EXPECT_EQ(Asked::taken(asked.port->append_data("f")).status, ImapStatus::kTooLarge);
  EXPECT_TRUE(fs::is_empty(home() / "tmp"));
  EXPECT_TRUE(Asked::taken(asked.port->append_begin("INBOX", "", 0, 5, kImapNow)).ok());
  EXPECT_TRUE(asked.about(kCancel).ok());
  EXPECT_TRUE(fs::is_empty(home() / "tmp"));
  EXPECT_EQ(Asked::taken(asked.port->append_begin("INBOX", "", 0, UINT64_MAX, kImapNow)).status,
            ImapStatus::kTooLarge);
  EXPECT_EQ(asked.about(kStatus, "INBOX").head.exists, 0U);
  EXPECT_EQ(end(asked), 0);
}

TEST_F(ImapKeeperTest, FoldersAreListed) {
  Asked asked = in();
  EXPECT_TRUE(asked.about(kCreate, "a.b").ok());
  EXPECT_TRUE(asked.about(kCreate, "Sent").ok());
  EXPECT_TRUE(asked.about(kSubscribe, "Sent").ok());
  EXPECT_EQ(asked.about(kCreate, "../bob").status, ImapStatus::kBadName);
  std::string all;
  ImapAnswer folder;
  for (std::uint32_t i = 0; (folder = asked.at(kFolder, i)).ok(); ++i)
    all += folder.text + "=" + std::to_string(folder.head.flags) + " ";
  EXPECT_EQ(folder.status, ImapStatus::kEnd);
  EXPECT_EQ(all, "INBOX=1 Sent=11 a=4 a.b=1 ");
  EXPECT_TRUE(asked.about(kRename, "a", "z").ok());
  EXPECT_TRUE(asked.about(kSelect, "z.b").ok());
  EXPECT_TRUE(asked.about(kDelete, "z.b").ok());
  EXPECT_EQ(asked.poll().status, ImapStatus::kNoFolder);
  EXPECT_EQ(end(asked), 0);
}

// A session that asks for what there is not, or out of turn, is talked to no more.
TEST_F(ImapKeeperTest, ARogueSessionEndsIt) {
  for (int what = 0; what < 4; ++what) {
    Asked asked = in("INBOX");
    Result<ImapAnswer> answer = Error{};
    if (what == 0) answer = asked.port->range(kRows, 1, 1);
    if (what == 1) answer = asked.port->at(kOpen, 7);
    if (what == 2) answer = asked.port->about(kCopyCommit);
    if (what == 3) answer = asked.port->login("alice", "secret");
    EXPECT_FALSE(answer.ok()) << what;
    asked.channel.reset();
    EXPECT_NE(status_of(asked.keeper), 0) << what;
  }
}

// PV-6, and one account's keeper reaches no other's mail.
TEST_F(ImapKeeperTest, NothingButItsOwnMaildir) {
  add("bob", "secret", {});
  deliver("bob", "new/1.secret", "bob's\n");
  fs::create_directory_symlink("../bob", home() / ".link");
  Asked asked = in();
  EXPECT_EQ(asked.about(kSelect, "link").status, ImapStatus::kNoFolder);
  EXPECT_EQ(end(asked), 0);
}

}  // namespace
}  // namespace postern::daemon
