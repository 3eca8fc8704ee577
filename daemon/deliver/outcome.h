// SPDX-License-Identifier: BSD-2-Clause
// How one attempt at a delivery ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "daemon/sys/result.h"

namespace postern::daemon {

enum class Verdict : std::uint8_t {
  kDelivered,  // it lies there, and a crash of the machine does not take it away
  kDeferred,   // not now: nothing of it was left behind; doubt is always this
  kFailed,     // never: the sender is told
};

// Outcome crosses the channel from deliver to its supervisor as it is.
struct Outcome {
  Verdict verdict = Verdict::kDeferred;
  char status[8] = "4.3.0";  // RFC 3463
  char text[300] = {};       // for the log, for `postern queue` and for the sender; one line
};
static_assert(std::is_trivially_copyable_v<Outcome>);

[[nodiscard]] Outcome delivered();
[[nodiscard]] Outcome failed(std::string_view status, std::string_view why);
// deferred makes a temporary failure of an Error; the status is read off its errno: ENOSPC 4.3.1 (full disk),
// EDQUOT 4.2.2 (quota), EBUSY 4.2.0 (locked), none 4.3.5 (something is not as it must be), any other 4.3.0.
[[nodiscard]] Outcome deferred(const Error& error);

// reason_of returns status and text as one line of printable ASCII, at most `limit` octets.
[[nodiscard]] std::string reason_of(const Outcome& outcome, std::size_t limit);

}  // namespace postern::daemon
