// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/session/encryption.h"

#include "daemon/sys/sockets.h"
#include "daemon/tls/handoff.h"

namespace postern::daemon {

Result<void> SessionEncryption::start(ClientStream& client) {
  client.flush();
  auto pair = stream_pair();
  if (!pair.ok()) return pair.take_error();
  const TlsRequest request = make_tls_request(service_, record_.number);
  Result<void> sent = hand_to_tls(channels_.tls.get(), request, channels_.client.get(), pair->first.get());
  if (!sent.ok()) return sent;
  channels_.client = std::move(pair->second);
  channels_.tls.reset();
  encrypted_ = true;
  client.go_on_with(channels_.client.get());
  return {};
}

}  // namespace postern::daemon
