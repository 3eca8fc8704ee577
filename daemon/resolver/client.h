// SPDX-License-Identifier: BSD-2-Clause
// How a keeper asks for the host names of its client (AD-C3 to C6).
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

inline constexpr std::size_t kMaxNames = 8;
inline constexpr std::size_t kMaxNameLength = 253;

enum class LookupStatus : std::uint8_t {
  kOk,        // there is at least one name that counts
  kNone,      // the name service has no name, or none that is confirmed
  kFailed,    // the name service could not answer, or the resolver is gone
  kTimedOut,  // the deadline passed
};

// lookup_status_name returns "ok", "none", "fail" or "timeout".
[[nodiscard]] std::string_view lookup_status_name(LookupStatus status);

// ResolvedNames is an answer: names in the order of the name service, duplicates left out, each of them
// AD-G6 and no address text (checked here again, by whoever asked). Empty unless status is kOk.
struct ResolvedNames {
  LookupStatus status = LookupStatus::kFailed;
  std::uint8_t count = 0;
  std::uint8_t lengths[kMaxNames] = {};
  char octets[kMaxNames][kMaxNameLength + 1] = {};

  [[nodiscard]] std::string_view name(std::size_t i) const noexcept { return {octets[i], lengths[i]}; }
};

// ask_resolver asks the resolver behind `resolver` for the names of `client` (an IPv4-mapped address is
// asked as IPv4: AD-C1) and waits for the answer, which is put into `names`, until `deadline` has passed.
// Never blocks longer. An Error is a failure on our side: log it; `names` are then those of
// LookupStatus::kFailed (AD-C6). Whether names are confirmed (AD-C4) is the resolver's own setting.
[[nodiscard]] Result<void> ask_resolver(int resolver, const sockaddr_storage& client,
                                        std::chrono::milliseconds deadline, ResolvedNames& names);

// The system calls ask_resolver makes: to be put in a keeper's list.
#define POSTERN_CALLS_OF_ASK                                                                                \
  POSTERN_CALL(pipe2), POSTERN_CALL(sendmsg), POSTERN_CALL(ppoll), POSTERN_CALL(read), POSTERN_CALL(close), \
      POSTERN_CALL(clock_gettime)

}  // namespace postern::daemon
