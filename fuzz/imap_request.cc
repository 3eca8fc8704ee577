// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a hostile IMAP session gets through exactly what is permitted: admitted(trace) = permitted(trace),
// where permitted is written down a second time as a connection's life; decode(fill(q)) = q, and a packet
// that is taken is whole: one octet less, or more, is none. Input: octets of a trace (low five bits a kind,
// the top bit refused), NUL, then one packet.
#include <cstring>
#include <string>

#include "daemon/imap/protocol.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;
using enum ImapRequestKind;

// Permitted: three logins of each kind at most, and one word each on certificates; then folders; messages of
// a folder that is selected, changes only if it was not examined; a copy or append from its begin to its
// commit or cancel without anything else; one quit.
struct Permitted {
  bool in = false, over = false, selected = false, writable = false, copy = false, append = false;
  unsigned logins = 0, externals = 0, expects = 0, questions = 0;

  [[nodiscard]] bool is_now(ImapRequestKind kind) const {
    if (kind == kQuit) return true;
    if (!in)
      return (kind == kLogin && logins < 3) || (kind == kExternal && externals < 3) ||
             (kind == kExpect && expects < 1) || (kind == kShown && questions < 1);
    if (kind == kExternal || kind == kExpect || kind == kShown) return false;
    if (kind == kCancel) return true;
    if (kind == kCopyTake || kind == kCopyCommit) return copy;
    if (kind == kAppendData || kind == kAppendCommit) return append;
    if (copy || append || kind == kLogin) return false;
#ifdef POSTERN_SEEDED_BUG
    if (kind == kExpunge) return selected;  // from a folder that is open for reading
#endif
    if (kind == kStore || kind == kExpunge || kind == kDefine) return writable;
    if (kind == kKeyword || kind == kRows || kind == kOpen || kind == kPoll || kind == kUnselect)
      return selected;
    return kind == kCopyBegin ? selected : true;
  }

  bool admits(ImapRequestKind kind) {
    const bool now = !over && is_now(kind);
    logins += kind == kLogin;
    externals += kind == kExternal;
    expects += kind == kExpect;
    questions += kind == kShown;
    over = !now;
    return now;
  }

  void answered(ImapRequestKind kind, bool granted) {
    over = over || kind == kQuit;
    in = in || ((kind == kLogin || kind == kExternal) && granted);
    if (kind == kSelect || kind == kExamine) selected = granted, writable = granted && kind == kSelect;
    if (kind == kUnselect) selected = writable = false;
    copy = granted && (kind == kCopyBegin || kind == kCopyTake);
    append = granted && (kind == kAppendBegin || kind == kAppendData);
  }
};

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
  hold(kind == kAppendData || question.text.find('\0') == std::string_view::npos, "no NUL");
  hold(question.more.find('\0') == std::string_view::npos, "no NUL");
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
