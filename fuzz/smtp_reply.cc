// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a hostile SMTP keeper answers is taken only if it is a reply in every octet: decode(p) = p, from
// closed sets; a queue id comes with an acknowledged commit and with nothing else. Input: one packet.
#include <cstring>
#include <string>

#include "daemon/smtp/protocol.h"
#include "fuzz/law.h"

using namespace postern::daemon;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string packet(octets_of(data, size));
  packet.resize(sizeof(SmtpReply));
  hold(!decode_smtp_reply({packet.data(), packet.size() - 1}), "a short packet is none");
  const std::optional<SmtpReply> reply = decode_smtp_reply(packet);
  if (!reply) return 0;
  hold(std::memcmp(&*reply, packet.data(), packet.size()) == 0, "decode(p) = p");
  uint32_t last = 7;
#ifdef POSTERN_SEEDED_BUG
  last = 6;
#endif
  hold(reply->kind >= 1 && reply->kind <= 10 && reply->status >= 1 && reply->status <= last, "closed sets");
  const std::string id = std::string(reply->id, sizeof reply->id).c_str();
  hold(id.size() == (reply->kind == 7 && reply->status == 1 ? kQueueIdLength : 0), "a commit's id, no other");
  for (const char octet : id) hold(octet >= 0x21 && octet <= 0x7E, "0x21 to 0x7E");
  return 0;
}
