// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a hostile keeper answers is taken only if it is a reply in every octet: decode(p) = p, its id is
// printable and at most 70 octets; with any octet more or less it is none. Input: one packet.
#include <cstring>
#include <string>

#include "daemon/keeper/protocol.h"
#include "fuzz/law.h"

using namespace postern::daemon;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string packet(octets_of(data, size));
  packet.resize(sizeof(Reply));
  hold(!decode_reply({packet.data(), packet.size() - 1}), "a short packet is none");
  const std::optional<Reply> reply = decode_reply(packet);
  if (!reply) return 0;
  hold(std::memcmp(&*reply, packet.data(), packet.size()) == 0, "decode(p) = p");
  hold(reply->kind >= 1 && reply->kind <= 9 && reply->status >= 1 && reply->status <= 5, "closed sets");
  size_t limit = kUniqueIdLimit;
#ifdef POSTERN_SEEDED_BUG
  limit = 60;
#endif
  hold(unique_id_of(*reply).size() <= limit, "RFC 1939: at most 70 octets");
  for (const char octet : unique_id_of(*reply))
    hold(octet >= 0x21 && octet <= 0x7E, "RFC 1939: 0x21 to 0x7E");
  return 0;
}
