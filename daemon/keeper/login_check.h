// SPDX-License-Identifier: BSD-2-Clause
// One login, from name and password, or from a certificate, to outcome and log line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/client.h"
#include "daemon/account/account.h"
#include "daemon/config/settings.h"
#include "daemon/listener/connection.h"
#include "daemon/logger/log.h"
#include "daemon/login/policy.h"
#include "daemon/resolver/client.h"
#include "daemon/tls/shown_certificate.h"

namespace postern::daemon {

// LoginReport is a finished check: the outcome, and what the log says of it besides.
struct LoginReport {
  LoginOutcome outcome;
  bool temporary = false;              // no verdict: all hash slots were taken for too long
  std::optional<LookupStatus> lookup;  // there if the name service was asked
  ResolvedNames names;
  std::optional<Error> trouble;
  std::string_view certificate;  // what it came to (outcome_code); empty: a password was given
};

// LoginCheck checks logins from one client (AD-L1 to L3). The descriptors of `channels` are borrowed. `role`
// is who writes its log lines: a constant.
class LoginCheck {
 public:
  LoginCheck(std::string_view role, const Settings& settings, const ConnectionRecord& record,
             const KeeperChannels& channels);

  // ask_at_connect asks for the client's names now, if the settings say so (AD-L2).
  void ask_at_connect();

  // check verifies the password, then decides. Hashes once whatever is found (AD-L3). The account's hash is
  // overwritten before it returns.
  // Before all else the listener is told of the try, and what a refusal of it is to wait is read: neither
  // depends on what is found (AD-L2, AD-L4).
  [[nodiscard]] LoginReport check(std::string_view account, std::string_view password);

  // check_certificate decides for the account that the certificate speaks for (EN-2): the one that takes mail
  // to its address, or the one of its user id. `wished` is who the client would be; empty: whoever that is.
  // `account` becomes that account's name, or what the log shall have in its place. As with check, the
  // listener is told of the try before all else: of the certificate's name, whosever it is (AD-L4).
  [[nodiscard]] LoginReport check_certificate(const ShownCertificate& shown, std::string_view wished,
                                              std::string& account);

  // log_login writes the one line that a login has. `outcome`: what the client is told.
  [[nodiscard]] Result<void> log_login(const LoginReport& report, std::string_view outcome,
                                       std::string_view account) const;

  // wait_for_refusal waits until a refusal of what was asked at `asked_nsec` may be answered (AD-L2, AD-L4):
  // whether or not anybody still waits for it, so that a client that goes keeps its place among its address's
  // connections. An Error: the session has spoken or gone meanwhile, and has no right to an answer any more.
  [[nodiscard]] Result<void> wait_for_refusal(uint64_t asked_nsec) const;

  // leave: there is a login, and the listener knows of it; no more of what one takes is left open in
  // `channels`, which are those of the check.
  [[nodiscard]] Result<void> leave(KeeperChannels& channels) const;

 private:
  [[nodiscard]] std::vector<std::string> accounts_of(const ShownCertificate& shown) const;
  void decide(LoginFacts facts, Account& account, LoginReport& report);
  [[nodiscard]] LoginFacts read_facts(std::string_view name, Account& account, LoginReport& report) const;
  [[nodiscard]] LoginFacts find_facts(std::string_view name, std::string_view password, Account& account,
                                      LoginReport& report);
  void begin_try(std::string_view name, LoginReport& report);
  [[nodiscard]] bool verify(std::string_view password, const Account* account, LoginReport& report);
  void ask(LoginReport& report) const;

  std::string_view role_;
  const Settings& settings_;
  const ConnectionRecord& record_;
  const KeeperChannels& channels_;
  std::optional<ResolvedNames> asked_at_connect_;
  std::uint32_t account_tag_ = 0;  // of the try at hand
  std::uint32_t quanta_ = 1;
};

// client_of: the client that a connection comes from (AD-C1).
[[nodiscard]] Client client_of(const sockaddr_storage& peer);

}  // namespace postern::daemon
