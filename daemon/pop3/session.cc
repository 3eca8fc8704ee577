// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/session.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/keeper/request_table.h"
#include "daemon/pop3/wire.h"
#include "daemon/session/base64.h"
#include "daemon/session/sasl_plain.h"
#include "daemon/session/words.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

constexpr uint64_t kSecond = 1'000'000'000U;
constexpr uint64_t kLoginNsec = 120 * kSecond;  // from the greeting to the login, all told
constexpr uint64_t kIdleNsec = 600 * kSecond;   // RFC 1939, section 3: at least ten minutes

// What RFC 2449 lists and this server does, in either state.
constexpr std::string_view kCapabilities =
    "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nIMPLEMENTATION postern\r\n";

std::string_view fault_text(Pop3Fault fault) {
  switch (fault) {
    case Pop3Fault::kLineTooLong:
      return "line too long";
    case Pop3Fault::kBadOctet:
      return "octet not allowed";
    case Pop3Fault::kMissingArgument:
      return "argument missing";
    case Pop3Fault::kUnexpectedArgument:
      return "argument not expected";
    case Pop3Fault::kBadNumber:
      return "not a number here";
    case Pop3Fault::kUnknownCommand:
    case Pop3Fault::kNone:
      break;
  }
  return "unknown command";
}

}  // namespace

void Pop3Session::run() {
  login_deadline_ = monotonic_nsec() + kLoginNsec;
  ok("postern POP3 ready");
  std::string_view line;
  bool going = true;
  while (going) {
    switch (client_.read_line(line, deadline())) {
      case LineEvent::kLine:
        going = handle(line) && !client_.broken();
        break;
      case LineEvent::kTooLong:
      case LineEvent::kBadEnd:
        account_.clear();
        error(fault_text(Pop3Fault::kLineTooLong));
        break;
      case LineEvent::kClosed:
      case LineEvent::kTimedOut:  // RFC 1939, section 3: closed without a word, nothing is removed
        going = false;
        break;
    }
  }
  client_.flush();
}

uint64_t Pop3Session::deadline() const {
  return state_ == State::kAuthorization ? login_deadline_ : monotonic_nsec() + kIdleNsec;
}

bool Pop3Session::handle(std::string_view line) {
  const Pop3Command command = parse_pop3_command(line);
  if (command.verb != Pop3Verb::kUser && command.verb != Pop3Verb::kPass) account_.clear();
  if (command.fault != Pop3Fault::kNone) {
    account_.clear();
    error(fault_text(command.fault));
  } else {
    carry_out(command);
  }
  return state_ != State::kEnded;
}

void Pop3Session::carry_out(const Pop3Command& command) {
  if (command.verb == Pop3Verb::kCapa) return capabilities();
  if (command.verb == Pop3Verb::kQuit) return quit();
  if (state_ == State::kAuthorization) return authorize(command);
  transact(command);
}

void Pop3Session::authorize(const Pop3Command& command) {
  if (command.verb == Pop3Verb::kUser) return user(command.text);
  if (command.verb == Pop3Verb::kPass) return pass(command.text);
  if (command.verb == Pop3Verb::kStls) return start_tls();
  if (command.verb == Pop3Verb::kAuth) return authenticate(command);
  error("log in first");
}

void Pop3Session::transact(const Pop3Command& command) {
  switch (command.verb) {
    case Pop3Verb::kStat:
      return stat();
    case Pop3Verb::kList:
      return list(command.message);
    case Pop3Verb::kUidl:
      return unique_ids(command.message);
    case Pop3Verb::kRetr:
      return retrieve(command.message);
    case Pop3Verb::kTop:
      return top(command.message, command.lines);
    case Pop3Verb::kDele:
      return mark(command.message);
    case Pop3Verb::kRset:
      return reset();
    case Pop3Verb::kNoop:
      return ok("");
    default:
      return error("already logged in");
  }
}

void Pop3Session::capabilities() {
  const bool by_password = encryption_.takes_passwords();
  const bool by_certificate = has_certificate();
  if (state_ == State::kEnded) return;
  ok("capabilities follow");
  client_.put("TOP\r\nUIDL\r\n");
  if (by_password) client_.put("USER\r\n");
  if (by_password || by_certificate) {
    client_.put("SASL");
    if (by_password) client_.put(" PLAIN");
    if (by_certificate) client_.put(" EXTERNAL");
    client_.put("\r\n");
  }
  client_.put(kCapabilities);
  if (state_ == State::kAuthorization && encryption_.may_start()) client_.put("STLS\r\n");
  client_.put(".\r\n");
}

// RFC 2595, section 4. Whoever can put octets into the plain connection must not have them taken for the
// client's in the encrypted one: what was sent with the command ends it, and nothing of before counts.
void Pop3Session::start_tls() {
  if (!encryption_.may_start()) return error("no encryption to begin here");
  if (client_.has_unread()) {
    error("octets behind STLS");
    state_ = State::kEnded;
    return;
  }
  if (encryption_.asks_for_certificates() && !keeper_.expect()) return give_up();
  ok("begin the handshake");
  if (!encryption_.start(client_)) state_ = State::kEnded;
}

// EN-2: the keeper knows, from tls, at the end of the handshake; it is asked before a login alone.
bool Pop3Session::has_certificate() {
  if (!encryption_.may_have_certificate()) return false;
  if (!certificate_ && state_ == State::kAuthorization) {
    const Result<bool> shown = keeper_.shown();
    if (!shown) give_up();
    certificate_ = shown.ok() && shown.value();
  }
  return certificate_.value_or(false);
}

// RFC 5034. "=" is a response of no octets.
void Pop3Session::authenticate(const Pop3Command& command) {
  const bool by_certificate = same_keyword(command.text, "EXTERNAL");
  if (!by_certificate && !same_keyword(command.text, "PLAIN")) return error("no such mechanism");
  const bool shown = by_certificate && has_certificate();
  if (state_ == State::kEnded) return;
  if (by_certificate && !shown) return error("[AUTH] no certificate was shown here");
  if (!by_certificate && !encryption_.takes_passwords()) return no_passwords();
  if (!command.response.empty())
    return respond(by_certificate, command.response == "=" ? "" : command.response);
  client_.put("+ \r\n");
  client_.limit_lines(kSaslPlainLimit);  // RFC 5034, section 4: whatever the limit of commands
  std::string_view line;
  const LineEvent event = client_.read_line(line, deadline());
  client_.limit_lines(kPop3LineLimit);
  switch (event) {
    case LineEvent::kLine:
      return line == "*" ? error("given up") : respond(by_certificate, line);
    case LineEvent::kTooLong:
    case LineEvent::kBadEnd:
      return error(fault_text(Pop3Fault::kLineTooLong));
    case LineEvent::kClosed:
    case LineEvent::kTimedOut:
      state_ = State::kEnded;
  }
}

void Pop3Session::respond(bool by_certificate, std::string_view response) {
  std::optional<std::string> decoded = decode_base64(response);
  if (!decoded) return error("not base64");
  if (by_certificate) return external(*decoded);
  plain(*decoded);
  wipe(*decoded);
}

// external: who the client would be, or nothing (RFC 4422, appendix A). The keeper knows who it is.
void Pop3Session::external(std::string_view account) {
  ++logins_;
  client_.flush();
  answered(keeper_.external(account));
}

void Pop3Session::plain(std::string_view message) {
  const std::optional<PlainLogin> login = parse_sasl_plain(message);
  if (!login) return error("not as RFC 4616 has it");
  log_in(login->account, login->password);
}

// EN-1: told before anything secret is sent, and alike for every name.
void Pop3Session::no_passwords() {
  error("[AUTH] " + std::string(encryption_.no_password_text()));
}

// AD-L2: every name gets this answer.
void Pop3Session::user(std::string_view name) {
  if (!encryption_.takes_passwords()) return no_passwords();
  account_ = name;
  ok("password, please");
}

void Pop3Session::pass(std::string_view password) {
  if (account_.empty()) return error("USER first");
  log_in(account_, password);
  account_.clear();
}

void Pop3Session::log_in(std::string_view account, std::string_view password) {
  ++logins_;
  client_.flush();
  answered(keeper_.login(account, password));
}

void Pop3Session::answered(const Result<LoginAnswer>& answer) {
  if (!answer) return give_up();
  if (answer.value().status == ReplyStatus::kOk) return logged_in(answer.value());
  login_failed(answer.value().status);
}

void Pop3Session::logged_in(const LoginAnswer& answer) {
  state_ = State::kTransaction;
  marked_.assign(answer.messages, false);
  kept_ = answer.messages;
  kept_octets_ = answer.octets;
  ok("mailbox is open");
}

// AD-L2: unknown account, wrong password and refused place are kRefused and nothing else.
void Pop3Session::login_failed(ReplyStatus status) {
  if (status == ReplyStatus::kRefused) {
    error("[AUTH] login refused");
  } else if (status == ReplyStatus::kInUse) {
    error("[IN-USE] another session has this mailbox");
  } else {
    error("[SYS/TEMP] not now, try again later");
  }
  if (logins_ == kLoginLimit) state_ = State::kEnded;
}

void Pop3Session::stat() {
  client_.put("+OK ");
  client_.put_number(kept_);
  client_.put(' ');
  client_.put_number(kept_octets_);
  client_.put("\r\n");
}

// scan: one message's scan listing, or (0) all of them; `put` writes what follows the number.
template <class Put>
void Pop3Session::scan(uint32_t message, std::string_view title, Put put) {
  if (message != 0 && !has(message)) return;
  client_.put("+OK ");
  if (message == 0) client_.put(title);
  const uint32_t first = message == 0 ? 1 : message;
  const uint32_t last = message == 0 ? static_cast<uint32_t>(marked_.size()) : message;
  for (uint32_t i = first; i <= last; ++i) {
    if (marked_[i - 1]) continue;
    const Result<MessageFacts> facts = keeper_.describe(i);
    if (!facts) return abandon();
    client_.put_number(i);
    client_.put(' ');
    put(facts.value());
    client_.put("\r\n");
  }
  if (message == 0) client_.put(".\r\n");
}

void Pop3Session::list(uint32_t message) {
  scan(message, "sizes follow\r\n", [this](const MessageFacts& facts) { client_.put_number(facts.octets); });
}

void Pop3Session::unique_ids(uint32_t message) {
  scan(message, "unique ids follow\r\n", [this](const MessageFacts& facts) { client_.put(facts.unique_id); });
}

void Pop3Session::retrieve(uint32_t message) {
  WireEncoder<ClientStream> encoder(client_);
  stream(message, encoder);
}

void Pop3Session::top(uint32_t message, uint32_t lines) {
  WireEncoder<ClientStream> encoder(client_, lines);
  stream(message, encoder);
}

template <class Encoder>
void Pop3Session::stream(uint32_t message, Encoder& encoder) {
  if (!has(message)) return;
  const Result<OpenedMessage> opened = keeper_.open(message);
  if (!opened) return give_up();
  if (opened.value().status == ReplyStatus::kGone) return error("another program has removed this message");
  if (opened.value().status != ReplyStatus::kOk) return error("[SYS/TEMP] this message cannot be read now");
  ok("message follows");
  std::array<char, 16384> buffer;
  while (!client_.broken()) {
    const ssize_t length = ::read(opened.value().file.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return abandon();
    if (length == 0 || !encoder.add({buffer.data(), static_cast<size_t>(length)})) break;
  }
  encoder.finish();
}

void Pop3Session::mark(uint32_t message) {
  if (!has(message)) return;
  const Result<MessageFacts> facts = keeper_.describe(message);
  if (!facts) return give_up();
  marked_[message - 1] = true;
  --kept_;
  kept_octets_ -= facts.value().octets;
  ok("marked");
}

void Pop3Session::reset() {
  for (uint32_t i = 1; i <= marked_.size(); ++i) {
    if (!marked_[i - 1]) continue;
    const Result<MessageFacts> facts = keeper_.describe(i);
    if (!facts) return give_up();
    marked_[i - 1] = false;
    ++kept_;
    kept_octets_ += facts.value().octets;
  }
  ok("nothing is marked");
}

void Pop3Session::quit() {
  if (state_ == State::kTransaction) return update();
  state_ = State::kEnded;
  const Result<void> left = keeper_.quit();
  if (!left) return error("[SYS/TEMP] goodbye");
  ok("goodbye");
}

// RFC 1939, section 6.
void Pop3Session::update() {
  for (uint32_t i = 1; i <= marked_.size(); ++i) {
    if (!marked_[i - 1]) continue;
    const Result<void> removed = keeper_.remove(i);
    if (!removed) return give_up();
  }
  const Result<uint32_t> failed = keeper_.update();
  if (!failed) return give_up();
  state_ = State::kEnded;
  if (failed.value() != 0) return error("[SYS/TEMP] some marked messages are not removed");
  ok("goodbye");
}

bool Pop3Session::has(uint32_t message) {
  if (message >= 1 && message <= marked_.size() && !marked_[message - 1]) return true;
  error("no such message");
  return false;
}

void Pop3Session::ok(std::string_view text) {
  client_.put("+OK");
  if (!text.empty()) client_.put(' ');
  client_.put(text);
  client_.put("\r\n");
}

void Pop3Session::error(std::string_view text) {
  client_.put("-ERR ");
  client_.put(text);
  client_.put("\r\n");
}

// give_up: the keeper is gone or not to be trusted.
void Pop3Session::give_up() {
  error("[SYS/TEMP] not now, try again later");
  state_ = State::kEnded;
}

// abandon: the same in the middle of an answer. It ends without its dot, so that no client takes half a
// message or listing for a whole one.
void Pop3Session::abandon() {
  state_ = State::kEnded;
}

}  // namespace postern::daemon
