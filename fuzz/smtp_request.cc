// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a hostile SMTP session gets through exactly what is permitted: admitted(trace) = permitted(trace),
// where permitted is written down a second time as a transaction's life; decode(fill(k, t)) = (k, t), and a
// packet that is taken is whole: one octet less, or more, is none. Input: octets of a trace (low four bits a
// kind, the top bit granted), NUL, then the text of one request.
#include <cstring>
#include <string>

#include "fuzz/law.h"
#include "fuzz/smtp_request.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_trace(std::string_view trace) {
  SmtpGate gate;
  Permitted permitted;
  for (const char octet : trace) {
    const auto kind = static_cast<SmtpRequestKind>(1 + (octet & 15) % 10);
    const bool granted = (octet & 0x80) == 0;
    const bool admitted = gate.admit(kind);
    hold(admitted == permitted.admits(kind), "admitted(trace) = permitted(trace)");
    if (!admitted) return hold(gate.phase() == SmtpPhase::kEnded, "what is out of turn ends it");
    gate.answered(kind, granted);
    permitted.answered(kind, granted);
  }
}

void check_packet(SmtpRequestKind kind, std::string_view text) {
  static SmtpRequest request;
  const std::span<const char> packet = fill_smtp_request(request, kind, text);
  const auto question = decode_smtp_request(packet);
  hold(question.has_value() == has_text(kind, text), "a kind has its text and no other");
  hold(!decode_smtp_request(packet.first(packet.size() - 1)), "one octet less is none");
  hold(!decode_smtp_request({packet.data(), packet.size() + 1}), "one octet more is none");
  if (question) hold(question->kind == kind && question->text == text, "decode(fill(k, t)) = (k, t)");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  const std::string_view raw = rest;
  check_trace(cut(rest, '\0'));
  for (uint32_t kind = 0; kind < 12; ++kind) check_packet(static_cast<SmtpRequestKind>(kind), rest);
  if (const auto question = decode_smtp_request(raw)) {
    hold(has_text(question->kind, question->text), "a kind has its text and no other");
  }
  return 0;
}
