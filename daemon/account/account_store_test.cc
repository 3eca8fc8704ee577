// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/account/account_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/account/account_file.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

class AccountStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "postern-accounts-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    accounts_ = Fd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(accounts_.is_open());
  }
  void TearDown() override { fs::remove_all(directory_); }

  static Account account(std::string hash) {
    Account made;
    made.password_hash = std::move(hash);
    made.access = {"dispatch.com"};
    return made;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) names.push_back(entry.path().filename());
    return names;
  }
  std::optional<Account> read(std::string_view name) const {
    Result<std::optional<Account>> found = read_account(accounts_.get(), name);
    EXPECT_TRUE(found.ok());
    return found.ok() ? found.value() : std::nullopt;
  }

  fs::path directory_;
  Fd accounts_;
};

TEST_F(AccountStoreTest, WritesReadsReplacesRemoves) {
  ASSERT_TRUE(write_account(accounts_.get(), "alice", account("one"), WriteMode::kCreate).ok());
  EXPECT_EQ(read("alice"), account("one"));
  EXPECT_FALSE(write_account(accounts_.get(), "alice", account("two"), WriteMode::kCreate).ok());
  EXPECT_EQ(read("alice"), account("one"));
  ASSERT_TRUE(write_account(accounts_.get(), "alice", account("two"), WriteMode::kReplace).ok());
  EXPECT_EQ(read("alice"), account("two"));
  EXPECT_EQ(files(), (std::vector<std::string>{"alice"}));
  EXPECT_TRUE(remove_account(accounts_.get(), "alice").value());
  EXPECT_FALSE(remove_account(accounts_.get(), "alice").value());
  EXPECT_EQ(read("alice"), std::nullopt);
}

// DT-2
TEST_F(AccountStoreTest, FilesAre0600WhateverTheUmask) {
  const mode_t before = ::umask(0);
  const Result<void> written = write_account(accounts_.get(), "alice", account("one"), WriteMode::kCreate);
  ::umask(before);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(fs::status(directory_ / "alice").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

// A writer that died half-way leaves the account as it was and does not stop the next one.
TEST_F(AccountStoreTest, DraftOfACrashIsNoAccount) {
  ASSERT_TRUE(write_account(accounts_.get(), "alice", account("one"), WriteMode::kCreate).ok());
  std::ofstream(directory_ / (".alice." + std::to_string(::getpid()))) << "password = ha";
  EXPECT_EQ(list_accounts(accounts_.get()).value(), (std::vector<std::string>{"alice"}));
  EXPECT_EQ(read("alice"), account("one"));
  EXPECT_TRUE(write_account(accounts_.get(), "alice", account("two"), WriteMode::kReplace).ok());
  EXPECT_EQ(read("alice"), account("two"));
}

TEST_F(AccountStoreTest, WhatIsNoFileIsAnErrorAndNoAccount) {
  ASSERT_TRUE(write_account(accounts_.get(), "alice", account("one"), WriteMode::kCreate).ok());
  fs::create_symlink("alice", directory_ / "link");
  fs::create_directory(directory_ / "directory");
  ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
  for (const char* name : {"link", "directory", "fifo"}) {
    EXPECT_FALSE(read_account(accounts_.get(), name).ok()) << name;
  }
  for (const char* name : {"../alice", ".", "", "Alice", "nobody", "a/b"})
    EXPECT_EQ(read(name), std::nullopt) << name;
}

TEST_F(AccountStoreTest, MalformedFileIsAnErrorWithItsLine) {
  std::ofstream(directory_ / "alice") << "password = x\naccess none\n";
  const Result<std::optional<Account>> found = read_account(accounts_.get(), "alice");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().place, "alice:2");
}

TEST_F(AccountStoreTest, MailboxIsAMaildirAndStays) {
  ASSERT_TRUE(make_mailbox(accounts_.get(), "alice").ok());
  std::ofstream(directory_ / "alice/new/1.a") << "mail";
  ASSERT_TRUE(make_mailbox(accounts_.get(), "alice").ok());
  for (const char* part : {"", "tmp", "new", "cur"}) {
    EXPECT_EQ(fs::status(directory_ / "alice" / part).permissions(), fs::perms::owner_all) << part;
  }
  EXPECT_TRUE(fs::exists(directory_ / "alice/new/1.a"));
  fs::create_directory_symlink("/", directory_ / "bob");
  EXPECT_FALSE(make_mailbox(accounts_.get(), "bob").ok());
}

}  // namespace
}  // namespace postern::daemon
