// SPDX-License-Identifier: BSD-2-Clause
// The IMAP keeper: the files of one connection. It never has the client's socket and parses nothing of a
// message (PV-6): what it reads of one is where its lines end, for the size.
//
// What a session that was taken over can do through it after a login: what that account's user can. What a
// keeper that was taken over can do: the same, and spoil that account's Maildir; its second Landlock layer
// leaves it that one and nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/imap/protocol.h"
#include "daemon/imap/transfer.h"
#include "daemon/imap/view.h"
#include "daemon/keeper/client_certificate.h"
#include "daemon/keeper/login_check.h"
#include "daemon/listener/connection.h"
#include "daemon/maildir/folders.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// kImapKeeperProfile: what an IMAP keeper may do.
extern const SandboxProfile kImapKeeperProfile;

// run_imap_keeper is the life of a keeper's process. Returns its exit status: 0 if the session ended as it
// may, an Exit otherwise.
int run_imap_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels);

// ImapKeeper answers one session, from the table and nothing else. It does not enter its sandbox.
class ImapKeeper {
 public:
  // All three must outlive the keeper. After login it closes what of `channels` it has no more use for.
  ImapKeeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels& channels);

  // run answers until the session ends. An Error: the session did what it may not, or something of ours
  // failed before a login.
  [[nodiscard]] Result<void> run();

 private:
  using Outcome = Result<ImapStatus>;
  [[nodiscard]] Result<bool> answer_next();
  [[nodiscard]] Outcome carry_out(const ImapQuestion& question);
  [[nodiscard]] Outcome after_login(const ImapQuestion& question);
  [[nodiscard]] Outcome about_messages(const ImapQuestion& question);
  [[nodiscard]] Outcome transfer(const ImapQuestion& question);

  [[nodiscard]] Outcome before_login(const ImapQuestion& question);
  [[nodiscard]] Outcome expect();
  [[nodiscard]] Outcome shown();
  [[nodiscard]] Outcome login(const ImapQuestion& question);
  [[nodiscard]] Outcome external(const ImapQuestion& question);
  [[nodiscard]] Outcome conclude(LoginReport& report, const std::string& account, std::uint64_t asked_nsec);
  [[nodiscard]] Result<void> settle();
  [[nodiscard]] Outcome folder_at(std::uint32_t index);
  [[nodiscard]] Outcome select(std::string_view name, bool writable);
  [[nodiscard]] Outcome status(std::string_view name);
  [[nodiscard]] Outcome keyword(std::uint32_t index);
  [[nodiscard]] Outcome define(std::string_view name);
  [[nodiscard]] Outcome rows(const ImapQuestion& question);
  [[nodiscard]] Outcome open(std::uint32_t number);
  [[nodiscard]] Outcome store(const ImapQuestion& question);
  [[nodiscard]] Outcome expunge(const ImapQuestion& question);
  [[nodiscard]] Outcome poll(ImapPollMode mode);
  [[nodiscard]] Outcome copy_begin(const ImapQuestion& question);
  [[nodiscard]] Outcome copy_take(const ImapQuestion& question);
  [[nodiscard]] Outcome copy_commit();
  [[nodiscard]] Outcome append_begin(const ImapQuestion& question);
  [[nodiscard]] Outcome append_commit();

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> list();
  [[nodiscard]] Result<void> read_keywords();
  void unselect();
  [[nodiscard]] Result<void> check_range(const ImapQuestion& question) const;
  void put_row(std::uint32_t number);
  void tell_head(const UidListHead& head);
  [[nodiscard]] Outcome told(Result<FolderOutcome> outcome) const;
  [[nodiscard]] Outcome failed(const Error& error) const;

  const Settings& settings_;
  const ConnectionRecord& record_;
  KeeperChannels& channels_;
  LoginCheck check_;
  ClientCertificate certificate_;
  ImapGate gate_;
  std::unique_ptr<char[]> room_;  // for requests
  std::unique_ptr<ImapReply> reply_;
  Fd lent_;  // goes with the answer at hand

  std::optional<Folders> folders_;
  std::vector<ListedFolder> listed_;
  std::optional<Folder> folder_;  // that is selected
  bool writable_ = false;
  bool loaded_ = false;  // view_ is there; until then the answer to SELECT was all
  std::uint32_t validity_ = 0;
  std::uint32_t exists_ = 0;  // as told by SELECT, until loaded_
  std::vector<std::string> keywords_;
  std::uint32_t keyword_mask_ = 0;
  std::uint64_t listings_ = 0;  // that view_ has taken up
  FolderView view_;
  std::vector<ImapRow> changes_;  // not told yet
  std::optional<CopyTransfer> copy_;
  std::optional<AppendTransfer> append_;
};

}  // namespace postern::daemon
