// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a hostile IMAP keeper answers is taken only if it is a reply in every octet: exactly as long as
// it says, from closed sets, rows with a number and a UID, names printable; and a refusal has nothing else in
// it. Input: one packet.
#include <algorithm>
#include <cstring>

#include "daemon/imap/protocol.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

void check_rows(const ImapReplyView& reply) {
  uint32_t known = kImapRowFlags;
#ifdef POSTERN_SEEDED_BUG
  known = kImapStorable;
#endif
  hold(reply.rows.size() <= kImapRowsLimit, "at most 256 rows");
  for (const ImapRow& row : reply.rows) {
    hold(row.number != 0 && row.uid != 0, "numbers and UIDs begin at one");
    hold((row.flags & ~known) == 0 && (row.keywords >> kImapKeywordsLimit) == 0, "known flags");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ImapReply room[2];
  const size_t length = std::min(size, sizeof room - 1);
  std::memcpy(room, data, length);
  const char* octets = reinterpret_cast<const char*>(room);
  const auto reply = decode_imap_reply({octets, length});
  if (!reply) return 0;
  hold(!decode_imap_reply({octets, length - 1}) && !decode_imap_reply({octets, length + 1}),
       "whole in every octet");
  hold(sizeof reply->head + reply->rows.size_bytes() + reply->text.size() == length, "as long as it says");
  hold(reply->head.kind >= 1 && reply->head.kind <= kImapKinds, "a known kind");
  hold(reply->head.status >= 1 && reply->head.status <= static_cast<uint32_t>(ImapStatus::kTemporary),
       "a status");
  if (reply->head.status != 1)
    hold(length == sizeof(ImapReplyHead) && reply->head.exists == 0 && reply->head.uid_next == 0,
         "a refusal only");
  check_rows(*reply);
  for (const char octet : reply->text) hold(octet >= ' ' && octet <= '~', "a printable name");
  return 0;
}
