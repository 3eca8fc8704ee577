// SPDX-License-Identifier: BSD-2-Clause
// Messages that come into a folder.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/maildir/folder.h"
#include "daemon/maildir/walk.h"

namespace postern::daemon {
namespace {

// fresh_base: a base name that no message has had. Ends as those of deliveries do.
std::string fresh_base(bool verbatim) {
  static unsigned count = 0;
  const std::int64_t now = now_nanoseconds();
  return std::to_string(now / 1'000'000'000) + ".M" + std::to_string(now / 1000 % 1'000'000) + "P" +
         std::to_string(getpid()) + "Q" + std::to_string(++count) + ".postern" +
         std::string(verbatim ? kVerbatimMark : "");
}

std::string arrival_name(const std::string& base, MessageFlags flags) {
  return flags == MessageFlags() ? base : file_name_of(base, flags);
}

}  // namespace

std::optional<Arrival> Folder::arrival(std::uint32_t uid) const {
  const FolderMessage* message = find(uid);
  if (message == nullptr) return std::nullopt;
  return Arrival{place_of(*message),    message->file_name(), message->flags(),
                 message->entry.octets, message->entry.date,  is_verbatim(message->entry.base)};
}

// place puts the files under their names; says how many. kLink: all, or an Error and none.
Result<std::uint32_t> Folder::place(std::span<const Arrival> arrivals, std::span<const UidEntry> entries,
                                    ArriveBy by) const {
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const Arrival& one = arrivals[i];
    const std::string name = arrival_name(entries[i].base, one.flags);
    const int placed = by == ArriveBy::kMove
                           ? renameat(one.directory, one.name.c_str(), new_.get(), name.c_str())
                           : linkat(one.directory, one.name.c_str(), new_.get(), name.c_str(), 0);
    if (placed == 0) continue;
    const Error error = system_error("cannot put a message into the folder", one.name, kMailboxCure);
    if (by == ArriveBy::kMove && i > 0) return static_cast<std::uint32_t>(i);
    for (std::size_t k = 0; k < i; ++k) {  // RFC 3501, section 6.4.7: as it was before
      const std::string undone = arrival_name(entries[k].base, arrivals[k].flags);
      if (unlinkat(new_.get(), undone.c_str(), 0) != 0)
        return system_error("cannot take back a copy", undone);
    }
    return error;
  }
  return static_cast<std::uint32_t>(arrivals.size());
}

Result<Arrived> Folder::arrive(const std::vector<Arrival>& arrivals, ArriveBy by) {
  Result<MailLock> lock = MailLock::take(lock_file_.get(), MailLock::Kind::kExclusive);
  if (!lock) return lock.take_error();
  Result<std::vector<UidEntry>> entries = load_entries();
  if (!entries) return entries.take_error();
  if (list_id_.number == 0) {  // begun anew: what lies there comes first
    Result<void> listed = list_locked();
    if (!listed) return listed.take_error();
    entries = load_entries();
    if (!entries) return entries.take_error();
  }
  list_id_ = {};
  scanned_ = {};
  const std::size_t old = entries->size();
  if (arrivals.size() >= UINT32_MAX - head_.next)
    return Error{"there is no UID left", "postern-uids", {}, 0, Exit::kData};
  Arrived arrived{head_.validity, head_.next, 0};
  for (const Arrival& one : arrivals)
    entries->push_back({head_.next++, one.octets, one.date, fresh_base(one.verbatim)});
  const std::vector<UidEntry> ours(entries->begin() + static_cast<std::ptrdiff_t>(old), entries->end());
  head_.new_time = head_.cur_time = 0;
  Result<void> written = write_list(std::move(entries).value());
  list_id_ = {};
  if (!written) return written.take_error();
  Result<std::uint32_t> placed = place(arrivals, ours, by);
  if (!placed) return placed.take_error();
  arrived.count = placed.value();
  if (fsync(new_.get()) != 0) return system_error("cannot make the messages last", "fsync");
  return arrived;
}

Result<Fd> Folder::draft(std::string& name) const {
  name = fresh_base(false);
  Fd file(openat(tmp_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_error("cannot write into the mailbox", name, kMailboxCure);
  return file;
}

}  // namespace postern::daemon
