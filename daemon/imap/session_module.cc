// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/session_module.h"

#include "daemon/imap/session.h"
#include "daemon/listener/role.h"
#include "daemon/session/calls.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kImapSessionCalls[] = {
    POSTERN_CALLS_OF_SESSION_CHANNEL,
    POSTERN_CALLS_OF_HANDOFF,  // STARTTLS, as in kSessionCalls
    POSTERN_CALL_IF(socketpair, argument_int(0, AF_UNIX), argument_int(1, SOCK_STREAM | SOCK_CLOEXEC)),
    POSTERN_CALL(read),
    POSTERN_CALL(pread64),
    POSTERN_CALL(close),
    POSTERN_CALL(clock_gettime),
    POSTERN_CALLS_OF_A_CONNECTION,
};

// login_patience: the look-up, a turn to hash and a hash, rounded up to quanta, and then some.
int login_patience_ms(const Settings& settings) {
  const auto longest = settings.lookup_deadline * 2 + settings.refusal_quantum * 2;
  return static_cast<int>(longest.count()) + 60'000;
}

}  // namespace

constinit const SandboxProfile kImapSessionProfile{"imap-session", kImapSessionCalls};

int run_imap_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels) {
  return run_role(kImapSessionProfile, record, channels.log.get(), [&]() -> Result<void> {
    ClientStream client(channels.client.get(), kImapLines);
    ImapChannelKeeper keeper(channels.keeper.get(), login_patience_ms(settings));
    SessionEncryption encryption(settings.encryption.imap, "imap", record, channels);
    ImapSession(client, keeper, encryption, settings.message_size_limit).run();
    return {};
  });
}

}  // namespace postern::daemon
