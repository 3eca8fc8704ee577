// SPDX-License-Identifier: BSD-2-Clause
// From the client's octets to whole commands: lines, literals, and APPEND's message. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/imap/command.h"

namespace postern::daemon {

// ImapInput: what the octets came to.
enum class ImapInput : uint8_t {
  kMore,      // nothing is whole yet
  kContinue,  // the client waits for "+" before it sends a literal
  kCommand,   // text() is a whole command
  kLine,      // text() is the line that was asked for
  kAppend,    // text() is an APPEND whose message follows; see accept() and refuse()
  kMessage,   // message() has octets of it
  kTooLong,   // a line over the limit was read to its end; text() is its beginning
  kTooLarge,  // a literal over the limit was announced, and is not coming; text() ends with its mark
  kLost,      // a literal over the limit is coming, asked or not (RFC 7888): there is no going on
};

// ImapCommandReader: the line ends with CRLF, or LF alone as people type it. What a literal holds is never
// taken for a command. Memory: one command's text within the limits of imap/command.h.
class ImapCommandReader {
 public:
  ImapCommandReader();
  ~ImapCommandReader();
  ImapCommandReader(const ImapCommandReader&) = delete;
  ImapCommandReader& operator=(const ImapCommandReader&) = delete;

  // feed takes octets from the front of `octets` until something is to be told.
  [[nodiscard]] ImapInput feed(std::string_view& octets);

  // limit_literals: how many octets the literals of a command may have in all, from now on.
  void limit_literals(size_t octets) { literal_limit_ = octets; }

  // want_line: what comes next is one line without literals: an answer to AUTHENTICATE, DONE.
  void want_line();

  // accept: after kAppend, its message is wanted (with `plus` it comes anyway). refuse: it is not, and does
  // not come.
  void accept() { state_ = State::kMessage; }
  void refuse() { begin(); }

  // text is valid until the next feed, which overwrites it (it may hold a password).
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string_view message() const { return message_; }
  // message_left: octets of it still to come; the command is told when its line has ended.
  [[nodiscard]] uint64_t message_left() const { return left_; }

 private:
  enum class State : uint8_t { kText, kLine, kLiteral, kAppend, kMessage, kDiscard, kTold };

  void begin();
  [[nodiscard]] ImapInput take_text(std::string_view& octets);
  [[nodiscard]] ImapInput end_of_line();
  [[nodiscard]] ImapInput literal_announced(LiteralMark mark);
  [[nodiscard]] ImapInput take_discarded(std::string_view& octets);
  void take_literal(std::string_view& octets);

  State state_ = State::kText;
  bool plain_ = false;
  size_t literal_limit_ = kImapLiteralLimit;
  size_t literals_ = 0;    // octets of this command's literals
  size_t line_begin_ = 0;  // in text_
  uint64_t left_ = 0;      // octets of a literal or message to come
  std::string text_;
  std::string tail_;  // of a line that is discarded
  std::string_view message_;
};

}  // namespace postern::daemon
