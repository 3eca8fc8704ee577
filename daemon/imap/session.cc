// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/session.h"

#include <algorithm>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr uint64_t kSecond = 1'000'000'000U;
constexpr uint64_t kLoginNsec = 120 * kSecond;         // from the greeting to the login, all told
constexpr uint64_t kSilentNsec = 31 * (60 * kSecond);  // RFC 3501, section 5.4: at least 30 minutes

constexpr size_t kFolderTextLimit = 1000;

}  // namespace

void ImapSession::run() {
  login_deadline_ = monotonic_nsec() + kLoginNsec;
  reader_.limit_literals(kImapLoginLiteralLimit);
  put("* OK [");
  put_capabilities();
  put("] postern IMAP ready\r\n");
  while (state_ != State::kEnded && !client_.broken() && read_more()) {
    while (state_ != State::kEnded && !unread_.empty()) take(reader_.feed(unread_));
  }
  abandon_append();
  if (silent_ && state_ != State::kEnded) put("* BYE too long without a word\r\n");
  client_.flush();
}

uint64_t ImapSession::deadline() const {
  return state_ == State::kNew ? login_deadline_ : monotonic_nsec() + kSilentNsec;
}

// read_more waits for octets of the client's.
bool ImapSession::read_more() {
  if (!unread_.empty()) return true;
  const LineEvent event = client_.read_octets(unread_, deadline());
  silent_ = event == LineEvent::kTimedOut;
  return event == LineEvent::kLine;
}

void ImapSession::take(ImapInput input) {
  switch (input) {
    case ImapInput::kMore:
    case ImapInput::kLine:  // ask_line takes them
      return;
    case ImapInput::kContinue:
      return put("+ go on\r\n");
    case ImapInput::kCommand:
      return command();
    case ImapInput::kAppend:
      return append_begins();
    case ImapInput::kMessage:
      return append_octets(reader_.message());
    case ImapInput::kTooLong:
    case ImapInput::kTooLarge:
      return too_long(input);
    case ImapInput::kLost:
      return end("a literal is too large");
  }
}

void ImapSession::too_long(ImapInput input) {
  const ImapCommand command = parse_imap_command(reader_.text());
  abandon_append();
  bad(command, input == ImapInput::kTooLong ? "line too long" : "literal too large");
}

void ImapSession::command() {
  const ImapCommand command = parse_imap_command(reader_.text());
  if (appending_) return append_ends(command);
  if (command.fault == ImapFault::kNone) return carry_out(command);
  bad(command, command.fault == ImapFault::kUnknown ? "unknown command" : "not as RFC 3501 has it");
  if (state_ == State::kNew && ++faults_ == kImapFaultLimit) end("too many errors");
}

void ImapSession::carry_out(const ImapCommand& command) {
  switch (command.verb) {
    case ImapVerb::kCapability:
      put("* ");
      put_capabilities();
      put("\r\n");
      return done(command, "that is all");
    case ImapVerb::kNoop:
      return done(command, "nothing done");
    case ImapVerb::kLogout:
      return logout(command);
    case ImapVerb::kId:
      return id(command);
    case ImapVerb::kLogin:
      if (state_ != State::kNew) return bad(command, "already logged in");
      return login(command, command.first, command.second);
    case ImapVerb::kAuthenticate:
      if (state_ != State::kNew) return bad(command, "already logged in");
      return authenticate(command);
    case ImapVerb::kStartTls:
      if (state_ != State::kNew) return bad(command, "already logged in");
      return start_tls(command);
    default:
      if (state_ == State::kNew) return bad(command, "log in first");
      return carry_out_in(command);
  }
}

void ImapSession::carry_out_in(const ImapCommand& command) {
  switch (command.verb) {
    case ImapVerb::kEnable:  // RFC 5161: what is unknown is passed over, and all is
      put("* ENABLED\r\n");
      return done(command, "enabled");
    case ImapVerb::kNamespace:
      put("* NAMESPACE ((\"\" \".\")) NIL NIL\r\n");
      return done(command, "that is all");
    case ImapVerb::kSelect:
    case ImapVerb::kExamine:
      return select(command);
    case ImapVerb::kCreate:
    case ImapVerb::kDelete:
    case ImapVerb::kRename:
    case ImapVerb::kSubscribe:
    case ImapVerb::kUnsubscribe:
      return about_folder(command);
    case ImapVerb::kList:
    case ImapVerb::kLsub:
      return list(command);
    case ImapVerb::kStatus:
      return status(command);
    case ImapVerb::kIdle:
      return idle(command);
    default:
      if (state_ != State::kSelected) return bad(command, "select a folder first");
      return carry_out_selected(command);
  }
}

void ImapSession::carry_out_selected(const ImapCommand& command) {
  switch (command.verb) {
    case ImapVerb::kCheck:
      return done(command, "checked");
    case ImapVerb::kClose:
    case ImapVerb::kUnselect:
      return close(command);
    case ImapVerb::kExpunge:
      return expunge(command);
    case ImapVerb::kSearch:
      return search(command);
    case ImapVerb::kFetch:
      return fetch(command);
    case ImapVerb::kStore:
      return store(command);
    case ImapVerb::kCopy:
    case ImapVerb::kMove:
      return copy(command);
    default:
      return bad(command, "not as RFC 3501 has it");
  }
}

// ask_line: one line of the client's that is no command; nullopt: it has gone, or the line is too long.
std::optional<std::string> ImapSession::ask_line() {
  reader_.want_line();
  while (!client_.broken() && read_more()) {
    const ImapInput input = reader_.feed(unread_);
    if (input == ImapInput::kLine) return reader_.text();
    if (input == ImapInput::kTooLong) return std::nullopt;
  }
  state_ = State::kEnded;
  return std::nullopt;
}

void ImapSession::logout(const ImapCommand& command) {
  put("* BYE goodbye\r\n");
  (void)heard(keeper_.about(ImapRequestKind::kQuit));
  put(command.tag);
  put(" OK goodbye\r\n");
  state_ = State::kEnded;
}

void ImapSession::id(const ImapCommand& command) {
  put("* ID (\"name\" \"postern\")\r\n");
  done(command, "that is all");
}

// done answers OK, and before that tells what else has changed, where it may be told.
void ImapSession::done(const ImapCommand& command, std::string_view text) {
  const bool by_number =
      !command.uid && (command.verb == ImapVerb::kFetch || command.verb == ImapVerb::kStore ||
                       command.verb == ImapVerb::kSearch);
  if (state_ == State::kSelected) poll(!by_number);
  if (state_ == State::kEnded) return;
  put(command.tag);
  put(" OK ");
  put(text);
  put("\r\n");
}

void ImapSession::no(const ImapCommand& command, std::string_view text) {
  if (state_ == State::kEnded) return;
  put(command.tag);
  put(" NO ");
  put(text);
  put("\r\n");
}

void ImapSession::bad(const ImapCommand& command, std::string_view text) {
  put(command.tag.empty() ? "*" : std::string_view(command.tag));
  put(" BAD ");
  put(text);
  put("\r\n");
}

void ImapSession::failed(const ImapCommand& command, ImapStatus status) {
  no(command, failure_text(status));
}

void ImapSession::end(std::string_view text) {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  put("* BYE ");
  put(text);
  put("\r\n");
}

// heard: what the keeper said; nullopt: it is gone or not to be trusted, and so this session ends.
std::optional<ImapAnswer> ImapSession::heard(Result<ImapAnswer> answer) {
  if (answer) return std::move(answer).value();
  end("[UNAVAILABLE] not now, try again later");
  return std::nullopt;
}

std::string_view ImapSession::failure_text(ImapStatus status) {
  switch (status) {
    case ImapStatus::kNoFolder:
      return "[NONEXISTENT] there is no such folder";
    case ImapStatus::kExists:
      return "[ALREADYEXISTS] there is a folder of that name";
    case ImapStatus::kBadName:
      return "[CANNOT] that cannot be done to a folder of that name";
    case ImapStatus::kGone:
      return "[EXPUNGEISSUED] another program has removed a message";
    case ImapStatus::kReadOnly:
      return "the folder is open for reading";
    case ImapStatus::kFull:
      return "[LIMIT] there is no room for it";
    case ImapStatus::kTooLarge:
      return "[LIMIT] the message is too large";
    default:
      return "[UNAVAILABLE] not now, try again later";
  }
}

std::string_view ImapSession::folder_text(std::string_view name) {
  const bool sayable =
      !name.empty() && name.size() <= kFolderTextLimit && name.find('\0') == std::string_view::npos;
  return sayable ? name : ".";
}

}  // namespace postern::daemon
