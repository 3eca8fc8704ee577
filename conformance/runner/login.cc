// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/login.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <set>
#include <thread>

#include "conformance/runner/address.h"

namespace postern::conformance {
namespace {

// How long the server must have been silent before it is given the password.
constexpr Milliseconds kSilence{10};
// How long the end of an admitted session is waited for.
constexpr Milliseconds kFarewell{1000};
constexpr size_t kMaxLine = 8192;

class Connection {
 public:
  Connection(const LoginOptions& options, const Login& login, LoginResult& result)
      : options_(options),
        login_(login),
        result_(result),
        dialogue_(make_dialogue(options.protocol, login.account, login.password)),
        began_(Clock::now()),
        deadline_(began_ + options.deadline) {
    result_.tried = true;
    connect_from_source();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }

  bool done() const { return done_; }
  int fd() const { return fd_; }
  const std::string& source() const { return login_.source; }
  short wishes() const { return connected_ ? POLLIN : POLLOUT; }
  Clock::time_point next_event() const {
    return held_.empty() ? deadline_ : std::min(deadline_, hold_until_);
  }

  void on_ready(short events) {
    if (!connected_) {
      on_connected();
    } else if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
      on_input();
    }
  }

  void on_time() {
    if (done_) return;
    const auto now = Clock::now();
    if (!held_.empty() && now >= hold_until_) {
      std::string text;
      text.swap(held_);
      send_text(text);
    }
    if (now >= deadline_)
      finish(decided_ ? result_.end : LoginEnd::kTimedOut, decided_ ? result_.words : silent_text());
  }

 private:
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  void log(char direction, const std::string& text) { result_.wire.push_back({elapsed(), direction, text}); }
  std::string silent_text() const {
    return "no answer within " + std::to_string(options_.deadline.count()) + " ms";
  }

  void finish(LoginEnd end, const std::string& words) {
    if (done_) return;
    if (!decided_) decide(end, words);
    done_ = true;
  }

  void decide(LoginEnd end, const std::string& words) {
    decided_ = true;
    result_.end = end;
    result_.words = words;
    result_.seconds = elapsed();
  }

  void unconnected(const std::string& what) {
    finish(LoginEnd::kUnconnected, what + ": " + std::strerror(errno));
  }

  void connect_from_source() {
    const auto from = socket_address(login_.source, 0);
    const std::string& server = is_ipv6(login_.source) ? options_.server_ipv6 : options_.server_ipv4;
    const auto to = socket_address(server, options_.port);
    if (!from || !to || from->family() != to->family())
      return finish(LoginEnd::kUnconnected, "no such address");
    fd_ = socket(from->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0 || bind(fd_, from->get(), from->size) != 0)
      return unconnected("cannot bind " + login_.source);
    if (connect(fd_, to->get(), to->size) != 0 && errno != EINPROGRESS) {
      return unconnected("cannot connect from " + login_.source);
    }
  }

  void on_connected() {
    socklen_t size = sizeof errno;
    int error = 0;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error != 0) return unconnected("cannot connect from " + login_.source);
    // The kernel silently replaces some source addresses.
    SocketAddress local;
    local.size = sizeof local.storage;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&local.storage), &local.size);
    if (address_text(local) != login_.source) {
      return finish(LoginEnd::kUnconnected,
                    "the kernel replaced the source address by " + address_text(local));
    }
    connected_ = true;
    log('!', "connected from " + login_.source);
  }

  void on_input() {
    char chunk[4096];
    const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      log('!', got == 0 ? "closed by the server" : std::strerror(errno));
      return finish(LoginEnd::kClosed, "the server closed the connection instead of answering");
    }
    log('<', std::string(chunk, static_cast<size_t>(got)));
    if (decided_) return finish(result_.end, result_.words);
    buffer_.append(chunk, static_cast<size_t>(got));
    // It knew the answer before it had the password.
    if (!held_.empty()) return finish(LoginEnd::kEarly, "answered before it had the password: " + buffer_);
    take_lines();
  }

  // The next whole line of the server's, without its line end.
  std::optional<std::string> next_line() {
    const size_t lf = buffer_.find('\n');
    if (lf == std::string::npos) {
      if (buffer_.size() > kMaxLine) finish(LoginEnd::kGarbled, "a line without an end");
      return std::nullopt;
    }
    std::string line = buffer_.substr(0, lf);
    buffer_.erase(0, lf + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
  }

  void take_lines() {
    while (const auto line = next_line()) {
      const Dialogue::Move move = dialogue_->on_line(*line);
      if (move.end || !move.send.empty()) return make_move(move, *line);
    }
  }

  void make_move(const Dialogue::Move& move, const std::string& line) {
    if (move.end) {
      decide(*move.end, line);
      deadline_ = std::min(deadline_, Clock::now() + kFarewell);
    }
    if (!decided_ && !buffer_.empty())
      return finish(LoginEnd::kEarly, "answered before it was asked: " + buffer_);
    if (move.send.empty()) return finish(result_.end, result_.words);
    if (move.secret) {
      acknowledge_now();
      held_ = move.send;
      hold_until_ = Clock::now() + kSilence;
    } else {
      send_text(move.send);
    }
  }

  // Else the kernel keeps back our acknowledgement, and for want of it the server's (Nagle) second answer:
  // one that answers too early would be told apart from one that waits only by luck.
  void acknowledge_now() {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }

  void send_text(const std::string& text) {
    log('>', text);
    if (send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
      finish(LoginEnd::kClosed, "the server no longer reads");
    }
  }

  const LoginOptions& options_;
  const Login& login_;
  LoginResult& result_;
  std::unique_ptr<Dialogue> dialogue_;
  Clock::time_point began_;
  Clock::time_point deadline_;
  Clock::time_point hold_until_;
  int fd_ = -1;
  bool connected_ = false;
  bool decided_ = false;
  bool done_ = false;
  std::string buffer_;
  std::string held_;
};

class LoginLoop {
 public:
  LoginLoop(const LoginOptions& options, const std::vector<Login>& logins)
      : options_(options), logins_(logins), results_(logins.size()) {
    for (size_t i = 0; i < logins.size(); ++i) waiting_.push_back(i);
  }

  std::vector<LoginResult> run() {
    while (!waiting_.empty() || !active_.empty()) {
      start_some();
      wait_for_events();
      end_some();
    }
    return std::move(results_);
  }

 private:
  void start_some() {
    for (auto i = waiting_.begin(); i != waiting_.end() && active_.size() < options_.at_once;) {
      if (mute()) {
        results_[*i].words = "not tried: the first " + std::to_string(timeouts_) + " logins all timed out";
        i = waiting_.erase(i);
      } else if (busy_.insert(logins_[*i].source).second) {
        active_.emplace_back(options_, logins_[*i], results_[*i]);
        i = waiting_.erase(i);
      } else {
        ++i;
      }
    }
  }

  bool mute() const { return answers_ == 0 && timeouts_ >= options_.give_up_after; }

  void wait_for_events() {
    std::vector<pollfd> fds;
    std::vector<Connection*> order;
    Clock::time_point next = Clock::now() + Milliseconds{1000};
    for (Connection& c : active_) {
      if (c.done()) return;
      fds.push_back({c.fd(), c.wishes(), 0});
      order.push_back(&c);
      next = std::min(next, c.next_event());
    }
    const auto left = std::chrono::ceil<Milliseconds>(next - Clock::now()).count();
    if (fds.empty() || poll(fds.data(), fds.size(), static_cast<int>(std::max<long>(left, 0))) < 0) return;
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents != 0) order[i]->on_ready(fds[i].revents);
      order[i]->on_time();
    }
  }

  void end_some() {
    for (auto i = active_.begin(); i != active_.end();) {
      if (!i->done()) {
        ++i;
        continue;
      }
      busy_.erase(i->source());
      i = active_.erase(i);
    }
    timeouts_ = 0;
    answers_ = 0;
    for (const LoginResult& result : results_) {
      if (result.seconds == 0) continue;
      ++(result.end == LoginEnd::kTimedOut ? timeouts_ : answers_);
    }
  }

  const LoginOptions& options_;
  const std::vector<Login>& logins_;
  std::vector<LoginResult> results_;
  std::list<size_t> waiting_;
  std::list<Connection> active_;
  std::set<std::string> busy_;
  size_t timeouts_ = 0;
  size_t answers_ = 0;
};

bool accepts(const std::string& server, unsigned port) {
  const auto to = socket_address(server, port);
  if (!to) return false;
  const int fd = socket(to->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = fd >= 0 && connect(fd, to->get(), to->size) == 0;
  if (fd >= 0) close(fd);
  return connected;
}

}  // namespace

bool wait_until_it_listens(const PrivateNetwork& network, const LoginOptions& options,
                           Milliseconds patience) {
  network.check_private();
  for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
    if (accepts(options.server_ipv4, options.port)) return true;
    std::this_thread::sleep_for(Milliseconds{20});
  }
  return false;
}

std::vector<LoginResult> log_in_all(const PrivateNetwork& network, const LoginOptions& options,
                                    const std::vector<Login>& logins) {
  network.check_private();
  return LoginLoop(options, logins).run();
}

}  // namespace postern::conformance
