// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/result.h"

#include <cerrno>
#include <cstring>

namespace postern::daemon {

std::string Error::text() const {
  std::string line;
  if (!place.empty()) line += place + ": ";
  line += what;
  if (errno_value != 0) line += std::string(": ") + strerrordesc_np(errno_value);
  if (!cure.empty()) line += "; " + cure;
  return line;
}

Error system_error(std::string what, std::string place, std::string cure, Exit exit) {
  const int value = errno;
  return Error{std::move(what), std::move(place), std::move(cure), value, exit};
}

}  // namespace postern::daemon
