// SPDX-License-Identifier: BSD-2-Clause
// When a refusal is answered: at an instant that tells nothing (AD-L2). Pure.
#pragma once

#include <chrono>

namespace postern::daemon {

// refusal_instant: the first multiple of `quantum` after `asked` that is not before `done`, the end of the
// work. Whatever was done in a quantum ends at the same instant. quantum 0: `done`. Requires done >= asked.
constexpr std::chrono::nanoseconds refusal_instant(std::chrono::nanoseconds asked,
                                                   std::chrono::nanoseconds done,
                                                   std::chrono::nanoseconds quantum) {
  if (quantum.count() <= 0) return done;
  const auto worked = (done - asked).count();
  auto quanta = (worked + quantum.count() - 1) / quantum.count();
  if (quanta < 1) quanta = 1;
  return asked + quanta * quantum;
}

}  // namespace postern::daemon
