// SPDX-License-Identifier: BSD-2-Clause
// postern-logger: started by the dispatcher, never by hand.
#include <unistd.h>

#include "daemon/config/handover.h"
#include "daemon/logger/logger.h"
#include "daemon/logger/profile.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {
namespace {

Result<void> run() {
  static Settings settings;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) return read;
  const Dropped dropped = Credentials::confirm(settings.mta_uid, settings.mta_gid, settings.started_as_root);
  if (!dropped.holds()) return Error{"not what it was", "logger", {}, 0, Exit::kSoftware};
  if (auto noted = Signals::note_termination(); !noted.ok()) return noted;
  const SandboxOptions options{settings.sandbox, settings.landlock_abi_cap, {}};
  if (auto ready = prepare_sandbox(kLoggerProfile, options); !ready.ok()) return ready;
  if (auto caged = enter_sandbox(kLoggerProfile); !caged.ok()) return caged;
  return run_logger(handed::kLog, handed::kLogFile);
}

}  // namespace
}  // namespace postern::daemon

int main() {
  const auto ended = postern::daemon::run();
  if (ended.ok()) return 0;
  const postern::daemon::Error& error = ended.error();
  // The log itself is where this process can still speak; if that fails nothing is left but the status.
  const std::string text =
      postern::daemon::printed_line("role=logger event=end why=\"" + error.text() + "\"", 0);
  const bool said = postern::daemon::write_all(postern::daemon::handed::kLogFile, text, "log").ok();
  return said ? static_cast<int>(error.exit) : static_cast<int>(postern::daemon::Exit::kInputOutput);
}
