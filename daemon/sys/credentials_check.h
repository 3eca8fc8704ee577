// SPDX-License-Identifier: BSD-2-Clause
// Reading back what a process is. Changes nothing, and is all that a module links of credentials. Every
// function ends the process with EX_OSERR, and says why, if what it reads is not as it must be.
#pragma once

#include <sys/types.h>

namespace postern::daemon::credentials_check {

// fail ends a process whose credentials are not what they must be: doubt is never a success.
[[noreturn]] void fail(const char* step, int errno_value);

// must fails unless `good`, with errno as the reason.
void must(bool good, const char* step);

// must_be fails unless `good`, for what was read and compared: no call is to blame.
void must_be(bool good, const char* what);

// last_capability returns the highest capability number of this kernel.
[[nodiscard]] int last_capability();

void verify_ids(uid_t uid, gid_t gid);      // real, effective and saved; neither may be 0
void verify_groups(gid_t gid, gid_t also);  // exactly gid and, unless it is kNoGroup, `also`
void verify_chown_only(gid_t group);        // uid 0, this group and no other, CAP_CHOWN alone, no way to more
void verify_no_capability();                // effective, permitted, inheritable, ambient
void verify_bounding_set_empty();
void verify_no_new_privileges();  // and not dumpable

}  // namespace postern::daemon::credentials_check
