// SPDX-License-Identifier: BSD-2-Clause
// A keeper of POP3 that answers as it is told, and holds the session to what may be asked.
#pragma once

#include <algorithm>

#include "daemon/keeper/request_table.h"
#include "daemon/pop3/session.h"
#include "fuzz/session.h"

namespace fuzz {

using namespace postern::daemon;

class Keeper final : public KeeperPort {
 public:
  explicit Keeper(std::string_view answers) : answers_(answers) {}

  Result<LoginAnswer> login(std::string_view, std::string_view) override {
    return log_in(RequestKind::kLogin);
  }
  Result<LoginAnswer> external(std::string_view) override { return log_in(RequestKind::kExternal); }
  Result<void> expect() override { return plainly(RequestKind::kExpect); }
  Result<bool> shown() override {
    if (!asked(RequestKind::kShown)) return Error{};
    return next() % 2 == 0;
  }
  Result<MessageFacts> describe(uint32_t number) override {
    hold(number >= 1 && number <= 2, "there is such a message");
    if (!asked(RequestKind::kDescribe)) return Error{};
    return MessageFacts{number * 10U, "id"};
  }
  Result<OpenedMessage> open(uint32_t number) override {
    hold(number >= 1 && number <= 2, "there is such a message");
    if (!asked(RequestKind::kOpen)) return Error{};
    if (next() % 4 == 1) return OpenedMessage{ReplyStatus::kGone, Fd()};
    return OpenedMessage{ReplyStatus::kOk, fuzz::message(number == 1 ? ".a\n\nb" : "")};
  }
  Result<void> remove(uint32_t number) override {
    hold(number >= 1 && number <= 2, "there is such a message");
    ++removed;
    return plainly(RequestKind::kRemove);
  }
  Result<uint32_t> update() override {
    if (!asked(RequestKind::kUpdate)) return Error{};
    return next() % 2;
  }
  Result<void> quit() override { return plainly(RequestKind::kQuit); }

  unsigned yes = 0, removed = 0;

 private:
  // next: what the keeper makes of a request; 'D': it is dead.
  unsigned next() {
    if (answers_.empty()) return 0;
    const auto answer = static_cast<unsigned char>(answers_.front());
    answers_.remove_prefix(1);
    return answer;
  }
  bool asked(RequestKind kind) {
    hold(!dead_, "who is dead is not asked again");
    hold(gate_.admit(kind), "nothing is asked out of turn");
    dead_ = answers_.starts_with('D');
    return !dead_;
  }
  Result<void> plainly(RequestKind kind) {
    if (!asked(kind)) return Error{};
    return {};
  }
  Result<LoginAnswer> log_in(RequestKind kind) {
    if (!asked(kind)) return Error{};
    constexpr ReplyStatus kAnswers[] = {ReplyStatus::kOk, ReplyStatus::kRefused, ReplyStatus::kInUse,
                                        ReplyStatus::kTemporary};
    const ReplyStatus status = kAnswers[next() % 4];
    if (status != ReplyStatus::kOk) return LoginAnswer{status, 0, 0};
    gate_.logged_in();
#ifdef POSTERN_SEEDED_BUG
    if (kind == RequestKind::kExternal) return LoginAnswer{status, 2, 30};  // not seen that it was allowed
#endif
    ++yes;
    return LoginAnswer{status, 2, 30};
  }

  RequestGate gate_;
  std::string_view answers_;
  bool dead_ = false;
};

}  // namespace fuzz
