// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/mailbox_delivery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/maildir/unique_id.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr char kCure[] = "the mailbox tree belongs to the MTA user; a mailbox has new, cur and tmp (DT-1)";

Result<Fd> open_below(int directory, const char* name, std::string_view account) {
  Fd opened(openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open())
    return system_error("cannot open the mailbox", std::string(account) + ": " + name, kCure);
  return opened;
}

Result<void> remove_file(int directory, const std::string& name) {
  if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return system_error("cannot remove a draft", name);
}

// MaildirTarget is one mailbox and the name that one letter has in it.
class MaildirTarget {
 public:
  static Result<MaildirTarget> open(int mailboxes, std::string_view account, std::string name) {
    const auto box = open_below(mailboxes, std::string(account).c_str(), account);
    if (!box.ok()) return box.error();
    MaildirTarget target(std::move(name));
    for (auto& [part, fd] : {std::pair{"tmp", &target.tmp_}, {"new", &target.new_}, {"cur", &target.cur_}}) {
      auto opened = open_below(box->get(), part, account);
      if (!opened.ok()) return opened.take_error();
      *fd = std::move(opened).value();
    }
    return target;
  }

  // is_there: in new/, or in cur/ whatever its flags are by now.
  Result<bool> is_there() const {
    struct stat info {};
    if (fstatat(new_.get(), name_.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno != ENOENT) return system_error("cannot look into the mailbox", name_);
    return is_in_cur();
  }

  // `found`: it may be in cur/ by now.
  Result<void> make_lasting(bool found) const {
    if (fsync(new_.get()) != 0 || (found && fsync(cur_.get()) != 0))
      return system_error("cannot make the delivery last", name_);
    return {};
  }

  // A draft of this name is this letter's own, left by an attempt that was killed.
  Result<void> write_draft(const Letter& letter) const {
    if (auto removed = remove_file(tmp_.get(), name_); !removed.ok()) return removed;
    const Fd file(
        openat(tmp_.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return system_error("cannot write into the mailbox", name_, kCure);
    auto written =
        give_message(letter, [&](std::string_view octets) { return write_all(file.get(), octets, name_); });
    if (!written.ok()) return written;
    if (fsync(file.get()) != 0) return system_error("cannot make the message last", name_);
    return {};
  }

  // What is in new/ under this name already is the same letter.
  Result<void> publish() const {
    if (linkat(tmp_.get(), name_.c_str(), new_.get(), name_.c_str(), 0) == 0 || errno == EEXIST) return {};
    return system_error("cannot put the message into the mailbox", name_, kCure);
  }

  // A link that may not last is taken back, so that a failed delivery has left nothing.
  void take_back() const { (void)unlinkat(new_.get(), name_.c_str(), 0); }

  Result<void> remove_draft() const { return remove_file(tmp_.get(), name_); }

 private:
  explicit MaildirTarget(std::string name) : name_(std::move(name)) {}

  Result<bool> is_in_cur() const {
    const auto names = list_directory(cur_.get(), "cur");
    if (!names.ok()) return names.error();
    return std::ranges::any_of(*names, [&](const std::string& name) { return base_name(name) == name_; });
  }

  std::string name_;
  Fd tmp_;
  Fd new_;
  Fd cur_;
};

Result<void> put(const MaildirTarget& target, const Letter& letter) {
  if (auto written = target.write_draft(letter); !written.ok()) return written;
  if (auto published = target.publish(); !published.ok()) return published;
  auto lasting = target.make_lasting(false);
  if (!lasting.ok()) target.take_back();
  return lasting;
}

}  // namespace

std::string mailbox_file_name(const Letter& letter) {
  return std::to_string(letter.accepted_at) + "." + letter.queue_id + ".postern";
}

// MD-6
Result<void> put_into_mailbox(int mailboxes, std::string_view account, const Letter& letter, bool is_retry) {
  const auto target = MaildirTarget::open(mailboxes, account, mailbox_file_name(letter));
  if (!target.ok()) return target.error();
  if (is_retry) {
    const auto there = target->is_there();
    if (!there.ok()) return there.error();
    if (*there) {
      if (auto lasting = target->make_lasting(true); !lasting.ok()) return lasting;
      return target->remove_draft();
    }
  }
  auto done = put(*target, letter);
  const auto removed = target->remove_draft();
  if (!done.ok()) return done;
  return removed;
}

}  // namespace postern::daemon
