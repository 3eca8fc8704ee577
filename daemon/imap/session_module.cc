// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/session_module.h"

#include "daemon/imap/session.h"
#include "daemon/listener/role.h"
#include "daemon/session/calls.h"
#include "daemon/session/login_patience.h"

namespace postern::daemon {
namespace {

constexpr AllowedCall kImapSessionCalls[] = {POSTERN_CALLS_OF_A_SESSION, POSTERN_CALL(pread64)};

}  // namespace

constinit const SandboxProfile kImapSessionProfile{"imap-session", kImapSessionCalls, {}, kSessionMemory};

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
