// SPDX-License-Identifier: BSD-2-Clause
// Which messages a SEARCH finds (RFC 3501, section 6.4.4).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/imap/command.h"
#include "daemon/imap/mime.h"
#include "daemon/imap/protocol.h"

namespace postern::daemon {

// known_charset: whether texts of a SEARCH may be in it: US-ASCII and UTF-8, and none.
[[nodiscard]] bool known_charset(std::string_view charset);

// fold_search brings the texts of a search into the form that they are looked for in. Once, before matching.
void fold_search(ImapSearchKey& key);

// SearchMessage is the message at hand. Its file is asked for at most once, and only if a key needs it.
class SearchMessage {
 public:
  virtual ~SearchMessage() = default;
  [[nodiscard]] virtual const ImapRow& row() const = 0;
  [[nodiscard]] virtual bool has_keyword(std::string_view keyword) const = 0;
  [[nodiscard]] virtual uint32_t exists() const = 0;
  [[nodiscard]] virtual uint32_t largest_uid() const = 0;
  // source: null if the message is gone; then no text is in it.
  [[nodiscard]] virtual OctetSource* source() = 0;
};

// matches: whether a message is what `key`, folded, asks for.
[[nodiscard]] bool matches(const ImapSearchKey& key, SearchMessage& message);

}  // namespace postern::daemon
