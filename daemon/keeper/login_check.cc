// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/login_check.h"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "core/entry.h"
#include "daemon/account/account_file.h"
#include "daemon/keeper/packet.h"
#include "daemon/listener/hash_slot.h"
#include "daemon/listener/login_notes.h"
#include "daemon/listener/refusal_counts.h"
#include "daemon/login/password.h"
#include "daemon/login/refusal.h"
#include "daemon/smtp/addressed.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

// How long a login waits for its turn to hash before it is told to come again.
constexpr std::chrono::milliseconds kSlotPatience{10'000};

Ipv6Address octets_of(const in6_addr& address) {
  Ipv6Address octets{};
  std::copy(std::begin(address.s6_addr), std::end(address.s6_addr), octets.begin());
  return octets;
}

Ipv4Address octets_of(const in_addr& address) {
  Ipv4Address octets{};
  const auto* begin = reinterpret_cast<const uint8_t*>(&address.s_addr);
  std::copy(begin, begin + octets.size(), octets.begin());
  return octets;
}

std::vector<Entry> parse_list(const std::vector<std::string>& values) {
  std::vector<Entry> list;
  list.reserve(values.size());
  for (const std::string& value : values) list.push_back(parse_entry(value));
  return list;
}

// wait_in_silence waits until `instant_nsec`. False: the session has spoken or gone meanwhile, and has no
// right to an answer any more.
bool wait_in_silence(int session, uint64_t instant_nsec) {
  while (const auto left = until(instant_nsec).count())
    if (::poll(nullptr, 0, static_cast<int>(left)) < 0 && errno != EINTR) return false;
  pollfd spoken{session, POLLIN, 0};
  return ::poll(&spoken, 1, 0) == 0;
}

}  // namespace

Client client_of(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    return Client::ipv4(octets_of(reinterpret_cast<const sockaddr_in&>(peer).sin_addr));
  }
  return Client::ipv6(octets_of(reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr));
}

LoginCheck::LoginCheck(std::string_view role, const Settings& settings, const ConnectionRecord& record,
                       const KeeperChannels& channels)
    : role_(role), settings_(settings), record_(record), channels_(channels) {}

void LoginCheck::ask_at_connect() {
  if (settings_.name_lookup != NameLookup::kAtConnect) return;
  LoginReport report;
  ask(report);
  asked_at_connect_ = report.names;
}

LoginReport LoginCheck::check(std::string_view name, std::string_view password) {
  LoginReport report;
  begin_try(name, report);
  if (report.temporary) return report;
  Account account;
  const LoginFacts facts = find_facts(name, password, account, report);
  wipe(account.password_hash);
  if (!report.temporary) decide(facts, account, report);
  return report;
}

// AD-L1: a certificate stands for the password and for nothing else: the place is still asked for.
LoginReport LoginCheck::check_certificate(const ShownCertificate& shown, std::string_view wished,
                                          std::string& account) {
  LoginReport report;
  report.certificate = outcome_code(shown.what());
  report.outcome.reason = LoginReason::kNoCertificate;
  account = shown.text().empty() ? wished : shown.text();
  begin_try(account, report);  // the pair is named as the certificate names it: no account was looked for
  if (report.temporary) return report;
  Account found;
  std::optional<LoginFacts> facts;
  for (const std::string& name : accounts_of(shown)) {
    LoginFacts read = read_facts(name, found, report);
    wipe(found.password_hash);
    report.outcome.reason = LoginReason::kUnknownAccount;
    if (!read.account_known) continue;
    account = name;
    facts = read;
    break;
  }
  if (!facts) return report;
  facts->proven = facts->account_readable && (wished.empty() || wished == account);
  facts->unproven = LoginReason::kOtherAccount;
  decide(*facts, found, report);
  return report;
}

// EN-2: the accounts that may be meant, the likelier first.
std::vector<std::string> LoginCheck::accounts_of(const ShownCertificate& shown) const {
  if (shown.what() == ShownOutcome::kMailAddress)
    return accounts_for(shown.text(), mail_domains_of(settings_));
  if (shown.what() == ShownOutcome::kUserId) return accounts_named(shown.text());
  return {};
}

void LoginCheck::decide(LoginFacts facts, Account& account, LoginReport& report) {
  const std::vector<Entry> list = parse_list(account.access);
  facts.access = list;
  std::array<Text, kMaxNames> names;
  report.outcome = decide_login(facts, [&]() -> std::span<const Text> {
    if (asked_at_connect_)
      report.names = *asked_at_connect_;
    else
      ask(report);
    report.lookup = report.names.status;
    for (size_t i = 0; i < report.names.count; ++i) names[i] = text(report.names.name(i));
    return {names.data(), report.names.count};
  });
}

// AD-L4: what is held against a place, and against a pair of place and account, never against an account. A
// try that cannot be counted is none.
void LoginCheck::begin_try(std::string_view name, LoginReport& report) {
  const auto* counts = static_cast<const RefusalCounts*>(channels_.refusals.get());
  if (counts == nullptr) return;
  account_tag_ = counts->tag_of(name);
  quanta_ = counts->quanta(key_of(record_.peer), account_tag_, monotonic_nsec());
  Result<void> noted = note_login(channels_.logins.get(), {LoginNoteKind::kTry, account_tag_});
  if (noted) return;
  report.temporary = true;
  report.trouble = noted.take_error();
}

Result<void> LoginCheck::leave(KeeperChannels& channels) const {
  Result<void> noted = note_login(channels.logins.get(), {LoginNoteKind::kLoggedIn, account_tag_});
  for (Fd* done : {&channels.accounts, &channels.mailboxes, &channels.resolver, &channels.hash_slots,
                   &channels.logins, &channels.expected, &channels.certificate})
    done->reset();
  channels.refusals = {};
  return noted;
}

LoginFacts LoginCheck::read_facts(std::string_view name, Account& account, LoginReport& report) const {
  LoginFacts facts{.access = {}, .client = client_of(record_.peer)};
  Result<std::optional<Account>> found = read_account(channels_.accounts.get(), name);
  if (!found) {
    facts.account_known = true;
    facts.account_readable = false;
    report.trouble = found.take_error();
  } else if (found.value()) {
    facts.account_known = true;
    account = std::move(*found.value());
    facts.has_mailbox = account.has_mailbox();
  }
  return facts;
}

// find_facts reads the account and verifies the password. One hash is made, whatever there is (AD-L3).
LoginFacts LoginCheck::find_facts(std::string_view name, std::string_view password, Account& account,
                                  LoginReport& report) {
  LoginFacts facts = read_facts(name, account, report);
  const bool usable = facts.account_known && facts.account_readable;
  facts.proven = verify(password, usable ? &account : nullptr, report);
  return facts;
}

bool LoginCheck::verify(std::string_view password, const Account* account, LoginReport& report) {
  Result<HashSlot> slot = HashSlot::wait_for(channels_.hash_slots.get(), settings_.hash_slots,
                                             key_of(record_.peer), kSlotPatience);
  if (!slot) {
    report.temporary = true;
    report.trouble = slot.take_error();
    return false;
  }
  return account != nullptr ? password_matches(password, account->password_hash) : spend_hash(password);
}

// AD-C6: whatever goes wrong, there is no name.
void LoginCheck::ask(LoginReport& report) const {
  Result<void> asked =
      ask_resolver(channels_.resolver.get(), record_.peer, settings_.lookup_deadline, report.names);
  if (!asked) report.trouble = asked.take_error();
}

Result<void> LoginCheck::log_login(const LoginReport& report, std::string_view outcome,
                                   std::string_view account) const {
  LogLine line(role_, "login");
  line.with("connection", record_.number).with("outcome", outcome).with("client", address_text(record_.peer));
  line.with("reason", report.temporary ? "no-hash-slot" : reason_code(report.outcome.reason));
  if (report.outcome.decision) {
    const Decision& decision = *report.outcome.decision;
    line.with("step", static_cast<uint64_t>(decision.step));
    if (decision.entry) line.with("entry", *decision.entry);
    if (decision.name) line.with("name", report.names.name(*decision.name));
  }
  if (!report.certificate.empty()) line.with("certificate", report.certificate);
  if (report.lookup) line.with("lookup", lookup_status_name(*report.lookup));
  if (report.trouble) line.with("trouble", report.trouble->text());
  if (quanta_ > 1 && !report.outcome.allowed()) line.with("quanta", quanta_);
  line.said("account", account);
  return log_line(channels_.log.get(), line);
}

// AD-L2, AD-L4: the answer comes at an instant that tells nothing of what was done.
Result<void> LoginCheck::wait_for_refusal(uint64_t asked_nsec) const {
  using std::chrono::nanoseconds;
  const nanoseconds asked(static_cast<int64_t>(asked_nsec));
  const nanoseconds done(static_cast<int64_t>(monotonic_nsec()));
  const nanoseconds instant = refusal_instant(asked, done, settings_.refusal_quantum, quanta_);
  if (wait_in_silence(channels_.session.get(), static_cast<uint64_t>(instant.count()))) return {};
  return session_out_of_turn("the session did not wait for its answer");
}

}  // namespace postern::daemon
