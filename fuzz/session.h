// SPDX-License-Identifier: BSD-2-Clause
// What the targets on sessions have in common: the session's own object on a socket pair, in one thread.
// Whenever it waits, the client says its next piece; after the last it goes. Time stands still: a session
// that waited in vain would wait for ever. Encryption is a promise: from STARTTLS on the connection counts as
// encrypted, and nothing else changes.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <string>

#include "daemon/session/encryption.h"
#include "daemon/sys/clock.h"
#include "fuzz/law.h"

namespace fuzz {

// kWaits stands between two pieces of what a client says.
constexpr char kWaits = '\xff';

class Client {
 public:
  // `plan`: bit 0: passwords want encryption, 1: STARTTLS, 2: certificates, 3: encrypted from the beginning.
  Client(std::string_view says, unsigned plan) : rest_(says) {
    int ends[2] = {-1, -1};
    hold(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "there are sockets");
    channels.client.reset(ends[0]);
    end_.reset(ends[1]);
    services.plain_login = (plan & 1) == 0;
    services.starttls = (plan & 2) != 0;
    services.certificate = (plan & 4) != 0;
    record.encrypted = (plan & 8) != 0;
    if (services.starttls) channels.tls.reset(::fcntl(ends[1], F_DUPFD_CLOEXEC, 0));
    now = this;
  }

  // run plays `session`, made of (stream, encryption), to its end, and returns all that the client heard.
  template <class Session>
  std::string run(postern::daemon::LineRule rule, Session session) {
    {
      postern::daemon::ClientStream stream(channels.client.get(), rule);
      postern::daemon::SessionEncryption encryption(services, "fuzz", record, channels);
      session(stream, encryption);
    }
    hear();
    return heard_;
  }

  // speak: the session waits.
  void speak() {
    hear();
    std::string_view piece;
    while (piece.empty() && !rest_.empty()) piece = cut(rest_, kWaits);
    if (piece.empty()) {
      (void)::shutdown(end_.get(), SHUT_WR);
    } else {
      hold(::send(end_.get(), piece.data(), piece.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(piece.size()),
           "sent");
    }
  }

  static inline Client* now = nullptr;
  postern::tls::ServicePlan services;
  postern::daemon::ConnectionRecord record;
  postern::daemon::SessionChannels channels;

 private:
  void hear() {
    char room[4096];
    for (ssize_t got = 0; (got = ::recv(end_.get(), room, sizeof room, MSG_DONTWAIT)) > 0;)
      heard_.append(room, static_cast<size_t>(got));
  }

  postern::daemon::Fd end_;
  std::string_view rest_;
  std::string heard_;
};

// without_waits: the same, said at once.
inline std::string at_once(std::string_view says) {
  std::string all;
  while (!says.empty()) all += cut(says, kWaits);
  return all;
}

inline size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++found;
  return found;
}

// message: a descriptor to read `text` from, as a keeper lends it.
inline postern::daemon::Fd message(std::string_view text) {
  postern::daemon::Fd file(::memfd_create("message", MFD_CLOEXEC));
  hold(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           ::lseek(file.get(), 0, SEEK_SET) == 0,
       "there is memory");
  return file;
}

// play_input is an input of the sessions with logins: how it is cut (one octet), the keeper's answers, NUL,
// what the client says. `play` holds the session's own laws; what is heard does not depend on how it is cut,
// but with STARTTLS, and in IDLE, where the keeper is asked as often as a piece comes.
template <class Play>
int play_input(const uint8_t* data, size_t size, Play play) {
  if (size == 0) return -1;
  std::string_view says = octets_of(data + 1, size - 1);
  const std::string_view answers = cut(says, '\0');
  const std::string heard = play(answers, says, data[0]);
  const bool depends = (data[0] & 2) != 0 || heard.find("+ idling\r\n") != std::string::npos;
  if (!depends) hold(play(answers, at_once(says), data[0]) == heard, "in pieces as at once");
  return 0;
}

}  // namespace fuzz

namespace postern::daemon {

uint64_t monotonic_nsec() noexcept {
  return 1;
}

std::chrono::milliseconds until(uint64_t) noexcept {
  fuzz::Client::now->speak();
  return std::chrono::hours(1);
}

Result<void> SessionEncryption::start(ClientStream& client) {
  hold(!record_.encrypted && !client.has_unread(), "what was said before the handshake is nothing after it");
  client.flush();
  encrypted_ = true;
  client.go_on_with(channels_.client.get());
  return {};
}

}  // namespace postern::daemon
