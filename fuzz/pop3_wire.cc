// SPDX-License-Identifier: BSD-2-Clause
//
// Law: unstuffed(encode(m)) = m with each line end as CRLF; the one line "." is the last (no smuggling), and
// WireSize(m) = the octets between; encode(m, TOP) is a prefix of encode(m) but for the end, and both are the
// same however m is cut into pieces (RFC 1939, sections 3 and 11). Input: TOP's lines, then a message.
#include <string>

#include "daemon/pop3/wire.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

struct Collected {
  std::string octets;
  void put(char octet) { octets += octet; }
};

template <class... Limit>
std::string encode(std::string_view message, size_t piece, Limit... limit) {
  Collected out;
  WireEncoder<Collected> encoder(out, limit...);
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size())))
    if (!encoder.add(message.substr(0, piece))) break;
  encoder.finish();
  return out.octets;
}

std::string unstuffed(std::string_view wire) {
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

std::string normal(std::string_view message) {
  std::string out;
  for (const char octet : message) {
    if (octet == '\n' && !out.ends_with('\r')) out += '\r';
    out += octet;
  }
  return out.empty() || out.ends_with('\n') ? out : out + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  const std::string_view message = octets_of(data + 1, size - 1);
  const std::string wire = encode(message, 7);
  hold(wire == encode(message, 4096), "pieces do not matter");
  hold(wire.ends_with(".\r\n"), "it ends");
  const std::string inside = unstuffed(std::string_view(wire).substr(0, wire.size() - 3));
  hold(inside == normal(message), "unstuffed(encode(m)) = m");
  WireSize counted;
  counted.add(message);
  hold(counted.total() == inside.size(), "WireSize(m) = octets sent");
  std::string top = encode(message, 5, uint32_t{data[0]});
  hold(top.ends_with(".\r\n"), "TOP ends");
  hold(wire.starts_with(top.substr(0, top.size() - 3)), "TOP is a prefix");
  return 0;
}
