// SPDX-License-Identifier: BSD-2-Clause
// Login name -> uid: a child of the helper, of a user of its own, forked before the helper is caged. Name
// service code runs there and nowhere else.
#pragma once

#include <sys/types.h>

#include "daemon/config/settings.h"
#include "daemon/maildrop_helper/protocol.h"

namespace postern::daemon {

enum class NameStatus : std::uint32_t { kFound = 1, kUnknown, kOtherName, kFailed };

// NameAnswer is one packet of the child; a MaildropQuestion is what it is asked.
struct NameAnswer {
  std::uint64_t ticket = 0;
  NameStatus status = NameStatus::kFailed;
  uid_t uid = 0;
};
static_assert(std::has_unique_object_representations_v<NameAnswer>);

// run_names is the life of that child: it becomes the look-up user, enters its sandbox, answers on descriptor
// kHelperNames until the helper is gone, and ends.
[[noreturn]] void run_names(const Settings& settings);

}  // namespace postern::daemon
