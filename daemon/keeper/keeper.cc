// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/keeper.h"

#include <string>
#include <utility>

#include "daemon/keeper/channel.h"
#include "daemon/listener/role.h"
#include "daemon/logger/log.h"
#include "daemon/maildir/unique_id.h"
#include "daemon/sys/clock.h"

namespace postern::daemon {
Keeper::Keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels& channels)
    : settings_(settings),
      record_(record),
      channels_(channels),
      check_(kKeeperProfile.role, settings, record, channels_),
      certificate_(record, channels_) {}

Result<void> Keeper::run() {
  check_.ask_at_connect();
  while (gate_.phase() != KeeperPhase::kEnded) {
    Request request;
    Result<bool> received = receive_request(channels_.session.get(), request);
    if (!received) return received.take_error();
    if (!received.value()) return {};  // the session is gone: nothing is removed
    Result<void> handled = gate_.admit(static_cast<RequestKind>(request.kind))
                               ? handle(request)
                               : Result<void>(session_out_of_turn("a request out of turn"));
    wipe(request);
    if (!handled) return handled;
  }
  return {};
}

Result<void> Keeper::handle(Request& request) {
  switch (static_cast<RequestKind>(request.kind)) {
    case RequestKind::kLogin:
      return login(request);
    case RequestKind::kDescribe:
      return describe(request);
    case RequestKind::kOpen:
      return open(request);
    case RequestKind::kRemove:
      return remove(request);
    case RequestKind::kUpdate:
      return update();
    case RequestKind::kQuit:
      return answer(RequestKind::kQuit, ReplyStatus::kOk);
    case RequestKind::kExpect:
      return expect();
    case RequestKind::kShown:
      return shown();
    case RequestKind::kExternal:
      return external(request);
  }
  return session_out_of_turn("a request of no kind");
}

Result<void> Keeper::expect() {
  Result<void> expected = certificate_.expect();
  if (!expected) return expected;
  return answer(RequestKind::kExpect, ReplyStatus::kOk);
}

Result<void> Keeper::shown() {
  Result<ShownCertificate> certificate = certificate_.shown();
  if (!certificate) return certificate.take_error();
  const bool any = certificate.value().what() != ShownOutcome::kNone;
  return answer(RequestKind::kShown, any ? ReplyStatus::kOk : ReplyStatus::kRefused);
}

Result<void> Keeper::login(Request& request) {
  // EN-2: not even of a session that does not ask itself.
  if (!settings_.encryption.pop.password) return session_out_of_turn("a password where none is taken");
  const uint64_t asked = monotonic_nsec();
  const std::string account(account_of(request));
  LoginReport report = check_.check(account, password_of(request));
  wipe(request);  // before the session hears anything
  return conclude(RequestKind::kLogin, report, account, asked);
}

// EN-2
Result<void> Keeper::external(const Request& request) {
  const uint64_t asked = monotonic_nsec();
  Result<ShownCertificate> certificate = certificate_.shown();
  if (!certificate) return certificate.take_error();
  std::string account;
  LoginReport report = check_.check_certificate(certificate.value(), account_of(request), account);
  return conclude(RequestKind::kExternal, report, account, asked);
}

Result<void> Keeper::conclude(RequestKind kind, LoginReport& report, const std::string& account,
                              uint64_t asked_nsec) {
  ReplyStatus status = report.temporary ? ReplyStatus::kTemporary : ReplyStatus::kRefused;
  std::string_view outcome = report.temporary ? "temporary" : "refused";
  if (report.outcome.allowed() && !report.temporary) {
    Result<bool> ours = open_mailbox(account);
    if (!ours) report.trouble = ours.error();
    status = !ours ? ReplyStatus::kTemporary : ours.value() ? ReplyStatus::kOk : ReplyStatus::kInUse;
    outcome = !ours ? "temporary" : ours.value() ? "allowed" : "in-use";
  }
  Result<void> logged = check_.log_login(report, outcome, account);
  if (!logged) return logged;  // no login without its line
  if (status != ReplyStatus::kOk) return refuse(kind, status, asked_nsec);
  return settle(kind);
}

// open_mailbox: false if another session has it.
Result<bool> Keeper::open_mailbox(std::string_view account) {
  Result<Mailbox> mailbox = Mailbox::open(channels_.mailboxes.get(), account);
  if (!mailbox) return mailbox.take_error();
  Result<bool> ours = mailbox->lock();
  if (ours && ours.value()) mailbox_.emplace(std::move(mailbox).value());
  return ours;
}

Result<void> Keeper::refuse(RequestKind kind, ReplyStatus status, uint64_t asked_nsec) {
  Result<void> waited = check_.wait_for_refusal(asked_nsec);
  if (!waited) return waited;
  return answer(kind, status);
}

// settle: from here on there is this mailbox and nothing else; only then the session is told.
Result<void> Keeper::settle(RequestKind kind) {
  if (Result<void> left = check_.leave(channels_); !left) return left;
  Result<void> confined = confine_to_directory(mailbox_->directory(), rights::kPop3Mailbox);
  if (!confined) return confined;
  Result<void> listed = mailbox_->list();
  if (!listed) return listed;
  marked_.assign(mailbox_->count(), false);
  gate_.logged_in();
  if (Result<void> answered = answer_login(kind); !answered) return answered;
  Result<void> kept = mailbox_->keep();  // whoever waits for the login has it by now
  return kept ? kept : log_end("listing-not-kept", kept.error());
}

Result<void> Keeper::answer_login(RequestKind kind) {
  Reply reply;
  reply.kind = static_cast<uint32_t>(kind);
  reply.status = static_cast<uint32_t>(ReplyStatus::kOk);
  reply.count = static_cast<uint32_t>(mailbox_->count());
  reply.octets = mailbox_->octets();
  return send_reply(channels_.session.get(), reply);
}

Result<void> Keeper::answer(RequestKind kind, ReplyStatus status, int file) {
  Reply reply;
  reply.kind = static_cast<uint32_t>(kind);
  reply.status = static_cast<uint32_t>(status);
  return send_reply(channels_.session.get(), reply, file);
}

Result<std::size_t> Keeper::index_of(const Request& request) {
  if (request.message > mailbox_->count()) return session_out_of_turn("a message that there is not");
  if (Result<void> loaded = mailbox_->load(); !loaded) return loaded.take_error();
  return std::size_t{request.message - 1};
}

Result<void> Keeper::describe(const Request& request) {
  Result<std::size_t> index = index_of(request);
  if (!index) return index.take_error();
  const MailboxMessage& message = mailbox_->messages()[index.value()];
  const std::string id = unique_id(base_name(message.file_name));
  if (id.empty()) return Error{"cannot make a unique id", message.file_name, {}, 0, Exit::kTemporary};
  Reply reply;
  reply.kind = static_cast<uint32_t>(RequestKind::kDescribe);
  reply.status = static_cast<uint32_t>(ReplyStatus::kOk);
  reply.octets = message.octets;
  reply.unique_id_length = static_cast<uint32_t>(id.copy(reply.unique_id, kUniqueIdLimit));
  return send_reply(channels_.session.get(), reply);
}

Result<void> Keeper::open(const Request& request) {
  Result<std::size_t> index = index_of(request);
  if (!index) return index.take_error();
  Result<Fd> file = mailbox_->read(index.value());
  if (!file) {
    Result<void> logged = log_end("message-unreadable", file.error());
    if (!logged) return logged;
    return answer(RequestKind::kOpen, ReplyStatus::kTemporary);
  }
  if (!file.value().is_open()) return answer(RequestKind::kOpen, ReplyStatus::kGone);
  return answer(RequestKind::kOpen, ReplyStatus::kOk, file.value().get());
}

Result<void> Keeper::remove(const Request& request) {
  Result<std::size_t> index = index_of(request);
  if (!index) return index.take_error();
  if (marked_[index.value()]) return session_out_of_turn("a message removed twice");
  marked_[index.value()] = true;
  return answer(RequestKind::kRemove, ReplyStatus::kOk);
}

// RFC 1939, section 6: what was marked goes now, and is gone for good before the session is told.
Result<void> Keeper::update() {
  Reply reply;
  reply.kind = static_cast<uint32_t>(RequestKind::kUpdate);
  reply.status = static_cast<uint32_t>(ReplyStatus::kOk);
  bool removed_any = false;
  for (std::size_t i = 0; i < marked_.size(); ++i) {
    if (!marked_[i]) continue;
    Result<void> removed = mailbox_->remove(i);
    removed_any = true;
    if (removed) continue;
    ++reply.count;
    Result<void> logged = log_end("message-not-removed", removed.error());
    if (!logged) return logged;
  }
  if (removed_any) {
    Result<void> synced = mailbox_->sync();
    if (!synced) return synced;
  }
  mailbox_.reset();  // the next session may begin as soon as this one has its answer
  return send_reply(channels_.session.get(), reply);
}

Result<void> Keeper::log_end(std::string_view event, const Error& error) const {
  LogLine line("pop3-keeper", event);
  line.with("connection", record_.number).with("trouble", error.text());
  return log_line(channels_.log.get(), line);
}

int run_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels) {
  return run_role(kKeeperProfile, record, channels.log.get(),
                  [&] { return Keeper(settings, record, channels).run(); });
}

}  // namespace postern::daemon
