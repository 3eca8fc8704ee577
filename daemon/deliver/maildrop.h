// SPDX-License-Identifier: BSD-2-Clause
// Unix-Deliver: appends one message to one maildrop, whole or not at all, once (MD-6).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/deliver/letter.h"
#include "daemon/deliver/spool.h"
#include "daemon/postoffice/queue_text.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// Recorder makes a record of what is about to be done lasting, beside the queued message; an Error stops the
// delivery before its first octet. nullopt: what the last record told of is undone; nothing of it is there.
using Recorder = std::function<Result<void>(const std::optional<AppendRecord>&)>;

// append_to_maildrop delivers `letter`. `earlier` is the record that an earlier attempt left, if one did. ok:
// the message is in the maildrop once, whole, and lasting. Error: nothing of it is there unless a record
// still stands, and nothing else was changed but for the closing of a torn tail; errno ENOENT: there is no
// such maildrop; EBUSY: locked. Requires that no other delivery of ours goes to a maildrop while a record of
// one stands: only with its message can what it left be told from somebody else's. Order: dotlock, open,
// fcntl lock, none of them held while another is waited for; the dotlock stays where a part may lie there
// when this returns, and is held all the time where an earlier attempt may have left one; what an earlier
// attempt left is found, or cut away; room is reserved; the record; the octets; fsync; whatever fails takes
// the file back to its length. What is kept of exactly-once: if the process ends between the last fsync and
// the message's removal from the queue, or the machine before that lasts (G6: a second later at most), and
// the user removes the message from the maildrop before the retry, it is delivered a second time. If it is
// given up while its record stands (its account removed, its maildrop locked for as long as the queue tries),
// a part that a killed attempt left stays, closed off; our dotlock there goes with the next delivery or
// start.
[[nodiscard]] Result<void> append_to_maildrop(const Spool& spool, const UnixUser& user, const Letter& letter,
                                              const std::optional<AppendRecord>& earlier,
                                              const Recorder& record, std::chrono::milliseconds patience);

}  // namespace postern::daemon
