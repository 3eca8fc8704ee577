// SPDX-License-Identifier: BSD-2-Clause
// Who this process is, and the one way to stop being root. Nothing else in the tree may name the system
// calls that change credentials; a test looks at every object file.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

class Credentials;

inline constexpr gid_t kNoGroup = static_cast<gid_t>(-1);

// Dropped is the proof that this process holds no privilege and cannot get one back (PV-2). Only
// Credentials makes one. It cannot be copied, moved, derived from, default-made or cast from octets; what
// may only happen afterwards (listen, accept, start a module) asks for a `const Dropped&`.
class [[nodiscard]] Dropped final {
 public:
  Dropped(const Dropped&) = delete;
  Dropped(Dropped&&) = delete;
  Dropped& operator=(const Dropped&) = delete;
  Dropped& operator=(Dropped&&) = delete;
  ~Dropped() { gone_ = true; }  // not trivial: bit_cast and memcpy are refused

  [[nodiscard]] uid_t uid() const noexcept { return uid_; }
  [[nodiscard]] gid_t gid() const noexcept { return gid_; }
  // holds asks the kernel whether real, effective and saved ids still are those of the token.
  [[nodiscard]] bool holds() const noexcept;

 private:
  friend class Credentials;
  Dropped(uid_t uid, gid_t gid) noexcept : uid_(uid), gid_(gid) {}

  uid_t uid_;
  gid_t gid_;
  bool gone_ = false;
};

// StartedAs is what the kernel says of the ids this program was started with.
enum class StartedAs {
  kRoot,  // uid 0, real and effective and saved: it must drop
  kUser,  // an ordinary user: there is nothing to drop
};

class Credentials {
 public:
  // started_as answers kRoot or kUser. Error: a set-uid or set-gid start (ids differ).
  [[nodiscard]] static Result<StartedAs> started_as();

  // can_become answers whether root of this user namespace can turn into uid and gid at all. Error with the
  // reason when it cannot: an id that is not mapped here (uid 0 of a one-id namespace is not root).
  [[nodiscard]] static Result<void> can_become(uid_t uid, gid_t gid);

  // forbid_new_privileges sets no_new_privs: no exec from here on gives anybody anything. Irrevocable.
  [[nodiscard]] static Result<void> forbid_new_privileges();

  // drop_for_good gives up every privilege of root and becomes uid and gid, then reads everything back and
  // tries to return (PV-2). Requires: StartedAs::kRoot, no_new_privs set, one thread.
  // If any step fails, or any way back is open, it says so on standard error and the process ends here with
  // EX_OSERR: there is no half-dropped process.
  // `also`: the one supplementary group beside gid (PV-4: group mail, for the deliver supervisor); not 0.
  static Dropped drop_for_good(uid_t uid, gid_t gid, gid_t also = kNoGroup);

  // keep_chown_only is the maildrop helper's: uid 0 with CAP_CHOWN, `group` and no other group, and nothing
  // else, for good; read back, and every way to more is tried (PV-5). Requires and ends like drop_for_good.
  static void keep_chown_only(gid_t group);

  // drop_nothing is the same for StartedAs::kUser: empties what capabilities there may be, sets no_new_privs
  // and dumpable 0, and verifies that there is no way to root. Ends the process like drop_for_good.
  static Dropped drop_nothing();

  // is_member answers whether `group` is one of this process's own, supplementary or not.
  [[nodiscard]] static bool is_member(gid_t group);

  // confirm is for a module just executed: it changes nothing but dumpable (exec resets it), reads everything
  // back and answers with its own token. `from_root`: the bounding set must be empty and the groups exactly
  // gid and `also`. Ends the process like drop_for_good.
  static Dropped confirm(uid_t uid, gid_t gid, bool from_root, gid_t also = kNoGroup);
};

}  // namespace postern::daemon
