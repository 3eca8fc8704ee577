// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/handover.h"

#include <cstring>

#include "daemon/sys/files.h"

namespace postern::daemon {

Result<Fd> seal_settings(const Settings& settings) {
  return sealed_file("postern-settings", {reinterpret_cast<const char*>(&settings), sizeof settings}, false);
}

Result<void> read_settings(int file, Settings& settings) {
  const auto octets = read_sealed(file, sizeof settings);
  if (!octets.ok()) return octets.error();
  std::memcpy(&settings, octets.value().data(), sizeof settings);
  if (settings.layout != kSettingsLayout)
    return Error{"the settings were sealed by another build", "descriptor 3",
                 "dispatcher and modules must be of one build: run postern-setup again", 0, Exit::kConfig};
  return {};
}

}  // namespace postern::daemon
