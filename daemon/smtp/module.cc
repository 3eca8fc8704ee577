// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/module.h"

#include "daemon/keeper/packet.h"
#include "daemon/listener/role.h"
#include "daemon/session/calls.h"
#include "daemon/smtp/keeper.h"
#include "daemon/smtp/session.h"

namespace postern::daemon {

constinit const SandboxProfile kSmtpSessionProfile{"smtp-session", kSessionCalls, {}, kSessionMemory};

namespace {

bool offers_starttls(const Settings& settings) {
  return settings.encryption.smtp_starttls;
}

}  // namespace

constinit const ModuleSpec kSmtpModule{
    "smtp",           &smtp_endpoints,      &run_smtp_session,
    &run_smtp_keeper, &kSmtpSessionProfile, &kSmtpKeeperProfile,
    nullptr,          &offers_starttls,     "421 4.3.2 too many connections, try again later\r\n"};

std::span<const Endpoint> smtp_endpoints(const Settings& settings) {
  return {settings.smtp_listen, settings.smtp_listen_count};
}

int run_smtp_session(const Settings& settings, const ConnectionRecord& record, SessionChannels channels) {
  return run_role(kSmtpSessionProfile, record, channels.log.get(), [&]() -> Result<void> {
    ClientStream client(channels.client.get(), kSmtpLines);
    SmtpChannelKeeper keeper(channels.keeper.get());
    const tls::ServicePlan plan{.starttls = settings.encryption.smtp_starttls};
    SessionEncryption encryption(plan, "smtp", record, channels);
    SmtpSession(client, keeper, encryption, settings.hostname.view(), settings.message_size_limit).run();
    return {};
  });
}

}  // namespace postern::daemon
