// SPDX-License-Identifier: BSD-2-Clause
//
// Law: unstuffed(encode(m)) = m with each line end as CRLF; the one line "." is the last (no smuggling), and
// WireSize(m) = the octets between; encode(m, TOP) is a prefix of encode(m) but for the end, and both are the
// same however m is cut into pieces (RFC 1939, sections 3 and 11). Input: TOP's lines, then a message.
#include "fuzz/pop3_wire.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

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
