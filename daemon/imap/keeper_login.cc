// SPDX-License-Identifier: BSD-2-Clause
// What comes before a login, and the login, by password or by certificate (AD-L, EN-2).
#include <string.h>

#include <utility>

#include "daemon/imap/keeper.h"
#include "daemon/keeper/packet.h"
#include "daemon/sys/clock.h"

namespace postern::daemon {

using enum ImapRequestKind;

ImapKeeper::Outcome ImapKeeper::before_login(const ImapQuestion& question) {
  switch (question.kind()) {
    case kExpect:
      return expect();
    case kShown:
      return shown();
    case kExternal:
      return external(question);
    default:
      return login(question);
  }
}

ImapKeeper::Outcome ImapKeeper::expect() {
  Result<void> expected = certificate_.expect();
  if (!expected) return expected.take_error();
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::shown() {
  Result<ShownCertificate> certificate = certificate_.shown();
  if (!certificate) return certificate.take_error();
  return certificate.value().what() == ShownOutcome::kNone ? ImapStatus::kRefused : ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::login(const ImapQuestion& question) {
  // EN-2: not even of a session that does not ask itself.
  if (!settings_.encryption.imap.password) return session_out_of_turn("a password where none is taken");
  const std::uint64_t asked = monotonic_nsec();
  const std::string account(question.text);
  LoginReport report = check_.check(account, question.more);
  // Before the session hears anything; the request is all that has been in this room since it was last wiped.
  explicit_bzero(room_.get(), sizeof question.head + question.text.size() + question.more.size());
  return conclude(report, account, asked);
}

// EN-2
ImapKeeper::Outcome ImapKeeper::external(const ImapQuestion& question) {
  const std::uint64_t asked = monotonic_nsec();
  Result<ShownCertificate> certificate = certificate_.shown();
  if (!certificate) return certificate.take_error();
  std::string account;
  LoginReport report = check_.check_certificate(certificate.value(), question.text, account);
  return conclude(report, account, asked);
}

ImapKeeper::Outcome ImapKeeper::conclude(LoginReport& report, const std::string& account,
                                         std::uint64_t asked_nsec) {
  bool allowed = report.outcome.allowed() && !report.temporary;
  if (allowed) {
    Result<Folders> folders = Folders::open(channels_.mailboxes.get(), account);
    if (folders)
      folders_.emplace(std::move(folders).value());
    else
      report.trouble = folders.take_error();
    report.temporary = !folders_;
    allowed = folders_.has_value();
  }
  const std::string_view outcome = report.temporary ? "temporary" : allowed ? "allowed" : "refused";
  Result<void> logged = check_.log_login(report, outcome, account);
  if (!logged) return logged.take_error();  // no login without its line
  Result<void> done = allowed ? settle() : check_.wait_for_refusal(asked_nsec);
  if (!done) return done.take_error();
  return allowed ? ImapStatus::kOk : report.temporary ? ImapStatus::kTemporary : ImapStatus::kRefused;
}

// settle: from here on there is this Maildir and nothing else; only then the session is told.
Result<void> ImapKeeper::settle() {
  if (Result<void> left = check_.leave(channels_); !left) return left;
  return confine_to_directory(folders_->maildir(), rights::kMaildir);
}

}  // namespace postern::daemon
