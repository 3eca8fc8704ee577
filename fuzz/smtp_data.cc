// SPDX-License-Identifier: BSD-2-Clause
//
// Law: the message ends at the first CRLF "." CRLF and at nothing else (no smuggling); it is taken if and
// only if each CR and LF belongs to a CRLF, there is no NUL and no line over 1000 octets; then it is the
// lines without their stuffed dots; and all of this however the octets are cut into pieces. decode(encode(m))
// = m for POP3's encoder. Input: octets of a piece, then the octets, with "A" for 499 times "a".
#include <algorithm>
#include <string>

#include "daemon/pop3/wire.h"
#include "daemon/smtp/data.h"
#include "fuzz/law.h"

namespace {

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

Outcome decode(std::string_view octets, size_t piece) {
  SmtpDataDecoder decoder;
  Text text;
  size_t used = 0;
  while (used < octets.size() && !decoder.done()) used += decoder.feed(octets.substr(used, piece), text);
  if (decoder.fault() != SmtpDataFault::kNone) return {decoder.done(), false, used, {}, 0};
  return {decoder.done(), true, used, text.octets, decoder.octets()};
}

// The whole text at once, as RFC 5321, sections 2.3.8, 4.1.1.4 and 4.5.2, has it; up to its end.
Outcome literally(std::string_view octets) {
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

std::string encode(std::string_view message) {
  Text wire;
  WireEncoder<Text> encoder(wire);
  encoder.add(message);
  encoder.finish();
  return wire.octets;
}

std::string expanded(std::string_view octets) {
  std::string out;
  for (const char octet : octets) octet == 'A' ? out.append(499, 'a') : out.append(1, octet);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  const std::string octets = expanded(octets_of(data + 1, size - 1));
  const Outcome decoded = decode(octets, octets.size() + 1), read = literally(octets);
  hold(decoded == decode(octets, 1U + data[0]) && decoded == decode(octets, 1), "pieces do not matter");
  hold(decoded.done == read.done && decoded.used == read.used, "CRLF . CRLF ends it, and nothing else");
  if (!read.done) return 0;
  hold(decoded.good == read.good, "taken if and only if it is clean");
  hold(decoded == read, "the lines, without stuffed dots");
  if (!read.good) return 0;
  const Outcome again = decode(encode(read.message), 7);
  hold(again.done && again.message == read.message, "decode(encode(m)) = m");
  return 0;
}
