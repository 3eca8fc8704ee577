// SPDX-License-Identifier: BSD-2-Clause
// postern-load: loads a mail server with whole sessions over N connections at a time, or holds N idle ones.
// It checks each answer, and prints one JSON object. For ci/bench; any server on loopback will do.
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdio>
#include <iostream>
#include <list>
#include <map>
#include <optional>
#include <set>

#include "daemon/bench/client.h"

namespace postern::bench {
namespace {

namespace po = boost::program_options;

constexpr int kPatienceMs = 60'000;  // nothing from any connection for so long: they have all failed

struct Options {
  Load load;
  std::uint16_t port = 0;
  std::size_t connections = 1;
  double seconds = 0;        // no session begins later
  std::size_t sessions = 0;  // nor more than these; 0: no limit
  std::string hold;          // "greeting", "login": hold idle connections instead
};

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

double cpu_seconds() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// quoted: as a JSON string. What is not printable is a question mark: it is for a person to read.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' || c == '\\' ? '\'' : c >= 0x20 && c < 0x7f ? c : '?';
  return result + '"';
}

// wait_for polls all clients once and lets those act that can. False: patience is at its end.
bool wait_for(std::list<Client>& clients) {
  std::vector<pollfd> watched;
  watched.reserve(clients.size());
  for (const Client& client : clients) watched.push_back({client.socket(), client.events(), 0});
  if (poll(watched.data(), watched.size(), kPatienceMs) <= 0) return false;
  auto one = watched.begin();
  for (Client& client : clients)
    if ((one++)->revents != 0) client.on_ready();
  return true;
}

// Tally is what has become of the sessions.
class Tally {
 public:
  explicit Tally(const Options& options) : options_(options), names_(script_of(options.load, 0)) {
    step_ms_.resize(names_.size());
  }

  void count(const Client& client) {
    if (client.state() == Client::State::kFailed) {
      if (failed_++ == 0) first_failure_ = client.trouble();
      return;
    }
    ++done_;
    if (options_.seconds == 0 || seconds_since(begun_) <= options_.seconds) {
      ++in_time_;
      last_in_time_ = seconds_since(begun_);
    }
    session_ms_.push_back(1000 * seconds_since(client.begun()));
    for (std::size_t i = 0; i < client.milliseconds().size(); ++i)
      step_ms_[i].push_back(client.milliseconds()[i]);
  }

  double elapsed() const { return seconds_since(begun_); }
  bool is_whole() const { return done_ != 0 && failed_ == 0; }

  // Sessions a second are those that ended in time, over the time until the last of them.
  void print() const {
    const double rate = in_time_ == 0 ? 0 : static_cast<double>(in_time_) / last_in_time_;
    std::printf("{\"sessions\":%zu,\"failed\":%zu,\"first_failure\":%s,\"seconds\":%.3f,\"per_second\":%.2f,",
                done_, failed_, quoted(first_failure_).c_str(), elapsed(), rate);
    std::printf("\"ms_p50\":%.3f,\"ms_p99\":%.3f,\"client_cpu\":%.3f,\"step_ms\":{",
                percentile(session_ms_, 0.5), percentile(session_ms_, 0.99), cpu_seconds());
    for (std::size_t i = 0; i < names_.size(); ++i)
      std::printf("%s\"%s\":%.3f", i == 0 ? "" : ",", names_[i].name.c_str(), percentile(step_ms_[i], 0.5));
    std::printf("}}\n");
  }

 private:
  const Options& options_;
  std::vector<Step> names_;
  Clock::time_point begun_ = Clock::now();
  std::size_t done_ = 0;
  std::size_t in_time_ = 0;
  double last_in_time_ = 0;
  std::size_t failed_ = 0;
  std::string first_failure_;
  std::vector<double> session_ms_;
  std::vector<std::vector<double>> step_ms_;
};

// Numbers gives sessions their numbers: in turn, but for those whose account another session still has. A
// mailbox is one POP3 session's at a time, and sessions do not end in the order in which they began.
class Numbers {
 public:
  explicit Numbers(const Options& options)
      : accounts_(options.load.accounts), skips_(options.load.accounts >= options.connections) {}

  std::size_t next() {
    while (skips_ && taken_.contains(next_ % accounts_)) ++next_;
    taken_.insert(next_ % accounts_);
    return next_++;
  }
  void give_back(std::size_t number) { taken_.erase(number % accounts_); }

 private:
  std::size_t accounts_;
  bool skips_;
  std::size_t next_ = 0;
  std::set<std::size_t> taken_;
};

int run_sessions(const Options& options) {
  Tally tally(options);
  Numbers numbers(options);
  std::map<const Client*, std::size_t> number_of;
  std::list<Client> clients;
  std::size_t begun = 0;
  const auto may_begin = [&] {
    return clients.size() < options.connections && (options.sessions == 0 || begun < options.sessions) &&
           (options.seconds == 0 || tally.elapsed() < options.seconds);
  };
  while (may_begin() || !clients.empty()) {
    for (; may_begin(); ++begun) {
      const std::size_t number = numbers.next();
      clients.emplace_back(options.load.protocol, options.port, script_of(options.load, number), SIZE_MAX);
      number_of[&clients.back()] = number;
    }
    if (!wait_for(clients))
      for (Client& client : clients) client.give_up("no answer within a minute");
    std::erase_if(clients, [&](const Client& client) {
      if (client.state() == Client::State::kTalking) return false;
      tally.count(client);
      numbers.give_back(number_of.at(&client));
      return true;
    });
  }
  tally.print();
  return tally.is_whole() ? 0 : 1;
}

std::size_t count_held(const std::list<Client>& clients) {
  return static_cast<std::size_t>(std::ranges::count(clients, Client::State::kHeld, &Client::state));
}

// settle lets all clients go on until each is held or has failed.
void settle(std::list<Client>& clients) {
  const auto talks = [](const Client& client) { return client.state() == Client::State::kTalking; };
  while (std::ranges::any_of(clients, talks) && wait_for(clients)) continue;
}

std::size_t steps_until_held(const Options& options) {
  const std::vector<Step> script = script_of(options.load, 0);
  if (options.hold == "greeting") return 1;
  const auto login = std::ranges::find(script, true, &Step::logs_in);
  return static_cast<std::size_t>(login - script.begin()) + 1;
}

// hold: ten connections are made at a time. Prints how many stand, waits for the end of standard input, asks
// each whether it is still there, and prints how many are.
int hold(const Options& options) {
  std::list<Client> clients;
  const std::size_t steps = steps_until_held(options);
  for (std::size_t i = 0; i < options.connections;) {
    std::list<Client> some;
    for (; some.size() < 10 && i < options.connections; ++i)
      some.emplace_back(options.load.protocol, options.port, script_of(options.load, i), steps);
    settle(some);
    clients.splice(clients.end(), some);
  }
  std::printf("{\"held\":%zu}\n", count_held(clients));
  if (std::fflush(stdout) != 0) return 1;
  char octet = 0;
  while (read(STDIN_FILENO, &octet, 1) == 1) continue;
  for (Client& client : clients)
    if (client.state() == Client::State::kHeld) client.resume(still_there(options.load.protocol));
  settle(clients);
  std::printf("{\"still_there\":%zu}\n", count_held(clients));
  return count_held(clients) == options.connections ? 0 : 1;
}

std::optional<Options> read_options(int count, char** arguments) {
  Options options;
  std::string protocol;
  po::options_description known("usage: postern-load --protocol pop3|imap|smtp --port PORT [OPTION]...");
  known.add_options()("help", "print this")                                                           //
      ("protocol", po::value(&protocol)->required(), "pop3, imap or smtp")                            //
      ("port", po::value(&options.port)->required(), "on 127.0.0.1")                                  //
      ("connections", po::value(&options.connections), "at a time (1)")                               //
      ("seconds", po::value(&options.seconds), "no session begins later")                             //
      ("sessions", po::value(&options.sessions), "no more sessions than these")                       //
      ("accounts", po::value(&options.load.accounts), "how many; they are called u0, u1, ... (1)")    //
      ("first-account", po::value(&options.load.first_account), "the number of the first (0)")        //
      ("password", po::value(&options.load.password), "of all of them")                               //
      ("domain", po::value(&options.load.domain), "of SMTP's recipients")                             //
      ("message-size", po::value(&options.load.message_size)->default_value(4096), "SMTP's, octets")  //
      ("expected-mail", po::value(&options.load.expected_mail), "messages that STAT must find (0)")   //
      ("hold", po::value(&options.hold), "hold idle connections after the `greeting` or the `login`");
  po::variables_map given;
  po::store(po::parse_command_line(count, arguments, known), given);
  if (given.count("help") != 0) {
    std::cout << known;
    return std::nullopt;
  }
  po::notify(given);
  const std::map<std::string, Protocol> protocols{
      {"pop3", Protocol::kPop3}, {"imap", Protocol::kImap}, {"smtp", Protocol::kSmtp}};
  const auto found = protocols.find(protocol);
  if (found == protocols.end()) throw po::error("no protocol '" + protocol + "'");
  options.load.protocol = found->second;
  if (options.seconds == 0 && options.sessions == 0 && options.hold.empty())
    throw po::error("one of --seconds, --sessions, --hold is needed");
  if (options.load.accounts == 0 || options.connections == 0) throw po::error("there is nothing to do");
  return options;
}

}  // namespace
}  // namespace postern::bench

int main(int count, char** arguments) {
  try {
    const auto options = postern::bench::read_options(count, arguments);
    if (!options) return 0;
    return options->hold.empty() ? postern::bench::run_sessions(*options) : postern::bench::hold(*options);
  } catch (const std::exception& wrong) {
    std::cerr << "postern-load: " << wrong.what() << "; see --help\n";
    return 64;
  }
}
