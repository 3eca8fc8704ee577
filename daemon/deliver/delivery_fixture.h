// SPDX-License-Identifier: BSD-2-Clause
// For tests of deliveries: a real queue, a real spool and mailbox.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/deliver/mailbox_delivery.h"
#include "daemon/deliver/maildrop.h"
#include "daemon/postoffice/queue.h"
#include "daemon/sys/stepped.h"

namespace postern::daemon {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// DeliveryTest has a scratch directory with a queue, a spool of its own ids and a mailbox "ann".
class DeliveryTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(scratch_.data()), nullptr);
    ASSERT_EQ(chmod(scratch_.c_str(), 0755), 0);
    for (const char* part : {"/queue", "/spool", "/mailbox", "/mailbox/ann", "/mailbox/ann/tmp",
                             "/mailbox/ann/new", "/mailbox/ann/cur"})
      ASSERT_EQ(mkdir((scratch_ + part).c_str(), 0700), 0);
    const Fd queue = directory("/queue");
    ASSERT_TRUE(make_queue(queue.get()).ok());
    auto opened = open_queue(queue.get());
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    queue_ = std::move(opened).value();
    spool_fd_ = directory("/spool");
    mailboxes_ = directory("/mailbox");
    spool_ = {spool_fd_.get(), geteuid(), getegid(), geteuid()};
    ASSERT_EQ(chmod((scratch_ + "/spool").c_str(), 03775), 0);
  }

  void TearDown() override {
    std::error_code ignored;
    if (!scratch_.ends_with("XXXXXX")) fs::remove_all(scratch_, ignored);
  }

  Fd directory(const std::string& below) const {
    return Fd(open((scratch_ + below).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  std::string maildrop(const std::string& name = "ann") const { return scratch_ + "/spool/" + name; }

  void make_maildrop(const std::string& content, const std::string& name = "ann") const {
    std::ofstream(maildrop(name), std::ios::binary) << content;
    ASSERT_EQ(chmod(maildrop(name).c_str(), 0660), 0);
  }

  std::string queue_message(const std::string& text, const std::string& sender = "bob@example.org") const {
    auto incoming = IncomingMessage::begin(queue_.incoming.get(), Envelope{"", 0, 0, sender, {"ann"}});
    EXPECT_TRUE(incoming.ok() && incoming->write(text).ok() && incoming->commit(queue_.active.get()).ok());
    return incoming.ok() ? incoming->id() : "";
  }

  static Letter letter_of(const QueuedMessage& message) {
    const Envelope& envelope = message.envelope();
    return {envelope.id,    envelope.sender,          envelope.arrived,
            message.file(), message.message_offset(), envelope.size};
  }

  // deliver_queued does what a supervisor and its deliver do with the first recipient of a queued message.
  using How = std::function<Result<void>(QueuedMessage&)>;
  Result<void> deliver_queued(const std::string& id, const How& how) const {
    auto claimed = QueuedMessage::claim(queue_.active.get(), id);
    if (!claimed.ok()) return claimed.take_error();
    if (!*claimed) return {};  // gone: an earlier attempt came that far
    if (auto done = how(**claimed); !done.ok()) return done;
    return (*claimed)->remove();
  }

  Result<void> to_maildrop(QueuedMessage& message,
                           std::chrono::milliseconds patience = std::chrono::milliseconds{300}) const {
    return append_to_maildrop(spool_, {"ann", geteuid()}, letter_of(message), message.states()[0].append,
                              recorder(message), patience);
  }

  static Recorder recorder(QueuedMessage& message) {
    return [&message](const std::optional<AppendRecord>& append) {
      RecipientState state = message.states()[0];
      state.append = append;
      return message.record(0, state);
    };
  }

  How into_maildrop() const {
    return [this](QueuedMessage& message) { return to_maildrop(message); };
  }

  std::size_t queued() const {
    const auto ids = list_queue(queue_.active.get());
    return ids.ok() ? ids->size() : 999;
  }

  std::string scratch_ = "/tmp/postern-delivery-XXXXXX";
  QueueDirectories queue_;
  Fd spool_fd_;
  Fd mailboxes_;
  Spool spool_;
};

// read_by_python returns the messages that python's own mailbox module sees in each of these maildrops (kind
// "mbox") or Maildirs, as their octets, From quoting undone. One process: starting it is what costs.
inline std::vector<std::vector<std::string>> read_by_python(const std::string& kind,
                                                            const std::vector<std::string>& paths) {
  const std::string script =
      "import mailbox,re,sys\n"
      "for path in sys.argv[2:]:\n"
      "  box = mailbox.mbox(path) if sys.argv[1] == 'mbox' else mailbox.Maildir(path)\n"
      "  for key in box.keys():\n"
      "    text = box.get_bytes(key)\n"
      "    if sys.argv[1] == 'mbox': text = re.sub(rb'(?m)^>(>*From )', rb'\\1', text)\n"
      "    sys.stdout.buffer.write(b'%d\\n' % len(text) + text)\n"
      "  sys.stdout.buffer.write(b'end\\n')\n";
  const std::string file = paths[0] + ".script";
  std::ofstream(file) << script;
  std::string command = "python3 " + file + " " + kind;
  for (const std::string& path : paths) command += " " + path;
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) out += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0);
  fs::remove(file);
  std::vector<std::vector<std::string>> all(1);
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t end = out.find('\n', at);
    const std::string word = out.substr(at, end - at);
    const std::size_t length = word == "end" ? 0 : std::stoul(word);
    if (word == "end") all.emplace_back();
    if (word != "end") all.back().push_back(out.substr(end + 1, length));
    at = end + 1 + length;
  }
  all.pop_back();
  return all;
}

}  // namespace postern::daemon
