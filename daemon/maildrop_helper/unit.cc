// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/unit.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/dispatcher/users.h"
#include "daemon/logger/log.h"
#include "daemon/maildrop_helper/profile.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr int kPassed = 3;  // sd_listen_fds(3)
constexpr std::size_t kMaxConfig = std::size_t{1} << 20U;

Error not_started_well(std::string what, std::string cure) {
  return Error{std::move(what), "postern-maildrop-helper", std::move(cure), 0, Exit::kUsage};
}

bool says(const char* name, const std::string& value) {
  const char* const is = std::getenv(name);
  return is != nullptr && value == is;
}

Result<void> check_start() {
  const auto started = Credentials::started_as();
  if (!started.ok()) return started.error();
  if (*started != StartedAs::kRoot)
    return not_started_well("not started as root", "no User= in the service unit");
  if (!says("LISTEN_FDS", "1") || !says("LISTEN_PID", std::to_string(getpid())))
    return not_started_well("no connection was passed to this process",
                            "Accept=yes in postern-maildrop.socket, which starts it");
  if (auto step = open_standard_descriptors(); !step.ok()) return step;
  if (auto step = close_all_from(kPassed + 1); !step.ok()) return step;
  if (auto step = check_owned_by_root("/proc/self/exe"); !step.ok()) return step;
  return clean_slate();
}

Result<void> read_config(const char* config, Settings& settings) {
  if (auto owned = check_owned_by_root(config); !owned.ok()) return owned;
  const auto text = read_file(config, kMaxConfig);
  if (!text.ok()) return text.error();
  ParsedSettings parsed = parse_settings(*text, config, system_users());
  if (!parsed.errors.empty()) return parsed.errors.front();
  settings = parsed.settings;
  settings.started_as_root = true;
  if (settings.maildrop_socket.view().empty())
    return Error{"no maildrop-socket: posternd starts the helper itself", config,
                 "add a line: maildrop-socket = ..., as in postern-maildrop.socket; or stop that unit", 0,
                 Exit::kConfig};
  return Credentials::can_become(settings.mta_uid, settings.mta_gid);
}

// The socket's owner and mode say who may connect; this says it again, of whoever has.
Result<void> check_asker(uid_t mta, int log) {
  const auto asker = packet_peer(kPassed);
  if (!asker.ok()) return asker.error();
  if (*asker == mta) return {};
  const LogLine line =
      LogLine("maildrop-helper", "refused").with("reason", "asker").with("uid", std::uint64_t{*asker});
  if (auto said = log_line(log, line); !said.ok()) return said;
  return Error{"was asked by uid " + std::to_string(*asker) + ", who is not the MTA user",
               {},
               "only Unix-Deliver may ask: SocketMode=0660, and nobody else in group mail",
               0,
               Exit::kNotPermitted};
}

}  // namespace

Result<void> take_up_unit(const char* config, Settings& settings) {
  if (auto step = check_start(); !step.ok()) return step;
  if (auto step = read_config(config, settings); !step.ok()) return step;
  auto log = open_system_log();
  if (!log.ok()) return log.take_error();
  if (auto step = check_asker(settings.mta_uid, log->get()); !step.ok()) return step;
  if (auto step = move_descriptor(std::move(log).value(), kHelperLog); !step.ok()) return step;
  if (dup2(kHelperLog, kHelperReady) != kHelperReady) return system_error("moving a descriptor");
  if (auto step = move_descriptor(Fd(kPassed), kHelperRequests); !step.ok()) return step;
  auto lifeline = never_readable();  // it ends with its asker, or by SIGTERM
  if (!lifeline.ok()) return lifeline.take_error();
  return move_descriptor(std::move(lifeline).value(), kHelperLifeline);
}

}  // namespace postern::daemon
