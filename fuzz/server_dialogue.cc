// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a server says, a login is allowed only where the password has been sent and the server's last
// word is OK; the password is sent once at most, as a secret, and nothing else is one; a dialogue ends.
// Input: the protocol (octet mod 2), then the server's lines, LF between them.
#include "conformance/runner/dialogue.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;

constexpr std::string_view kPassword = "secret";

bool says_ok(bool imap, std::string_view line) {
  const std::string_view word = imap ? "p1 OK " : "+OK";
  for (size_t at = 0; at < word.size(); ++at) {
    const char octet = at < line.size() ? line[at] : '\0';
#ifndef POSTERN_SEEDED_BUG
    if (imap && octet >= 'a' && octet <= 'z' && octet - 'a' + 'A' == word[at]) continue;
#endif
    if (octet != word[at] && !(imap && at == 0 && octet == 'P')) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  const bool imap = data[0] % 2 != 0;
  const auto dialogue = make_dialogue(kProtocols[imap ? 1 : 0], "alice", std::string(kPassword));
  std::string_view rest = octets_of(data + 1, size - 1);
  int secrets = 0;
  for (int sent = 0; !rest.empty();) {
    const std::string_view line = cut(rest, '\n');
    const Dialogue::Move move = dialogue->on_line(line);
    hold(move.secret == (move.send.find(kPassword) != move.send.npos), "the password is a secret");
    hold(move.send.empty() || move.send.ends_with("\r\n"), "whole lines");
    secrets += move.secret ? 1 : 0;
    sent += move.send.empty() ? 0 : 1;
    hold(secrets <= 1 && sent <= 3, "it ends");
    if (!move.end) continue;
    hold(*move.end != LoginEnd::kAllowed || (secrets == 1 && says_ok(imap, line)), "allowed only by OK");
    break;
  }
  return 0;
}
