// SPDX-License-Identifier: BSD-2-Clause
// One connection of the load client: says its script step by step and holds the answers to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/bench/script.h"

namespace postern::bench {

using Clock = std::chrono::steady_clock;

class Client {
 public:
  enum class State { kTalking, kHeld, kDone, kFailed };

  // Connects to 127.0.0.1:port, without waiting. `steps` must not be empty. With `holds_after` the client
  // stops (kHeld) after that many steps.
  Client(Protocol protocol, std::uint16_t port, std::vector<Step> steps, std::size_t holds_after);
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client();

  int socket() const { return socket_; }
  short events() const;  // for poll(2)
  State state() const { return state_; }
  const std::string& trouble() const { return trouble_; }  // of kFailed
  Clock::time_point begun() const { return begun_; }
  const std::vector<double>& milliseconds() const { return milliseconds_; }  // of each step done

  void on_ready();                // poll(2) has said that there is something to do
  void resume(Step next);         // kHeld: says this, and is held again after its answer
  void give_up(std::string why);  // kFailed

 private:
  [[nodiscard]] bool is_talking() const;
  void say();
  void hear(const char* octets, std::size_t count);
  void answered(const std::string& line);
  void closed();

  Protocol protocol_;
  int socket_ = -1;
  State state_ = State::kTalking;
  std::vector<Step> steps_;
  std::size_t holds_after_;
  std::size_t step_ = 0;
  std::size_t said_ = 0;  // octets of the present step's text
  std::string line_;
  std::string trouble_;
  Clock::time_point begun_;
  Clock::time_point step_begun_;
  std::vector<double> milliseconds_;
};

}  // namespace postern::bench
