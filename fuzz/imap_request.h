// SPDX-License-Identifier: BSD-2-Clause
// What an IMAP session may ask, written down a second time as a connection's life.
#pragma once

#include "daemon/imap/protocol.h"

namespace fuzz {

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

}  // namespace fuzz
