// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/mailbox.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "daemon/maildir/kept_file.h"
#include "daemon/maildir/unique_id.h"
#include "daemon/maildir/walk.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr char kKeptList[] = "postern-pop3";
// A mailbox of no more than this is listed again sooner than a list of it is made to last.
constexpr std::size_t kFewMessages = 16;
constexpr std::uint64_t kFewOctets = 64 * 1024;

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
  std::vector<MailboxMessage> known;
  Result<bool> kept = find_kept(known);
  if (!kept) return kept.take_error();
  if (kept.value()) return {};
  const DirectoryTimes times = directory_times(new_.get(), cur_.get());
  const std::int64_t now = now_nanoseconds();
  Result<void> scanned = scan();
  if (!scanned) return scanned;
  const bool settled = times == directory_times(new_.get(), cur_.get()) && times.are_old(now);
  Result<void> measured = measure(known);
  if (!measured) return measured;
  head_ = {};
  if (settled) head_ = {0, 0, times.fresh, times.seen};
  head_.count = static_cast<std::uint32_t>(messages_.size());
  for (const MailboxMessage& message : messages_) head_.octets += message.octets;
  return {};
}

// find_kept: whether the kept listing is true of what is there; otherwise `known` are its messages.
Result<bool> Mailbox::find_kept(std::vector<MailboxMessage>& known) {
  Result<Fd> file = kept_file(directory(), kKeptList);
  if (!file) return file.take_error();
  if (!file->is_open()) return false;
  Result<std::string> front = read_at(file->get(), 0, kMailboxHeadLimit, kKeptList);
  if (!front) return front.take_error();
  const auto head = parse_mailbox_list_head(front.value());
  const DirectoryTimes told = head ? DirectoryTimes{head->new_time, head->cur_time} : DirectoryTimes();
  if (head && told == directory_times(new_.get(), cur_.get())) {
    head_ = *head;
    kept_ = std::move(file).value();
    return true;
  }
  Result<std::string> text = read_all(file->get(), SIZE_MAX, kKeptList);
  if (!text) return text.take_error();
  if (auto list = parse_mailbox_list(text.value())) known = std::move(list->messages);
  return false;
}

Result<void> Mailbox::load() {
  if (!kept_.is_open()) return {};
  Result<std::string> text = read_all(kept_.get(), SIZE_MAX, kKeptList);
  if (!text) return text.take_error();
  kept_.reset();
  auto list = parse_mailbox_list(text.value());
  if (list && list->head == head_) {
    messages_ = std::move(list->messages);
    return {};
  }
  if (::unlinkat(directory(), kKeptList, 0) != 0)
    return system_error("cannot remove a damaged list", kKeptList);
  return Error{"the kept listing was damaged", kKeptList, "it is removed: log in again", 0, Exit::kTemporary};
}

Result<void> Mailbox::keep() const {
  const bool is_kept = kept_.is_open() || head_.new_time == 0;
  if (is_kept || (head_.count <= kFewMessages && head_.octets <= kFewOctets)) return {};
  return replace_kept(directory(), kKeptList, print_mailbox_list(head_.new_time, head_.cur_time, messages_));
}

Result<void> Mailbox::scan() {
  messages_.clear();
  // new/ first: a message that another tool moves to cur/ meanwhile is met twice, never missed.
  for (const bool is_new : {true, false}) {
    Result<void> listed = list_directory(is_new);
    if (!listed) return listed;
  }
  sort_and_drop_doubles();
  return {};
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

// measure fills in the sizes and drops what is no message. `known` is ordered as messages_ are.
Result<void> Mailbox::measure(const std::vector<MailboxMessage>& known) {
  size_t kept = 0;
  auto next = known.begin();
  for (size_t i = 0; i < messages_.size(); ++i) {
    const std::string_view base = base_name(messages_[i].file_name);
    while (next != known.end() && delivered_before(base_name(next->file_name), base)) ++next;
    if (next != known.end() && base_name(next->file_name) == base) {
      messages_[i].octets = next->octets;
    } else {
      Result<Fd> file = read(i);
      if (!file) return file.take_error();
      if (!file.value().is_open()) continue;
      Result<WireSize> size = wire_size(file.value().get(), messages_[i].file_name);
      if (!size) return size.take_error();
      messages_[i].octets = size->total();
    }
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
