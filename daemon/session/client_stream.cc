// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/session/client_stream.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

// wait_until: whether `socket` is ready for `events` before the deadline.
bool wait_until(int socket, short events, uint64_t deadline_nsec) {
  while (true) {
    pollfd wanted{socket, events, 0};
    const auto left = until(deadline_nsec).count();
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left, 3'600'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0 && left <= 3'600'000) return false;
  }
}

}  // namespace

ClientStream::~ClientStream() {
  explicit_bzero(in_.data(), in_.size());
}

void ClientStream::go_on_with(int socket) {
  socket_ = socket;
  in_begin_ = in_end_;
  forget_given();
  discarding_ = false;
  out_used_ = 0;
}

LineEvent ClientStream::read_line(std::string_view& line, uint64_t deadline_nsec) {
  forget_given();
  while (true) {
    if (take_line(line)) {
      if (discarding_) {
        discarding_ = false;
        return LineEvent::kTooLong;
      }
      return rule_.strict_crlf && bare_lf_ ? LineEvent::kBadEnd : LineEvent::kLine;
    }
    if (in_end_ >= rule_.limit) {
      discarding_ = true;
      in_begin_ = in_end_;
      forget_given();
    }
    flush();
    if (broken_) return LineEvent::kClosed;
    const Fill filled = fill(deadline_nsec);
    if (filled == Fill::kClosed) return LineEvent::kClosed;
    if (filled == Fill::kTimedOut) return LineEvent::kTimedOut;
  }
}

LineEvent ClientStream::read_octets(std::string_view& octets, uint64_t deadline_nsec) {
  if (!has_unread()) {
    in_begin_ = in_end_ = 0;
    flush();
    const Fill filled = broken_ ? Fill::kClosed : fill(deadline_nsec);
    if (filled == Fill::kClosed) return LineEvent::kClosed;
    if (filled == Fill::kTimedOut) return LineEvent::kTimedOut;
  }
  octets = {in_.data() + in_begin_, in_end_ - in_begin_};
  in_begin_ = in_end_;
  return LineEvent::kLine;
}

// take_line: a whole line from what was read, if there is one; it counts as given.
bool ClientStream::take_line(std::string_view& line) {
  const std::string_view unread(in_.data() + in_begin_, in_end_ - in_begin_);
  const std::size_t end = unread.find('\n');
  if (end == std::string_view::npos) return false;
  line = unread.substr(0, end);
  bare_lf_ = line.empty() || line.back() != '\r';
  if (!bare_lf_) line.remove_suffix(1);
  in_begin_ += end + 1;
  return true;
}

// forget_given overwrites what was given and moves the rest to the front.
void ClientStream::forget_given() {
  const std::size_t rest = in_end_ - in_begin_;
  ::memmove(in_.data(), in_.data() + in_begin_, rest);
  explicit_bzero(in_.data() + rest, in_end_ - rest);
  in_begin_ = 0;
  in_end_ = rest;
}

ClientStream::Fill ClientStream::fill(uint64_t deadline_nsec) {
  if (!wait_until(socket_, POLLIN, deadline_nsec)) return Fill::kTimedOut;
  const ssize_t length = ::read(socket_, in_.data() + in_end_, in_.size() - in_end_);
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return Fill::kSome;
  if (length <= 0) return Fill::kClosed;
  in_end_ += static_cast<std::size_t>(length);
  return Fill::kSome;
}

void ClientStream::put_number(uint64_t number) {
  std::array<char, 20> digits;
  std::size_t begin = digits.size();
  do {
    digits[--begin] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  put(std::string_view(digits.data() + begin, digits.size() - begin));
}

void ClientStream::flush() {
  std::size_t sent = 0;
  while (sent < out_used_ && !broken_) {
    const ssize_t length =
        ::sendto(socket_, out_.data() + sent, out_used_ - sent, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
    if (length > 0) {
      sent += static_cast<std::size_t>(length);
    } else if (errno == EAGAIN) {
      broken_ = !wait_until(socket_, POLLOUT, monotonic_nsec() + send_patience_nsec_);
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  out_used_ = 0;
}

}  // namespace postern::daemon
