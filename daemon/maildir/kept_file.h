// SPDX-License-Identifier: BSD-2-Clause
// Small files that lie beside a Maildir's messages: replaced whole, under a lock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// FileId tells whether a file under a name is the one it was.
struct FileId {
  std::uint64_t number = 0;  // 0: there is none
  std::int64_t time = 0;     // of its last change, ns since 1970
  std::int64_t octets = 0;
  bool operator==(const FileId&) const = default;
};
[[nodiscard]] FileId file_id(int directory, const char* name);

// kept_file opens the regular file `name` in `directory` for reading; an Fd that is not open: there is none.
[[nodiscard]] Result<Fd> kept_file(int directory, const char* name);

// read_kept reads it whole; empty if there is none.
[[nodiscard]] Result<std::string> read_kept(int directory, const char* name);

// replace_kept gives `name` this content, whole or not at all, lasting when it returns: NAME.draft, fsync,
// rename, fsync of the directory. Requires a lock that all writers of `name` take.
[[nodiscard]] Result<void> replace_kept(int directory, const std::string& name, std::string_view content);

// MailLock is a lock on a file of its own, given up when it dies, or its process.
class MailLock {
 public:
  enum class Kind : std::uint8_t { kShared, kExclusive };

  // take takes the lock of the open lock file `file`, which it borrows. Waits for at most half a minute.
  [[nodiscard]] static Result<MailLock> take(int file, Kind kind);

  // open_file opens the lock file `name` in `directory`, made if it is not there.
  [[nodiscard]] static Result<Fd> open_file(int directory, const char* name);

  MailLock(MailLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  MailLock& operator=(MailLock&&) = delete;
  ~MailLock();

 private:
  explicit MailLock(int file) : file_(file) {}
  int file_;
};

// DirectoryTimes: when new/ and cur/ of a Maildir changed last, ns since 1970; zero: not known. While they
// stay the same, what was listed is true: no file has come, gone, or another name. But a time is that of the
// kernel's last tick, and tells nothing of what follows within one: what is listed is to be believed later
// only if the times are_old, `now` being of before the listing.
struct DirectoryTimes {
  std::int64_t fresh = 0;
  std::int64_t seen = 0;
  bool operator==(const DirectoryTimes&) const = default;
  [[nodiscard]] bool are_old(std::int64_t now) const { return std::max(fresh, seen) < now - kTickNsec; }
  static constexpr std::int64_t kTickNsec = 100'000'000;
};
[[nodiscard]] DirectoryTimes directory_times(int fresh, int seen);

// now_nanoseconds: the time, ns since 1970.
[[nodiscard]] std::int64_t now_nanoseconds();

// allot_uid_validity gives the next UIDVALIDITY of the account whose Maildir is `maildir` (uid_list.h), noted
// for good before it returns. `seen`: of the folder that it is for, if known.
[[nodiscard]] Result<std::uint32_t> allot_uid_validity(int maildir, std::uint32_t seen);

}  // namespace postern::daemon
