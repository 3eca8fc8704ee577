// SPDX-License-Identifier: BSD-2-Clause
// Addresses, each word printed as a quoted string.
#pragma once

#include <string>
#include <vector>

#include "daemon/imap/address.h"

namespace fuzz {

using namespace postern::daemon;

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char octet : text) {
    if (octet == '"' || octet == '\\') out.push_back('\\');
    out.push_back(octet);
  }
  return out + "\"";
}

inline std::string print(const std::vector<ImapAddress>& addresses) {
  std::string text;
  for (const ImapAddress& address : addresses) {
    if (!address.mailbox) {
      text += ";, ";
    } else if (!address.host) {
      text += quoted(*address.mailbox) + ":";
    } else {
#ifdef POSTERN_SEEDED_BUG
      const std::string host = *address.host == "x" ? "y" : *address.host;
#else
      const std::string& host = *address.host;
#endif
      text += (address.name ? quoted(*address.name) : "") + "<" +
              (address.route ? *address.route + ":" : "") + quoted(*address.mailbox) + "@" + quoted(host) +
              ">,";
    }
  }
  return text;
}

}  // namespace fuzz
