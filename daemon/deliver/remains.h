// SPDX-License-Identifier: BSD-2-Clause
// What an attempt at a delivery that was cut short has left (MD-6).
#pragma once

#include <cstdint>
#include <functional>

#include "daemon/deliver/letter.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

enum class Remains : std::uint8_t {
  kNothing,  // or nothing that can be told from somebody else's
  kPart,  // of what was to be written, and behind it nothing but NULs: a length that reached the disk first
  kAll,
};

// remains_of holds what lies in `file` from `from` on against what `give` gives to its sink.
[[nodiscard]] Result<Remains> remains_of(int file, std::uint64_t from,
                                         const std::function<Result<void>(const Sink&)>& give);

}  // namespace postern::daemon
