// SPDX-License-Identifier: BSD-2-Clause
// RFC 5321, sections 2.3.8, 4.1.1.4 and 4.5.2, of the whole text at once.
#pragma once

#include <algorithm>
#include <string>

#include "daemon/smtp/data.h"

namespace fuzz {

using namespace postern::daemon;

struct Text {
  std::string octets;
  void put(char octet) { octets += octet; }
};

struct Outcome {
  bool done = false, good = true;
  size_t used = 0;
  std::string message;
  uint64_t octets = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline Outcome decode(std::string_view octets, size_t piece) {
  SmtpDataDecoder decoder;
  Text text;
  size_t used = 0;
  while (used < octets.size() && !decoder.done()) used += decoder.feed(octets.substr(used, piece), text);
  if (decoder.fault() != SmtpDataFault::kNone) return {decoder.done(), false, used, {}, 0};
  return {decoder.done(), true, used, text.octets, decoder.octets()};
}

// The whole text at once, as RFC 5321, sections 2.3.8, 4.1.1.4 and 4.5.2, has it; up to its end.
inline Outcome literally(std::string_view octets) {
  const std::string whole = "\r\n" + std::string(octets);
  size_t end = whole.find("\r\n.\r\n");
#ifdef POSTERN_SEEDED_BUG
  end = std::min(end, whole.find("\n.\n"));  // smuggled
#endif
  if (end == whole.npos) return {false, true, octets.size(), {}, 0};
  Outcome read{true, true, end + 3, {}, 0};
  std::string_view rest = std::string_view(whole).substr(2, end);
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    if (line.starts_with('.')) line.remove_prefix(1);
    read.good = read.good && line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos;
    read.good = read.good && line.size() + 2 <= kSmtpTextLineLimit;
    read.message.append(line) += '\n';
  }
  read.octets = read.message.size() + static_cast<uint64_t>(std::ranges::count(read.message, '\n'));
  return read.good ? read : Outcome{true, false, read.used, {}, 0};
}

}  // namespace fuzz
