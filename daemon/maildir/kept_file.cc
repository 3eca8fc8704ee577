// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/kept_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/maildir/uid_list.h"
#include "daemon/maildir/walk.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kLimit = 256U << 20;
constexpr std::uint64_t kPatienceNsec = 30'000'000'000;
constexpr int kLongestNapMs = 50;
constexpr char kValidityFile[] = "postern-uidvalidity";
constexpr char kValidityLock[] = "postern-uidvalidity.lock";

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Result<void> write_draft(int directory, const std::string& draft, std::string_view content) {
  if (unlinkat(directory, draft.c_str(), 0) != 0 && errno != ENOENT)
    return system_error("cannot remove a draft", draft, kMailboxCure);
  const Fd file(openat(directory, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_error("cannot write into the mailbox", draft, kMailboxCure);
  Result<void> written = write_all(file.get(), content, draft);
  if (!written) return written;
  if (fsync(file.get()) != 0) return system_error("cannot make it last", draft);
  return {};
}

}  // namespace

DirectoryTimes directory_times(int fresh, int seen) {
  const auto time_of = [](int directory) -> std::int64_t {
    struct stat info {};
    return ::fstat(directory, &info) == 0 ? nanoseconds(info.st_mtim) : 0;
  };
  return {time_of(fresh), time_of(seen)};
}

FileId file_id(int directory, const char* name) {
  struct stat info {};
  if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return {info.st_ino, nanoseconds(info.st_mtim), info.st_size};
}

Result<Fd> kept_file(int directory, const char* name) {
  Fd file(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.is_open() || errno == ENOENT) return file;
  return system_error("cannot read what lies beside the messages", name, kMailboxCure);
}

Result<std::string> read_kept(int directory, const char* name) {
  Result<Fd> file = kept_file(directory, name);
  if (!file) return file.take_error();
  if (!file->is_open()) return std::string();
  return read_all(file->get(), kLimit, name);
}

Result<void> replace_kept(int directory, const std::string& name, std::string_view content) {
  const std::string draft = name + ".draft";
  Result<void> written = write_draft(directory, draft, content);
  if (!written) {
    (void)unlinkat(directory, draft.c_str(), 0);  // the disk may be full; the next one removes it otherwise
    return written;
  }
  if (renameat(directory, draft.c_str(), directory, name.c_str()) != 0)
    return system_error("cannot replace it", name, kMailboxCure);
  if (fsync(directory) != 0) return system_error("cannot make it last", name);
  return {};
}

Result<MailLock> MailLock::take(int file, Kind kind) {
  const int operation = (kind == Kind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const std::uint64_t deadline = monotonic_nsec() + kPatienceNsec;
  for (int nap_ms = 1; flock(file, operation) != 0; nap_ms = std::min(2 * nap_ms, kLongestNapMs)) {
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error("cannot lock the mailbox", "flock");
    if (monotonic_nsec() > deadline) return system_error("the mailbox stays locked", "flock");
    (void)poll(nullptr, 0, nap_ms);  // a nap cut short is as good
  }
  return MailLock(file);
}

Result<Fd> MailLock::open_file(int directory, const char* name) {
  Fd file(openat(directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_error("cannot open a lock", name, kMailboxCure);
  return file;
}

MailLock::~MailLock() {
  if (file_ >= 0) (void)flock(file_, LOCK_UN);  // it cannot fail on a lock that is held
}

std::int64_t now_nanoseconds() {
  timespec now{};
  (void)clock_gettime(CLOCK_REALTIME, &now);  // cannot fail with this clock
  return nanoseconds(now);
}

// RFC 3501, section 2.3.1.1: a UIDVALIDITY greater than any before, whatever has become of the folder's list.
Result<std::uint32_t> allot_uid_validity(int maildir, std::uint32_t seen) {
  Result<Fd> file = MailLock::open_file(maildir, kValidityLock);
  if (!file) return file.take_error();
  Result<MailLock> lock = MailLock::take(file->get(), MailLock::Kind::kExclusive);
  if (!lock) return lock.take_error();
  Result<std::string> text = read_kept(maildir, kValidityFile);
  if (!text) return text.take_error();
  const std::uint32_t next =
      next_uid_validity(parse_uid_validity(text.value()), seen, now_nanoseconds() / 1'000'000'000);
  if (next == 0) return Error{"there is no UIDVALIDITY left", kValidityFile, {}, 0, Exit::kData};
  Result<void> noted = replace_kept(maildir, kValidityFile, print_uid_validity(next));
  if (!noted) return noted.take_error();
  return next;
}

}  // namespace postern::daemon
