// SPDX-License-Identifier: BSD-2-Clause
// The text of a queue file: the envelope before the message, the states of its recipients behind it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/result.h"

namespace postern::daemon {

inline constexpr std::size_t kQueueRecipientLimit = 100;      // RFC 5321, section 4.5.3.1.8
inline constexpr std::size_t kQueuePathLimit = 254;           // octets of a sender's address
inline constexpr std::size_t kQueueReasonLimit = 128;         // octets of a state's reason
inline constexpr std::size_t kQueueEnvelopeLimit = 16'384;    // octets of an envelope
inline constexpr std::size_t kQueueStatesLimit = 16'777'216;  // octets of all states

// is_queue_id: whether `text` can be a queue id: 16 digits of 0-9a-f (the arrival in ns, so that names sort
// by it), '-', and 8 more at random. Every id is one path component.
[[nodiscard]] bool is_queue_id(std::string_view text);

// Envelope is what is said of a message when it arrives, and never changes.
struct Envelope {
  std::string id;
  std::int64_t arrived = 0;             // seconds since 1970
  std::uint64_t size = 0;               // octets of the message as it is stored, lines ended by LF
  std::string sender;                   // mailbox of the reverse path without <>; empty: the null path
  std::vector<std::string> recipients;  // account names, 1 to 100, each once
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

enum class RecipientStatus : std::uint8_t { kWaiting, kDone, kFailed };

// AppendRecord says where in a maildrop a delivery was about to be written (MD-6): recorded before the first
// octet, so that a retry finds out what had become of it.
struct AppendRecord {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  // length of the maildrop before
  std::uint64_t length = 0;  // octets that were to be appended
  friend bool operator==(const AppendRecord&, const AppendRecord&) = default;
};

// RecipientState is where a delivery stands. A message begins with {} for each recipient.
struct RecipientState {
  RecipientStatus status = RecipientStatus::kWaiting;
  std::uint32_t attempts = 0;
  std::int64_t next_attempt = 0;  // seconds since 1970; 0: at once
  std::optional<AppendRecord> append;
  std::string reason;  // of the last failure: printable ASCII, "4.2.0 maildrop is locked"; may be empty
  friend bool operator==(const RecipientState&, const RecipientState&) = default;
};

// print_envelope makes the text that begins a queue file; it ends with an empty line. The error names the
// field that cannot be written. The length does not depend on `size`.
[[nodiscard]] Result<std::string> print_envelope(const Envelope& envelope);

// ParsedEnvelope is an envelope and how many octets it took: there the message begins.
struct ParsedEnvelope {
  Envelope envelope;
  std::size_t length = 0;
};

// parse_envelope reads the envelope that `text` begins with. Strict: what it takes, print_envelope prints
// octet for octet. `file` is for errors.
[[nodiscard]] Result<ParsedEnvelope> parse_envelope(std::string_view text, std::string_view file);

// print_state makes one record of `recipient` (0-based): a line that says it all, with a checksum. The error
// names the field that cannot be written.
[[nodiscard]] Result<std::string> print_state(std::size_t recipient, const RecipientState& state);

// ParsedStates are the recipients' states, and the octets of the records that count.
struct ParsedStates {
  std::vector<RecipientState> states;
  std::size_t length = 0;
};

// parse_states reads the records behind a message; a later one of the same recipient replaces the earlier.
// It stops before the first line that is not whole: a record torn by a crash never was. Total.
[[nodiscard]] ParsedStates parse_states(std::string_view text, std::size_t recipients);

}  // namespace postern::daemon
