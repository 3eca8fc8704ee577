// SPDX-License-Identifier: BSD-2-Clause
// What an IMAP session has been told of its folder: messages numbered from 1, and their flags. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daemon/imap/protocol.h"
#include "daemon/maildir/folder.h"

namespace postern::daemon {

// imap_flags_of: the system flags of a file's letters, and back; other letters are no flag of IMAP's.
[[nodiscard]] std::uint32_t imap_flags_of(std::uint32_t capital);
[[nodiscard]] std::uint32_t capital_of(std::uint32_t imap_flags);

// stored: the flags that STORE makes of those a file has. Letters that are no flag of IMAP's stay.
[[nodiscard]] MessageFlags stored(MessageFlags flags, ImapStoreMode mode, std::uint32_t system,
                                  std::uint32_t keywords);

// FolderView is the session's view of a folder.
class FolderView {
 public:
  // begin starts with the messages of `entries`, none of their flags told.
  void begin(std::span<const UidEntry> entries);

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(rows_.size()); }
  [[nodiscard]] std::uint32_t recent() const;

  // uid of message `number`. Requires 1 <= number <= count().
  [[nodiscard]] std::uint32_t uid(std::uint32_t number) const { return rows_[number - 1].uid; }

  // tell: message `number` as it is now (nullptr: gone, with the flags it had), which the session is told
  // with this. `keywords` are those that have a name.
  ImapRow tell(std::uint32_t number, const FolderMessage* message, std::uint32_t keywords);

  // add_recent: these UIDs are this session's to call \Recent (RFC 3501, section 2.3.2).
  void add_recent(std::span<const std::uint32_t> uids);

  // update takes up a listing: what it tells the session is put behind `changes`, expunges first and each
  // numbered as if those before it had been made. `expunge`: messages that are gone leave the view. New
  // messages come into it untold.
  void update(std::span<const FolderMessage> messages, std::uint32_t keywords, bool expunge,
              std::vector<ImapRow>& changes);

 private:
  void drop_gone(std::span<const FolderMessage> messages, std::vector<ImapRow>& changes);

  std::vector<ImapRow> rows_;          // as told; `number` is not kept up
  std::vector<std::uint32_t> recent_;  // UIDs, rising
};

}  // namespace postern::daemon
