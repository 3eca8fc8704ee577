// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/login_notes.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};

}  // namespace

Result<SocketPair> login_notes_pair() {
  auto pair = datagram_pair();
  if (!pair.ok()) return pair;
  if (auto named = name_senders(pair->second.get()); !named.ok()) return named.take_error();
  if (auto limited = limit_sending(pair->first.get(), kPatience); !limited.ok()) return limited.take_error();
  return pair;
}

Result<void> note_login(int notes, const LoginNote& note) {
  for (;;) {
    if (sendto(notes, &note, sizeof note, MSG_NOSIGNAL, nullptr, 0) == sizeof note) return {};
    if (errno == ECONNREFUSED || errno == EPIPE) return {};
    if (errno != EINTR) return system_error("cannot tell the listener of a login");
  }
}

std::optional<TakenNote> take_login_note(int notes) {
  std::array<char, sizeof(LoginNote) + 1> room{};
  const auto message = receive_named(notes, room);
  if (!message) return std::nullopt;
  TakenNote taken;
  if (message->length != sizeof taken.note) return taken;
  std::memcpy(&taken.note, room.data(), sizeof taken.note);
  if (taken.note.kind == LoginNoteKind::kTry || taken.note.kind == LoginNoteKind::kLoggedIn)
    taken.keeper = message->sender;
  return taken;
}

}  // namespace postern::daemon
