// SPDX-License-Identifier: BSD-2-Clause
// The octets after DATA: where they end, and what message they are. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::daemon {

// SmtpDataFault: why the octets are no message that can be taken.
enum class SmtpDataFault : uint8_t { kNone, kBareCr, kBareLf, kNul, kLineTooLong };

// kSmtpTextLineLimit: octets of a line of text, its CRLF counted, a stuffed dot not (RFC 5321, 4.5.3.1.6).
inline constexpr size_t kSmtpTextLineLimit = 1000;

// SmtpDataDecoder: turns what a client sends after DATA into the message: stuffed dots dropped, each CRLF one
// LF. The end is CRLF "." CRLF (the first CRLF may be DATA's own) and nothing that looks like it: a CR or LF
// alone ends no line, so none of the forms of SMTP smuggling ends a message; it is a fault, and the whole
// message is refused, at its true end. Lines are ended by CRLF alone, so every message can be given back.
class SmtpDataDecoder {
 public:
  // feed takes octets up to the end of data and gives the message's to `sink` (put(char), in order), none
  // after a fault. Returns how many octets it took: all of them, unless done().
  template <class Sink>
  size_t feed(std::string_view octets, Sink&& sink) {
    for (size_t i = 0; i < octets.size(); ++i) {
      take(octets[i], sink);
      if (state_ == State::kDone) return i + 1;
    }
    return octets.size();
  }

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] SmtpDataFault fault() const { return fault_; }  // the first
  // octets returns the message's size as RFC 1870 counts it: on the wire, without stuffed dots and the end.
  [[nodiscard]] uint64_t octets() const { return octets_; }

 private:
  enum class State : uint8_t { kLineStart, kDot, kDotCr, kText, kCr, kDone };

  void blame(SmtpDataFault fault) {
    if (fault_ == SmtpDataFault::kNone) fault_ = fault;
  }

  template <class Sink>
  void put(char octet, Sink& sink) {
    if (fault_ == SmtpDataFault::kNone) sink.put(octet);
  }

  template <class Sink>
  void take(char octet, Sink& sink) {
    const bool after_cr = state_ == State::kCr || state_ == State::kDotCr;
    if (after_cr && octet == '\n') return end_line(sink);
    if (after_cr) blame(SmtpDataFault::kBareCr);
    if (state_ == State::kLineStart && octet == '.') {
      state_ = State::kDot;
    } else if (octet == '\r') {
      state_ = state_ == State::kDot ? State::kDotCr : State::kCr;
    } else {
      state_ = State::kText;
      text(octet, sink);
    }
  }

  template <class Sink>
  void text(char octet, Sink& sink) {
    if (octet == '\n') blame(SmtpDataFault::kBareLf);
    if (octet == '\0') blame(SmtpDataFault::kNul);
    ++octets_;
    if (++line_ + 2 > kSmtpTextLineLimit) blame(SmtpDataFault::kLineTooLong);
    put(octet, sink);
  }

  template <class Sink>
  void end_line(Sink& sink) {
    if (state_ == State::kDotCr) {
      state_ = State::kDone;
      return;
    }
    state_ = State::kLineStart;
    octets_ += 2;
    line_ = 0;
    put('\n', sink);
  }

  State state_ = State::kLineStart;
  SmtpDataFault fault_ = SmtpDataFault::kNone;
  uint64_t octets_ = 0;
  size_t line_ = 0;
};

}  // namespace postern::daemon
