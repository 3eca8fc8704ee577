// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/module.h"

#include <sys/mman.h>

#include "daemon/keeper/packet.h"
#include "daemon/logger/log.h"
#include "daemon/smtp/keeper.h"
#include "daemon/smtp/session.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // the client: read from, sent to; the keeper: one packet at a time
    POSTERN_CALLS_OF_SESSION_CHANNEL,
    POSTERN_CALL(read),
    POSTERN_CALL(close),
    POSTERN_CALL(clock_gettime),
    // memory
    POSTERN_CALL(brk),
    POSTERN_CALL_IF(mmap, without(2, PROT_EXEC)),
    POSTERN_CALL(munmap),
    POSTERN_CALL(mremap),
    POSTERN_CALL(madvise),
    POSTERN_CALL(getrandom),
    // signals and the end
    POSTERN_CALL(rt_sigreturn),
    POSTERN_CALL(restart_syscall),
    POSTERN_CALL(exit_group),
};

}  // namespace

constinit const SandboxProfile kSmtpSessionProfile{"smtp-session", kCalls, {}};

constinit const ModuleSpec kSmtpModule{"smtp",           &smtp_endpoints,      &run_smtp_session,
                                       &run_smtp_keeper, &kSmtpSessionProfile, &kSmtpKeeperProfile};

std::span<const Endpoint> smtp_endpoints(const Settings& settings) {
  return {settings.smtp_listen, settings.smtp_listen_count};
}

int run_smtp_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels) {
  const Result<void> entered = enter_sandbox(kSmtpSessionProfile);
  if (!entered) {
    LogLine line("smtp-session", "no-sandbox");
    line.with("connection", record.number).with("trouble", entered.error().text());
    const Result<void> logged = log_line(channels.log.get(), line);
    return static_cast<int>(logged ? entered.error().exit : Exit::kInputOutput);
  }
  ClientStream client(channels.client.get(), kSmtpLines);
  SmtpChannelKeeper keeper(channels.keeper.get());
  SmtpSession(client, keeper, settings.hostname.view(), settings.message_size_limit).run();
  return 0;
}

}  // namespace postern::daemon
