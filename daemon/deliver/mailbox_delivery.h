// SPDX-License-Identifier: BSD-2-Clause
// Delivery into an account's mailbox, a Maildir (MD-0): whole or not at all, once.
#pragma once

#include <string>
#include <string_view>

#include "daemon/deliver/letter.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// mailbox_file_name returns the name a letter has in every mailbox: "ACCEPTED.QUEUEID.postern". Pure. It
// begins with the second of acceptance, which orders a listing, and has the queue id in it, so that a retry
// finds it.
[[nodiscard]] std::string mailbox_file_name(const Letter& letter);

// put_into_mailbox delivers `letter` into the Maildir `account` below `mailboxes`. `is_retry`: an earlier
// attempt may have delivered it, so new/ and cur/ are looked through first. ok: it lies there once, lasting.
// Error: nothing of it lies in new/ or cur/. Order: tmp/NAME, on its way to the disk, link to new/NAME, fsync
// of the file and of new/, tmp/NAME removed. A crash of the machine may leave a torn file under its name, on
// a file system that does not keep that order; a retry, which follows each crash, removes it.
[[nodiscard]] Result<void> put_into_mailbox(int mailboxes, std::string_view account, const Letter& letter,
                                            bool is_retry);

}  // namespace postern::daemon
