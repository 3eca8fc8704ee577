// SPDX-License-Identifier: BSD-2-Clause
// Whatever has UIDs to give, killed at each of its system calls: UIDs do not change or repeat, and no message
// is lost (RFC 3501, section 2.3.1.1). Enumerated, not sampled.
#include <sys/stat.h>

#include <set>
#include <sstream>

#include "daemon/maildir/folder_fixture.h"
#include "daemon/sys/files.h"
#include "daemon/sys/stepped.h"

namespace postern::daemon {
namespace {

// Told is what anybody was ever told: which message a UID of a folder means.
struct Told {
  std::string folder;
  std::uint32_t validity = 0;
  std::uint32_t uid = 0;
  auto operator<=>(const Told&) const = default;
};

class UidKillTest : public FolderTest {
 protected:
  // tell notes what a listing has found, as a session that got it would remember.
  void tell(Folder& folder, const std::string& name) {
    std::string lines;
    for (const FolderMessage& message : folder.messages()) {
      Result<Fd> file = folder.read(message.entry.uid);
      if (!file || !file->is_open()) continue;
      Result<std::string> text = read_all(file->get(), 1000, "message");
      if (text)
        lines += name + " " + std::to_string(folder.head().validity) + " " +
                 std::to_string(message.entry.uid) + " " + text.value();
    }
    const Fd note(::open((tree_ / "told").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    EXPECT_TRUE(write_all(note.get(), lines, "told").ok());
  }
  void list_and_tell(const std::string& name) {
    const Folders account = folders();
    Folder folder = opened(account, name);
    listed(folder, true);
    tell(folder, name);
  }

  // begin makes alice's Maildir anew: three messages in INBOX that have been told of, one that has not, and a
  // folder with one.
  void begin() {
    fs::remove_all(home());
    fs::remove(tree_ / "told");
    for (const char* part : {"new", "cur", "tmp"}) fs::create_directories(home() / part);
    put("cur/3.a:2,", "3\n");
    list_and_tell("INBOX");  // UIDs in another order than a list that began anew would have
    for (const char* one : {"1", "2"}) put("cur/" + std::string(one) + ".a:2,", std::string(one) + "\n");
    ASSERT_EQ(folders().create("Sent").value(), FolderOutcome::kDone);
    put(".Sent/cur/9.z:2,S", "9\n");
    list_and_tell("INBOX");
    list_and_tell("Sent");
    put("new/4.d", "4\n");
  }

  // check looks at what there is after a crash, twice, with another delivery between. Returns what is wrong.
  std::string check(const std::set<std::string>& expected) {
    std::string wrong;
    list_and_tell("INBOX");
    list_and_tell("Sent");
    put("new/5.e", "5\n");
    put(".Sent/new/6.f", "6\n");
    list_and_tell("INBOX");
    list_and_tell("Sent");
    std::map<Told, std::string> meant;
    std::set<std::pair<std::string, std::uint32_t>> validities;
    std::istringstream notes(content("../told"));
    Told told;
    std::string text;
    while (notes >> told.folder >> told.validity >> told.uid >> text) {
      validities.emplace(told.folder, told.validity);
      if (meant.emplace(told, text).first->second != text)
        wrong += "UID " + std::to_string(told.uid) + " of " + told.folder + " meant another message; ";
    }
    if (validities.size() != 2 && !damaged_) wrong += "a UIDVALIDITY has changed; ";
    return wrong + check_messages(expected);
  }
  std::string check_messages(const std::set<std::string>& expected) {
    std::multiset<std::string> there;
    for (const char* part : {"cur", ".Sent/cur"})
      for (const std::string& name : names_in(home() / part))
        there.insert(content(std::string(part) + "/" + name));
    std::string wrong;
    for (const std::string& one : expected)
      if (there.count(one) == 0) wrong += "lost " + one;
    return wrong;
  }

  // killed_everywhere kills `act` at every system call; returns what went wrong anywhere.
  std::string killed_everywhere(const std::function<void()>& act, const std::set<std::string>& expected) {
    std::string wrong;
    for (unsigned calls = 1; wrong.empty(); calls += 2) {  // before each call
      begin();
      const bool ended = run_killed_at(calls, [&] {
        act();
        return HasFailure() ? 1 : 0;
      });
      wrong = check(expected);
      if (!wrong.empty()) return "killed at stop " + std::to_string(calls) + ": " + wrong;
      if (!ended) continue;
      EXPECT_GT(calls, 20U) << "too few stops: is it traced?";
      std::printf("%u kills\n", calls / 2);
      break;
    }
    return wrong;
  }
  void transfer(ArriveBy by) {
    const Folders account = folders();
    Folder inbox = opened(account);
    listed(inbox, true);
    tell(inbox, "INBOX");
    Folder sent = opened(account, "Sent");
    std::vector<Arrival> arrivals{*inbox.arrival(1), *inbox.arrival(3)};
    EXPECT_TRUE(sent.arrive(arrivals, by).ok());
    Folder again = opened(account, "Sent");
    listed(again, true);
    tell(again, "Sent");
  }

  bool damaged_ = false;  // a list was, before the kill
  const std::set<std::string> all_{"1\n", "2\n", "3\n", "4\n", "9\n"};
};

TEST_F(UidKillTest, Listing) {
  EXPECT_EQ(killed_everywhere([&] { list_and_tell("INBOX"); }, all_), "");
}

TEST_F(UidKillTest, Copy) {
  EXPECT_EQ(killed_everywhere([&] { transfer(ArriveBy::kLink); }, all_), "");
}

TEST_F(UidKillTest, Move) {
  EXPECT_EQ(killed_everywhere([&] { transfer(ArriveBy::kMove); }, all_), "");
}

TEST_F(UidKillTest, Append) {
  const auto append = [&] {
    const Folders account = folders();
    Folder sent = opened(account, "Sent");
    std::string name;
    Result<Fd> draft = sent.draft(name);
    EXPECT_TRUE(draft.ok() && write_all(draft->get(), "7\n", name).ok());
    EXPECT_TRUE(sent.arrive({{sent.drafts(), name, {}, 3, 0}}, ArriveBy::kMove).ok());
    list_and_tell("Sent");
  };
  EXPECT_EQ(killed_everywhere(append, all_), "");
}

TEST_F(UidKillTest, Expunge) {
  const auto expunge = [&] {
    const Folders account = folders();
    Folder inbox = opened(account);
    listed(inbox, true);
    const auto trash = [](MessageFlags flags) { return MessageFlags{flags.capital | kTrashedBit, 0}; };
    EXPECT_TRUE(inbox.change(3, trash).ok());
    EXPECT_TRUE(inbox.expunge({3}).ok());
    listed(inbox, true);
    tell(inbox, "INBOX");
  };
  EXPECT_EQ(killed_everywhere(expunge, {"1\n", "3\n", "4\n", "9\n"}), "");
}

TEST_F(UidKillTest, ADamagedListBeginsAnew) {
  damaged_ = true;
  const auto damaged = [&] {
    put("postern-uids", "damaged");
    list_and_tell("INBOX");
  };
  EXPECT_EQ(killed_everywhere(damaged, all_), "");
}

}  // namespace
}  // namespace postern::daemon
