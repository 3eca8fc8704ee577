// SPDX-License-Identifier: BSD-2-Clause
// postern-deliver: started by the dispatcher, never by hand.
#include "daemon/config/handover.h"
#include "daemon/deliver/supervisor.h"
#include "daemon/logger/log.h"
#include "daemon/sys/credentials.h"

namespace postern::daemon {
namespace {

Result<void> run() {
  static Settings settings;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) return read;
  const gid_t mail =
      settings.started_as_root && settings.maildrop_group != 0 ? settings.maildrop_group : kNoGroup;
  const Dropped dropped =
      Credentials::confirm(settings.mta_uid, settings.mta_gid, settings.started_as_root, mail);
  if (!dropped.holds()) return Error{"not what it was", "deliver", {}, 0, Exit::kSoftware};
  return run_deliver_supervisor(settings, {handed::kLog, Fd(handed::kHelper), Fd(handed::kLifeline)});
}

}  // namespace
}  // namespace postern::daemon

int main() {
  using namespace postern::daemon;
  const auto ended = run();
  if (ended.ok()) return 0;
  const auto said = log_line(handed::kLog, LogLine("deliver", "end").with("why", ended.error().text()));
  return static_cast<int>(said.ok() ? ended.error().exit : Exit::kInputOutput);
}
