// SPDX-License-Identifier: BSD-2-Clause
// The keeper: the files of one connection. It never has the client's socket; it takes the client's address
// from the listener's record alone (PV-6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/keeper/client_certificate.h"
#include "daemon/keeper/login_check.h"
#include "daemon/keeper/protocol.h"
#include "daemon/keeper/request_table.h"
#include "daemon/listener/connection.h"
#include "daemon/maildir/mailbox.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kKeeperProfile: what a keeper may do. After login a second Landlock layer leaves it the one mailbox.
extern const SandboxProfile kKeeperProfile;

// run_keeper is the life of a keeper's process. Returns its exit status: 0 if the session ended as it may,
// an Exit otherwise.
int run_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels);

// Keeper answers one session, from the request table and nothing else. It does not enter its sandbox.
class Keeper {
 public:
  // All three must outlive the keeper. After login it closes what of `channels` it has no more use for.
  Keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels& channels);

  // run answers until the session ends. An Error: the session did what it may not, or something of ours
  // failed.
  [[nodiscard]] Result<void> run();

 private:
  [[nodiscard]] Result<void> handle(Request& request);
  [[nodiscard]] Result<void> expect();
  [[nodiscard]] Result<void> shown();
  [[nodiscard]] Result<void> login(Request& request);
  [[nodiscard]] Result<void> external(const Request& request);
  [[nodiscard]] Result<void> conclude(RequestKind kind, LoginReport& report, const std::string& account,
                                      uint64_t asked_nsec);
  [[nodiscard]] Result<void> describe(const Request& request);
  [[nodiscard]] Result<void> open(const Request& request);
  [[nodiscard]] Result<void> remove(const Request& request);
  [[nodiscard]] Result<void> update();

  [[nodiscard]] Result<bool> open_mailbox(std::string_view account);
  [[nodiscard]] Result<void> settle(RequestKind kind);
  [[nodiscard]] Result<void> refuse(RequestKind kind, ReplyStatus status, uint64_t asked_nsec);
  [[nodiscard]] Result<void> answer_login(RequestKind kind);
  [[nodiscard]] Result<void> answer(RequestKind kind, ReplyStatus status, int file = -1);
  [[nodiscard]] Result<std::size_t> index_of(const Request& request);
  [[nodiscard]] Result<void> log_end(std::string_view event, const Error& error) const;

  const Settings& settings_;
  const ConnectionRecord& record_;
  KeeperChannels& channels_;
  LoginCheck check_;
  ClientCertificate certificate_;
  RequestGate gate_;
  std::optional<Mailbox> mailbox_;
  std::vector<bool> marked_;
};

}  // namespace postern::daemon
