// SPDX-License-Identifier: BSD-2-Clause
// Memory that one process writes and its children read.
#pragma once

#include <cstddef>
#include <utility>

#include "daemon/sys/result.h"

namespace postern::daemon {

// SharedMemory is zeroed pages that a process and the children it forks later have in common. Nothing else
// leads to them: no name, no descriptor. Move-only; its end takes them from this process alone.
class SharedMemory {
 public:
  SharedMemory() noexcept = default;
  [[nodiscard]] static Result<SharedMemory> make(std::size_t octets);
  // make_unshared: the same, but of this process alone. For what is large and soon done with: the heap would
  // keep its pages.
  [[nodiscard]] static Result<SharedMemory> make_unshared(std::size_t octets);
  SharedMemory(SharedMemory&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), octets_(std::exchange(other.octets_, 0)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(octets_, other.octets_);
    return *this;
  }
  ~SharedMemory();

  // forbid_writing: this process may only read it from now on. For good where mprotect(2) is not in its list
  // of calls.
  [[nodiscard]] Result<void> forbid_writing() const;

  [[nodiscard]] void* get() const noexcept { return begin_; }  // page-aligned; null: there is none

 private:
  SharedMemory(void* begin, std::size_t octets) noexcept : begin_(begin), octets_(octets) {}
  [[nodiscard]] static Result<SharedMemory> map(std::size_t octets, int kind);

  void* begin_ = nullptr;
  std::size_t octets_ = 0;
};

// The system call of forbid_writing: to be put in its caller's list, and not in that of whom it binds.
#define POSTERN_CALLS_OF_FORBID_WRITING \
  POSTERN_CALL_IF(mprotect, ::postern::daemon::argument_int(2, PROT_READ))

}  // namespace postern::daemon
