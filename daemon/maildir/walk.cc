// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace postern::daemon {
namespace {

template <class Wanted>
Result<std::string> next_that(DIR* reader, Wanted wanted) {
  while (true) {
    errno = 0;
    const dirent* found = ::readdir(reader);
    if (found == nullptr) {
      if (errno != 0) return system_error("cannot read the mailbox", "readdir");
      return std::string();
    }
    if (wanted(std::string_view(found->d_name))) return std::string(found->d_name);
  }
}

}  // namespace

Result<Fd> open_part(int below, const char* name, const std::string& place) {
  Fd directory(::openat(below, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open()) return system_error("cannot open the mailbox", place, kMailboxCure);
  return directory;
}

// O_NONBLOCK so that a FIFO does not make us wait.
Result<Fd> open_message(int directory, const std::string& name) {
  Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ELOOP || errno == ENXIO) return Fd();
    return system_error("cannot open a message", name, kMailboxCure);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot look at a message", name);
  if (!S_ISREG(status.st_mode)) return Fd();
  return file;
}

Result<Directory> walk(int directory) {
  Fd again(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again.is_open()) return system_error("cannot read the mailbox", "openat", kMailboxCure);
  Directory reader(::fdopendir(again.get()), &::closedir);
  if (!reader) return system_error("cannot read the mailbox", "fdopendir");
  (void)again.release();  // the reader owns it now
  return reader;
}

Result<std::string> next_name(DIR* reader) {
  return next_that(reader, [](std::string_view name) { return name.front() != '.'; });
}

Result<std::string> next_hidden(DIR* reader) {
  return next_that(reader,
                   [](std::string_view name) { return name.front() == '.' && name != "." && name != ".."; });
}

Result<WireSize> wire_size(int file, const std::string& name) {
  std::array<char, 16384> buffer;
  WireSize size;
  while (true) {
    const ssize_t length = ::read(file, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_error("cannot read a message", name);
    if (length == 0) return size;
    size.add({buffer.data(), static_cast<std::size_t>(length)});
  }
}

}  // namespace postern::daemon
