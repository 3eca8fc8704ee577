// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/anonymous_memory.h"

#include <sys/mman.h>

namespace postern::daemon {

Result<AnonymousMemory> AnonymousMemory::map(std::size_t octets, int kind) {
  void* const begin = mmap(nullptr, octets, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) return system_error("cannot get memory");
  return AnonymousMemory(begin, octets);
}

Result<AnonymousMemory> AnonymousMemory::make_shared(std::size_t octets) {
  return map(octets, MAP_SHARED);
}

Result<AnonymousMemory> AnonymousMemory::make_private(std::size_t octets) {
  return map(octets, MAP_PRIVATE);
}

Result<AnonymousMemory> AnonymousMemory::make_uninherited(std::size_t octets) {
  auto memory = make_private(octets);
  if (memory.ok() && madvise(memory->get(), octets, MADV_DONTFORK) != 0) return system_error("madvise");
  return memory;
}

AnonymousMemory::~AnonymousMemory() {
  // It cannot fail for what mmap has given.
  if (begin_ != nullptr) (void)munmap(begin_, octets_);
}

Result<void> AnonymousMemory::forbid_writing() const {
  if (mprotect(begin_, octets_, PROT_READ) != 0) return system_error("mprotect");
  return {};
}

}  // namespace postern::daemon
