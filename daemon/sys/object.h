// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/stat.h>

#include "core/permission_model/file_access.h"

namespace postern::daemon {

// kind_of: as permission::Kind; what is neither is a device.
[[nodiscard]] constexpr permission::Kind kind_of(mode_t mode) noexcept {
  if (S_ISDIR(mode)) return permission::Kind::kDirectory;
  if (S_ISREG(mode)) return permission::Kind::kFile;
  if (S_ISLNK(mode)) return permission::Kind::kLink;
  if (S_ISFIFO(mode)) return permission::Kind::kFifo;
  return S_ISSOCK(mode) ? permission::Kind::kSocket : permission::Kind::kDevice;
}

// object_of: what stat(2) has said, as the permission model takes it.
[[nodiscard]] constexpr permission::Object object_of(const struct stat& info) noexcept {
  return {kind_of(info.st_mode), info.st_uid, info.st_gid, static_cast<std::uint16_t>(info.st_mode & 07777U),
          info.st_nlink};
}

}  // namespace postern::daemon
