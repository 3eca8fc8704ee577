// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/session.h"

#include <algorithm>
#include <array>

#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr uint64_t kSecond = 1'000'000'000U;
constexpr uint64_t kSilenceNsec = 300 * kSecond;   // RFC 5321, section 4.5.3.2.7: at least five minutes
constexpr uint64_t kMessageNsec = 3600 * kSecond;  // for all of one message

std::string_view fault_text(SmtpFault fault) {
  switch (fault) {
    case SmtpFault::kLineTooLong:
      return "500 5.5.2 line too long";
    case SmtpFault::kBadOctet:
      return "500 5.5.2 octet not allowed";
    case SmtpFault::kMissingArgument:
      return "501 5.5.4 argument missing";
    case SmtpFault::kUnexpectedArgument:
      return "501 5.5.4 argument not expected";
    case SmtpFault::kBadName:
      return "501 5.5.4 that is no host's name";
    case SmtpFault::kBadPath:
      return "501 5.1.7 that is no address in angle brackets";
    case SmtpFault::kBadParameter:
      return "501 5.5.4 malformed parameter";
    case SmtpFault::kUnknownParameter:
      return "555 5.5.4 parameter not offered";
    case SmtpFault::kUnknownCommand:
    case SmtpFault::kNone:
      break;
  }
  return "500 5.5.1 unknown command";
}

std::string_view fault_text(SmtpDataFault fault) {
  switch (fault) {
    case SmtpDataFault::kBareCr:
    case SmtpDataFault::kBareLf:
      return "554 5.6.0 CR or LF alone in the message: lines end with CRLF";
    case SmtpDataFault::kNul:
      return "554 5.6.0 NUL in the message";
    case SmtpDataFault::kLineTooLong:
      return "554 5.6.0 a line of the message is over 998 octets";
    case SmtpDataFault::kNone:
      break;
  }
  return "554 5.6.0 the message cannot be taken";
}

}  // namespace

// Chunks collects octets and sends them to the keeper by the chunk, but for the last; after a refusal it
// drops them.
class SmtpSession::Chunks {
 public:
  explicit Chunks(SmtpKeeperPort& keeper) : keeper_(keeper) {}

  void put(char octet) {
    if (status_ != SmtpStatus::kOk) return;
    if (used_ == octets_.size()) send();
    octets_[used_++] = octet;
  }
  [[nodiscard]] std::string_view last() const { return {octets_.data(), used_}; }
  [[nodiscard]] SmtpStatus status() const { return status_; }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  void send() {
    const Result<SmtpAnswer> answer = keeper_.ask(SmtpRequestKind::kChunk, {octets_.data(), used_});
    broken_ = !answer;
    status_ = answer ? answer.value().status : SmtpStatus::kTemporary;
    used_ = 0;
  }

  SmtpKeeperPort& keeper_;
  SmtpStatus status_ = SmtpStatus::kOk;
  bool broken_ = false;
  std::size_t used_ = 0;
  std::array<char, kSmtpChunkLimit> octets_;
};

void SmtpSession::run() {
  client_.put("220 ");
  client_.put(host_);
  client_.put(" ESMTP postern\r\n");
  std::string_view line;
  while (state_ != State::kEnded && !client_.broken()) {
    switch (client_.read_line(line, monotonic_nsec() + kSilenceNsec)) {
      case LineEvent::kLine:
        if (!handle(line)) client_.flush();
        break;
      case LineEvent::kTooLong:
        error(fault_text(SmtpFault::kLineTooLong));
        break;
      case LineEvent::kBadEnd:
        error("500 5.5.2 lines end with CRLF");
        break;
      case LineEvent::kClosed:
        state_ = State::kEnded;
        break;
      case LineEvent::kTimedOut:
        end("421 4.4.2 silent for too long");
        break;
    }
  }
  client_.flush();
}

bool SmtpSession::handle(std::string_view line) {
  const SmtpCommand command = parse_smtp_command(line);
  if (command.fault != SmtpFault::kNone) {
    fault(command.fault);
  } else {
    carry_out(command);
  }
  return state_ != State::kEnded;
}

void SmtpSession::fault(SmtpFault fault) {
  error(fault_text(fault));
}

void SmtpSession::carry_out(const SmtpCommand& command) {
  switch (command.verb) {
    case SmtpVerb::kHelo:
    case SmtpVerb::kEhlo:
      return hello(command);
    case SmtpVerb::kMail:
      return mail(command);
    case SmtpVerb::kRcpt:
      return rcpt(command.mailbox);
    case SmtpVerb::kData:
      return data();
    case SmtpVerb::kRset:
      return reset();
    case SmtpVerb::kNoop:
      return reply("250 2.0.0 good");
    case SmtpVerb::kVrfy:
      return reply("252 2.5.0 send a message and see");
    case SmtpVerb::kHelp:
      return reply("214 2.0.0 RFC 5321: EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");
    case SmtpVerb::kQuit:
      return quit();
    case SmtpVerb::kStartTls:
      return start_tls();
    case SmtpVerb::kUnknown:
      break;
  }
  fault(SmtpFault::kUnknownCommand);
}

// ask: the keeper's status; a keeper that cannot be talked to ends the session.
SmtpStatus SmtpSession::ask(SmtpRequestKind kind, std::string_view text) {
  Result<SmtpAnswer> answer = keeper_.ask(kind, text);
  if (!answer) {
    give_up();
    return SmtpStatus::kTemporary;
  }
  id_ = std::move(answer->id);
  return answer->status;
}

void SmtpSession::hello(const SmtpCommand& command) {
  const bool extended = command.verb == SmtpVerb::kEhlo;
  const SmtpRequestKind ehlo =
      encryption_.is_encrypted() ? SmtpRequestKind::kEhloEncrypted : SmtpRequestKind::kEhlo;
  const SmtpStatus status = ask(extended ? ehlo : SmtpRequestKind::kHelo, command.name);
  if (state_ == State::kEnded) return;
  if (status != SmtpStatus::kOk) return not_taken(status);
  state_ = State::kIdle;
  asked_ = 0;
  client_.put(extended ? "250-" : "250 ");
  client_.put(host_);
  client_.put("\r\n");
  if (!extended) return;
  client_.put("250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-HELP\r\n");
  if (encryption_.may_start()) client_.put("250-STARTTLS\r\n");
  client_.put("250 SIZE ");
  client_.put_number(size_limit_);
  client_.put("\r\n");
}

void SmtpSession::mail(const SmtpCommand& command) {
  if (state_ == State::kNew) return error("503 5.5.1 EHLO first");
  if (state_ != State::kIdle) return error("503 5.5.1 a sender is named already");
  if (command.size.value_or(0) > size_limit_) return error("552 5.3.4 the message is too large");
  if (messages_ == kSmtpMessagesLimit) return end("421 4.7.0 enough for one connection");
  const SmtpStatus status = ask(SmtpRequestKind::kSender, command.mailbox);
  if (state_ == State::kEnded) return;
  if (status != SmtpStatus::kOk) return not_taken(status);
  ++messages_;
  asked_ = 0;
  state_ = State::kSender;
  reply("250 2.1.0 sender noted");
}

void SmtpSession::rcpt(std::string_view mailbox) {
  if (state_ != State::kSender && state_ != State::kRecipients) return error("503 5.5.1 MAIL first");
  if (asked_ == kSmtpRecipientsAsked) return error("452 4.5.3 too many recipients");
  ++asked_;
  const SmtpStatus status = ask(SmtpRequestKind::kRecipient, mailbox);
  if (state_ == State::kEnded) return;
  if (status == SmtpStatus::kUnknown) return error("550 5.1.1 no such account");
  if (status == SmtpStatus::kElsewhere) return error("550 5.7.1 not of this host, and nothing is relayed");
  if (status == SmtpStatus::kTooMany) return reply("452 4.5.3 too many recipients");
  if (status != SmtpStatus::kOk) return not_taken(status);
  state_ = State::kRecipients;
  reply("250 2.1.5 recipient noted");
}

void SmtpSession::reset() {
  if (state_ != State::kNew) {
    const SmtpStatus status = ask(SmtpRequestKind::kReset);
    if (state_ == State::kEnded) return;
    if (status != SmtpStatus::kOk) return not_taken(status);
    state_ = State::kIdle;
  }
  reply("250 2.0.0 forgotten");
}

void SmtpSession::quit() {
  (void)ask(SmtpRequestKind::kQuit);
  if (state_ != State::kEnded) end("221 2.0.0 goodbye");
}

// RFC 3207, sections 4 and 4.2. Whoever can put octets into the plain connection must not have them taken
// for the client's in the encrypted one: what was sent with the command ends it, and nothing of before
// counts.
void SmtpSession::start_tls() {
  if (!encryption_.may_start()) return error("502 5.5.1 no encryption to begin here");
  if (client_.has_unread()) return end("421 4.5.0 octets behind STARTTLS");
  if (state_ != State::kNew) (void)ask(SmtpRequestKind::kReset);
  if (state_ == State::kEnded) return;
  reply("220 2.0.0 begin the handshake");
  if (!encryption_.start(client_)) return end("");
  state_ = State::kNew;
}

void SmtpSession::data() {
  if (state_ == State::kSender) return error("554 5.5.1 no valid recipients");
  if (state_ != State::kRecipients) return error("503 5.5.1 MAIL and RCPT first");
  // RFC 2920, section 3.1: DATA is the last of a group. Who does not wait for the answer may mean anything.
  if (client_.has_unread()) return end("421 4.5.0 octets behind DATA before its answer");
  const SmtpStatus begun = ask(SmtpRequestKind::kBegin);
  if (state_ == State::kEnded) return;
  state_ = State::kIdle;
  if (begun != SmtpStatus::kOk) return not_taken(begun);
  reply("354 end with CRLF . CRLF");
  SmtpDataDecoder decoder;
  Chunks chunks(keeper_);
  receive(decoder, chunks);
  if (state_ != State::kEnded) conclude(decoder, chunks);
}

// receive takes a message to its end, whatever becomes of it.
void SmtpSession::receive(SmtpDataDecoder& decoder, Chunks& chunks) {
  const uint64_t last = monotonic_nsec() + kMessageNsec;
  while (!decoder.done()) {
    std::string_view octets;
    const uint64_t deadline = std::min(last, monotonic_nsec() + kSilenceNsec);
    const LineEvent event = client_.read_octets(octets, deadline);
    if (event != LineEvent::kLine)
      return end(event == LineEvent::kTimedOut ? "421 4.4.2 silent for too long" : "");
    client_.give_back(octets.size() - decoder.feed(octets, chunks));
  }
  if (chunks.broken()) give_up();
}

// conclude answers a message at its end. A chunk refused has ended the keeper's transaction already.
void SmtpSession::conclude(const SmtpDataDecoder& decoder, const Chunks& chunks) {
  const SmtpStatus status = chunks.status();
  const bool is_bad = decoder.fault() != SmtpDataFault::kNone;
  const bool is_large = decoder.octets() > size_limit_;
  if (status == SmtpStatus::kOk && !is_bad && !is_large) return commit(chunks.last());
  if (status == SmtpStatus::kOk) {
    const SmtpStatus forgotten = ask(SmtpRequestKind::kReset);
    if (state_ == State::kEnded) return;
    if (forgotten != SmtpStatus::kOk) return give_up();  // the keeper is in the message still
  }
  if (is_bad) return error(fault_text(decoder.fault()));
  not_taken(is_large ? SmtpStatus::kTooLarge : status);
}

// Nothing but the keeper's word makes a 250.
void SmtpSession::commit(std::string_view last) {
  const SmtpStatus status = ask(SmtpRequestKind::kCommit, last);
  if (state_ == State::kEnded) return;
  if (status != SmtpStatus::kOk) return not_taken(status);
  client_.put("250 2.0.0 queued as ");
  reply(id_);
}

void SmtpSession::not_taken(SmtpStatus status) {
  if (status == SmtpStatus::kFull) return reply("452 4.3.1 no room on the disk");
  if (status == SmtpStatus::kTooLarge) return reply("552 5.3.4 the message is too large");
  reply("451 4.3.0 not now, try again later");
}

void SmtpSession::reply(std::string_view text) {
  client_.put(text);
  client_.put("\r\n");
}

void SmtpSession::error(std::string_view text) {
  reply(text);
  if (++errors_ == kSmtpErrorLimit) end("421 4.7.0 too many errors");
}

void SmtpSession::give_up() {
  end("421 4.3.0 not now, try again later");
}

void SmtpSession::end(std::string_view text) {
  if (!text.empty()) reply(text);
  state_ = State::kEnded;
}

}  // namespace postern::daemon
