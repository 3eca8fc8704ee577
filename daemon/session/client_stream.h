// SPDX-License-Identifier: BSD-2-Clause
// The client's side of a session: lines in, answers out, each with a deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace postern::daemon {

// LineEvent: what reading a line came to. kBadEnd: it ended with LF alone where that is no end.
enum class LineEvent : uint8_t { kLine, kTooLong, kBadEnd, kClosed, kTimedOut };

// LineRule: how long a line may be, its end counted (at most 4096), and whether CRLF alone ends it well.
struct LineRule {
  std::size_t limit;
  bool strict_crlf;
};

// ClientStream reads lines from a stream socket and collects what is written to it. Memory is fixed. Answers
// are sent when a line must be waited for, when the buffer is full, and by flush(): pipelined commands are
// answered together (RFC 2449, section 6.8). The socket stays the caller's.
class ClientStream {
 public:
  // send_patience_nsec: how long a client may take nothing of an answer before it is given up.
  static constexpr uint64_t kSendPatienceNsec = 120'000'000'000U;
  ClientStream(int socket, LineRule rule, uint64_t send_patience_nsec = kSendPatienceNsec)
      : socket_(socket), rule_(rule), send_patience_nsec_(send_patience_nsec) {}
  ~ClientStream();
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  // read_line waits for the next line until `deadline_nsec` (CLOCK_MONOTONIC) and gives it without its end,
  // CRLF or LF. `line` is valid until the next call, which overwrites it (it may hold a password). A line
  // over the rule's limit is read to its end and given as kTooLong.
  [[nodiscard]] LineEvent read_line(std::string_view& line, uint64_t deadline_nsec);

  // read_octets gives what has come, at least one octet, waiting for it like read_line: kLine, kClosed or
  // kTimedOut. give_back returns the last `count` of them to be read again.
  [[nodiscard]] LineEvent read_octets(std::string_view& octets, uint64_t deadline_nsec);
  void give_back(std::size_t count) { in_begin_ -= count; }

  // go_on_with reads from and writes to another socket from now on. What was read and not given is forgotten,
  // and so is what was not sent.
  void go_on_with(int socket);

  // limit_lines: how long a line may be from now on (at most 4096 octets).
  void limit_lines(std::size_t limit) { rule_.limit = limit; }

  // has_unread: the client has sent more than was read.
  [[nodiscard]] bool has_unread() const { return in_begin_ < in_end_; }

  // put adds an octet, or text, to the answer.
  void put(char octet) {
    if (out_used_ == out_.size()) flush();
    out_[out_used_++] = octet;
  }
  void put(std::string_view text) {
    for (const char octet : text) put(octet);
  }
  void put_number(uint64_t number);

  // flush sends what was collected. A client that takes nothing for too long is given up.
  void flush();

  // broken: the client has gone; everything put from now on is dropped.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  enum class Fill : uint8_t { kSome, kClosed, kTimedOut };

  // Room is a buffer that costs no page until octets are put there; on the stack each page is touched.
  template <std::size_t Size>
  struct Room {
    std::unique_ptr<char[]> octets = std::make_unique_for_overwrite<char[]>(Size);
    [[nodiscard]] char* data() const { return octets.get(); }
    [[nodiscard]] static constexpr std::size_t size() { return Size; }
    [[nodiscard]] char& operator[](std::size_t index) const { return octets[index]; }
  };

  [[nodiscard]] Fill fill(uint64_t deadline_nsec);
  [[nodiscard]] bool take_line(std::string_view& line);
  void forget_given();

  int socket_;
  LineRule rule_;
  uint64_t send_patience_nsec_;
  bool bare_lf_ = false;
  bool broken_ = false;
  bool discarding_ = false;
  std::size_t in_begin_ = 0;  // where what was given ends and what was not begins
  std::size_t in_end_ = 0;
  std::size_t out_used_ = 0;
  Room<4096> in_;
  Room<16384> out_;
};

}  // namespace postern::daemon
