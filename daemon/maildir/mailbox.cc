// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/mailbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "daemon/maildir/unique_id.h"
#include "daemon/pop3/wire.h"

namespace postern::daemon {
namespace {

constexpr char kCure[] = "the mailbox tree belongs to the MTA user; a mailbox has new, cur and tmp (DT-1)";

Result<Fd> open_directory(int below, const char* name, const std::string& place) {
  Fd directory(::openat(below, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open()) return system_error("cannot open the mailbox", place, kCure);
  return directory;
}

// open_file: a regular file, or an Fd that is not open where there is none of that name. O_NONBLOCK so that
// a FIFO does not make us wait.
Result<Fd> open_file(int directory, const std::string& name) {
  Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO) return Fd();
    return system_error("cannot open a message", name, kCure);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot look at a message", name);
  if (!S_ISREG(status.st_mode)) return Fd();
  return file;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// walk: a fresh reader of `directory`, whose own position is not touched.
Result<Directory> walk(int directory) {
  Fd again(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again.is_open()) return system_error("cannot read the mailbox", "openat", kCure);
  Directory reader(::fdopendir(again.get()), &::closedir);
  if (!reader) return system_error("cannot read the mailbox", "fdopendir");
  (void)again.release();  // the reader owns it now
  return reader;
}

// next_name: the next name that is not hidden; empty at the end.
Result<std::string> next_name(DIR* reader) {
  while (true) {
    errno = 0;
    const dirent* found = ::readdir(reader);
    if (found == nullptr) {
      if (errno != 0) return system_error("cannot read the mailbox", "readdir");
      return std::string();
    }
    if (found->d_name[0] != '.') return std::string(found->d_name);
  }
}

// find_again: the name that the message `base` has in `directory` by now; empty if none.
Result<std::string> find_again(int directory, std::string_view base) {
  Result<Directory> reader = walk(directory);
  if (!reader) return reader.take_error();
  while (true) {
    Result<std::string> name = next_name(reader.value().get());
    if (!name || name.value().empty() || base_name(name.value()) == base) return name;
  }
}

Result<uint64_t> wire_size(int file, const std::string& name) {
  std::array<char, 16384> buffer;
  WireSize size;
  while (true) {
    const ssize_t length = ::read(file, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_error("cannot read a message", name);
    if (length == 0) return size.total();
    size.add({buffer.data(), static_cast<size_t>(length)});
  }
}

}  // namespace

Result<Mailbox> Mailbox::open(int mailboxes, std::string_view account) {
  const std::string name(account);
  Mailbox mailbox;
  Result<Fd> directory = open_directory(mailboxes, name.c_str(), name);
  if (!directory) return directory.take_error();
  mailbox.directory_ = std::move(directory).value();
  Result<Fd> fresh = open_directory(mailbox.directory(), "new", name + "/new");
  if (!fresh) return fresh.take_error();
  mailbox.new_ = std::move(fresh).value();
  Result<Fd> seen = open_directory(mailbox.directory(), "cur", name + "/cur");
  if (!seen) return seen.take_error();
  mailbox.cur_ = std::move(seen).value();
  return mailbox;
}

Result<bool> Mailbox::lock() {
  if (::flock(directory_.get(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return system_error("cannot lock the mailbox", "flock");
}

Result<void> Mailbox::list() {
  messages_.clear();
  // new/ first: a message that another tool moves to cur/ meanwhile is met twice, never missed.
  for (const bool is_new : {true, false}) {
    Result<void> listed = list_directory(is_new);
    if (!listed) return listed;
  }
  sort_and_drop_doubles();
  return measure();
}

Result<void> Mailbox::list_directory(bool is_new) {
  Result<Directory> reader = walk(is_new ? new_.get() : cur_.get());
  if (!reader) return reader.take_error();
  while (true) {
    Result<std::string> name = next_name(reader.value().get());
    if (!name) return name.take_error();
    if (name.value().empty()) return {};
    messages_.push_back({std::move(name).value(), 0, is_new});
  }
}

void Mailbox::sort_and_drop_doubles() {
  const auto before = [](const MailboxMessage& a, const MailboxMessage& b) {
    const std::string_view first = base_name(a.file_name);
    const std::string_view second = base_name(b.file_name);
    if (first != second) return delivered_before(first, second);
    if (a.is_new != b.is_new) return b.is_new;
    return a.file_name < b.file_name;
  };
  const auto same = [](const MailboxMessage& a, const MailboxMessage& b) {
    return base_name(a.file_name) == base_name(b.file_name);
  };
  std::sort(messages_.begin(), messages_.end(), before);
  messages_.erase(std::unique(messages_.begin(), messages_.end(), same), messages_.end());
}

// measure fills in the sizes and drops what is no message.
Result<void> Mailbox::measure() {
  size_t kept = 0;
  for (size_t i = 0; i < messages_.size(); ++i) {
    Result<Fd> file = read(i);
    if (!file) return file.take_error();
    if (!file.value().is_open()) continue;
    Result<uint64_t> size = wire_size(file.value().get(), messages_[i].file_name);
    if (!size) return size.take_error();
    messages_[i].octets = size.value();
    if (kept != i) messages_[kept] = std::move(messages_[i]);
    ++kept;
  }
  messages_.resize(kept);
  return {};
}

Result<Fd> Mailbox::read(std::size_t index) const {
  const MailboxMessage& message = messages_[index];
  Result<Fd> file = open_file(message.is_new ? new_.get() : cur_.get(), message.file_name);
  if (!file || file.value().is_open()) return file;
  for (const int directory : {cur_.get(), new_.get()}) {
    Result<std::string> name = find_again(directory, base_name(message.file_name));
    if (!name) return name.take_error();
    if (!name.value().empty()) return open_file(directory, name.value());
  }
  return Fd();
}

Result<void> Mailbox::remove(std::size_t index) const {
  const MailboxMessage& message = messages_[index];
  const int listed_in = message.is_new ? new_.get() : cur_.get();
  if (::unlinkat(listed_in, message.file_name.c_str(), 0) == 0) return {};
  if (errno != ENOENT) return system_error("cannot remove a message", message.file_name, kCure);
  for (const int directory : {cur_.get(), new_.get()}) {
    Result<std::string> name = find_again(directory, base_name(message.file_name));
    if (!name) return name.take_error();
    if (name.value().empty()) continue;
    if (::unlinkat(directory, name.value().c_str(), 0) == 0) return {};
    return system_error("cannot remove a message", name.value(), kCure);
  }
  return {};
}

Result<void> Mailbox::sync() const {
  for (const int directory : {cur_.get(), new_.get()}) {
    if (::fsync(directory) != 0) return system_error("cannot make removals last", "fsync");
  }
  return {};
}

}  // namespace postern::daemon
