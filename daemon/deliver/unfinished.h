// SPDX-License-Identifier: BSD-2-Clause
// Which deliveries may have left a part of themselves where they were going, and what waits for them. Pure.
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
  using Ids = std::set<std::string>;

  // note says whether `delivery` to `target` is unfinished now. Returns the messages that were held up and
  // need not wait any more.
  [[nodiscard]] Ids note(const std::string& target, const Delivery& delivery, bool is_unfinished) {
    const auto at = there_.find(target);
    if (is_unfinished) {
      there_[target].unfinished.insert(delivery);
    } else if (at != there_.end()) {
      at->second.unfinished.erase(delivery);
      return freed(at);
    }
    return {};
  }

  // holds_up: whether `delivery` has to wait. It is remembered then.
  [[nodiscard]] bool holds_up(const std::string& target, const Delivery& delivery) {
    const auto at = there_.find(target);
    if (at == there_.end() || at->second.unfinished.contains(delivery)) return false;
    at->second.held.insert(delivery.first);
    return true;
  }

  // forget: the message is in the queue no more. Returns what note does.
  [[nodiscard]] Ids forget(const std::string& id) {
    Ids all;
    for (auto at = there_.begin(); at != there_.end();) {
      std::erase_if(at->second.unfinished, [&](const Delivery& delivery) { return delivery.first == id; });
      all.merge(freed(at++));
    }
    return all;
  }

 private:
  struct Target {
    std::set<Delivery> unfinished;
    Ids held;
  };
  using Targets = std::map<std::string, Target>;

  Ids freed(Targets::iterator at) {
    if (!at->second.unfinished.empty()) return {};
    Ids held = std::move(at->second.held);
    there_.erase(at);
    return held;
  }

  Targets there_;
};

}  // namespace postern::daemon
