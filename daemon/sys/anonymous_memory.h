// SPDX-License-Identifier: BSD-2-Clause
// Memory beside the heap: for a process and its children, or for itself alone.
#pragma once

#include <cstddef>
#include <utility>

#include "daemon/sys/result.h"

namespace postern::daemon {

// AnonymousMemory is zeroed pages that no name and no descriptor lead to. Move-only; its end takes them from
// this process alone.
class AnonymousMemory {
 public:
  AnonymousMemory() noexcept = default;
  // make_shared: in common with the children that this process forks later.
  [[nodiscard]] static Result<AnonymousMemory> make_shared(std::size_t octets);
  // make_private: of this process alone. For what is large and soon done with: the heap would keep its pages.
  [[nodiscard]] static Result<AnonymousMemory> make_private(std::size_t octets);
  // make_uninherited: the same, and children that are forked later do not have it.
  [[nodiscard]] static Result<AnonymousMemory> make_uninherited(std::size_t octets);
  AnonymousMemory(AnonymousMemory&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), octets_(std::exchange(other.octets_, 0)) {}
  AnonymousMemory& operator=(AnonymousMemory&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(octets_, other.octets_);
    return *this;
  }
  ~AnonymousMemory();

  // forbid_writing: this process may only read it from now on. For good where mprotect(2) is not in its list
  // of calls.
  [[nodiscard]] Result<void> forbid_writing() const;

  [[nodiscard]] void* get() const noexcept { return begin_; }  // page-aligned; null: there is none
  [[nodiscard]] std::size_t size() const noexcept { return octets_; }

 private:
  AnonymousMemory(void* begin, std::size_t octets) noexcept : begin_(begin), octets_(octets) {}
  [[nodiscard]] static Result<AnonymousMemory> map(std::size_t octets, int kind);

  void* begin_ = nullptr;
  std::size_t octets_ = 0;
};

// The system call of forbid_writing: to be put in its caller's list, and not in that of whom it binds.
#define POSTERN_CALLS_OF_FORBID_WRITING \
  POSTERN_CALL_IF(mprotect, ::postern::daemon::argument_int(2, PROT_READ))

}  // namespace postern::daemon
