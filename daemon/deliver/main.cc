// SPDX-License-Identifier: BSD-2-Clause
// postern-deliver: started by the dispatcher, or in place of one by `posternd --deliver`; never by hand.
#include "daemon/config/handover.h"
#include "daemon/deliver/supervisor.h"
#include "daemon/logger/log.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

// A unit of its own has no logger.
Result<void> take_system_log() {
  auto log = open_system_log();
  if (!log.ok()) return log.take_error();
  return move_descriptor(std::move(log).value(), handed::kLog);
}

Result<void> run() {
  static Settings settings;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) return read;
  if (!settings.maildrop_socket.view().empty())
    if (auto taken = take_system_log(); !taken.ok()) return taken;
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
  if (!said.ok()) end_process("postern-deliver", ended.error());
  return static_cast<int>(ended.error().exit);
}
