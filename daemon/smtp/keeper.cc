// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/keeper.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "daemon/keeper/packet.h"
#include "daemon/listener/address_key.h"
#include "daemon/listener/role.h"
#include "daemon/logger/log.h"
#include "daemon/smtp/addressed.h"
#include "daemon/smtp/trace.h"
#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kRole = "smtp-keeper";

}  // namespace

SmtpKeeper::SmtpKeeper(const Settings& settings, const ConnectionRecord& record,
                       const KeeperChannels& channels)
    : settings_(settings), record_(record), channels_(channels), domains_(mail_domains_of(settings)) {}

Result<void> SmtpKeeper::run() {
  // One octet more than a whole packet, so that a longer one shows.
  std::array<char, sizeof(SmtpRequest) + 1> room;
  while (gate_.phase() != SmtpPhase::kEnded) {
    Result<std::size_t> length = receive_question(channels_.session.get(), room);
    if (!length) return length.take_error();
    if (length.value() == 0) return {};  // the session is gone: what is not committed is not there
    const auto question = decode_smtp_request({room.data(), length.value()});
    if (!question) return session_out_of_turn("a packet that is no request");
    if (!gate_.admit(question->kind)) return session_out_of_turn("a request out of turn");
    Result<void> handled = handle(*question);
    if (!handled) return handled;
  }
  return {};
}

Result<void> SmtpKeeper::handle(const SmtpQuestion& question) {
  Result<SmtpStatus> status = carry_out(question);
  if (!status) return status.take_error();
  const bool granted = status.value() == SmtpStatus::kOk;
  gate_.answered(question.kind, granted);
  SmtpReply reply;
  reply.kind = static_cast<uint32_t>(question.kind);
  reply.status = static_cast<uint32_t>(status.value());
  if (granted && question.kind == SmtpRequestKind::kCommit) message_->id().copy(reply.id, kQueueIdLength);
  if (gate_.phase() == SmtpPhase::kIdle) forget();
  return send_answer(channels_.session.get(), {reinterpret_cast<const char*>(&reply), sizeof reply});
}

Result<SmtpStatus> SmtpKeeper::carry_out(const SmtpQuestion& question) {
  switch (question.kind) {
    case SmtpRequestKind::kHelo:
    case SmtpRequestKind::kEhlo:
    case SmtpRequestKind::kEhloEncrypted:
      return hello(question);
    case SmtpRequestKind::kSender:
      return sender(question.text);
    case SmtpRequestKind::kRecipient:
      return recipient(question.text);
    case SmtpRequestKind::kBegin:
      return begin();
    case SmtpRequestKind::kChunk:
      return chunk(question.text);
    case SmtpRequestKind::kCommit:
      return commit(question.text);
    case SmtpRequestKind::kReset:
    case SmtpRequestKind::kQuit:
      return SmtpStatus::kOk;
  }
  return session_out_of_turn("a request of no kind");
}

// forget drops the transaction; a message that was not committed is gone from the disk.
void SmtpKeeper::forget() {
  envelope_ = Envelope{};
  message_.reset();
  octets_ = 0;
}

SmtpStatus SmtpKeeper::hello(const SmtpQuestion& question) {
  client_name_ = question.text;
  with_ = question.kind == SmtpRequestKind::kHelo   ? "SMTP"
          : question.kind == SmtpRequestKind::kEhlo ? "ESMTP"
                                                    : "ESMTPS";
  return SmtpStatus::kOk;
}

SmtpStatus SmtpKeeper::sender(std::string_view mailbox) {
  envelope_.sender = mailbox;
  return SmtpStatus::kOk;
}

// is_account looks at the name alone: there is no right to read what the file says.
Result<bool> SmtpKeeper::is_account(const std::string& name) const {
  struct stat status {};
  if (::fstatat(channels_.accounts.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return S_ISREG(status.st_mode);
  if (errno == ENOENT) return false;
  return system_error("cannot look for an account", name);
}

// Accounts of this host and nobody else's: there is no relay.
Result<SmtpStatus> SmtpKeeper::recipient(std::string_view mailbox) {
  for (const std::string& name : accounts_for(mailbox, domains_)) {
    Result<bool> found = is_account(name);
    if (!found) return failed("recipient-unknown", found.error());
    if (!found.value()) continue;
    const auto& known = envelope_.recipients;
    if (std::ranges::find(known, name) != known.end()) return SmtpStatus::kOk;  // once is enough
    if (known.size() == kQueueRecipientLimit) return SmtpStatus::kTooMany;
    envelope_.recipients.push_back(name);
    return SmtpStatus::kOk;
  }
  return is_local(mailbox, domains_) ? SmtpStatus::kUnknown : SmtpStatus::kElsewhere;
}

Result<SmtpStatus> SmtpKeeper::begin() {
  Result<IncomingMessage> message = IncomingMessage::begin(channels_.incoming.get(), envelope_);
  if (!message) return failed("not-begun", message.error());
  message_.emplace(std::move(message).value());
  std::array<char, kUtcStampLength> utc{};
  write_utc_stamp(utc);
  const std::string address = address_text(record_.peer);
  const Trace trace{client_name_,   address,
                    with_,          settings_.hostname.view(),
                    message_->id(), std::string_view(utc.data(), utc.size())};
  Result<void> written = message_->write(received_line(trace));
  if (!written) return failed("not-written", written.error());
  return SmtpStatus::kOk;
}

Result<SmtpStatus> SmtpKeeper::chunk(std::string_view octets) {
  octets_ += octets.size();
  if (octets_ > settings_.message_size_limit) return SmtpStatus::kTooLarge;
  Result<void> written = message_->write(octets);
  if (!written) return failed("not-written", written.error());
  return SmtpStatus::kOk;
}

// The message lasts before anybody is told so.
Result<SmtpStatus> SmtpKeeper::commit(std::string_view last) {
  Result<SmtpStatus> taken = chunk(last);
  if (!taken || taken.value() != SmtpStatus::kOk) return taken;
  Result<void> committed = message_->commit(channels_.active.get());
  if (!committed) return failed("not-queued", committed.error());
  Result<void> logged = log_queued();
  if (!logged) return logged.take_error();  // the client hears nothing, and sends it again
  return SmtpStatus::kOk;
}

// failed logs what went wrong with us, and says how a client is to be told.
Result<SmtpStatus> SmtpKeeper::failed(std::string_view event, const Error& error) {
  LogLine line(kRole, event);
  line.with("connection", record_.number).with("trouble", error.text());
  Result<void> logged = log_line(channels_.log.get(), line);
  if (!logged) return logged.take_error();
  return is_disk_full(error) ? SmtpStatus::kFull : SmtpStatus::kTemporary;
}

Result<void> SmtpKeeper::log_queued() const {
  LogLine line(kRole, "queued");
  line.with("connection", record_.number)
      .with("client", address_text(record_.peer))
      .with("id", message_->id())
      .with("octets", message_->size())
      .with("recipients", std::uint64_t{envelope_.recipients.size()})
      .said("sender", envelope_.sender);
  return log_line(channels_.log.get(), line);
}

int run_smtp_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels) {
  return run_role(kSmtpKeeperProfile, record, channels.log.get(),
                  [&] { return SmtpKeeper(settings, record, channels).run(); });
}

}  // namespace postern::daemon
