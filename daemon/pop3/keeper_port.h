// SPDX-License-Identifier: BSD-2-Clause
// What a POP3 session needs of its keeper.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/keeper/protocol.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// LoginAnswer: what the keeper makes of a login; counts only with kOk.
struct LoginAnswer {
  ReplyStatus status = ReplyStatus::kTemporary;
  uint32_t messages = 0;
  uint64_t octets = 0;  // of all messages, on the wire
};

// MessageFacts: one message's size on the wire and its unique id.
struct MessageFacts {
  uint64_t octets = 0;
  std::string unique_id;
};

// OpenedMessage: kOk with a descriptor to read from, or kGone, or kTemporary.
struct OpenedMessage {
  ReplyStatus status = ReplyStatus::kTemporary;
  Fd file;
};

// KeeperPort is the keeper as a session sees it. Message numbers are 1-based. An Error means that the keeper
// is not to be talked to any more.
class KeeperPort {
 public:
  virtual ~KeeperPort() = default;
  [[nodiscard]] virtual Result<LoginAnswer> login(std::string_view account, std::string_view password) = 0;
  // external: a login by the client's certificate; `account` may be empty.
  [[nodiscard]] virtual Result<LoginAnswer> external(std::string_view account) = 0;
  // expect: the client's socket is about to go to tls. Once.
  [[nodiscard]] virtual Result<void> expect() = 0;
  // shown: whether there is a certificate to log in by. Waits for the handshake's end. Once.
  [[nodiscard]] virtual Result<bool> shown() = 0;
  [[nodiscard]] virtual Result<MessageFacts> describe(uint32_t message) = 0;
  [[nodiscard]] virtual Result<OpenedMessage> open(uint32_t message) = 0;
  [[nodiscard]] virtual Result<void> remove(uint32_t message) = 0;
  // update removes what remove() marked, and says how many messages could not be removed.
  [[nodiscard]] virtual Result<uint32_t> update() = 0;
  [[nodiscard]] virtual Result<void> quit() = 0;
};

// ChannelKeeper is the keeper process behind a channel. The descriptor stays the caller's.
class ChannelKeeper final : public KeeperPort {
 public:
  // login_patience_ms: how long a login may take at most.
  ChannelKeeper(int channel, int login_patience_ms)
      : channel_(channel), login_patience_ms_(login_patience_ms) {}

  [[nodiscard]] Result<LoginAnswer> login(std::string_view account, std::string_view password) override;
  [[nodiscard]] Result<LoginAnswer> external(std::string_view account) override;
  [[nodiscard]] Result<void> expect() override;
  [[nodiscard]] Result<bool> shown() override;
  [[nodiscard]] Result<MessageFacts> describe(uint32_t message) override;
  [[nodiscard]] Result<OpenedMessage> open(uint32_t message) override;
  [[nodiscard]] Result<void> remove(uint32_t message) override;
  [[nodiscard]] Result<uint32_t> update() override;
  [[nodiscard]] Result<void> quit() override;

 private:
  [[nodiscard]] Result<LoginAnswer> log_in(Request& request);

  int channel_;
  int login_patience_ms_;
};

}  // namespace postern::daemon
