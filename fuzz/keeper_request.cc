// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a hostile session gets through exactly what is permitted: admitted(trace) = permitted(trace), where
// permitted is written down a second time as what may follow what; and decode(packet) = packet, whole in
// every octet. Input: octets of instructions, each a kind and how the packet is spoilt.
#include <cstring>

#include "daemon/keeper/request_table.h"
#include "fuzz/keeper_request.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

Request honest(uint32_t kind) {
  const bool message = kind >= 2 && kind <= 4;
  Request request = make_request(static_cast<RequestKind>(kind), message ? 7 : 0);
  if (kind == 1) hold(fill_login(request, "alice", "secret"), "a login can be said");
  if (kind == 9) hold(fill_external(request, "alice"), "an account can be said");
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RequestGate gate;
  Permitted permitted;
  for (size_t i = 0; i + 4 <= size; i += 4) {
    Request sent = honest(data[i] % 10U);
    char packet[sizeof sent];
    std::memcpy(packet, &sent, sizeof sent);
    const bool spoilt = data[i + 1] % 4 == 3;
    if (spoilt)
      packet[(data[i + 2] * 256U + data[i + 3]) % sizeof packet] ^= static_cast<char>(1 + data[i] / 8);
    Request got;
    if (!decode_request({packet, sizeof packet}, got)) continue;
    hold(std::memcmp(&got, packet, sizeof got) == 0, "decode(packet) = packet");
    hold(got.kind == 9 || (got.kind == 1) == !account_of(got).empty(), "text is where it belongs");
    hold((got.kind == 1) == !password_of(got).empty(), "a password is where it belongs");
    hold(account_of(got).find('\0') == std::string_view::npos, "without NUL");
    hold((got.message != 0) == (got.kind >= 2 && got.kind <= 4), "a message number is where it belongs");
    hold(!decode_request({packet, sizeof packet - 1}, got), "a short packet is none");
    const bool admitted = gate.admit(static_cast<RequestKind>(got.kind));
    hold(admitted == permitted.admits(got.kind), "admitted(trace) = permitted(trace)");
    if (admitted && (got.kind == 1 || got.kind == 9) && data[i + 1] >= 128)
      gate.logged_in(), permitted.in = true;
  }
  return 0;
}
