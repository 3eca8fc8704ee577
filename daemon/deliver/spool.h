// SPDX-License-Identifier: BSD-2-Clause
// The mail spool as Unix-Deliver touches it: every system call on a maildrop, its locks and the spool is made
// in this file's object (MD-5, MD-6). Nothing is created but locks, nothing removed but our own locks.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// Spool is the directory of the maildrops, open, and what must be true of it and of what lies in it.
struct Spool {
  int directory = -1;  // not owned
  uid_t owner = 0;     // of the spool: root; tests run as somebody else
  gid_t mail = 0;      // group of the spool and of each maildrop
  uid_t self = 0;      // who our own locks belong to: the MTA user
};

// UnixUser is whose maildrop it is: as the name service has it, never as the spool has it (MD-1).
struct UnixUser {
  std::string name;
  uid_t uid = 0;
};

// check_spool answers whether the spool is a directory of its owner and group mail that nobody else can
// rewrite (MD-3, MD-5).
[[nodiscard]] Result<void> check_spool(const Spool& spool);

// remove_own_locks removes every lock and draft of a lock in the spool that belongs to the MTA user, but for
// the locks of the maildrops in `kept`, and returns how many it removed. Requires that no delivery is under
// way: what lies there was left by a crash.
[[nodiscard]] Result<unsigned> remove_own_locks(const Spool& spool, const std::set<std::string>& kept);

// pause_a_while sleeps between two looks at somebody else's lock; deadline_in says when `patience` ends.
void pause_a_while();
[[nodiscard]] std::uint64_t deadline_in(std::chrono::milliseconds patience);

// Dotlock is the file NAME.lock, which mail readers respect, made by link(2). Removed with the object.
class Dotlock {
 public:
  // take waits for the lock at most `patience`; errno EBUSY if it is somebody else's all that time: it is
  // never removed. A lock of our own was left by a delivery that was killed, and is taken over as it lies
  // there, so that nobody gets in between: the supervisor makes one delivery at a time to a maildrop.
  [[nodiscard]] static Result<Dotlock> take(const Spool& spool, std::string_view name,
                                            std::chrono::milliseconds patience);
  // leave lets the lock lie: nobody is to read what is half written.
  void leave() { name_.clear(); }
  Dotlock(Dotlock&& other) noexcept;
  Dotlock(const Dotlock&) = delete;
  Dotlock& operator=(const Dotlock&) = delete;
  Dotlock& operator=(Dotlock&&) = delete;
  ~Dotlock();

 private:
  Dotlock(const Spool& spool, std::string name) : spool_(spool), name_(std::move(name)) {}
  Spool spool_;
  std::string name_;  // empty: none is held
};

// open_maildrop opens the maildrop of `user` for reading and appending, and answers an Error unless it is as
// core's maildrop rules say: a regular file of one name, mode 0660, the user's, in group mail (MD-1, MD-3,
// MD-5). errno ENOENT: there is none. Waits for nothing, follows no link, changes nothing.
[[nodiscard]] Result<Fd> open_maildrop(const Spool& spool, const UnixUser& user);

// lock_maildrop takes the fcntl(2) lock of mail readers on the whole file, waiting at most `patience` (errno
// EBUSY), and then looks again whether `maildrop` is what lies under its name, and still as it must be
// (somebody may have replaced or changed it meanwhile). The lock goes with the descriptor.
[[nodiscard]] Result<void> lock_maildrop(const Spool& spool, const UnixUser& user, int maildrop,
                                         std::chrono::milliseconds patience);

// FileFacts are what a maildrop is known by.
struct FileFacts {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
};
[[nodiscard]] Result<FileFacts> facts_of(int maildrop);

// reserve makes sure that there is room for `length` octets from `offset` on, without making the file longer.
// ok where the file system cannot do that.
[[nodiscard]] Result<void> reserve(int maildrop, std::uint64_t offset, std::uint64_t length);

// make_lasting is fsync(2). Its failure is final: a second one may say ok and mean nothing.
[[nodiscard]] Result<void> make_lasting(int file, std::string_view what);

// cut_to makes the file `size` octets long, lasting.
[[nodiscard]] Result<void> cut_to(int maildrop, std::uint64_t size);

// The system calls of the above, but for remove_own_locks.
#define POSTERN_CALLS_OF_SPOOL                                                                            \
  POSTERN_CALL_IF(openat, without(2, O_TRUNC)), POSTERN_CALL(newfstatat), POSTERN_CALL(fstat),            \
      POSTERN_CALL(read), POSTERN_CALL(pread64), POSTERN_CALL(write), POSTERN_CALL(linkat),               \
      POSTERN_CALL_IF(unlinkat, argument_int(2, 0)), POSTERN_CALL(fsync), POSTERN_CALL(fallocate),        \
      POSTERN_CALL(ftruncate), POSTERN_CALL(close), POSTERN_CALL_IF(fcntl, argument_int(1, F_OFD_SETLK)), \
      POSTERN_CALL(clock_nanosleep), POSTERN_CALL(getpid), POSTERN_CALL(clock_gettime)

}  // namespace postern::daemon
