// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::daemon {

// LineWriter collects output and writes it to a descriptor it does not own.
// After the first failed write it drops what follows and failed() says so: the caller stops when it likes.
class LineWriter {
 public:
  explicit LineWriter(int fd) : fd_(fd) {}
  void append(std::string_view octets) { pending_.append(octets); }
  std::string& pending() { return pending_; }
  // flush writes all that is pending, in as many calls as it takes. False once any write has failed.
  bool flush();
  bool failed() const { return failed_; }

 private:
  int fd_;
  bool failed_ = false;
  std::string pending_;
};

// LineReader cuts a descriptor, which it does not own, into lines (LF; the last line may lack it).
// Memory: at most `limit` octets of a line are ever held; what is longer is reported once, as too long, and
// skipped.
class LineReader {
 public:
  enum class Got { kLine, kTooLong, kEnd, kError };

  LineReader(int fd, std::size_t limit) : fd_(fd), limit_(limit) {}
  // next finds the following line; line() is valid until the next call.
  // Before each read that may have to wait, `out` is flushed: whoever sends a line and waits gets its answer.
  Got next(LineWriter& out);
  std::string_view line() const { return line_; }

 private:
  bool take_line();
  bool refill(LineWriter& out);
  Got last_line();

  int fd_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;    // first octet not yet given out
  std::size_t scanned_ = 0;  // octets before this hold no unseen LF
  std::string_view line_;
  bool skipping_ = false;  // inside a line that was too long
  bool end_ = false;
  bool error_ = false;
};

}  // namespace postern::daemon
