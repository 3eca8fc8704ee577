// SPDX-License-Identifier: BSD-2-Clause
// What an SMTP session needs of its keeper.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/smtp/protocol.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// SmtpAnswer: what came of a request; `id` is there for kCommit's kOk.
struct SmtpAnswer {
  SmtpStatus status = SmtpStatus::kTemporary;
  std::string id;
};

// SmtpKeeperPort is the keeper as a session sees it. An Error means that the keeper is not to be talked to
// any more.
class SmtpKeeperPort {
 public:
  virtual ~SmtpKeeperPort() = default;
  [[nodiscard]] virtual Result<SmtpAnswer> ask(SmtpRequestKind kind, std::string_view text = {}) = 0;
};

// SmtpChannelKeeper is the keeper behind a channel. The socket stays the caller's. A greeting and a sender,
// which the keeper always grants, are not waited for: that they were not is the next question's Error.
class SmtpChannelKeeper final : public SmtpKeeperPort {
 public:
  explicit SmtpChannelKeeper(int channel) : channel_(channel) {}
  [[nodiscard]] Result<SmtpAnswer> ask(SmtpRequestKind kind, std::string_view text = {}) override;

 private:
  [[nodiscard]] Result<SmtpAnswer> take_answer(SmtpRequestKind kind);

  int channel_;
  SmtpRequest request_;
  std::optional<SmtpRequestKind> unheard_;  // asked, and not answered yet
};

}  // namespace postern::daemon
