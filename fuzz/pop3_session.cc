// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a client says, however it is pipelined: the keeper is never asked out of turn (its own
// table), nor after an answer that is none; the client hears of a login as often as the keeper allows one;
// nothing is removed without a QUIT; without STLS, what is said in pieces is answered as what is said at
// once. Input: the plan (session.h), the keeper's answers up to a NUL, then the client's octets. An answer
// mod 4: 0 is yes.
#include "fuzz/pop3_session.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

std::string play(std::string_view answers, std::string_view says, unsigned plan) {
  Keeper keeper(answers);
  std::string heard =
      fuzz::Client(says, plan).run(kPop3Lines, [&](ClientStream& stream, SessionEncryption& encryption) {
        Pop3Session(stream, keeper, encryption).run();
      });
  hold(fuzz::count(heard, "+OK mailbox is open\r\n") == keeper.yes, "in by the keeper's word, and no other");
  hold(keeper.removed == 0 || says.find_first_of("Qq") != says.npos, "nothing is removed without a QUIT");
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::play_input(data, size, play);
}
