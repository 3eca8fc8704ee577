// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/command_reader.h"

#include <algorithm>

#include "daemon/session/words.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

constexpr size_t kMarkLength = 16;  // {4294967295+}CRLF and some
constexpr size_t kRoom = kImapLineLimit + kImapLoginLiteralLimit;

// is_append: whether a command's verb is APPEND. What else the text holds is not read: literals may be many.
bool is_append(std::string_view text) {
  const size_t space = text.find(' ');
  return space != std::string_view::npos && same_keyword(text.substr(space + 1, 7), "APPEND ");
}

}  // namespace

// Room for a command before login, so that no password is left behind by a string that grows.
ImapCommandReader::ImapCommandReader() {
  text_.reserve(kRoom);
}

ImapCommandReader::~ImapCommandReader() {
  begin();
}

void ImapCommandReader::begin() {
  wipe(text_);
  if (text_.capacity() > 2 * kRoom) text_.shrink_to_fit();
  tail_.clear();
  state_ = plain_ ? State::kLine : State::kText;
  literals_ = 0;
  line_begin_ = 0;
  left_ = 0;
}

void ImapCommandReader::want_line() {
  plain_ = true;
  begin();
}

ImapInput ImapCommandReader::feed(std::string_view& octets) {
  if (state_ == State::kTold) begin();
  while (!octets.empty()) {
    ImapInput input = ImapInput::kMore;
    if (state_ == State::kMessage && left_ != 0) {
      message_ = octets.substr(0, left_);
      left_ -= message_.size();
      octets.remove_prefix(message_.size());
      return ImapInput::kMessage;
    }
    if (state_ == State::kLiteral) {
      take_literal(octets);
    } else if (state_ == State::kDiscard) {
      input = take_discarded(octets);
    } else {
      input = take_text(octets);
    }
    if (input != ImapInput::kMore) return input;
  }
  return ImapInput::kMore;
}

void ImapCommandReader::take_literal(std::string_view& octets) {
  const std::string_view taken = octets.substr(0, left_);
  text_ += taken;
  octets.remove_prefix(taken.size());
  left_ -= taken.size();
  if (left_ != 0) return;
  state_ = State::kText;
  line_begin_ = text_.size();
}

// take_text: up to the end of a line. If it is over the limit with the command's lines before it, it is
// discarded, its beginning kept.
ImapInput ImapCommandReader::take_text(std::string_view& octets) {
  const size_t end = octets.find('\n');
  const std::string_view taken = octets.substr(0, end);
  const size_t room = kImapLineLimit - 1 - (text_.size() - literals_);
  if (taken.size() > room) {
    tail_ = text_.substr(text_.size() - std::min(text_.size(), kMarkLength));
    text_ += taken.substr(0, room);
    state_ = State::kDiscard;
    return ImapInput::kMore;
  }
  const bool whole = end != std::string_view::npos;
  text_ += taken;
  octets.remove_prefix(taken.size() + (whole ? 1 : 0));
  if (!whole) return ImapInput::kMore;
  if (text_.size() > line_begin_ && text_.back() == '\r') text_.pop_back();
  return end_of_line();
}

ImapInput ImapCommandReader::end_of_line() {
  const bool plain = state_ == State::kLine;
  const bool after_message = state_ == State::kMessage;
  LiteralMark mark;
  if (!plain && closing_literal(std::string_view(text_).substr(line_begin_), mark)) {
    if (!after_message) return literal_announced(mark);
    state_ = State::kTold;  // a second message: RFC 3502 is not ours
    return mark.plus ? ImapInput::kLost : ImapInput::kCommand;
  }
  plain_ = false;
  state_ = State::kTold;
  return plain ? ImapInput::kLine : ImapInput::kCommand;
}

ImapInput ImapCommandReader::literal_announced(LiteralMark mark) {
  text_ += "\r\n";
  left_ = mark.octets;
  if (is_append(text_) && parse_imap_command(text_).fault == ImapFault::kNone) {
    line_begin_ = text_.size();
    state_ = State::kAppend;
    return ImapInput::kAppend;
  }
  if (mark.octets > literal_limit_ - std::min(literal_limit_, literals_)) {
    state_ = State::kTold;
    return mark.plus ? ImapInput::kLost : ImapInput::kTooLarge;
  }
  literals_ += mark.octets;
  line_begin_ = text_.size();
  state_ = mark.octets == 0 ? State::kText : State::kLiteral;
  return mark.plus ? ImapInput::kMore : ImapInput::kContinue;
}

// take_discarded: a line that is too long is heard to its end. If a literal comes after it that nobody can
// stop, what is in it must not be taken for commands.
ImapInput ImapCommandReader::take_discarded(std::string_view& octets) {
  const size_t end = octets.find('\n');
  const std::string_view taken = octets.substr(0, end);
  tail_ += taken.substr(taken.size() - std::min(taken.size(), kMarkLength));
  if (tail_.size() > kMarkLength) tail_.erase(0, tail_.size() - kMarkLength);
  octets.remove_prefix(std::min(octets.size(), taken.size() + 1));
  if (end == std::string_view::npos) return ImapInput::kMore;
  if (tail_.ends_with('\r')) tail_.pop_back();
  LiteralMark mark;
  const bool lost = !plain_ && closing_literal(tail_, mark) && mark.plus;
  plain_ = false;
  state_ = State::kTold;
  return lost ? ImapInput::kLost : ImapInput::kTooLong;
}

}  // namespace postern::daemon
