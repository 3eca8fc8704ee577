// SPDX-License-Identifier: BSD-2-Clause
// When a refusal is answered: at an instant that tells nothing (AD-L2). Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace postern::daemon {

// refusal_instant: the first multiple of `quantum`, and no less than `at_least` of them, after `asked` that
// is not before `done`, the end of the work. Whatever was done in a quantum ends at the same instant. quantum
// 0: `done`. Requires done >= asked, at_least >= 1.
constexpr std::chrono::nanoseconds refusal_instant(std::chrono::nanoseconds asked,
                                                   std::chrono::nanoseconds done,
                                                   std::chrono::nanoseconds quantum,
                                                   std::uint32_t at_least = 1) {
  if (quantum.count() <= 0) return done;
  const auto worked = (done - asked).count();
  const auto quanta = (worked + quantum.count() - 1) / quantum.count();
  return asked + std::max<std::int64_t>(quanta, at_least) * quantum;
}

}  // namespace postern::daemon
