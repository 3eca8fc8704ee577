// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/permission_model/tree.h"
#include "daemon/sys/object.h"

#ifndef MFD_EXEC  // Linux 6.3
#define MFD_EXEC 0x0010U
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxKept = 32;

std::string mode_text(mode_t mode) {
  std::array<char, 8> text{};
  (void)std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
  return text.data();
}

std::string differences(const struct stat& info, uid_t uid, gid_t gid, mode_t mode) {
  std::string wrong;
  if (info.st_uid != uid) wrong += " owner is " + std::to_string(info.st_uid) + " not " + std::to_string(uid);
  if (info.st_gid != gid) wrong += " group is " + std::to_string(info.st_gid) + " not " + std::to_string(gid);
  if ((info.st_mode & 07777U) != mode)
    wrong += " mode is " + mode_text(info.st_mode) + " not " + mode_text(mode);
  return wrong;
}

// DT-3, one step of the way: core decides, here are the words.
Result<void> check_step(const std::string& path, const struct stat& info) {
  switch (permission::trusted_step(object_of(info))) {
    case permission::TreeReason::kConforms:
      return {};
    case permission::TreeReason::kOwner:
      return Error{"is owned by uid " + std::to_string(info.st_uid) + ", and root would trust it", path,
                   "chown root it, or move what root reads to a directory of root's", 0, Exit::kNotPermitted};
    default:
      return Error{"is writable by others than root (mode " + mode_text(info.st_mode) + ")", path,
                   "chmod go-w it", 0, Exit::kNotPermitted};
  }
}

Result<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0 || length == static_cast<ssize_t>(target.size()))
    return system_error("cannot read the link", path);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

// take_name takes the first name from `rest`, and the slashes around it.
std::string take_name(std::string& rest) {
  const std::size_t begin = std::min(rest.find_first_not_of('/'), rest.size());
  const std::size_t end = std::min(rest.find('/', begin), rest.size());
  std::string name = rest.substr(begin, end - begin);
  rest.erase(0, end);
  return name;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
}

Result<std::string> absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::array<char, PATH_MAX> here{};
  if (getcwd(here.data(), here.size()) == nullptr) return system_error("cannot find the directory", ".");
  return std::string(here.data()) + "/" + path;
}

int memory_file(const char* name, unsigned flags, unsigned newer_flags) {
  const int file = memfd_create(name, flags | newer_flags);
  if (file >= 0 || errno != EINVAL) return file;
  return memfd_create(name, flags);  // before Linux 6.3
}

}  // namespace

Result<std::string> read_all(int file, std::size_t limit, std::string_view path) {
  std::string text;
  std::array<char, 16384> part;
  for (;;) {
    const ssize_t got = read(file, part.data(), part.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", std::string(path));
    if (text.size() + static_cast<std::size_t>(got) > limit)
      return Error{"is larger than " + std::to_string(limit) + " octets", std::string(path),
                   "make it smaller", 0, Exit::kConfig};
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

Result<std::string> read_file(const char* path, std::size_t limit) {
  const Fd file(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open())
    return system_error("cannot open", path, "check the path and its permissions", Exit::kNoInput);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return system_error("cannot look at it", path);
  if (!S_ISREG(info.st_mode))
    return Error{"is not a regular file", path, "name a regular file", 0, Exit::kNoInput};
  return read_all(file.get(), limit, path);
}

Result<std::string> read_at(int file, std::uint64_t offset, std::size_t length, std::string_view path,
                            Exit exit) {
  std::string octets(length, '\0');
  std::size_t have = 0;
  while (have < length) {
    const ssize_t got = pread(file, octets.data() + have, length - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", std::string(path), {}, exit);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  octets.resize(have);
  return octets;
}

Result<void> write_all(int file, std::string_view octets, std::string_view path) {
  while (!octets.empty()) {
    const ssize_t put = write(file, octets.data(), octets.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write", std::string(path), {}, Exit::kInputOutput);
    octets.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> write_back(int file, std::string_view path) {
  constexpr unsigned kAll = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (sync_file_range(file, 0, 0, kAll) == 0) return {};
  return system_error("cannot write to the disk", std::string(path), {}, Exit::kInputOutput);
}

// DT-3. Links are followed here, one by one: what a link lies in counts as much as what it leads to.
Result<void> check_owned_by_root(const std::string& path) {
  constexpr int kMaxLinks = 40;
  auto whole = absolute(path);
  if (!whole.ok()) return whole.take_error();
  std::string rest = std::move(whole).value();
  std::string at = "/";
  int links = 0;
  for (std::string step = at;;) {
    struct stat info {};
    if (lstat(step.c_str(), &info) != 0)
      return system_error("cannot find", step, "check the path", Exit::kNoInput);
    if (auto good = check_step(step, info); !good.ok()) return good;
    if (S_ISLNK(info.st_mode)) {
      auto target = read_link(step);
      if (!target.ok()) return target.take_error();
      if (++links > kMaxLinks) return Error{"has too many symbolic links", path, {}, 0, Exit::kNoInput};
      rest = *target + "/" + rest;
      if (target->starts_with('/')) at = "/";
    } else {
      at = step;
    }
    std::string name;
    for (name = take_name(rest); name == "." || name == ".."; name = take_name(rest))
      if (name == "..") at = parent_of(at);
    if (name.empty()) return {};
    step = (at == "/" ? "" : at) + "/" + name;
  }
}

Result<std::vector<std::string>> list_directory(int directory, std::string_view path, Exit exit) {
  const auto trouble = [path, exit] { return system_error("cannot list", std::string(path), {}, exit); };
  Fd again(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again.is_open()) return trouble();
  const std::unique_ptr<DIR, int (*)(DIR*)> reader(fdopendir(again.get()), &closedir);
  if (!reader) return trouble();
  (void)again.release();  // the reader owns it now
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* found = readdir(reader.get())) {
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return trouble();
  std::ranges::sort(names);
  return names;
}

Result<Fd> open_directory(const char* path) {
  Fd directory(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory.is_open())
    return system_error("cannot open the directory", path, "run postern-setup, or check owner and mode",
                        Exit::kSystemFile);
  return directory;
}

Result<Fd> open_program(const char* path, uid_t uid, gid_t gid, mode_t mode) {
  Fd file(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open())
    return system_error("cannot open the program", path, "run postern-setup, or check owner and mode",
                        Exit::kSystemFile);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return system_error("cannot look at it", path);
  std::string wrong = differences(info, uid, gid, mode);
  if (!S_ISREG(info.st_mode)) wrong += " not a regular file";
  if (info.st_nlink != 1) wrong += " several names";
  if (!wrong.empty())
    return Error{"is not as it must be:" + wrong, path, "run postern-setup again", 0, Exit::kNotPermitted};
  return file;
}

Result<Fd> open_kept(const char* path, mode_t forbidden) {
  Fd file(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return system_error("cannot open", path, "check the path", Exit::kSystemFile);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return system_error("cannot look at it", path);
  if (!S_ISREG(info.st_mode))
    return Error{"is not a regular file", path, "name the file itself", 0, Exit::kConfig};
  if ((info.st_mode & forbidden) != 0)
    return Error{"can be read or changed by others", path,
                 forbidden == 077 ? "chmod 0600 it" : "chmod go-w it", 0, Exit::kNotPermitted};
  return file;
}

Result<Fd> open_log(const char* path) {
  Fd log(open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600));
  if (!log.is_open())
    return system_error("cannot open the log", path, "check the directory of `log`", Exit::kSystemFile);
  struct stat info {};
  if (fstat(log.get(), &info) != 0) return system_error("cannot look at the log", path);
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1)
    return Error{"the log is not a regular file of one name", path, "remove it", 0, Exit::kSystemFile};
  return log;
}

Result<void> open_standard_descriptors() {
  for (;;) {
    const int file = open("/dev/null", O_RDWR | O_NOCTTY);
    if (file < 0) return system_error("cannot open", "/dev/null");
    if (file <= 2) continue;  // stays open: it was missing
    const Fd spare(file);
    return {};
  }
}

Result<void> move_descriptor(Fd from, int to) {
  if (from.get() == to)
    (void)from.release();
  else if (dup2(from.get(), to) != to)
    return system_error("moving a descriptor");
  return {};
}

Result<void> close_all_from(unsigned first) {
  if (close_range(first, ~0U, 0) != 0) return system_error("close_range");
  return {};
}

Result<void> close_all_except(std::span<const int> keep) {
  std::array<int, kMaxKept> sorted{};
  if (keep.size() > sorted.size()) return Error{"too many descriptors to keep", {}, {}, 0, Exit::kSoftware};
  const auto end = std::copy_if(keep.begin(), keep.end(), sorted.begin(), [](int fd) { return fd > 2; });
  std::sort(sorted.begin(), end);
  unsigned first = 3;
  for (auto it = sorted.begin(); it != end; ++it) {
    const auto kept = static_cast<unsigned>(*it);
    if (kept > first && close_range(first, kept - 1, 0) != 0) return system_error("close_range");
    first = kept + 1;
  }
  return close_all_from(first);
}

Result<Fd> sealed_file(const char* name, std::string_view octets, bool executable) {
  Fd file(memory_file(name, MFD_CLOEXEC | MFD_ALLOW_SEALING, executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
  if (!file.is_open()) return system_error("cannot make a memory file", name);
  if (auto written = write_all(file.get(), octets, name); !written.ok()) return written.take_error();
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return system_error("cannot seal a memory file", name);
  return file;
}

Result<std::string> read_sealed(int file, std::size_t size) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  const int seals = fcntl(file, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals)
    return Error{"is not a sealed memory file", "descriptor " + std::to_string(file),
                 "modules are started by posternd alone", 0, Exit::kUsage};
  std::string octets(size, '\0');
  const ssize_t got = pread(file, octets.data(), size, 0);
  struct stat info {};
  if (got != static_cast<ssize_t>(size) || fstat(file, &info) != 0 || info.st_size != got)
    return Error{"is of another size", "descriptor " + std::to_string(file),
                 "dispatcher and modules must be of one build: run postern-setup again", 0, Exit::kConfig};
  return octets;
}

Result<Fd> lock_file(const char* name) {
  Fd file(memory_file(name, MFD_CLOEXEC, MFD_NOEXEC_SEAL));
  if (!file.is_open()) return system_error("cannot make a memory file", name);
  return file;
}

}  // namespace postern::daemon
