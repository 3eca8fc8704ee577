// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/module.h"

#include "daemon/imap/keeper.h"
#include "daemon/imap/session_module.h"

namespace postern::daemon {
namespace {

std::span<const Endpoint> imap_endpoints(const Settings& settings) {
  return {settings.imap_listen, settings.imap_listen_count};
}

std::span<const Endpoint> imap_tls_endpoints(const Settings& settings) {
  return {settings.imap_tls_listen, settings.imap_tls_listen_count};
}

bool offers_starttls(const Settings& settings) {
  return settings.encryption.imap.starttls;
}

bool takes_certificates(const Settings& settings) {
  return settings.encryption.imap.certificate;
}

}  // namespace

constinit const ModuleSpec kImapModule{"imap",
                                       &imap_endpoints,
                                       &run_imap_session,
                                       &run_imap_keeper,
                                       &kImapSessionProfile,
                                       &kImapKeeperProfile,
                                       &imap_tls_endpoints,
                                       &offers_starttls,
                                       "* BYE [UNAVAILABLE] too many connections, try again later\r\n",
                                       &takes_certificates};

}  // namespace postern::daemon
