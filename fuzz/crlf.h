// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <string_view>

// crlf: the text with each line end as it is on the wire.
inline std::string crlf(std::string_view text) {
  std::string out;
  char last = '\n';
  for (const char octet : text) {
    if (octet == '\n' && last != '\r') out.push_back('\r');
    out.push_back(octet);
    last = octet;
  }
  return out;
}
