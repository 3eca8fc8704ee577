// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr MaildropAnswer kGone{};

// ready: `socket` can be used for `events`, or its other end is gone; false when the deadline has passed.
bool ready(int socket, short events, std::uint64_t deadline_nsec) {
  for (;;) {
    const auto left = until(deadline_nsec).count();
    const timespec patience{left / 1000, (left % 1000) * 1'000'000};
    pollfd waited{socket, events, 0};
    const int got = ppoll(&waited, 1, &patience, nullptr);
    if (got > 0) return true;
    if (got == 0 || errno != EINTR) return false;
  }
}

bool ask(int socket, const MaildropQuestion& question, std::uint64_t deadline_nsec) {
  while (ready(socket, POLLOUT, deadline_nsec)) {
    const ssize_t sent = send(socket, &question, sizeof question, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(sizeof question)) return true;
    if (sent >= 0 || (errno != EINTR && errno != EAGAIN)) return false;
  }
  return false;
}

}  // namespace

MaildropAnswer ask_maildrop_helper(int helper, std::string_view login, std::uint64_t deadline_nsec) {
  const std::uint64_t ticket = std::max<std::uint64_t>(monotonic_nsec(), 1);
  if (const auto fault = permission::login_name_fault(login))
    return {ticket, MaildropTrouble::kNone, *fault, {}, 0};
  const auto question = make_question(ticket, login);
  if (helper < 0 || !question || !ask(helper, *question, deadline_nsec)) return kGone;
  while (ready(helper, POLLIN, deadline_nsec)) {
    std::array<char, sizeof(MaildropAnswer) + 1> packet{};  // one more: a longer packet is seen to be longer
    const ssize_t got = recv(helper, packet.data(), packet.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return kGone;
    const auto answer = decode_answer({packet.data(), static_cast<std::size_t>(got)});
    if (!answer) return kGone;
    if (answer->ticket == ticket) return *answer;  // else: too late for its question
  }
  return kGone;
}

}  // namespace postern::daemon
