// SPDX-License-Identifier: BSD-2-Clause
// Reading back what a process is. Changes nothing, and is all that a module links of credentials. Every
// function ends the process with EX_OSERR, and says why, if what it reads is not as it must be.
#pragma once

#include <sys/types.h>

#include "core/permission_model/privileges.h"

namespace postern::daemon::credentials_check {

// fail ends a process whose credentials are not what they must be: doubt is never a success.
[[noreturn]] void fail(const char* step, int errno_value);

// must fails unless `good`, with errno as the reason.
void must(bool good, const char* step);

// must_be fails unless `good`, for what was read and compared: no call is to blame.
void must_be(bool good, const char* what);

// last_capability returns the highest capability number of this kernel.
[[nodiscard]] int last_capability();

// read_back asks the kernel for all that this process is. Two things only a credential call tells, which a
// module may not make: the file-system ids are answered as the effective ones, which every exec makes them,
// and the securebits as none.
[[nodiscard]] permission::Credentials read_back();

// must_become: PV-2, what the drop must have made of a process; `also` as in Credentials::drop_for_good.
[[nodiscard]] permission::Expected must_become(uid_t uid, gid_t gid, gid_t also);

// must_be_user: the same of an ordinary user's daemon: groups and bounding set are as they were.
[[nodiscard]] permission::Expected must_be_user(uid_t uid, gid_t gid);

// verify: core decides whether `is` is what it must be, and whether a way leads back to root. Not dumpable,
// too.
void verify(const permission::Credentials& is, const permission::Expected& expected);

}  // namespace postern::daemon::credentials_check
