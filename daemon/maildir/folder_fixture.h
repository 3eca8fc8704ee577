// SPDX-License-Identifier: BSD-2-Clause
// A mailbox tree with one empty Maildir, alice's.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "daemon/maildir/folders.h"

namespace postern::daemon {

namespace fs = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/dev/shm/postern-folder-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    tree_ = pattern;
    for (const char* part : {"new", "cur", "tmp"}) fs::create_directories(home() / part);
    mailboxes_ = Fd(::open(tree_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(mailboxes_.is_open());
  }
  void TearDown() override { fs::remove_all(tree_); }

  [[nodiscard]] fs::path home() const { return tree_ / "alice"; }
  void put(const std::string& where, const std::string& content = "A: 1\n\nbody\n") const {
    std::ofstream(home() / where, std::ios::binary) << content;
  }
  [[nodiscard]] std::string content(const std::string& where) const {
    std::ifstream file(home() / where, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] static std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] Folders folders() const {
    Result<Folders> opened = Folders::open(mailboxes_.get(), "alice");
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }
  [[nodiscard]] static Folder opened(const Folders& folders, const std::string& name = "INBOX") {
    Result<std::optional<Folder>> folder = folders.folder(name);
    EXPECT_TRUE(folder.ok() && folder.value());
    return std::move(*folder.value());
  }
  // listed: UIDs by base name, as a listing has them.
  static std::map<std::string, std::uint32_t> listed(Folder& folder, bool take = false) {
    Result<std::vector<std::uint32_t>> done = folder.list(take);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().text());
    std::map<std::string, std::uint32_t> uids;
    for (const FolderMessage& message : folder.messages()) uids[message.entry.base] = message.entry.uid;
    return uids;
  }

  fs::path tree_;
  Fd mailboxes_;
};

}  // namespace postern::daemon
