// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/ports.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdlib>

#include "daemon/config/values.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kServices[] = {"pop3", "pop3-tls", "imap", "imap-tls", "smtp"};
constexpr std::size_t kMostPassed = std::size(kServices) * kMaxEndpoints;
constexpr char kNameCure[] =
    "FileDescriptorName= of the socket unit is pop3, pop3-tls, imap, imap-tls or smtp";

Error not_passed_well(std::string what, std::string cure) {
  return Error{std::move(what), "LISTEN_FDS", std::move(cure), 0, Exit::kUsage};
}

std::vector<std::string> parted(std::string_view names) {
  std::vector<std::string> all;
  for (std::size_t colon = 0; colon != names.npos; names.remove_prefix(std::min(colon + 1, names.size()))) {
    colon = names.find(':');
    all.emplace_back(names.substr(0, colon));
  }
  return all;
}

std::string text_of(const Port& port) {
  return std::string(port.service) + "-listen = " + endpoint_text(port.endpoint);
}

// The socket among `passed` that is this port's, taken out; not open: there is none.
Result<Fd> take_for(const Port& port, std::vector<PassedSocket>& passed) {
  for (PassedSocket& one : passed) {
    if (one.service != port.service || !one.socket.is_open()) continue;
    const auto endpoint = endpoint_of(one.socket.get());
    if (!endpoint.ok()) return endpoint.error();
    if (endpoint_text(*endpoint) == endpoint_text(port.endpoint)) return std::move(one.socket);
  }
  return Fd();
}

Result<void> nothing_left(const std::vector<PassedSocket>& passed) {
  const auto left = std::ranges::find_if(passed, [](const auto& one) { return one.socket.is_open(); });
  if (left == passed.end()) return {};
  const auto endpoint = endpoint_of(left->socket.get());
  if (!endpoint.ok()) return endpoint.error();
  const std::string is = left->service + "-listen = " + endpoint_text(*endpoint);
  return not_passed_well("a socket was passed that is no port of the configuration: " + is,
                         "add that line to the configuration, once, or correct the socket unit");
}

}  // namespace

std::vector<Port> ports_of(const Settings& settings) {
  std::vector<Port> ports;
  const auto add = [&ports](std::string_view service, const Endpoint* some, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) ports.push_back({service, some[i]});
  };
  add(kServices[0], settings.pop3_listen, settings.pop3_listen_count);
  add(kServices[1], settings.pop3_tls_listen, settings.pop3_tls_listen_count);
  add(kServices[2], settings.imap_listen, settings.imap_listen_count);
  add(kServices[3], settings.imap_tls_listen, settings.imap_tls_listen_count);
  add(kServices[4], settings.smtp_listen, settings.smtp_listen_count);
  return ports;
}

Result<std::vector<BoundSocket>> bind_ports(const Settings& settings) {
  std::vector<BoundSocket> bound;
  for (const Port& port : ports_of(settings)) {
    auto one = bind_socket(port.endpoint);
    if (!one.ok()) return one.take_error();
    bound.push_back(std::move(one).value());
  }
  return bound;
}

PassedWords PassedWords::of_environment() {
  return {std::getenv("LISTEN_FDS"), std::getenv("LISTEN_PID"), std::getenv("LISTEN_FDNAMES")};
}

Result<std::vector<std::string>> passed_names(const PassedWords& words, pid_t self) {
  if (words.count == nullptr) return std::vector<std::string>();
  const auto process = whole_number<pid_t>(words.process == nullptr ? "" : words.process);
  if (process != self)
    return not_passed_well(
        "LISTEN_PID does not name this process: the sockets are not for it",
        "let the service manager start posternd itself, no script around it; or unset LISTEN_FDS");
  const auto count = whole_number<std::size_t>(words.count);
  if (!count || *count == 0 || *count > kMostPassed)
    return not_passed_well("is no number of sockets that can be listened on",
                           "pass one socket for each port");
  if (words.names == nullptr) return not_passed_well("LISTEN_FDNAMES is missing", kNameCure);
  std::vector<std::string> names = parted(words.names);
  if (names.size() != *count)
    return not_passed_well("LISTEN_FDNAMES has not one name for each socket", kNameCure);
  for (const std::string& name : names)
    if (std::ranges::find(kServices, name) == std::end(kServices))
      return not_passed_well("a socket was passed as '" + name + "', which is no service", kNameCure);
  return names;
}

Result<std::vector<PassedSocket>> own_passed(const std::vector<std::string>& names, int first) {
  std::vector<PassedSocket> all;
  for (const std::string& name : names) {
    const int number = first + static_cast<int>(all.size());
    if (fcntl(number, F_SETFD, FD_CLOEXEC) != 0)
      return not_passed_well("descriptor " + std::to_string(number) + " ('" + name + "') is not open",
                             "pass as many sockets as LISTEN_FDS says");
    all.push_back({name, Fd(number)});
  }
  return all;
}

Result<std::vector<BoundSocket>> match_ports(const Settings& settings, std::vector<PassedSocket> passed) {
  std::vector<BoundSocket> bound;
  for (const Port& port : ports_of(settings)) {
    auto found = take_for(port, passed);
    if (!found.ok()) return found.take_error();
    if (!found->is_open())
      return not_passed_well("no socket was passed for " + text_of(port),
                             "add it to the socket units, or drop that line of the configuration");
    auto taken = take_bound_socket(std::move(*found));
    if (!taken.ok()) return taken.take_error();
    bound.push_back(std::move(taken).value());
  }
  if (auto none = nothing_left(passed); !none.ok()) return none.take_error();
  return bound;
}

Result<std::vector<Listener>> listen_on(const Dropped& dropped, std::vector<BoundSocket> bound) {
  std::vector<Listener> listeners;
  for (BoundSocket& one : bound) {
    auto listener = Listener::start(dropped, std::move(one));
    if (!listener.ok()) return listener.take_error();
    listeners.push_back(std::move(listener).value());
  }
  return listeners;
}

void hand_out(const Settings& settings, std::vector<Listener> listeners, Wiring& wiring) {
  for (Listener& one : listeners) {
    const bool is_pop3 = wiring.pop3.size() < settings.pop3_listen_count + settings.pop3_tls_listen_count;
    const bool is_imap = wiring.imap.size() < settings.imap_listen_count + settings.imap_tls_listen_count;
    (is_pop3 ? wiring.pop3 : is_imap ? wiring.imap : wiring.smtp).push_back(std::move(one));
  }
}

}  // namespace postern::daemon
