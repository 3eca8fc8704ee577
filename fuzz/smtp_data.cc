// SPDX-License-Identifier: BSD-2-Clause
//
// Law: the message ends at the first CRLF "." CRLF and at nothing else (no smuggling); it is taken if and
// only if each CR and LF belongs to a CRLF, there is no NUL and no line over 1000 octets; then it is the
// lines without their stuffed dots; and all of this however the octets are cut into pieces. decode(encode(m))
// = m for POP3's encoder. Input: octets of a piece, then the octets, with "A" for 499 times "a".
#include "fuzz/smtp_data.h"
#include "daemon/pop3/wire.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

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
