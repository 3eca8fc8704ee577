// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/relay.h"

#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <cerrno>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

// send_some: false if the other side is gone.
bool send_some(int socket, const char* octets, std::size_t& sent, std::size_t end) {
  while (sent < end) {
    const ssize_t length =
        ::sendto(socket, octets + sent, end - sent, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
    if (length < 0) return errno == EAGAIN || errno == EINTR;
    sent += static_cast<std::size_t>(length);
  }
  return true;
}

}  // namespace

Relay::Relay(SSL& connection, int client, int session, std::uint64_t patience_nsec)
    : connection_(connection),
      client_(client),
      session_(session),
      patience_nsec_(patience_nsec),
      reads_(BIO_new(BIO_s_mem())),
      writes_(BIO_new(BIO_s_mem())) {
  (void)BIO_set_mem_eof_return(reads_, -1);  // empty is not the end
  SSL_set_bio(&connection_, reads_, writes_);
  SSL_set_accept_state(&connection_);
}

bool Relay::shake_hands() {
  const std::uint64_t deadline = monotonic_nsec() + patience_nsec_;
  for (;;) {
    const int done = SSL_do_handshake(&connection_);
    const bool goes_on = done == 1 || SSL_get_error(&connection_, done) == SSL_ERROR_WANT_READ;
    if (!send_records()) return false;  // an alert too
    if (done == 1) return true;
    const short wanted = records_wait() ? POLLOUT : POLLIN;
    if (!goes_on || !wait(wanted, 0, deadline)) return false;
    if ((session_ready_ & POLLHUP) != 0) return false;
    if ((client_ready_ & ~POLLOUT) != 0 && !read_client()) return false;
  }
}

RelayEnd Relay::run() {
  std::uint64_t deadline = 0;  // none before the session's end: it has its own
  for (;;) {
    client_took_ = false;
    if (!send_records()) return RelayEnd::kCutOff;
    if (session_done_ && !records_wait()) return RelayEnd::kOrderly;
    // In this order: decrypt leaves nothing to decrypt behind but where something waits for the session. The
    // other way round the session could take that in between, and the client be waited for in vain.
    if (!session_done_ && !send_plain()) session_done_ = true;
    if (!session_done_ && !decrypt()) return cut_off_ ? RelayEnd::kCutOff : RelayEnd::kFailed;
    const bool plain_waits = plain_sent_ < plain_end_;
    short of_client = records_wait() ? POLLOUT : 0;
    if (!plain_waits && !client_done_ && !session_done_) of_client |= POLLIN;
    short of_session = plain_waits ? POLLOUT : 0;
    if (!records_wait()) of_session |= POLLIN;
    if ((session_done_ || session_gone_) && (deadline == 0 || client_took_))
      deadline = monotonic_nsec() + patience_nsec_;
    if (!wait(of_client, session_done_ ? 0 : of_session, deadline)) return RelayEnd::kStuck;
    // It has gone, and what it said last cannot be read before the client takes what was said earlier.
    if ((of_session & POLLIN) == 0 && (session_ready_ & POLLHUP) != 0) session_gone_ = true;
    if ((of_client & POLLIN) != 0 && (client_ready_ & ~POLLOUT) != 0 && !read_client()) cut_off_ = true;
    if ((of_session & POLLIN) != 0 && (session_ready_ & ~POLLOUT) != 0) read_session();
  }
}

bool Relay::records_wait() const {
  return records_sent_ < records_end_ || BIO_ctrl_pending(writes_) > 0;
}

// send_records: as much as the client takes now; false if it is gone.
bool Relay::send_records() {
  while (records_wait()) {
    if (records_sent_ == records_end_) {
      const int length = BIO_read(writes_, records_.data(), static_cast<int>(records_.size()));
      records_sent_ = 0;
      records_end_ = length > 0 ? static_cast<std::size_t>(length) : 0;
    }
    const std::size_t before = records_sent_;
    if (!send_some(client_, records_.data(), records_sent_, records_end_)) return false;
    client_took_ = client_took_ || records_sent_ > before;
    if (records_sent_ < records_end_) return true;
  }
  return true;
}

// send_plain: as much as the session takes now; false if it is gone. What was sent is overwritten.
bool Relay::send_plain() {
  if (!send_some(session_, plain_.data(), plain_sent_, plain_end_)) return false;
  if (plain_sent_ < plain_end_) return true;
  explicit_bzero(plain_.data(), plain_end_);
  plain_sent_ = plain_end_ = 0;
  return true;
}

// decrypt fills what goes to the session, if it is empty. False: the connection has come to an end that was
// not announced.
bool Relay::decrypt() {
  while (plain_sent_ == plain_end_ && !client_done_) {
    const int length = SSL_read(&connection_, plain_.data(), static_cast<int>(plain_.size()));
    if (length > 0) {
      plain_sent_ = 0;
      plain_end_ = static_cast<std::size_t>(length);
      if (!send_plain()) session_done_ = true;
      continue;
    }
    const int why = SSL_get_error(&connection_, length);
    if (why == SSL_ERROR_WANT_READ) return !cut_off_;
    if (why != SSL_ERROR_ZERO_RETURN) {
      (void)send_records();  // an alert
      return false;
    }
    client_done_ = true;
    (void)::shutdown(session_, SHUT_WR);  // the session may have gone before
  }
  return true;
}

// read_client: false if it is gone without saying so.
bool Relay::read_client() {
  std::array<char, 4096> octets;
  const ssize_t length = ::recvfrom(client_, octets.data(), octets.size(), MSG_DONTWAIT, nullptr, nullptr);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  return length > 0 && BIO_write(reads_, octets.data(), static_cast<int>(length)) == static_cast<int>(length);
}

// read_session: its octets become records; its end becomes the announcement of ours.
void Relay::read_session() {
  std::array<char, 16'000> octets;
  const ssize_t length = ::recvfrom(session_, octets.data(), octets.size(), MSG_DONTWAIT, nullptr, nullptr);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length > 0 && SSL_write(&connection_, octets.data(), static_cast<int>(length)) > 0) return;
  (void)SSL_shutdown(&connection_);
  session_done_ = true;
}

bool Relay::wait(short client_events, short session_events, std::uint64_t deadline_nsec) {
  std::array<pollfd, 2> watched{pollfd{client_, client_events, 0}, pollfd{session_, session_events, 0}};
  if (client_events == 0) watched[0].fd = -1;
  if (session_events == 0 && (session_done_ || session_gone_)) watched[1].fd = -1;
  timespec limit{};
  if (deadline_nsec != 0) {
    const auto left = until(deadline_nsec);
    if (left.count() <= 0) return false;
    limit = {left.count() / 1000, (left.count() % 1000) * 1'000'000};
  }
  client_ready_ = session_ready_ = 0;
  const int ready = ::ppoll(watched.data(), watched.size(), deadline_nsec == 0 ? nullptr : &limit, nullptr);
  if (ready < 0) return errno == EINTR;
  if (ready == 0) return false;
  client_ready_ = watched[0].revents;
  session_ready_ = watched[1].revents;
  return true;
}

}  // namespace postern::daemon
