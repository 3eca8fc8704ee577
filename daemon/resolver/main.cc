// SPDX-License-Identifier: BSD-2-Clause
// postern-resolver: started by the dispatcher, never by hand.
#include "daemon/config/handover.h"
#include "daemon/logger/log.h"
#include "daemon/resolver/profile.h"
#include "daemon/resolver/resolver.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {
namespace {

Error run() {
  static Settings settings;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) return read.take_error();
  const Dropped dropped = Credentials::confirm(settings.mta_uid, settings.mta_gid, settings.started_as_root);
  if (!dropped.holds()) return Error{"not what it was", "resolver", {}, 0, Exit::kSoftware};
  const auto places = places_of(settings);
  const SandboxOptions options{settings.sandbox, settings.landlock_abi_cap, places, true};
  if (auto ready = prepare_sandbox(kResolverProfile, options); !ready.ok()) return ready.take_error();
  if (auto caged = enter_sandbox(kResolverProfile); !caged.ok()) return caged.take_error();
  return run_resolver(handed::kQuestions, settings);
}

}  // namespace
}  // namespace postern::daemon

int main() {
  using namespace postern::daemon;
  const Error error = run();
  const bool said = log_line(handed::kLog, LogLine("resolver", "end").with("why", error.text())).ok();
  return said ? static_cast<int>(error.exit) : static_cast<int>(Exit::kInputOutput);
}
