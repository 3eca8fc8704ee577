// SPDX-License-Identifier: BSD-2-Clause
// Who wants to hear of which connection's certificate: what tls knows of keepers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"
#include "daemon/tls/handoff.h"

namespace postern::daemon {

// Expectations: for each connection that may come, by its socket's number, its keeper's channel. Those whose
// keeper has gone are dropped now and then, so at most one for each living keeper and some are held.
class Expectations {
 public:
  // At most `limit` are held: further ones are dropped.
  explicit Expectations(std::size_t limit) : limit_(limit) {}

  // take receives all that wait on the channel, without waiting.
  [[nodiscard]] Result<void> take(int channel);

  // of gives away the channel to the keeper of that connection: the kernel says which socket it is, not who
  // sent it. Not open: nobody wants to hear of it.
  [[nodiscard]] Fd of(int client);

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  void drop_dead();

  std::size_t limit_;
  std::vector<Expectation> waiting_;
  std::size_t drop_at_ = kDropAtLeast;
  static constexpr std::size_t kDropAtLeast = 64;
};

}  // namespace postern::daemon
