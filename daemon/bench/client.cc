// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/bench/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace postern::bench {

Client::Client(Protocol protocol, std::uint16_t port, std::vector<Step> steps, std::size_t holds_after)
    : protocol_(protocol),
      socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      steps_(std::move(steps)),
      holds_after_(holds_after),
      begun_(Clock::now()),
      step_begun_(begun_) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  if (setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
      (connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 &&
       errno != EINPROGRESS))
    give_up(std::strerror(errno));
}

Client::Client(Client&& other) noexcept
    : protocol_(other.protocol_),
      socket_(std::exchange(other.socket_, -1)),
      state_(other.state_),
      steps_(std::move(other.steps_)),
      holds_after_(other.holds_after_),
      step_(other.step_),
      said_(other.said_),
      line_(std::move(other.line_)),
      trouble_(std::move(other.trouble_)),
      begun_(other.begun_),
      step_begun_(other.step_begun_),
      milliseconds_(std::move(other.milliseconds_)) {}

Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}

// One that is held says nothing: not even the next step, before which it is held.
bool Client::is_talking() const {
  return state_ == State::kTalking && step_ < steps_.size();
}

short Client::events() const {
  const bool talks = is_talking() && said_ < steps_[step_].text.size();
  return static_cast<short>(talks ? POLLIN | POLLOUT : POLLIN);
}

void Client::give_up(std::string why) {
  state_ = State::kFailed;
  trouble_ = std::move(why);
}

void Client::resume(Step next) {
  steps_.resize(step_);
  steps_.push_back(std::move(next));
  holds_after_ = steps_.size();
  said_ = 0;
  state_ = State::kTalking;
  say();
}

void Client::say() {
  const std::string& text = steps_[step_].text;
  while (said_ < text.size()) {
    const ssize_t sent = send(socket_, text.data() + said_, text.size() - said_, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
    if (sent < 0) return give_up(std::string("send: ") + std::strerror(errno));
    said_ += static_cast<std::size_t>(sent);
  }
}

void Client::on_ready() {
  if (is_talking()) say();
  char octets[4096];
  while (state_ == State::kTalking || state_ == State::kHeld) {
    const ssize_t got = recv(socket_, octets, sizeof octets, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return give_up(std::string("recv: ") + std::strerror(errno));
    if (got == 0) return closed();
    hear(octets, static_cast<std::size_t>(got));
  }
}

// The server closes after the farewell, and only then.
void Client::closed() {
  if (step_ < steps_.size())
    return give_up("closed by the server instead of an answer to " + steps_[step_].name);
  state_ = State::kDone;
}

void Client::hear(const char* octets, std::size_t count) {
  for (std::size_t i = 0; i < count && state_ == State::kTalking; ++i) {
    if (octets[i] != '\n') {
      line_ += octets[i];
      continue;
    }
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    const std::string line = std::exchange(line_, {});
    if (step_ == steps_.size()) return give_up("spoken to after the farewell: " + line);
    if (ends_answer(protocol_, steps_[step_], line)) answered(line);
  }
}

void Client::answered(const std::string& line) {
  const Step& step = steps_[step_];
  if (!line.starts_with(step.good)) return give_up(step.name + ": " + line);
  const Clock::time_point now = Clock::now();
  milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - step_begun_).count());
  step_begun_ = now;
  ++step_;
  said_ = 0;
  if (step_ == holds_after_)
    state_ = State::kHeld;
  else if (step_ < steps_.size())
    say();
}

}  // namespace postern::bench
