// SPDX-License-Identifier: BSD-2-Clause
// A folder's UID list as text: which message has which UID (RFC 3501, section 2.3.1.1). Pure.
//
// A list is taken only if it is whole in every octet: head and body have each a checksum, and the text is the
// one that print_uid_list makes. Whatever is less is damaged; its folder begins anew, with a greater
// UIDVALIDITY, so that no UID that was ever told means another message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// UidListHead is the first line: all that SELECT needs of a folder that has not changed since.
struct UidListHead {
  std::uint32_t validity = 0;  // UIDVALIDITY, from 1
  std::uint32_t next = 1;      // UIDNEXT: greater than each UID ever given
  std::uint32_t count = 0;
  // The times of new/ and cur/ (ns since 1970) at which what follows was true; 0: it says nothing.
  std::int64_t new_time = 0;
  std::int64_t cur_time = 0;
  std::uint32_t recent = 0;        // messages in new/
  std::uint32_t unseen = 0;        // messages without \Seen
  std::uint32_t first_unseen = 0;  // number of the first of them, from 1; 0: none
  bool operator==(const UidListHead&) const = default;
};

// UidEntry is one message: what never changes of it.
struct UidEntry {
  std::uint32_t uid = 0;
  std::uint64_t octets = 0;  // on the wire
  std::int64_t date = 0;     // INTERNALDATE, seconds since 1970
  std::string base;          // of its file name: 1 to 255 octets without ':', '/' and NUL
  bool operator==(const UidEntry&) const = default;
};

struct UidList {
  UidListHead head;
  std::vector<UidEntry> entries;  // UIDs rise and are below `next`; head.count of them
};

inline constexpr std::size_t kUidHeadLimit = 256;  // octets of the first line, with its end

// parse_uid_list_head reads the first line at the front of `text`, which may be longer. nullopt: damaged.
[[nodiscard]] std::optional<UidListHead> parse_uid_list_head(std::string_view text);

// parse_uid_list reads a whole list. nullopt: damaged.
[[nodiscard]] std::optional<UidList> parse_uid_list(std::string_view text);

// print_uid_list makes the text. Sets head.count. Requires entries as UidList has them.
[[nodiscard]] std::string print_uid_list(const UidList& list);

// parse_uid_validity reads the greatest UIDVALIDITY that an account has given; 0: damaged.
[[nodiscard]] std::uint32_t parse_uid_validity(std::string_view text);
[[nodiscard]] std::string print_uid_validity(std::uint32_t validity);

// next_uid_validity: greater than `given` (the account's greatest) and than `seen` (of the folder's own
// damaged list, 0: not known), and at least the second `now`. 0: there is none left.
[[nodiscard]] std::uint32_t next_uid_validity(std::uint32_t given, std::uint32_t seen, std::int64_t now);

}  // namespace postern::daemon
