// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/module.h"

#include <sys/mman.h>

#include "daemon/keeper/channel.h"
#include "daemon/keeper/keeper.h"
#include "daemon/logger/log.h"
#include "daemon/pop3/session.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kCalls[] = {
    // the client: read from, sent to; the keeper: one packet at a time; a message: read
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

// login_patience: the look-up, a turn to hash and a hash, rounded up to quanta, and then some.
int login_patience_ms(const Settings& settings) {
  const auto longest = settings.lookup_deadline * 2 + settings.refusal_quantum * 2;
  return static_cast<int>(longest.count()) + 60'000;
}

std::span<const Endpoint> pop3_endpoints(const Settings& settings) {
  return {settings.pop3_listen, settings.pop3_listen_count};
}

}  // namespace

constinit const SandboxProfile kPop3SessionProfile{"pop3-session", kCalls, {}};

constinit const ModuleSpec kPop3Module{"pop3",      &pop3_endpoints,      &run_pop3_session,
                                       &run_keeper, &kPop3SessionProfile, &kKeeperProfile};

int run_pop3_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels) {
  const Result<void> entered = enter_sandbox(kPop3SessionProfile);
  if (!entered) {
    LogLine line("pop3-session", "no-sandbox");
    line.with("connection", record.number).with("trouble", entered.error().text());
    const Result<void> logged = log_line(channels.log.get(), line);
    return static_cast<int>(logged ? entered.error().exit : Exit::kInputOutput);
  }
  ClientStream client(channels.client.get(), kPop3Lines);
  ChannelKeeper keeper(channels.keeper.get(), login_patience_ms(settings));
  Pop3Session(client, keeper).run();
  return 0;
}

}  // namespace postern::daemon
