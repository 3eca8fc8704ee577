// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/linux/scratch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace postern::proofs {
namespace {

bool done(bool well, const char* what, const std::string& path) {
  if (!well) std::fprintf(stderr, "%s %s: %s\n", what, path.c_str(), std::strerror(errno));
  return well;
}

bool mount_tmpfs(const char* where, unsigned long flags) {
  return done(mount("tmpfs", where, "tmpfs", flags, "mode=0755") == 0, "mount", where);
}

// owned_as: the mode comes last, for chown clears the set-id bits.
bool owned_as(const std::string& path, permission::Id owner, permission::Id group, mode_t mode) {
  return done(lchown(path.c_str(), owner, group) == 0 && chmod(path.c_str(), mode) == 0, "chown", path);
}

bool made_as_kind(const std::string& path, const permission::Object& object) {
  switch (object.kind) {
    case permission::Kind::kDirectory:
      return mkdir(path.c_str(), 0700) == 0;
    case permission::Kind::kFile:
      return mknod(path.c_str(), S_IFREG | 0600, 0) == 0;
    case permission::Kind::kFifo:
      return mknod(path.c_str(), S_IFIFO | 0600, 0) == 0;
    case permission::Kind::kSocket:
      return mknod(path.c_str(), S_IFSOCK | 0600, 0) == 0;
    case permission::Kind::kLink:
      return symlink("nowhere", path.c_str()) == 0;
    case permission::Kind::kDevice:
      break;
  }
  errno = EINVAL;
  return false;
}

bool capable_as(const std::string& path, const permission::ProgramFile& file) {
  if (!file.has_capabilities) return true;
  vfs_cap_data data{};
  data.magic_etc = VFS_CAP_REVISION_2 | (file.effective ? VFS_CAP_FLAGS_EFFECTIVE : 0U);
  for (unsigned half = 0; half < 2; ++half) {
    data.data[half] = {static_cast<__le32>(file.permitted >> (32U * half)),
                       static_cast<__le32>(file.inheritable >> (32U * half))};
  }
  return done(setxattr(path.c_str(), "security.capability", &data, sizeof data, 0) == 0, "setxattr", path);
}

}  // namespace

bool enter_scratch() {
  return done(unshare(CLONE_NEWNS) == 0, "unshare", "mounts") &&
         done(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount", "/") &&
         mount_tmpfs(kScratch, 0) && done(mkdir(kNosuidScratch, 0755) == 0, "mkdir", kNosuidScratch) &&
         mount_tmpfs(kNosuidScratch, MS_NOSUID);
}

bool make(const std::string& path, const permission::Object& object) {
  if (!done(made_as_kind(path, object), "make", path)) return false;
  if (object.kind == permission::Kind::kLink)
    return done(lchown(path.c_str(), object.owner, object.group) == 0, "lchown", path);
  return owned_as(path, object.owner, object.group, object.mode);
}

bool install(const std::string& path, const std::string& octets, const permission::ProgramFile& file) {
  const int out = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const auto length = static_cast<ssize_t>(octets.size());
  if (!done(out >= 0 && write(out, octets.data(), octets.size()) == length && close(out) == 0, "write", path))
    return false;
  return owned_as(path, file.owner, file.group, file.mode) && capable_as(path, file);
}

}  // namespace postern::proofs
