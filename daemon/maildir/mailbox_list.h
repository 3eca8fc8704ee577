// SPDX-License-Identifier: BSD-2-Clause
// A mailbox as it was when it was listed for POP3, as text: a cache, so that whoever comes again to a mailbox
// that has not changed reads one line for STAT, and no message for its size. Pure.
//
// A list is taken only if it is whole in every octet: head and body have each a checksum, and the text is the
// one that print_mailbox_list makes. Whatever is less is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// MailboxMessage is one file as it was when the listing was made.
struct MailboxMessage {
  std::string file_name;     // with flags
  std::uint64_t octets = 0;  // on the wire: RFC 1939, section 11
  bool is_new = false;       // lies in new/, otherwise in cur/
  bool operator==(const MailboxMessage&) const = default;
};

// MailboxListHead is the first line: all that STAT needs.
struct MailboxListHead {
  std::uint32_t count = 0;
  std::uint64_t octets = 0;  // of all messages
  // The times of new/ and cur/ (ns since 1970) at which the list was true; never 0.
  std::int64_t new_time = 0;
  std::int64_t cur_time = 0;
  bool operator==(const MailboxListHead&) const = default;
};

struct MailboxList {
  MailboxListHead head;
  std::vector<MailboxMessage> messages;  // head.count of them, head.octets in all
};

inline constexpr std::size_t kMailboxHeadLimit = 256;  // octets of the first line, with its end

// parse_mailbox_list_head reads the first line at the front of `text`, which may be longer. nullopt: damaged.
[[nodiscard]] std::optional<MailboxListHead> parse_mailbox_list_head(std::string_view text);

// parse_mailbox_list reads a whole list. nullopt: damaged.
[[nodiscard]] std::optional<MailboxList> parse_mailbox_list(std::string_view text);

// print_mailbox_list makes the text; count and octets are those of the messages. Requires names of 1 to 255
// octets without '/' and NUL.
[[nodiscard]] std::string print_mailbox_list(std::int64_t new_time, std::int64_t cur_time,
                                             const std::vector<MailboxMessage>& messages);

}  // namespace postern::daemon
