// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/channel.h"

#include <string.h>

namespace postern::daemon {
namespace {

// PacketBuffer has room for one octet more than a whole packet, so that a longer one shows.
template <class Record>
struct PacketBuffer {
  char octets[sizeof(Record) + 1] = {};
  ~PacketBuffer() { explicit_bzero(octets, sizeof octets); }
};

template <class Record>
std::span<const char> octets_of(const Record& record) {
  return {reinterpret_cast<const char*>(&record), sizeof record};
}

}  // namespace

Result<bool> receive_request(int session, Request& request) {
  PacketBuffer<Request> buffer;
  Result<std::size_t> length = receive_question(session, buffer.octets);
  if (!length) return length.take_error();
  if (length.value() == 0) return false;
  if (!decode_request({buffer.octets, length.value()}, request))
    return session_out_of_turn("a packet that is no request");
  return true;
}

Result<void> send_reply(int session, const Reply& reply, int file) {
  return send_answer(session, octets_of(reply), file);
}

Result<void> send_request(int keeper, const Request& request) {
  return send_question(keeper, octets_of(request));
}

Result<Answer> receive_answer(int keeper, RequestKind kind, int patience_ms) {
  PacketBuffer<Reply> buffer;
  Result<AnswerPacket> packet = receive_answer_packet(keeper, buffer.octets, patience_ms);
  if (!packet) return packet.take_error();
  const std::optional<Reply> reply = decode_reply({buffer.octets, packet->length});
  if (!reply || reply->kind != static_cast<uint32_t>(kind))
    return keeper_failed("the keeper's answer is none");
  return Answer{*reply, std::move(packet->file)};
}

}  // namespace postern::daemon
