// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/resolver/resolver.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/resolver/lookup.h"
#include "daemon/resolver/question.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr unsigned kMaxChildren = 32;

struct Asked {
  Question question;
  Fd reply;
};

// Keeps the one descriptor a question comes with; more than one is refused by leaving no room for it.
void take_descriptor(const msghdr& message, Fd& reply) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return;
  if (header->cmsg_len != CMSG_LEN(sizeof(int))) return;
  int number = -1;
  std::memcpy(&number, CMSG_DATA(header), sizeof number);
  reply.reset(number);
}

// ok with false: a message that is no question; it is forgotten.
Result<bool> receive(int questions, Asked& asked) {
  iovec part{&asked.question, sizeof asked.question};
  alignas(cmsghdr) std::array<char, CMSG_LEN(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(questions, &message, MSG_CMSG_CLOEXEC);
  if (got < 0 && errno == EINTR) return false;
  if (got < 0) return system_error("the resolver cannot read");
  if (got == 0) return Error{"nobody is left to ask", "resolver", {}, 0, Exit::kOk};
  take_descriptor(message, asked.reply);
  return got == static_cast<ssize_t>(sizeof asked.question) && asked.reply.is_open() &&
         (message.msg_flags & MSG_TRUNC) == 0;
}

int answer_to = -1;  // for the alarm's handler

void answer(const ResolvedNames& names) {
  // Nobody may be waiting any more; there is no one else to tell.
  const ssize_t put = write(answer_to, &names, sizeof names);
  _exit(put == static_cast<ssize_t>(sizeof names) ? 0 : static_cast<int>(Exit::kInputOutput));
}

// AD-C6: the look-up has a deadline. Calls write(2) and _exit(2) alone: safe whatever was interrupted.
void on_alarm(int) {
  ResolvedNames names;
  names.status = LookupStatus::kTimedOut;
  answer(names);
}

bool set_alarm(std::chrono::milliseconds left) {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  itimerval timer{};
  timer.it_value.tv_sec = left.count() / 1000;
  timer.it_value.tv_usec = (left.count() % 1000) * 1000;
  return sigaction(SIGALRM, &action, nullptr) == 0 && setitimer(ITIMER_REAL, &timer, nullptr) == 0;
}

[[noreturn]] void answer_in_child(const Asked& asked, const Settings& settings) {
  Signals::restore_defaults();
  answer_to = asked.reply.get();
  const auto left = std::min(until(asked.question.deadline_nsec), settings.lookup_deadline);
  if (left.count() == 0) on_alarm(SIGALRM);
  if (!set_alarm(left)) _exit(static_cast<int>(Exit::kSystem));
  answer(look_up(asked.question.address, settings.hostname_check));
  _exit(static_cast<int>(Exit::kSoftware));
}

// A child that failed to answer is seen by whoever asked: its end of the pipe closes.
void reap(unsigned& children, bool wait_for_one, const Signals& signals) {
  for (;;) {
    while (const auto ended = reap_one()) children -= std::min(children, 1U);
    if (!wait_for_one || children < kMaxChildren) return;
    (void)signals.wait_for(std::chrono::milliseconds{1000});
  }
}

}  // namespace

Error run_resolver(int questions, const Settings& settings) {
  const auto signals = Signals::block_children();
  if (!signals.ok()) return signals.error();
  unsigned children = 0;
  for (;;) {
    reap(children, true, signals.value());
    Asked asked;
    const auto is_question = receive(questions, asked);
    if (!is_question.ok()) return is_question.error();
    if (!is_question.value()) continue;
    const auto pid = fork_process();
    if (!pid.ok()) continue;  // AD-C6: a failure; the pipe closes
    if (pid.value() == 0) answer_in_child(asked, settings);
    ++children;
  }
}

}  // namespace postern::daemon
