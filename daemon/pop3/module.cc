// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/module.h"

#include "daemon/keeper/channel.h"
#include "daemon/keeper/keeper.h"
#include "daemon/listener/role.h"
#include "daemon/pop3/session.h"
#include "daemon/session/calls.h"
#include "daemon/session/login_patience.h"

namespace postern::daemon {
namespace {

std::span<const Endpoint> pop3_endpoints(const Settings& settings) {
  return {settings.pop3_listen, settings.pop3_listen_count};
}

std::span<const Endpoint> pop3_tls_endpoints(const Settings& settings) {
  return {settings.pop3_tls_listen, settings.pop3_tls_listen_count};
}

bool offers_stls(const Settings& settings) {
  return settings.encryption.pop.starttls;
}

bool takes_certificates(const Settings& settings) {
  return settings.encryption.pop.certificate;
}

}  // namespace

constinit const SandboxProfile kPop3SessionProfile{"pop3-session", kSessionCalls, {}, kSessionMemory};

constinit const ModuleSpec kPop3Module{"pop3",
                                       &pop3_endpoints,
                                       &run_pop3_session,
                                       &run_keeper,
                                       &kPop3SessionProfile,
                                       &kKeeperProfile,
                                       &pop3_tls_endpoints,
                                       &offers_stls,
                                       "-ERR [SYS/TEMP] too many connections, try again later\r\n",
                                       &takes_certificates};

int run_pop3_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels) {
  return run_role(kPop3SessionProfile, record, channels.log.get(), [&]() -> Result<void> {
    ClientStream client(channels.client.get(), kPop3Lines);
    ChannelKeeper keeper(channels.keeper.get(), login_patience_ms(settings));
    SessionEncryption encryption(settings.encryption.pop, "pop3", record, channels);
    Pop3Session(client, keeper, encryption).run();
    return {};
  });
}

}  // namespace postern::daemon
