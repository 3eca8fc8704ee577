// SPDX-License-Identifier: BSD-2-Clause
// When a module that has ended is started again. Pure: time is given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace postern::daemon {

// Restarts counts the ends of one module.
class Restarts {
 public:
  // ended notes an end and returns when (CLOCK_MONOTONIC, nanoseconds) the module is to be started again: 100
  // ms later after the first end within a minute, twice as much after each further one. Nothing after the
  // fifth end within a minute: the dispatcher then ends with exit 75.
  [[nodiscard]] std::optional<std::uint64_t> ended(std::uint64_t now_nsec);

 private:
  std::array<std::uint64_t, 5> ends_{};
  std::size_t count_ = 0;
};

}  // namespace postern::daemon
