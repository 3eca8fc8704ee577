// SPDX-License-Identifier: BSD-2-Clause
// What is delivered: the facts of the envelope that go into it, and the message as the queue has it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// Letter is one message for one recipient. The same Letter gives the same octets each time.
struct Letter {
  std::string queue_id;          // is_queue_id: part of a file name
  std::string sender;            // the reverse-path without <>; empty: the null sender
  std::int64_t accepted_at = 0;  // seconds since 1970
  int message = -1;              // open for reading; its position is neither used nor moved; not owned
  std::uint64_t begin = 0;       // where in it the message begins; its lines end with LF
  std::uint64_t length = 0;      // octets of the message
};

// Sink takes the next octets; an Error stops whoever gives them.
using Sink = std::function<Result<void>(std::string_view)>;

// give_message gives `sink` what lies in a mailbox: Return-Path and the message. Error if the file
// ends before the message does.
[[nodiscard]] Result<void> give_message(const Letter& letter, const Sink& sink);

// give_mbox gives `sink` what is appended to a maildrop: `closing` (see closing_of), the From line, the same
// message with its From lines quoted, and an empty line.
[[nodiscard]] Result<void> give_mbox(const Letter& letter, std::string_view closing, const Sink& sink);

}  // namespace postern::daemon
