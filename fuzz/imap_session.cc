// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a client says, however it is pipelined: the keeper is never asked out of turn (its own
// table), nor after an answer that is none, nor what its own decoder would not take, nor for a message that
// is not in its view; the client hears of a login as often as the keeper allows one; without STARTTLS and
// IDLE, what is said in pieces is answered as what is said at once. Input: the plan (session.h), the keeper's
// answers up to a NUL, then the client's octets. An answer mod 4: 0 is yes.
#include "fuzz/imap_session.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

std::string play(std::string_view answers, std::string_view says, unsigned plan) {
  Keeper keeper(answers);
  std::string heard =
      fuzz::Client(says, plan).run(kImapLines, [&](ClientStream& stream, SessionEncryption& encryption) {
        ImapSession(stream, keeper, encryption, 100).run();
      });
  hold(fuzz::count(heard, " OK logged in\r\n") == keeper.yes, "in by the keeper's word, and no other");
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::play_input(data, size, play);
}
