// SPDX-License-Identifier: BSD-2-Clause
// Ownership of one descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace postern::daemon {

// Fd owns one open descriptor and closes it at the end of its life. Move-only; a moved-from Fd holds none.
// close(2) is not retried and its failure is not reported here: whoever wrote data that must last has
// called fsync(2) and looked at its answer before.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  // get returns the number, or -1. The Fd keeps ownership.
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  // release returns the number and gives ownership to the caller.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
  // reset closes what is held and takes `number`.
  void reset(int number = -1) noexcept {
    const int old = std::exchange(number_, number);
    if (old >= 0 && old != number) (void)::close(old);
  }

 private:
  int number_ = -1;
};

}  // namespace postern::daemon
