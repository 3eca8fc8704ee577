// SPDX-License-Identifier: BSD-2-Clause
// At most `hash-slots` passwords are hashed at once in a module, however many keepers there are, and one
// client's many connections do not stand in the way of another's: of each place one keeper at a time waits
// for a slot.
#pragma once

#include <chrono>
#include <cstdint>

#include "daemon/listener/address_key.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// HashSlot holds one of the slots of KeeperChannels::hash_slots. A slot is a record lock on one octet of a
// memory file: the kernel gives it back when the process dies, however it dies.
class HashSlot {
 public:
  // wait_for takes a slot of `count` for a client from `place`, trying until `patience` has passed; Error
  // (exit kTemporary) if there was none. Others from the same place wait behind it (some unlucky few places
  // share).
  [[nodiscard]] static Result<HashSlot> wait_for(int hash_slots, std::uint32_t count, const AddressKey& place,
                                                 std::chrono::milliseconds patience);
  HashSlot(HashSlot&& other) noexcept;
  HashSlot& operator=(HashSlot&&) = delete;
  ~HashSlot();  // gives it back

 private:
  HashSlot(int file, std::uint32_t slot) noexcept : file_(file), slot_(slot) {}

  int file_;
  std::uint32_t slot_;
};

// The system calls of a HashSlot: to be put in a keeper's list.
#define POSTERN_CALLS_OF_HASH_SLOT                                                                    \
  POSTERN_CALL_IF(fcntl, ::postern::daemon::argument_int(1, F_SETLK)), POSTERN_CALL(clock_nanosleep), \
      POSTERN_CALL(clock_gettime), POSTERN_CALL(getpid)

}  // namespace postern::daemon
