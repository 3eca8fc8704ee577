// SPDX-License-Identifier: BSD-2-Clause
// The one thing the maildrop helper does: an empty maildrop comes to be under its name, at once with its
// owner, group and mode (MD-2, MD-3). What may be done is core's to say. Allocates nothing, but for
// open_spool.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "daemon/maildrop_helper/protocol.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// Made is how it went: the verdict's reason, or the trouble that there was. `step` and `errno_value` say more
// of kNoSpace and kSystem.
struct Made {
  MaildropTrouble trouble = MaildropTrouble::kNone;
  MaildropReason reason = MaildropReason::kNoMaildrop;
  const char* step = "";
  int errno_value = 0;
  uid_t user = 0;  // whose maildrop is there now; 0: there is none
};

// open_spool opens the spool at `path` and looks at it and at the directories above it (MD-3, MD-5, DT-3).
[[nodiscard]] Result<Fd> open_spool(const std::string& path, gid_t mail_group);

// make_maildrop makes the maildrop `name` of `user` in the open directory `spool` if core's rules say so
// (decide_maildrop), lasting. Whatever lies at that name already is looked at, never opened and never
// changed. On any failure nothing is left behind. Needs CAP_CHOWN, membership in the site's mail group,
// O_TMPFILE, and /proc.
[[nodiscard]] Made make_maildrop(int spool, const permission::MaildropSite& site, std::string_view name,
                                 std::optional<permission::UnixUser> user);

// probe_spool answers whether make_maildrop would work, by all of its steps but for the name: nothing is left
// behind. Trouble if not.
[[nodiscard]] Made probe_spool(int spool, uid_t owner, gid_t mail_group);

}  // namespace postern::daemon
