// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "core/permission_model/maildrop_rules.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/object.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{100};  // between two looks at somebody else's lock
constexpr std::string_view kDraft = ".postern-lock.";
constexpr std::string_view kLock = ".lock";
constexpr char kSpoolCure[] = "make the spool root's, group mail, mode 3775";

// own_file: the file's status if it is there and belongs to us.
std::optional<struct stat> own_file(const Spool& spool, const std::string& name) {
  struct stat info {};
  if (fstatat(spool.directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  if (info.st_uid != spool.self) return std::nullopt;
  return info;
}

// Draft is a file of ours under a name of its own; linked to the lock's name it becomes the lock.
Result<std::string> make_draft(const Spool& spool) {
  const std::string name = std::string(kDraft) + std::to_string(getpid());
  const auto make = [&] {
    return openat(spool.directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  };
  Fd file(make());
  // A delivery that was killed had this process id.
  if (!file.is_open() && errno == EEXIST && own_file(spool, name) &&
      unlinkat(spool.directory, name.c_str(), 0) == 0)
    file.reset(make());
  if (!file.is_open()) return system_error("cannot make a lock in the spool", name, kSpoolCure);
  if (auto put = write_all(file.get(), std::to_string(getpid()) + "\n", name); !put.ok()) {
    (void)unlinkat(spool.directory, name.c_str(), 0);  // the first error is what counts
    return put.take_error();
  }
  return name;
}

// try_lock: true if the draft was given the lock's name. Only the link's own answer counts on local disks;
// that of a network file system may be lost, so the names are counted as well.
Result<bool> try_lock(const Spool& spool, const std::string& draft, const std::string& lock) {
  const int linked = linkat(spool.directory, draft.c_str(), spool.directory, lock.c_str(), 0);
  const int why = errno;
  struct stat info {};
  if (fstatat(spool.directory, draft.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_nlink == 2)
    return true;
  if (linked == 0 || why == EEXIST) return false;
  errno = why;
  return system_error("cannot make a lock in the spool", lock, kSpoolCure);
}

Error locked(const std::string& lock) {
  return Error{"is locked by somebody else", lock,
               "if no mail reader holds it any more, remove it: its owner is not the mail system's", EBUSY,
               Exit::kTemporary};
}

// A lock of our own is stale (see take).
Result<bool> wait_for_lock(const Spool& spool, const std::string& draft, const std::string& lock,
                           milliseconds patience) {
  const std::uint64_t deadline = deadline_in(patience);
  for (;;) {
    auto got = try_lock(spool, draft, lock);
    if (!got.ok() || *got) return got;
    if (own_file(spool, lock)) return true;
    if (monotonic_nsec() >= deadline) return locked(lock);
    pause_a_while();
  }
}

// MD-5: refused, nothing changed.
Error refused(permission::MaildropReason reason, const std::string& name) {
  const permission::ReasonText text = permission::reason_text(reason);
  return Error{std::string(text.what), name, std::string(text.cure), 0, Exit::kNotPermitted};
}

// MD-1, MD-3, MD-5
Result<void> check_maildrop(const Spool& spool, const UnixUser& user, const struct stat& info) {
  const auto fault = permission::maildrop_fault(object_of(info), user.uid, spool.mail);
  if (fault) return refused(*fault, user.name);
  return {};
}

bool is_ours_to_remove(const std::string& name, const std::set<std::string>& kept) {
  if (name.starts_with(kDraft)) return true;
  return name.ends_with(kLock) && !kept.contains(name.substr(0, name.size() - kLock.size()));
}

}  // namespace

void pause_a_while() {
  timespec left{0, 1'000'000 * kPause.count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

std::uint64_t deadline_in(milliseconds patience) {
  return monotonic_nsec() + static_cast<std::uint64_t>(patience.count()) * 1'000'000;
}

Result<void> check_spool(const Spool& spool) {
  struct stat info {};
  if (fstat(spool.directory, &info) != 0) return system_error("cannot look at the spool");
  permission::Object found = object_of(info);
  if (found.owner == spool.owner) found.owner = permission::kRoot;
  if (const auto fault = permission::spool_fault(found, spool.mail)) return refused(*fault, "the mail spool");
  return {};
}

Result<unsigned> remove_own_locks(const Spool& spool, const std::set<std::string>& kept) {
  const auto names = list_directory(spool.directory, "the mail spool");
  if (!names.ok()) return names.error();
  unsigned removed = 0;
  for (const std::string& name : *names) {
    if (!is_ours_to_remove(name, kept) || !own_file(spool, name)) continue;
    if (unlinkat(spool.directory, name.c_str(), 0) != 0)
      return system_error("cannot remove our own lock", name);
    ++removed;
  }
  return removed;
}

Result<Dotlock> Dotlock::take(const Spool& spool, std::string_view name, milliseconds patience) {
  const std::string lock = std::string(name) + std::string(kLock);
  const auto draft = make_draft(spool);
  if (!draft.ok()) return draft.error();
  auto got = wait_for_lock(spool, *draft, lock, patience);
  if (unlinkat(spool.directory, draft->c_str(), 0) != 0 && got.ok())
    got = system_error("cannot remove the draft of a lock", *draft);
  if (!got.ok()) return got.take_error();
  return Dotlock(spool, lock);
}

Dotlock::Dotlock(Dotlock&& other) noexcept : spool_(other.spool_), name_(std::exchange(other.name_, {})) {}

// A lock that cannot be removed is one that the supervisor's next start or the next delivery removes. One
// that somebody has put in the place of ours is not ours.
Dotlock::~Dotlock() {
  if (!name_.empty() && own_file(spool_, name_)) (void)unlinkat(spool_.directory, name_.c_str(), 0);
}

Result<Fd> open_maildrop(const Spool& spool, const UnixUser& user) {
  struct stat info {};
  const char* const name = user.name.c_str();
  if (fstatat(spool.directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return system_error("cannot find the maildrop", user.name);
  // A device is not even opened.
  if (auto good = check_maildrop(spool, user, info); !good.ok()) return good.take_error();
  Fd file(openat(spool.directory, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot open the maildrop", user.name);
  if (fstat(file.get(), &info) != 0) return system_error("cannot look at the maildrop", user.name);
  if (auto good = check_maildrop(spool, user, info); !good.ok()) return good.take_error();
  return file;
}

Result<void> lock_maildrop(const Spool& spool, const UnixUser& user, int maildrop, milliseconds patience) {
  const std::uint64_t deadline = deadline_in(patience);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (fcntl(maildrop, F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) return system_error("cannot lock", user.name);
    if (monotonic_nsec() >= deadline) return locked(user.name);
    pause_a_while();
  }
  struct stat open {};
  struct stat there {};
  if (fstat(maildrop, &open) != 0 ||
      fstatat(spool.directory, user.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0)
    return system_error("cannot look at the maildrop again", user.name);
  if (open.st_dev != there.st_dev || open.st_ino != there.st_ino)
    return Error{"was replaced while we waited for its lock", user.name, "it is tried again", EBUSY,
                 Exit::kTemporary};
  return check_maildrop(spool, user, open);
}

Result<FileFacts> facts_of(int maildrop) {
  struct stat info {};
  if (fstat(maildrop, &info) != 0) return system_error("cannot look at the maildrop");
  return FileFacts{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size)};
}

Result<void> reserve(int maildrop, std::uint64_t offset, std::uint64_t length) {
  while (fallocate(maildrop, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(length)) !=
         0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    if (errno != EINTR) return system_error("no room for the message in the maildrop");
  }
  return {};
}

Result<void> make_lasting(int file, std::string_view what) {
  if (fsync(file) != 0) return system_error("cannot make it last", std::string(what));
  return {};
}

Result<void> cut_to(int maildrop, std::uint64_t size) {
  if (ftruncate(maildrop, static_cast<off_t>(size)) != 0) return system_error("cannot shorten the maildrop");
  return make_lasting(maildrop, "maildrop");
}

}  // namespace postern::daemon
