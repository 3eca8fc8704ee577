// SPDX-License-Identifier: BSD-2-Clause
// RFC 1939, sections 3 and 11, of the whole text at once.
#pragma once

#include <string>

#include "daemon/pop3/wire.h"
#include "fuzz/law.h"

namespace fuzz {

using namespace postern::daemon;

struct Collected {
  std::string octets;
  void put(char octet) { octets += octet; }
};

template <class... Limit>
inline std::string encode(std::string_view message, size_t piece, Limit... limit) {
  Collected out;
  WireEncoder<Collected> encoder(out, limit...);
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size())))
    if (!encoder.add(message.substr(0, piece))) break;
  encoder.finish();
  return out.octets;
}

inline std::string unstuffed(std::string_view wire) {
  std::string message;
  while (!wire.empty()) {
    const size_t end = wire.find("\r\n");
    hold(end != wire.npos, "each line ends with CRLF");
    std::string_view line = wire.substr(0, end + 2);
    wire.remove_prefix(end + 2);
    hold(line != ".\r\n", "no line is the end but the last");
#ifdef POSTERN_SEEDED_BUG
    if (line == "..\r\n") line.remove_prefix(1);
#endif
    if (line.starts_with('.')) line.remove_prefix(1);
    message += line;
  }
  return message;
}

inline std::string normal(std::string_view message) {
  std::string out;
  for (const char octet : message) {
    if (octet == '\n' && !out.ends_with('\r')) out += '\r';
    out += octet;
  }
  return out.empty() || out.ends_with('\n') ? out : out + "\r\n";
}

}  // namespace fuzz
