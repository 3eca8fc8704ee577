// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/shared_memory.h"

#include <sys/mman.h>

namespace postern::daemon {

Result<SharedMemory> SharedMemory::make(std::size_t octets) {
  void* const begin = mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) return system_error("cannot share memory");
  return SharedMemory(begin, octets);
}

SharedMemory::~SharedMemory() {
  // It cannot fail for what mmap has given.
  if (begin_ != nullptr) (void)munmap(begin_, octets_);
}

Result<void> SharedMemory::forbid_writing() const {
  if (mprotect(begin_, octets_, PROT_READ) != 0) return system_error("mprotect");
  return {};
}

}  // namespace postern::daemon
