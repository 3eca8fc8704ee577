// SPDX-License-Identifier: BSD-2-Clause
// APPEND (RFC 3501, section 6.3.11; RFC 4315; RFC 7888): the message passes through, in pieces.
#include <utility>

#include "daemon/imap/session.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kNoSuchFolder = "[TRYCREATE] there is no such folder";

}  // namespace

// append_begins: the keeper says whether it takes the message before the client sends it.
void ImapSession::append_begins() {
  const ImapCommand command = parse_imap_command(reader_.text());
  if (state_ == State::kNew) {
    if (command.message.plus) return end("log in first");
    reader_.refuse();
    return bad(command, "log in first");
  }
  if (command.message.octets > size_limit_) {
    if (command.message.plus) return end("the message is too large");
    return append_refused(command, "[LIMIT] the message is too large");
  }
  if (command.message.octets == 0) return append_refused(command, "an empty message is none");
  std::string keywords;
  for (const std::string& keyword : command.flags.keywords)
    keywords += (keywords.empty() ? "" : " ") + keyword;
  const auto answer =
      heard(keeper_.append_begin(folder_text(command.first), keywords, command.flags.system,
                                 command.message.octets, command.has_date ? command.date : kImapNow));
  if (!answer) return;
  if (answer->status == ImapStatus::kNoFolder) return append_refused(command, kNoSuchFolder);
  if (!answer->ok()) return append_refused(command, failure_text(answer->status));
  appending_ = append_taken_ = true;
  append_nul_ = false;
  append_fault_.clear();
  append_waiting_.clear();
  reader_.accept();
  if (!command.message.plus) put("+ go on\r\n");
}

// append_refused: a literal that is coming anyway is heard to its end, and then answered.
void ImapSession::append_refused(const ImapCommand& command, std::string_view text) {
  if (!command.message.plus) {
    reader_.refuse();
    return no(command, text);
  }
  appending_ = true;
  append_taken_ = false;
  append_fault_ = text;
  reader_.accept();
}

void ImapSession::append_octets(std::string_view octets) {
  if (!append_taken_) return;
  if (octets.find('\0') != std::string_view::npos) {  // CHAR8 (RFC 3501, section 9)
    abandon_append();
    appending_ = append_nul_ = true;
    return;
  }
  if (append_waiting_.size() + octets.size() > kImapTextLimit) send_append();
  append_waiting_ += octets;
}

void ImapSession::send_append() {
  if (!append_taken_ || append_waiting_.empty()) return;
  const auto answer = heard(keeper_.append_data(append_waiting_));
  append_waiting_.clear();
  if (answer && answer->ok()) return;
  append_taken_ = false;  // the keeper has forgotten it, or is no more
  if (answer) append_fault_ = failure_text(answer->status);
}

void ImapSession::append_ends(const ImapCommand& command) {
  send_append();
  if (state_ == State::kEnded) return;
  if (command.fault != ImapFault::kNone) {
    abandon_append();
    return bad(command, "not as RFC 3501 has it");
  }
  appending_ = false;
  if (std::exchange(append_nul_, false)) return bad(command, "a literal has no NUL");
  if (!append_taken_) return no(command, append_fault_);
  append_taken_ = false;
  const auto answer = heard(keeper_.about(ImapRequestKind::kAppendCommit));
  if (!answer) return;
  if (answer->status == ImapStatus::kNoFolder) return no(command, kNoSuchFolder);
  if (!answer->ok()) return failed(command, answer->status);
  done(command, "[APPENDUID " + std::to_string(answer->head.uid_validity) + " " +
                    std::to_string(answer->head.uid) + "] appended");
}

// abandon_append: what has come of a message is forgotten.
void ImapSession::abandon_append() {
  appending_ = false;
  append_waiting_.clear();
  append_nul_ = false;
  if (!append_taken_) return;
  append_taken_ = false;
  (void)heard(keeper_.about(ImapRequestKind::kCancel));
}

}  // namespace postern::daemon
