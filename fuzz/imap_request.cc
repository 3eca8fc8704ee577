// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a hostile IMAP session gets through exactly what is permitted: admitted(trace) = permitted(trace),
// where permitted is written down a second time as a connection's life; decode(fill(q)) = q, and a packet
// that is taken is whole: one octet less, or more, is none. Input: octets of a trace (low five bits a kind,
// the top bit refused), NUL, then one packet.
#include <cstring>
#include <string>

#include "fuzz/imap_request.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_trace(std::string_view trace) {
  ImapGate gate;
  Permitted permitted;
  for (const char octet : trace) {
    const auto kind = static_cast<ImapRequestKind>(1 + (octet & 31) % kImapKinds);
    const bool granted = (octet & 0x80) == 0;
    const bool admitted = gate.admit(kind);
    hold(admitted == permitted.admits(kind), "admitted(trace) = permitted(trace)");
    if (!admitted) return hold(gate.phase() == ImapPhase::kEnded, "what is out of turn ends it");
    gate.answered(kind, granted);
    permitted.answered(kind, granted);
  }
}

void check_fields(const ImapQuestion& question) {
  const ImapRequestHead& head = question.head;
  const ImapRequestKind kind = question.kind();
  const bool rows = kind == kRows || kind == kStore;
  const bool range = rows || kind == kExpunge || kind == kCopyTake;
  hold(head.kind >= 1 && head.kind <= kImapKinds, "a known kind");
  hold((head.count != 0) == range && (!rows || head.count <= kImapRowsLimit), "a count where it belongs");
  hold(!range || uint64_t{head.first} + head.count - 1 <= UINT32_MAX, "a range has an end");
  hold(head.first == 0 ? !range && kind != kOpen
                       : range || kind == kOpen || kind == kFolder || kind == kKeyword,
       "a number where it belongs");
  hold((head.flags & ~kImapStorable) == 0 && (head.keywords & ~kImapKeywordMask) == 0,
       "flags that can be stored");
  hold(head.keywords == 0 || kind == kStore, "keywords where they belong");
  hold((head.octets == 0 && head.date == 0) || kind == kAppendBegin, "a size where it belongs");
  hold((head.mode == 0) == !(kind == kStore || kind == kPoll || kind == kCopyBegin) && head.mode <= 3,
       "a mode");
  const std::string_view text = kind == kAppendData ? "" : question.text;
  hold((text.find('\0') & question.more.find('\0')) == text.npos, "no NUL");
}

void check_packet(std::string_view packet) {
  const auto question = decode_imap_request(packet);
  if (!question) return;
  check_fields(*question);
  static ImapRequest request;
  const auto again = fill_imap_request(request, *question);
  hold(again && std::string_view(again->data(), again->size()) == packet, "fill(decode(p)) = p");
  hold(!decode_imap_request(packet.substr(0, packet.size() - 1)), "one octet less is none");
  hold(!decode_imap_request(std::string(packet) + 'x'), "one octet more is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  check_trace(cut(rest, '\0'));
  check_packet(rest);
  return 0;
}
