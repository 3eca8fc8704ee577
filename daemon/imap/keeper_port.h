// SPDX-License-Identifier: BSD-2-Clause
// What an IMAP session needs of its keeper.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/imap/protocol.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// ImapAnswer: what came of a request (imap/protocol.h says which fields a kind has).
struct ImapAnswer {
  ImapStatus status = ImapStatus::kTemporary;
  ImapReplyHead head;
  std::vector<ImapRow> rows;
  std::string text;
  Fd file;  // kOpen's kOk: to read from; nothing else can be done with it

  [[nodiscard]] bool ok() const { return status == ImapStatus::kOk; }
};

// ImapKeeperPort is the keeper as a session sees it. An Error means that the keeper is not to be talked to
// any more; whatever a client or another session may bring about is a status.
class ImapKeeperPort {
 public:
  virtual ~ImapKeeperPort() = default;

  // ask puts one question and waits for its answer.
  [[nodiscard]] virtual Result<ImapAnswer> ask(const ImapQuestion& question) = 0;

  // login: at most three times. What no account can have is refused as anything else is, after the same time.
  [[nodiscard]] Result<ImapAnswer> login(std::string_view account, std::string_view password);

  // external: a login by the client's certificate; `account` may be empty. At most three times.
  [[nodiscard]] Result<ImapAnswer> external(std::string_view account);

  // expect, shown: before the client's socket goes to tls; whether there is a certificate to log in by. Once.
  [[nodiscard]] Result<ImapAnswer> expect() { return about(ImapRequestKind::kExpect); }
  [[nodiscard]] Result<ImapAnswer> shown() { return about(ImapRequestKind::kShown); }

  // about asks about a folder, two folders, a keyword: kCreate to kStatus, kDefine, kUnselect, kCancel,
  // kQuit.
  [[nodiscard]] Result<ImapAnswer> about(ImapRequestKind kind, std::string_view text = {},
                                         std::string_view more = {});

  // at asks for what has an index or a number: kFolder, kKeyword, kOpen.
  [[nodiscard]] Result<ImapAnswer> at(ImapRequestKind kind, uint32_t first);

  // range asks about messages first to first + count - 1: kRows, kExpunge, kCopyTake.
  [[nodiscard]] Result<ImapAnswer> range(ImapRequestKind kind, uint32_t first, uint32_t count);

  [[nodiscard]] Result<ImapAnswer> store(uint32_t first, uint32_t count, ImapStoreMode mode, uint32_t flags,
                                         uint32_t keywords);
  [[nodiscard]] Result<ImapAnswer> poll(ImapPollMode mode);
  [[nodiscard]] Result<ImapAnswer> copy_begin(std::string_view folder, ImapCopyMode mode);
  [[nodiscard]] Result<ImapAnswer> append_begin(std::string_view folder, std::string_view keywords,
                                                uint32_t flags, uint64_t octets, int64_t date);
  // append_data: at most kImapTextLimit octets at once.
  [[nodiscard]] Result<ImapAnswer> append_data(std::string_view octets);
};

// ImapChannelKeeper is the keeper behind a channel. The socket stays the caller's.
class ImapChannelKeeper final : public ImapKeeperPort {
 public:
  // login_patience_ms: how long a login may take at most.
  ImapChannelKeeper(int channel, int login_patience_ms);
  [[nodiscard]] Result<ImapAnswer> ask(const ImapQuestion& question) override;

 private:
  // Room is for a request, and then for its answer. A page is spent on what is used of it.
  union Room {
    Room() {}
    ImapRequest request;
    alignas(ImapReply) char answer[2 * sizeof(ImapReply)];  // a packet too long shows
  };

  int channel_;
  int login_patience_ms_;
  std::unique_ptr<Room> room_;
};

}  // namespace postern::daemon
