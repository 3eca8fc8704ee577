// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/mailbox_delivery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/deliver/remains.h"
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

  // keep_what_is_there: whether it lies in new/, or in cur/ whatever its flags are by now; if so it lasts.
  Result<bool> keep_what_is_there(const Letter& letter) const {
    auto in_new = keep(new_.get(), name_, letter);
    if (in_new.ok() || in_new.error().errno_value != ENOENT) return in_new;
    const auto names = list_directory(cur_.get(), "cur");
    if (!names.ok()) return names.error();
    for (const std::string& name : *names)
      if (base_name(name) == name_) return keep(cur_.get(), name, letter);
    return false;
  }

  // The file's sync comes after its name: it commits both, and the directory's finds nothing left to do.
  Result<void> make_lasting(int file, int directory) const {
    if (fsync(file) != 0 || fsync(directory) != 0)
      return system_error("cannot make the delivery last", name_);
    return {};
  }
  Result<void> make_lasting(const Fd& draft) const { return make_lasting(draft.get(), new_.get()); }

  // A draft of this name is this letter's own, left by an attempt that was killed.
  Result<Fd> write_draft(const Letter& letter) const {
    if (auto removed = remove_file(tmp_.get(), name_); !removed.ok()) return removed.take_error();
    Fd file(openat(tmp_.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return system_error("cannot write into the mailbox", name_, kCure);
    auto written =
        give_message(letter, [&](std::string_view octets) { return write_all(file.get(), octets, name_); });
    if (written.ok()) written = write_back(file.get(), name_);
    if (!written.ok()) return written.take_error();
    return file;
  }

  Result<void> publish() const {
    if (linkat(tmp_.get(), name_.c_str(), new_.get(), name_.c_str(), 0) == 0) return {};
    return system_error("cannot put the message into the mailbox", name_, kCure);
  }

  // A link that may not last is taken back, so that a failed delivery has left nothing.
  void take_back() const { (void)unlinkat(new_.get(), name_.c_str(), 0); }

  Result<void> remove_draft() const { return remove_file(tmp_.get(), name_); }

 private:
  explicit MaildirTarget(std::string name) : name_(std::move(name)) {}

  // The name is this letter's own. What has not all of its octets got the name before they lasted, and then
  // the machine stopped: any of them may be missing. It goes, and is not there.
  Result<bool> keep(int directory, const std::string& name, const Letter& letter) const {
    const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) return system_error("cannot look into the mailbox", name);
    const auto lies = remains_of(file.get(), 0, [&](const Sink& sink) { return give_message(letter, sink); });
    if (!lies.ok()) return lies.error();
    const bool is_torn = *lies != Remains::kAll;
    auto done = is_torn ? remove_file(directory, name) : make_lasting(file.get(), directory);
    if (!done.ok()) return done.take_error();
    return !is_torn;
  }

  std::string name_;
  Fd tmp_;
  Fd new_;
  Fd cur_;
};

Result<void> put(const MaildirTarget& target, const Letter& letter) {
  auto draft = target.write_draft(letter);
  if (!draft.ok()) return draft.take_error();
  if (auto published = target.publish(); !published.ok()) return published;
  auto lasting = target.make_lasting(*draft);
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
    const auto there = target->keep_what_is_there(letter);
    if (!there.ok()) return there.error();
    if (*there) return target->remove_draft();
  }
  auto done = put(*target, letter);
  const auto removed = target->remove_draft();
  if (!done.ok()) return done;
  return removed;
}

}  // namespace postern::daemon
