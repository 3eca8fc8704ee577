// SPDX-License-Identifier: BSD-2-Clause
// Deliveries to a mailbox, from a real queue, killed wherever they can be, read by somebody else.
#include "daemon/deliver/mailbox_delivery.h"

#include "daemon/deliver/delivery_fixture.h"

namespace postern::daemon {
namespace {

const std::string kMessage = "Subject: hello\n\nFrom the start\nthe end\n";
const std::string kDelivered = "Return-Path: <bob@example.org>\n" + kMessage;

class MailboxTest : public DeliveryTest {
 protected:
  How into_mailbox() const {
    return [this](QueuedMessage& message) {
      return put_into_mailbox(mailboxes_.get(), "ann", letter_of(message), true);
    };
  }
  std::vector<std::string> messages() const {
    return read_by_python("maildir", {scratch_ + "/mailbox/ann"})[0];
  }
};

TEST_F(MailboxTest, IsReadBackOctetForOctet) {
  const std::string id = queue_message(kMessage);
  const auto done = deliver_queued(id, into_mailbox());
  ASSERT_TRUE(done.ok()) << done.error().text();
  EXPECT_EQ(messages(), std::vector<std::string>{kDelivered});
  EXPECT_TRUE(fs::is_empty(scratch_ + "/mailbox/ann/tmp"));
  struct stat info {};
  ASSERT_EQ(stat(fs::directory_iterator(scratch_ + "/mailbox/ann/new")->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);  // DT-2
  EXPECT_EQ(info.st_nlink, 1U);
}

TEST_F(MailboxTest, KilledAnywhereAndTriedAgainItIsDeliveredOnce) {
  unsigned at = 0;
  for (bool ended = false; !ended; ++at) {
    const std::string id = queue_message(kMessage);
    ended = run_killed_at(at, [&] { return deliver_queued(id, into_mailbox()).ok() ? 0 : 1; });
    ASSERT_TRUE(deliver_queued(id, into_mailbox()).ok());
    EXPECT_TRUE(fs::is_empty(scratch_ + "/mailbox/ann/tmp"));
    EXPECT_EQ(queued(), 0U);
    unsigned files = 0;
    for (const auto& file : fs::directory_iterator(scratch_ + "/mailbox/ann/new")) {
      ++files;
      EXPECT_EQ(text_of(file.path()), kDelivered);
      fs::remove(file.path());
    }
    ASSERT_EQ(files, 1U) << "killed at stop " << at;
  }
  EXPECT_GT(at, 40U) << "too few system calls: is it traced?";
}

// Another tool has moved it to cur/ and flagged it before the retry.
TEST_F(MailboxTest, WhatWasReadMeanwhileIsNotDeliveredAgain) {
  const std::string id = queue_message(kMessage);
  const auto half = deliver_queued(id, [&](QueuedMessage& message) -> Result<void> {
    if (auto done = into_mailbox()(message); !done.ok()) return done;
    return Error{"stopped before the queue noted it", {}, {}, 0, Exit::kTemporary};
  });
  ASSERT_FALSE(half.ok());
  const fs::path file = fs::directory_iterator(scratch_ + "/mailbox/ann/new")->path();
  fs::rename(file, scratch_ + "/mailbox/ann/cur/" + file.filename().string() + ":2,S");
  ASSERT_TRUE(deliver_queued(id, into_mailbox()).ok());
  EXPECT_EQ(messages().size(), 1U);
  EXPECT_TRUE(fs::is_empty(scratch_ + "/mailbox/ann/new"));  // python takes two files of one name for one
}

// A crash of the machine has kept the name and not all octets: the retry removes that and delivers.
TEST_F(MailboxTest, WhatIsTornIsReplacedWhereverItLies) {
  for (const std::string& torn :
       {std::string(), kDelivered.substr(0, 20), kDelivered.substr(0, 20) + std::string(30, '\0'),
        kDelivered.substr(0, 20) + std::string(10, '\0') + kDelivered.substr(30)})
    for (const std::string& where : {std::string("new/%"), std::string("cur/%:2,S")}) {
      const std::string id = queue_message(kMessage);
      const auto deliver_torn = [&](QueuedMessage& message) -> Result<void> {
        std::string path = scratch_ + "/mailbox/ann/" + where;
        path.replace(path.find('%'), 1, mailbox_file_name(letter_of(message)));
        std::ofstream(path, std::ios::binary) << torn;
        return Error{"the machine stopped", {}, {}, 0, Exit::kTemporary};
      };
      ASSERT_FALSE(deliver_queued(id, deliver_torn).ok());
      ASSERT_TRUE(deliver_queued(id, into_mailbox()).ok());
      EXPECT_EQ(messages(), std::vector<std::string>{kDelivered})
          << where << ", " << torn.size() << " octets";
      EXPECT_TRUE(fs::is_empty(scratch_ + "/mailbox/ann/cur"));
      for (const auto& file : fs::directory_iterator(scratch_ + "/mailbox/ann/new")) fs::remove(file.path());
    }
}

TEST_F(MailboxTest, ALinkInTheMailboxTreeIsNotFollowed) {
  fs::create_directory_symlink(scratch_ + "/mailbox/ann", scratch_ + "/mailbox/eve");
  const auto done = deliver_queued(queue_message(kMessage), [&](QueuedMessage& message) {
    return put_into_mailbox(mailboxes_.get(), "eve", letter_of(message), false);
  });
  EXPECT_FALSE(done.ok());
  EXPECT_EQ(queued(), 1U);
}

}  // namespace
}  // namespace postern::daemon
