// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/role.h"

#include "daemon/listener/address_key.h"
#include "daemon/logger/log.h"

namespace postern::daemon {
namespace {

int ended_by(const Error& error, int log, LogLine line) {
  line.with("trouble", error.text());
  const Result<void> logged = log_line(log, line);
  return static_cast<int>(logged ? error.exit : Exit::kInputOutput);
}

}  // namespace

int run_role(const SandboxProfile& profile, const ConnectionRecord& record, int log,
             const std::function<Result<void>()>& work) {
  const auto line = [&](std::string_view event) {
    LogLine begun(profile.role, event);
    begun.with("connection", record.number);
    return begun;
  };
  if (Result<void> entered = enter_sandbox(profile); !entered)
    return ended_by(entered.error(), log, line("no-sandbox"));
  // Only a keeper can end in an Error: what fails in a session is said to its client.
  if (Result<void> done = work(); !done)
    return ended_by(done.error(), log, line("keeper-ended").with("client", address_text(record.peer)));
  return 0;
}

}  // namespace postern::daemon
