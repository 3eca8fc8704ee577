// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/maildir/unique_id.h"
#include "daemon/maildir/walk.h"
#include "daemon/session/words.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr char kListFile[] = "postern-uids";
constexpr char kLockFile[] = "postern-uids.lock";
constexpr int kTries = 3;
using enum MailLock::Kind;

bool before(const FolderMessage& a, const FolderMessage& b) {
  if (a.entry.base != b.entry.base) return a.entry.base < b.entry.base;
  if (a.is_new != b.is_new) return b.is_new;  // met twice: it has moved from new/ to cur/ meanwhile
  return a.info < b.info;
}

bool same_base(const FolderMessage& a, const FolderMessage& b) {
  return a.entry.base == b.entry.base;
}

void sort_and_drop_doubles(std::vector<FolderMessage>& found) {
  std::ranges::sort(found, before);
  found.erase(std::unique(found.begin(), found.end(), same_base), found.end());
}

// find_base: in what sort_and_drop_doubles has ordered; nullptr if it is not there.
FolderMessage* find_base(std::vector<FolderMessage>& found, const std::string& base) {
  const auto by_base = [](const FolderMessage& message) -> const std::string& { return message.entry.base; };
  const auto at = std::ranges::lower_bound(found, base, {}, by_base);
  return at != found.end() && at->entry.base == base ? &*at : nullptr;
}

bool all_are_there(const std::vector<UidEntry>& entries, std::vector<FolderMessage>& found) {
  return std::ranges::all_of(entries, [&](const UidEntry& entry) { return find_base(found, entry.base); });
}

// match moves what has an entry from `found` into the answer, in the order of the entries.
std::vector<FolderMessage> match(std::vector<UidEntry>& entries, std::vector<FolderMessage>& found) {
  std::vector<FolderMessage> matched;
  matched.reserve(entries.size());
  for (UidEntry& entry : entries) {
    FolderMessage* message = find_base(found, entry.base);
    if (message == nullptr || message->gone) continue;
    matched.push_back({std::move(entry), std::move(message->info), message->is_new});
    message->gone = true;  // from `found`
  }
  return matched;
}

}  // namespace

Result<std::optional<Folder>> Folder::open(int maildir, const std::string& directory) {
  Folder folder(maildir);
  for (const auto& [part, fd] : {std::pair<const char*, Fd*>{"", &folder.directory_},
                                 {"new", &folder.new_},
                                 {"cur", &folder.cur_},
                                 {"tmp", &folder.tmp_}}) {
    const bool whole = *part == '\0';
    Result<Fd> opened =
        open_part(whole ? maildir : folder.directory(), whole ? directory.c_str() : part, directory);
    const int why = opened ? 0 : opened.error().errno_value;
    if (why == ENOENT || why == ENOTDIR || why == ELOOP) return std::optional<Folder>();
    if (!opened) return opened.take_error();
    *fd = std::move(opened).value();
  }
  Result<Fd> lock = MailLock::open_file(folder.directory(), kLockFile);
  if (!lock) return lock.take_error();
  folder.lock_file_ = std::move(lock).value();
  return std::optional<Folder>(std::move(folder));
}

bool Folder::has_changed() const {
  return scanned_ == Times() || times() != scanned_;
}

bool Folder::is_gone() const {
  struct stat info {};
  return fstat(directory_.get(), &info) != 0 || info.st_nlink == 0;
}

Result<UidListHead> Folder::glance() {
  Result<Fd> file = kept_file(directory_.get(), kListFile);
  if (!file) return file.take_error();
  if (file->is_open()) {
    Result<std::string> front = read_at(file->get(), 0, kUidHeadLimit, kListFile);
    if (!front) return front.take_error();
    const auto head = parse_uid_list_head(front.value());
    const Times now = times();
    if (head && head->new_time != 0 && now == Times{head->new_time, head->cur_time}) {
      head_ = *head;
      scanned_ = now;
      pinned_ = std::move(file).value();
      return head_;
    }
  }
  Result<std::vector<std::uint32_t>> listed = list(false);
  if (!listed) return listed.take_error();
  return head_;
}

Result<std::vector<UidEntry>> Folder::pinned() {
  Result<std::string> text = read_all(pinned_.get(), SIZE_MAX, kListFile);
  pinned_.reset();
  if (!text) return text.take_error();
  auto list = parse_uid_list(text.value());
  if (!list)
    return Error{"the UID list is damaged", kListFile, "it begins anew with the next SELECT", 0, Exit::kData};
  return std::move(list->entries);
}

// load_entries reads the list. What is damaged, or not there, begins anew.
Result<std::vector<UidEntry>> Folder::load_entries() {
  const FileId id = file_id(directory_.get(), kListFile);
  std::vector<UidEntry> entries;
  if (id.number != 0 && id == list_id_) {
    entries.reserve(messages_.size());
    for (FolderMessage& message : messages_)
      if (!message.gone) entries.push_back(std::move(message.entry));
    messages_.clear();
    return entries;
  }
  messages_.clear();
  Result<std::string> text = read_kept(directory_.get(), kListFile);
  if (!text) return text.take_error();
  auto list = parse_uid_list(text.value());
  if (list) {
    head_ = list->head;
    list_id_ = id;
    return std::move(list->entries);
  }
  const auto seen = parse_uid_list_head(text.value());
  Result<std::uint32_t> validity = allot_uid_validity(maildir_, seen ? seen->validity : 0);
  if (!validity) return validity.take_error();
  head_ = {};
  head_.validity = validity.value();
  list_id_ = {};
  return entries;
}

Result<void> Folder::scan(std::vector<FolderMessage>& found) const {
  // new/ first: a message that another tool moves to cur/ meanwhile is met twice, never missed.
  for (const bool is_new : {true, false}) {
    Result<Directory> reader = walk(is_new ? new_.get() : cur_.get());
    if (!reader) return reader.take_error();
    while (true) {
      Result<std::string> name = next_name(reader->get());
      if (!name) return name.take_error();
      if (name->empty()) break;
      const std::string_view base = base_name(name.value());
      if (base.empty()) continue;
      FolderMessage message;
      message.entry.base = base;
      message.info = name->substr(base.size());
      message.is_new = is_new;
      found.push_back(std::move(message));
    }
  }
  return {};
}

// scan_settled scans until nothing has changed meanwhile: a file that is renamed while a directory is read
// can be missed (readdir(3)).
Result<void> Folder::scan_settled(std::vector<FolderMessage>& found) {
  for (int i = 0; i < kTries; ++i) {
    found.clear();
    const Times start = times();
    const std::int64_t now = now_nanoseconds();
    Result<void> scanned = scan(found);
    if (!scanned) return scanned;
    const bool old = start.are_old(now);
    const bool same = times() == start;
    scanned_ = old && same ? start : Times();
    if (same) break;
  }
  sort_and_drop_doubles(found);
  return {};
}

// look_twice scans again if a message is missing: it is gone only if it is missing twice (scan_settled).
Result<void> Folder::look_twice(const std::vector<UidEntry>& entries, std::vector<FolderMessage>& found) {
  if (all_are_there(entries, found)) return {};
  std::vector<FolderMessage> first = std::exchange(found, {});
  Result<void> scanned = scan_settled(found);
  if (!scanned) return scanned;
  std::vector<FolderMessage> missed;
  for (const UidEntry& entry : entries) {
    FolderMessage* message = find_base(first, entry.base);
    if (message != nullptr && find_base(found, entry.base) == nullptr) missed.push_back(std::move(*message));
  }
  if (missed.empty()) return {};
  found.insert(found.end(), std::make_move_iterator(missed.begin()), std::make_move_iterator(missed.end()));
  sort_and_drop_doubles(found);
  scanned_ = {};
  return {};
}

// measure: false: it is no message, or gone already.
Result<bool> Folder::measure(FolderMessage& message) const {
  Result<Fd> file = open_message(place_of(message), message.file_name());
  if (!file) return file.take_error();
  struct stat info {};
  if (!file->is_open()) return false;
  if (fstat(file->get(), &info) != 0) return system_error("cannot look at a message", message.entry.base);
  message.entry.date = info.st_mtim.tv_sec;
  message.entry.octets = static_cast<std::uint64_t>(info.st_size);
  if (is_verbatim(message.entry.base)) return true;
  Result<WireSize> size = wire_size(file->get(), message.entry.base);
  if (!size) return size.take_error();
  message.entry.octets = size->octets();
  return true;
}

// enlist gives UIDs to what is left in `found`, in the order of delivery.
Result<void> Folder::enlist(std::vector<FolderMessage>& found) {
  std::erase_if(found, [](const FolderMessage& message) { return message.gone; });
  std::ranges::sort(found, [](const FolderMessage& a, const FolderMessage& b) {
    return delivered_before(a.entry.base, b.entry.base);
  });
  for (FolderMessage& message : found) {
    Result<bool> measured = measure(message);
    if (!measured) return measured.take_error();
    if (!measured.value()) continue;
    if (head_.next == UINT32_MAX) return Error{"there is no UID left", kListFile, {}, 0, Exit::kData};
    message.entry.uid = head_.next++;
    messages_.push_back(std::move(message));
  }
  return {};
}

void Folder::summarize() {
  head_.count = static_cast<std::uint32_t>(messages_.size());
  head_.new_time = scanned_.fresh;
  head_.cur_time = scanned_.seen;
  head_.recent = head_.unseen = head_.first_unseen = 0;
  for (std::uint32_t i = 0; i < head_.count; ++i) {
    head_.recent += messages_[i].is_new ? 1U : 0U;
    if ((messages_[i].flags().capital & kSeenBit) != 0) continue;
    if (head_.unseen++ == 0) head_.first_unseen = i + 1;
  }
}

Result<void> Folder::write_list(std::vector<UidEntry> entries) {
  Result<void> written =
      replace_kept(directory_.get(), kListFile, print_uid_list({head_, std::move(entries)}));
  if (written) list_id_ = file_id(directory_.get(), kListFile);
  return written;
}

// list_locked: requires the exclusive lock. What it has told of is on the disk.
Result<void> Folder::list_locked() {
  pinned_.reset();
  ++listings_;
  Result<std::vector<UidEntry>> entries = load_entries();
  if (!entries) return entries.take_error();
  const FileId loaded = std::exchange(list_id_, FileId());  // nothing is known until this is done
  const UidListHead before = head_;
  std::vector<FolderMessage> found;
  Result<void> scanned = scan_settled(found);
  if (scanned) scanned = look_twice(entries.value(), found);
  if (!scanned) return scanned;
  messages_ = match(entries.value(), found);
  Result<void> enlisted = enlist(found);
  if (!enlisted) return enlisted;
  summarize();
  const bool same_messages = loaded.number != 0 && before.next == head_.next && before.count == head_.count;
  if (same_messages && (scanned_ == Times() || before == head_)) {
    list_id_ = loaded;
    return {};
  }
  std::vector<UidEntry> all;
  all.reserve(messages_.size());
  for (const FolderMessage& message : messages_) all.push_back(message.entry);
  return write_list(std::move(all));
}

Result<std::vector<std::uint32_t>> Folder::take_new() {
  std::vector<std::uint32_t> taken;
  for (FolderMessage& message : messages_) {
    if (!message.is_new) continue;
    const std::string name = file_name_of(message.entry.base, message.flags());
    if (renameat(new_.get(), message.file_name().c_str(), cur_.get(), name.c_str()) != 0) {
      if (errno == ENOENT) continue;  // another tool was faster
      return system_error("cannot take a message into cur", message.entry.base, kMailboxCure);
    }
    message.info = name.substr(message.entry.base.size());
    message.is_new = false;
    taken.push_back(message.entry.uid);
  }
  if (!taken.empty()) scanned_ = {};
  return taken;
}

Result<std::vector<std::uint32_t>> Folder::list(bool take) {
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  Result<void> listed = list_locked();
  if (!listed) return listed.take_error();
  return take ? take_new() : std::vector<std::uint32_t>();
}

const FolderMessage* Folder::find(std::uint32_t uid) const {
  const auto by_uid = [](const FolderMessage& message) { return message.entry.uid; };
  const auto at = std::ranges::lower_bound(messages_, uid, {}, by_uid);
  return at != messages_.end() && at->entry.uid == uid && !at->gone ? &*at : nullptr;
}

FolderMessage* Folder::own(std::uint32_t uid) {
  return const_cast<FolderMessage*>(find(uid));
}

Result<Fd> Folder::read(std::uint32_t uid) {
  for (int i = 0; i < kTries; ++i) {
    const FolderMessage* message = find(uid);
    if (message == nullptr) break;
    Result<Fd> file = open_message(place_of(*message), message->file_name());
    if (!file || file->is_open()) return file;
    Result<std::vector<std::uint32_t>> listed = list(false);  // it was renamed, or removed
    if (!listed) return listed.take_error();
  }
  return Fd();
}

// A rename is a comparison as well: it fails if the message has other flags by now.
Result<bool> Folder::change(std::uint32_t uid, const NextFlags& next) {
  for (int i = 0; i < kTries; ++i) {
    {
      Result<MailLock> lock = MailLock::take(lock_file_.get(), kShared);
      if (!lock) return lock.take_error();
      auto* message = own(uid);
      if (message == nullptr) return false;
      const std::string name = message->file_name();
      const std::string changed = file_name_of(message->entry.base, next(message->flags()));
      if (changed == name && !message->is_new) return true;
      if (renameat(place_of(*message), name.c_str(), cur_.get(), changed.c_str()) == 0) {
        message->info = changed.substr(message->entry.base.size());
        message->is_new = false;
        scanned_ = {};
        return true;
      }
      if (errno != ENOENT) return system_error("cannot change flags", name, kMailboxCure);
    }
    Result<std::vector<std::uint32_t>> listed = list(false);
    if (!listed) return listed.take_error();
  }
  return Error{"cannot change flags: the message is renamed all the time", "cur", {}, 0, Exit::kTemporary};
}

Result<bool> Folder::remove_one(std::uint32_t uid) {
  for (int i = 0; i < kTries; ++i) {
    auto* message = own(uid);
    if (message == nullptr || (message->flags().capital & kTrashedBit) == 0) return false;
    if (unlinkat(place_of(*message), message->file_name().c_str(), 0) == 0) return message->gone = true;
    if (errno != ENOENT) return system_error("cannot remove a message", message->file_name(), kMailboxCure);
    Result<std::vector<std::uint32_t>> listed = list(false);
    if (!listed) return listed.take_error();
  }
  return false;
}

Result<std::uint32_t> Folder::expunge(const std::vector<std::uint32_t>& uids) {
  std::uint32_t removed = 0;
  for (const std::uint32_t uid : uids) {
    Result<bool> gone = remove_one(uid);
    if (!gone) return gone.take_error();
    removed += gone.value() ? 1U : 0U;
  }
  if (removed == 0) return removed;
  scanned_ = {};
  if (fsync(cur_.get()) != 0 || fsync(new_.get()) != 0)
    return system_error("cannot make removals last", "fsync");
  return removed;
}

Result<std::vector<std::string>> Folder::keywords() const {
  Result<std::string> text = read_kept(directory_.get(), "postern-keywords");
  if (!text) return text.take_error();
  return parse_keywords(text.value());
}

Result<std::optional<std::uint32_t>> Folder::define(std::string_view name) {
  Result<MailLock> lock = MailLock::take(lock_file_.get(), kExclusive);
  if (!lock) return lock.take_error();
  Result<std::vector<std::string>> names = keywords();
  if (!names) return names.take_error();
  const auto same = [&](const std::string& known) {
    return std::ranges::equal(known, name, {}, upper, upper);
  };
  auto at = std::ranges::find_if(names.value(), same);
  if (at == names->end()) {
    at = std::ranges::find(names.value(), std::string());
    if (at == names->end() && names->size() == kKeywordsLimit) return std::optional<std::uint32_t>();
    if (at == names->end()) at = names->insert(at, std::string());
    *at = name;
    Result<void> kept = replace_kept(directory_.get(), "postern-keywords", print_keywords(names.value()));
    if (!kept) return kept.take_error();
  }
  return std::optional<std::uint32_t>(static_cast<std::uint32_t>(at - names->begin()));
}

}  // namespace postern::daemon
