// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "daemon/resolver/question.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/fd.h"

namespace postern::daemon {
namespace {

static_assert(sizeof(ResolvedNames) <= PIPE_BUF, "an answer must be written in one piece");

Result<void> send_question(int resolver, const Question& question, int reply) {
  iovec part{const_cast<Question*>(&question), sizeof question};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &reply, sizeof reply);
  if (sendmsg(resolver, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return system_error("cannot ask the resolver", {}, "it is restarted by posternd; see the log",
                        Exit::kTemporary);
  return {};
}

// Answers false when the deadline has passed.
Result<bool> wait_readable(int file, std::uint64_t deadline_nsec) {
  for (;;) {
    const auto left = until(deadline_nsec);
    pollfd ready{file, POLLIN, 0};
    const timespec limit{left.count() / 1000, (left.count() % 1000) * 1'000'000};
    const int got = ppoll(&ready, 1, &limit, nullptr);
    if (got > 0) return true;
    if (got == 0) return false;
    if (errno != EINTR) return system_error("waiting for the resolver");
  }
}

}  // namespace

std::string_view lookup_status_name(LookupStatus status) {
  switch (status) {
    case LookupStatus::kOk:
      return "ok";
    case LookupStatus::kNone:
      return "none";
    case LookupStatus::kTimedOut:
      return "timeout";
    case LookupStatus::kFailed:
      break;
  }
  return "fail";
}

Result<void> ask_resolver(int resolver, const sockaddr_storage& client, std::chrono::milliseconds deadline,
                          ResolvedNames& names) {
  names = {};
  Question question;
  question.deadline_nsec = monotonic_nsec() + static_cast<std::uint64_t>(deadline.count()) * 1'000'000U;
  if (!fold_address(client, question.address)) {
    names.status = LookupStatus::kNone;
    return {};
  }
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe2");
  const Fd answer(ends[0]);
  Fd reply(ends[1]);
  if (auto sent = send_question(resolver, question, reply.get()); !sent.ok()) return sent;
  reply.reset();  // so that the end of the resolver's child is seen
  const auto readable = wait_readable(answer.get(), question.deadline_nsec);
  if (!readable.ok()) return readable.error();
  if (!readable.value()) {
    names.status = LookupStatus::kTimedOut;  // AD-C6
    return {};
  }
  ResolvedNames read_names;
  const ssize_t got = read(answer.get(), &read_names, sizeof read_names);
  if (got == static_cast<ssize_t>(sizeof read_names)) names = checked(read_names);
  return {};
}

}  // namespace postern::daemon
