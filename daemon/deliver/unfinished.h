// SPDX-License-Identifier: BSD-2-Clause
// Which deliveries may have left a part of themselves where they were going. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace postern::daemon {

// Unfinished keeps, for each target, the deliveries (queue id and recipient) that wait and have a record of
// an append: whether a part of one lies there is found out by its own next attempt, so until then no other
// may go there (MD-6).
class Unfinished {
 public:
  using Delivery = std::pair<std::string, std::size_t>;

  // note says whether `delivery` to `target` is unfinished now.
  void note(const std::string& target, const Delivery& delivery, bool is_unfinished) {
    if (is_unfinished) {
      there_[target].insert(delivery);
    } else if (const auto at = there_.find(target); at != there_.end()) {
      at->second.erase(delivery);
      if (at->second.empty()) there_.erase(at);
    }
  }

  // holds_up: whether `delivery` has to wait for others.
  [[nodiscard]] bool holds_up(const std::string& target, const Delivery& delivery) const {
    const auto at = there_.find(target);
    return at != there_.end() && !at->second.contains(delivery);
  }

  // forget: the message is in the queue no more.
  void forget(const std::string& id) {
    for (auto& [target, deliveries] : there_)
      std::erase_if(deliveries, [&](const Delivery& delivery) { return delivery.first == id; });
    std::erase_if(there_, [](const auto& target) { return target.second.empty(); });
  }

 private:
  std::map<std::string, std::set<Delivery>> there_;
};

}  // namespace postern::daemon
