// SPDX-License-Identifier: BSD-2-Clause
// When a message is tried next, and whose turn it is. Pure: time is given.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace postern::daemon {

// retry_delay returns the seconds from a failed attempt to the next: 30, 60, 120 … after the first, second,
// third
// (`attempts` counts it), an hour at most.
[[nodiscard]] std::int64_t retry_delay(std::uint32_t attempts);

// Schedule holds each message at most once, with the second (since 1970) when it is to be looked at.
class Schedule {
 public:
  // add puts `id` in for `when`; one that is there already is moved to the earlier of the two.
  void add(const std::string& id, std::int64_t when);
  [[nodiscard]] bool has(const std::string& id) const { return when_.contains(id); }
  // take_due removes and returns the one that has been due longest at `now`.
  [[nodiscard]] std::optional<std::string> take_due(std::int64_t now);
  // next returns when something is due.
  [[nodiscard]] std::optional<std::int64_t> next() const;

 private:
  std::set<std::pair<std::int64_t, std::string>> order_;
  std::map<std::string, std::int64_t> when_;
};

// Lanes keep deliveries to one target in order, and give each target its turn. Entry is what waits.
template <class Entry>
class Lanes {
 public:
  // add puts `entry` at the end of the lane `target`, of which at most `width` are under way at a time.
  void add(const std::string& target, Entry entry, unsigned width) {
    Lane& lane = lanes_[target];
    lane.width = width;
    lane.entries.push_back(std::move(entry));
    offer(target, lane);
  }

  // take returns the next entry of the lane whose turn it is, and counts it as under way; nothing if none may
  // start.
  [[nodiscard]] std::optional<std::pair<std::string, Entry>> take() {
    if (turns_.empty()) return std::nullopt;
    std::string target = std::move(turns_.front());
    turns_.pop_front();
    Lane& lane = lanes_[target];
    lane.has_turn = false;
    Entry entry = std::move(lane.entries.front());
    lane.entries.pop_front();
    ++lane.busy;
    offer(target, lane);
    return std::pair{std::move(target), std::move(entry)};
  }

  // ended says that one of the lane's entries is no longer under way.
  void ended(const std::string& target) {
    Lane& lane = lanes_[target];
    --lane.busy;
    offer(target, lane);
    if (lane.busy == 0 && lane.entries.empty()) lanes_.erase(target);
  }

 private:
  struct Lane {
    std::deque<Entry> entries;
    unsigned width = 1;
    unsigned busy = 0;
    bool has_turn = false;
  };

  void offer(const std::string& target, Lane& lane) {
    if (lane.has_turn || lane.entries.empty() || lane.busy >= lane.width) return;
    lane.has_turn = true;
    turns_.push_back(target);
  }

  std::map<std::string, Lane> lanes_;
  std::deque<std::string> turns_;
};

}  // namespace postern::daemon
