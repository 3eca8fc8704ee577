// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/mailbox.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "daemon/maildir/unique_id.h"
#include "daemon/maildir/walk.h"

namespace postern::daemon {
namespace {

// find_again: the name that the message `base` has in `directory` by now; empty if none.
Result<std::string> find_again(int directory, std::string_view base) {
  Result<Directory> reader = walk(directory);
  if (!reader) return reader.take_error();
  while (true) {
    Result<std::string> name = next_name(reader.value().get());
    if (!name || name.value().empty() || base_name(name.value()) == base) return name;
  }
}

}  // namespace

Result<Mailbox> Mailbox::open(int mailboxes, std::string_view account) {
  const std::string name(account);
  Mailbox mailbox;
  Result<Fd> directory = open_part(mailboxes, name.c_str(), name);
  if (!directory) return directory.take_error();
  mailbox.directory_ = std::move(directory).value();
  Result<Fd> fresh = open_part(mailbox.directory(), "new", name + "/new");
  if (!fresh) return fresh.take_error();
  mailbox.new_ = std::move(fresh).value();
  Result<Fd> seen = open_part(mailbox.directory(), "cur", name + "/cur");
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
    Result<WireSize> size = wire_size(file.value().get(), messages_[i].file_name);
    if (!size) return size.take_error();
    messages_[i].octets = size->total();
    if (kept != i) messages_[kept] = std::move(messages_[i]);
    ++kept;
  }
  messages_.resize(kept);
  return {};
}

Result<Fd> Mailbox::read(std::size_t index) const {
  const MailboxMessage& message = messages_[index];
  Result<Fd> file = open_message(message.is_new ? new_.get() : cur_.get(), message.file_name);
  if (!file || file.value().is_open()) return file;
  for (const int directory : {cur_.get(), new_.get()}) {
    Result<std::string> name = find_again(directory, base_name(message.file_name));
    if (!name) return name.take_error();
    if (!name.value().empty()) return open_message(directory, name.value());
  }
  return Fd();
}

Result<void> Mailbox::remove(std::size_t index) const {
  const MailboxMessage& message = messages_[index];
  const int listed_in = message.is_new ? new_.get() : cur_.get();
  if (::unlinkat(listed_in, message.file_name.c_str(), 0) == 0) return {};
  if (errno != ENOENT) return system_error("cannot remove a message", message.file_name, kMailboxCure);
  for (const int directory : {cur_.get(), new_.get()}) {
    Result<std::string> name = find_again(directory, base_name(message.file_name));
    if (!name) return name.take_error();
    if (name.value().empty()) continue;
    if (::unlinkat(directory, name.value().c_str(), 0) == 0) return {};
    return system_error("cannot remove a message", name.value(), kMailboxCure);
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
