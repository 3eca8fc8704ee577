// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/login_notes.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace postern::daemon {
namespace {

constexpr char kLoggedIn = 'L';
constexpr std::chrono::milliseconds kPatience{1000};

}  // namespace

Result<SocketPair> login_notes_pair() {
  auto pair = datagram_pair();
  if (!pair.ok()) return pair;
  if (auto named = name_senders(pair->second.get()); !named.ok()) return named.take_error();
  if (auto limited = limit_sending(pair->first.get(), kPatience); !limited.ok()) return limited.take_error();
  return pair;
}

Result<void> note_login(int notes) {
  for (;;) {
    if (sendto(notes, &kLoggedIn, 1, MSG_NOSIGNAL, nullptr, 0) == 1) return {};
    if (errno == ECONNREFUSED || errno == EPIPE) return {};
    if (errno != EINTR) return system_error("cannot tell the listener of a login");
  }
}

std::optional<pid_t> take_login_note(int notes) {
  std::array<char, 1> room{};
  const auto message = receive_named(notes, room);
  if (!message) return std::nullopt;
  return message->length == 1 && room[0] == kLoggedIn ? message->sender : 0;
}

}  // namespace postern::daemon
