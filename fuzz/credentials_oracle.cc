// SPDX-License-Identifier: BSD-2-Clause
//
// Law: apply(before, call) = oracle(before, call) for each call of a trace: the state after it in every
// field, or that it is refused, where oracle is the Coq model of credentials, extracted (proofs/oracle).
// Input: as permission.h has it.
#include "fuzz/permission.h"
#include "proofs/oracle/credentials.h"

// The heap of the oracle is never given back.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Octets input(octets_of(data, size));
  fuzz::Credentials is = fuzz::start(input);
  while (input.more()) {
    const fuzz::Call call = fuzz::call(input);
    const fuzz::Transition made = apply(is, call);
    if (postern::oracle::has_call(call)) {
      auto must = postern::oracle::call_answer(is, call);
#ifdef POSTERN_SEEDED_BUG
      if (must && call.name == fuzz::CallName::kExec) must->no_new_privs = false;  // an exec that forgets it
#endif
      hold(must.has_value() == (made.error == fuzz::CallError::kNone), "both allow it, or neither");
      hold(!must || *must == made.after, "the state after it");
    }
    is = made.after;
  }
  return 0;
}
