// SPDX-License-Identifier: BSD-2-Clause
// The SMTP keeper: the files of one connection. It never has the client's socket and reads nothing of a
// message: it copies what its session sends into the queue, as it comes, behind a Received line of its own.
//
// What a session that was taken over can do through it: what any client can. It names accounts and learns
// whether they exist; it sends messages from its own connection, within the limits, to those accounts. It has
// no descriptor of the message, so nothing changes after kCommit; and the Received line is the keeper's: the
// address in it is the listener's record. What a keeper that was taken over can do: spoil the message at
// hand, make files in incoming/ and give them names in active/ (forged mail to local accounts), remove what
// other keepers are receiving (a client gets a temporary failure, sends again). Its Landlock leaves it no way
// to read, change or remove an acknowledged message, an account's file or a mailbox.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/listener/connection.h"
#include "daemon/postoffice/queue.h"
#include "daemon/smtp/protocol.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kSmtpKeeperProfile: what an SMTP keeper may do.
extern const SandboxProfile kSmtpKeeperProfile;

// run_smtp_keeper is the life of a keeper's process. Returns its exit status: 0 if the session ended as it
// may, an Exit otherwise.
int run_smtp_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels);

// SmtpKeeper answers one session, from the table and nothing else. It does not enter its sandbox.
class SmtpKeeper {
 public:
  // All three must outlive the keeper.
  SmtpKeeper(const Settings& settings, const ConnectionRecord& record, const KeeperChannels& channels);

  // run answers until the session ends. An Error: the session did what it may not, or something of ours
  // failed.
  [[nodiscard]] Result<void> run();

 private:
  [[nodiscard]] Result<void> handle(const SmtpQuestion& question);
  [[nodiscard]] Result<SmtpStatus> carry_out(const SmtpQuestion& question);
  [[nodiscard]] SmtpStatus hello(const SmtpQuestion& question);
  [[nodiscard]] SmtpStatus sender(std::string_view mailbox);
  [[nodiscard]] Result<SmtpStatus> recipient(std::string_view mailbox);
  [[nodiscard]] Result<SmtpStatus> begin();
  [[nodiscard]] Result<SmtpStatus> chunk(std::string_view octets);
  [[nodiscard]] Result<SmtpStatus> commit(std::string_view last);
  void forget();
  [[nodiscard]] Result<SmtpStatus> failed(std::string_view event, const Error& error);
  [[nodiscard]] Result<bool> is_account(const std::string& name) const;
  [[nodiscard]] Result<void> log_queued() const;

  const Settings& settings_;
  const ConnectionRecord& record_;
  const KeeperChannels& channels_;
  SmtpGate gate_;
  std::vector<std::string> domains_;
  std::string client_name_;
  std::string_view with_;  // RFC 3848: how the client speaks
  Envelope envelope_;
  std::optional<IncomingMessage> message_;
  std::uint64_t octets_ = 0;  // of the message, without what we put before it
};

}  // namespace postern::daemon
