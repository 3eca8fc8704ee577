// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>

namespace postern::daemon {

// WireSize: counts the octets a message has on the wire (RFC 1939, section 11): every line end is CRLF,
// also where the file has a bare LF, and a last line without an end is given one. It looks at line ends and
// at nothing else. Dot-stuffing and the closing "." are not counted.
class WireSize {
 public:
  void add(std::span<const char> octets);
  uint64_t total() const;
  // octets: as total(), but a last line without an end stays so: a literal of IMAP's, unlike a POP3 answer,
  // can end anywhere.
  uint64_t octets() const { return octets_; }

 private:
  uint64_t octets_ = 0;
  char last_ = '\n';
};

// WireEncoder: turns the octets of a message file into the body of a multi-line POP3 answer: line ends as
// WireSize has them, lines that begin with "." stuffed, "." CRLF at the end. With `body_lines` it stops after
// the header, the empty line and that many lines of the body (TOP).
//
// Sink is any type with put(char); it is called once for each octet, in order.
template <class Sink>
class WireEncoder {
 public:
  explicit WireEncoder(Sink& sink) : sink_(sink) {}
  WireEncoder(Sink& sink, uint32_t body_lines) : sink_(sink), limited_(true), lines_left_(body_lines) {}

  // add: encodes `octets`; false when TOP has had its lines and nothing further is wanted.
  bool add(std::span<const char> octets) {
    for (const char octet : octets) {
      if (done_) return false;
      add_octet(octet);
    }
    return !done_;
  }

  // finish: closes the last line and the answer. Call it once.
  void finish() {
    if (last_ != '\n') put_line_end();
    sink_.put('.');
    sink_.put('\r');
    sink_.put('\n');
  }

 private:
  void add_octet(char octet) {
    const bool line_start = last_ == '\n';
    if (octet == '\n') {
      if (last_ != '\r') sink_.put('\r');
      sink_.put('\n');
      end_of_line();
    } else {
      if (line_start && octet == '.') sink_.put('.');
      sink_.put(octet);
      line_is_empty_ = line_is_empty_ && octet == '\r' && line_start;
    }
    last_ = octet;
  }

  void put_line_end() {
    sink_.put('\r');
    sink_.put('\n');
  }

  void end_of_line() {
    if (limited_ && in_body_) --lines_left_;
    if (limited_ && line_is_empty_ && !in_body_) in_body_ = true;
    line_is_empty_ = true;
    done_ = limited_ && in_body_ && lines_left_ == 0;
  }

  Sink& sink_;
  bool limited_ = false;
  bool in_body_ = false;
  bool done_ = false;
  bool line_is_empty_ = true;
  char last_ = '\n';
  uint32_t lines_left_ = 0;
};

}  // namespace postern::daemon
