// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/line_stream.h"

#include <unistd.h>
#include <cerrno>

namespace postern::daemon {
namespace {

constexpr std::size_t kChunk = 65536;  // octets asked of one read

ssize_t read_some(int fd, char* into, std::size_t length) {
  ssize_t got = 0;
  do {
    got = ::read(fd, into, length);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

bool LineWriter::flush() {
  std::size_t done = 0;
  while (!failed_ && done < pending_.size()) {
    const ssize_t wrote = ::write(fd_, pending_.data() + done, pending_.size() - done);
    if (wrote >= 0) done += static_cast<std::size_t>(wrote);
    if (wrote < 0 && errno != EINTR) failed_ = true;
  }
  pending_.clear();
  return !failed_;
}

// Is there a whole line in the buffer? Then line_ is it, and begin_ is after it.
bool LineReader::take_line() {
  const std::size_t newline = buffer_.find('\n', scanned_);
  if (newline == std::string::npos) {
    scanned_ = buffer_.size();
    return false;
  }
  line_ = std::string_view(buffer_).substr(begin_, newline - begin_);
  begin_ = scanned_ = newline + 1;
  return true;
}

bool LineReader::refill(LineWriter& out) {
  out.flush();
  if (skipping_) begin_ = buffer_.size();
  buffer_.erase(0, begin_);
  begin_ = 0;
  scanned_ = buffer_.size();
  buffer_.resize(scanned_ + kChunk);
  const ssize_t got = read_some(fd_, buffer_.data() + scanned_, kChunk);
  buffer_.resize(scanned_ + (got > 0 ? static_cast<std::size_t>(got) : 0));
  end_ = got <= 0;
  error_ = got < 0;
  return !end_;
}

LineReader::Got LineReader::last_line() {
  if (error_) return Got::kError;
  line_ = std::string_view(buffer_).substr(begin_);
  begin_ = scanned_ = buffer_.size();
  if (line_.empty() || skipping_) return Got::kEnd;
  return line_.size() > limit_ ? Got::kTooLong : Got::kLine;
}

LineReader::Got LineReader::next(LineWriter& out) {
  for (;;) {
    if (take_line()) {
      const bool rest_of_a_long_line = skipping_;
      skipping_ = false;
      if (rest_of_a_long_line) continue;
      return line_.size() > limit_ ? Got::kTooLong : Got::kLine;
    }
    if (!skipping_ && buffer_.size() - begin_ > limit_) {
      skipping_ = true;
      return Got::kTooLong;
    }
    if (end_ || !refill(out)) return last_line();
  }
}

}  // namespace postern::daemon
