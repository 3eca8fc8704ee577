// SPDX-License-Identifier: BSD-2-Clause
// How a connection gets to the tls module: a listener sends it there when it was accepted on an encrypted
// port, a session at STARTTLS. What goes is the client's socket and one end of a pair of which the session
// has the other. Nothing comes back.
//
// And how a client's certificate gets to its keeper (EN-2, PV-7): on another channel, which no session has,
// the listener or the keeper sends tls one end of a pair beforehand, and which socket it is about, as the
// kernel numbers it. Of that socket and no other tls tells there what was shown.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/config/handover.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"
#include "daemon/tls/shown_certificate.h"

namespace postern::daemon {

// TlsRequest is the packet that the two descriptors go with. It is for the log alone: nothing is decided by
// it, as a session that is not itself any more can write what it likes.
struct TlsRequest {
  char service[8] = {};  // "pop3": a-z and 0-9, NULs behind
  std::uint64_t connection = 0;
};
[[nodiscard]] TlsRequest make_tls_request(std::string_view service, std::uint64_t connection);

// hand_to_tls sends both descriptors, which stay the caller's. Never blocks: Error if tls is far behind.
[[nodiscard]] Result<void> hand_to_tls(int channel, const TlsRequest& request, int client, int session);

// TlsConnection is what tls has received.
struct TlsConnection {
  TlsRequest request;
  Fd client;
  Fd session;
};

// receive_connection takes the next request, without waiting; nothing: it was none, or there is none. What
// is no request is dropped, with whatever came along.
[[nodiscard]] Result<std::optional<TlsConnection>> receive_connection(int channel);

// expect_certificate asks tls to tell which certificate is shown on the client's socket of that number
// (socket_number). Returns the end on which it will be told. Never blocks.
[[nodiscard]] Result<Fd> expect_certificate(int channel, std::uint64_t socket);

// Expectation is what tls has received of that.
struct Expectation {
  std::uint64_t socket = 0;
  Fd keeper;
};
// receive_expectation takes the next, without waiting; nothing: there is none. What is none is dropped.
[[nodiscard]] Result<std::optional<Expectation>> receive_expectation(int channel);

// tell_certificate tells a keeper; one that has gone is told nothing.
void tell_certificate(int keeper, const ShownCertificate& shown);

// hear_certificate waits for what tls tells, which is before the first octet of the client's, for at most
// `patience_ms`. "None" if tls says nothing, or the connection has ended. Error: what came is no such packet.
[[nodiscard]] Result<ShownCertificate> hear_certificate(int channel, int patience_ms);

// The one channel on which a session or a listener may send descriptors.
#define POSTERN_CALLS_OF_HANDOFF \
  POSTERN_CALL_IF(sendmsg, ::postern::daemon::argument_int(0, ::postern::daemon::handed::kTls))

}  // namespace postern::daemon
