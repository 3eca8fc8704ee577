// SPDX-License-Identifier: BSD-2-Clause
// What a POP3 session may ask, written down a second time as what may follow what.
#pragma once

#include <cstdint>

namespace fuzz {

// Permitted: three logins of each kind at most before one succeeds, and one word each on certificates, then
// anything about messages, then one end.
struct Permitted {
  bool in = false, over = false;
  unsigned logins = 0, externals = 0, expects = 0, questions = 0;

  bool admits(uint32_t kind) {
    const bool about_messages = kind >= 2 && kind <= 4;
    const bool about_login = (kind == 1 && logins < 3) || (kind == 9 && externals < 3) ||
                             (kind == 7 && expects < 1) || (kind == 8 && questions < 1);
    const bool now =
        !over && ((about_login && !in) || (about_messages && in) || (kind == 5 && in) || kind == 6);
    logins += kind == 1;
    externals += kind == 9;
    expects += kind == 7;
    questions += kind == 8;
    over = !now || kind == 5 || kind == 6;
#ifdef POSTERN_SEEDED_BUG
    if (kind == 1 && logins == 4) return !in;  // a fourth login
#endif
    return now;
  }
};

}  // namespace fuzz
