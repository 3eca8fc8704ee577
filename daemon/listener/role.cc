// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/role.h"

#include "daemon/listener/address_key.h"
#include "daemon/logger/log.h"

namespace postern::daemon {
namespace {

// Apart, for run_role's place on the stack is taken for as long as a session lives: it is to be small.
[[gnu::noinline]] int ended_by(const Error& error, int log, const SandboxProfile& profile,
                               std::string_view event, const ConnectionRecord& record, bool with_client) {
  LogLine line(profile.role, event);
  line.with("connection", record.number);
  if (with_client) line.with("client", address_text(record.peer));
  line.with("trouble", error.text());
  const Result<void> logged = log_line(log, line);
  return static_cast<int>(logged ? error.exit : Exit::kInputOutput);
}

}  // namespace

int run_role(const SandboxProfile& profile, const ConnectionRecord& record, int log,
             const std::function<Result<void>()>& work) {
  if (Result<void> entered = enter_sandbox(profile); !entered)
    return ended_by(entered.error(), log, profile, "no-sandbox", record, false);
  // Only a keeper can end in an Error: what fails in a session is said to its client.
  if (Result<void> done = work(); !done)
    return ended_by(done.error(), log, profile, "keeper-ended", record, true);
  return 0;
}

}  // namespace postern::daemon
