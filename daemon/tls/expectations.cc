// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/expectations.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "daemon/sys/sockets.h"

namespace postern::daemon {

Result<void> Expectations::take(int channel) {
  for (;;) {
    auto received = receive_expectation(channel);
    if (!received.ok()) return received.take_error();
    if (!received.value()) return {};
    if (waiting_.size() >= std::min(drop_at_, limit_)) drop_dead();
    if (waiting_.size() < limit_) waiting_.push_back(std::move(*received.value()));
  }
}

Fd Expectations::of(int client) {
  if (waiting_.empty()) return {};
  const auto number = socket_number(client);
  if (!number.ok()) return {};
  const auto found = std::ranges::find(waiting_, number.value(), &Expectation::socket);
  if (found == waiting_.end()) return {};
  Fd keeper = std::move(found->keeper);
  waiting_.erase(found);
  return keeper;
}

void Expectations::drop_dead() {
  std::vector<pollfd> watched;
  watched.reserve(waiting_.size());
  for (const Expectation& one : waiting_) watched.push_back({one.keeper.get(), 0, 0});
  const timespec now{};
  if (::ppoll(watched.data(), watched.size(), &now, nullptr) <= 0) return;
  std::vector<Expectation> living;
  for (std::size_t i = 0; i < waiting_.size(); ++i)
    if (watched[i].revents == 0) living.push_back(std::move(waiting_[i]));
  waiting_ = std::move(living);
  drop_at_ = std::max(kDropAtLeast, 2 * waiting_.size());
}

}  // namespace postern::daemon
