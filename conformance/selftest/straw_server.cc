// SPDX-License-Identifier: BSD-2-Clause
// straw_server BEHAVIOUR PORT ACCOUNTS [HOSTNAME-CHECK]: a server made to be caught, POP3 on PORT and IMAP on
// the next one. It reads ACCOUNTS (the last `apply` request) at each login. Behaviours: honest (the naive
// implementation), one of its six bugs, allow-all, deny-all, mute (never says a word), lying (answers before
// it has the password), dies (at the fifth connection).
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "conformance/selftest/naive.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

struct Straw {
  std::string behaviour;
  Bug bug = Bug::kNone;
  std::string accounts;
  bool confirm = true;  // AD-C4
};

constexpr const char* kRefused = "-ERR [AUTH] no\r\n";
constexpr const char* kAdmitted = "+OK admitted\r\n";

void say(int client, const std::string& text) {
  if (send(client, text.data(), text.size(), MSG_NOSIGNAL) < 0) shutdown(client, SHUT_RDWR);
}

bool hear(int client, std::string& line) {
  line.clear();
  for (char c = 0; recv(client, &c, 1, 0) == 1;) {
    if (c == '\n') return true;
    if (c != '\r') line += c;
  }
  return false;
}

std::string text_of(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  const std::string name = text;
  return name.rfind("::ffff:", 0) == 0 && name.find('.') != std::string::npos ? name.substr(7) : name;
}

bool is_confirmed(const std::string& name, const std::string& ip) {
  addrinfo hints{};
  hints.ai_family = ip.find(':') == std::string::npos ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return false;
  bool found = false;
  for (const addrinfo* i = list; i != nullptr; i = i->ai_next)
    found = found || text_of(i->ai_addr, i->ai_addrlen) == ip;
  freeaddrinfo(list);
  return found;
}

// AD-C3, AD-C4
std::vector<std::string> names_of(const std::string& ip, bool confirm) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* self = nullptr;
  if (getaddrinfo(ip.c_str(), nullptr, &hints, &self) != 0) return {};
  const bool ipv6 = self->ai_family == AF_INET6;
  const void* raw = ipv6
                        ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(self->ai_addr)->sin6_addr)
                        : &reinterpret_cast<sockaddr_in*>(self->ai_addr)->sin_addr;
  char buffer[16384];
  hostent entry{};
  hostent* found = nullptr;
  int error = 0;
  gethostbyaddr_r(raw, ipv6 ? 16 : 4, self->ai_family, &entry, buffer, sizeof buffer, &found, &error);
  freeaddrinfo(self);
  std::vector<std::string> names;
  if (found == nullptr) return names;
  names.emplace_back(found->h_name);
  for (char** alias = found->h_aliases; *alias != nullptr; ++alias) names.emplace_back(*alias);
  if (confirm) std::erase_if(names, [&](const std::string& name) { return !is_confirmed(name, ip); });
  return names;
}

// Accounts: the last `apply` request, read again when the file is another one.
class Accounts {
 public:
  std::optional<json> find(const std::string& file, const std::string& name) {
    const std::lock_guard lock(mutex_);
    struct stat now {};
    if (stat(file.c_str(), &now) != 0) return std::nullopt;
    if (now.st_ino != read_.st_ino || now.st_mtim.tv_nsec != read_.st_mtim.tv_nsec) load(file, now);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  void load(const std::string& file, const struct stat& now) {
    std::ifstream in(file, std::ios::binary);
    const json request = json::parse(in, nullptr, false);
    if (request.is_discarded()) return;
    by_name_.clear();
    for (const json& account : request.at("accounts")) by_name_[account.at("account")] = account;
    read_ = now;
  }

  std::mutex mutex_;
  struct stat read_ {};
  std::map<std::string, json> by_name_;
};

std::optional<json> account_named(const std::string& file, const std::string& name) {
  static Accounts accounts;
  return accounts.find(file, name);
}

// AD-L1, AD-L3
bool admits(const Straw& straw, const std::string& user, const std::string& password, const std::string& ip) {
  if (straw.behaviour == "allow-all") return true;
  if (straw.behaviour == "deny-all") return false;
  const auto account = account_named(straw.accounts, user);
  if (!account || account->at("password") != password) return false;
  std::vector<std::string> list;
  for (const json& value : account->at("list")) list.push_back(octets_from_json(value).value_or(""));
  const auto answer = decide_naively(
      list, ip, [&] { return names_of(ip, straw.confirm); }, straw.bug);
  return answer && answer->allow;
}

void lie(int client) {
  std::string line;
  say(client, "+OK straw\r\n");
  if (hear(client, line)) say(client, "+OK\r\n");
  say(client, kAdmitted);
  while (hear(client, line)) say(client, "+OK\r\n");
}

void converse(const Straw& straw, int client, const std::string& ip) {
  std::string line;
  std::string user;
  say(client, "+OK straw\r\n");
  while (hear(client, line)) {
    if (line == "QUIT") return say(client, "+OK bye\r\n");
    if (line.rfind("USER ", 0) == 0) {
      user = line.substr(5);
      say(client, "+OK\r\n");
    } else if (line.rfind("PASS ", 0) == 0) {
      say(client, admits(straw, user, line.substr(5), ip) ? kAdmitted : kRefused);
    } else {
      say(client, "-ERR what\r\n");
    }
  }
}

// A LOGIN whose password is a literal, and LOGOUT: what the runner says.
void converse_in_imap(const Straw& straw, int client, const std::string& ip) {
  std::string line;
  std::string password;
  say(client, "* OK straw\r\n");
  while (hear(client, line)) {
    const std::string tag = line.substr(0, line.find(' '));
    if (line == tag + " LOGOUT") return say(client, "* BYE\r\n" + tag + " OK bye\r\n");
    const size_t user = line.find('"') + 1;
    if (line.compare(tag.size(), 8, " LOGIN \"") != 0 || line.back() != '}') {
      say(client, tag + " BAD what\r\n");
      continue;
    }
    say(client, "+ go on\r\n");
    if (straw.behaviour == "lying") say(client, tag + " OK admitted\r\n");
    if (!hear(client, password)) return;
    const std::string account = line.substr(user, line.find('"', user) - user);
    const bool admitted = admits(straw, account, password, ip);
    say(client, tag + (admitted ? " OK admitted\r\n" : " NO [AUTHENTICATIONFAILED] no\r\n"));
  }
}

void serve_one(const Straw& straw, bool imap, int client, const std::string& ip) {
  std::string line;
  if (straw.behaviour == "mute") {
    while (hear(client, line)) continue;
  } else if (imap) {
    converse_in_imap(straw, client, ip);
  } else if (straw.behaviour == "lying") {
    lie(client);
  } else {
    converse(straw, client, ip);
  }
  close(client);
}

int listen_on(uint16_t port) {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int off = 0;
  const int on = 1;
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 || listen(fd, 128) != 0) return -1;
  return fd;
}

[[noreturn]] void serve(const Straw& straw, bool imap, int listener) {
  for (int count = 1;; ++count) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int client = accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (straw.behaviour == "dies" && count == 5) raise(SIGSEGV);
    const std::string ip = text_of(reinterpret_cast<const sockaddr*>(&peer), size);
    std::thread([&straw, imap, client, ip] { serve_one(straw, imap, client, ip); }).detach();
  }
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  using namespace postern::conformance;
  if (argc < 4) {
    std::cerr << "usage: straw_server BEHAVIOUR PORT ACCOUNTS [HOSTNAME-CHECK]\n";
    return 2;
  }
  static Straw straw;
  straw.behaviour = argv[1];
  straw.bug = bug_named(straw.behaviour).value_or(Bug::kNone);
  straw.accounts = argv[3];
  straw.confirm = argc < 5 || std::string(argv[4]) != "reverse";
  const int port = std::stoi(argv[2]);
  const int pop3 = listen_on(static_cast<uint16_t>(port));
  const int imap = listen_on(static_cast<uint16_t>(port + 1));
  if (pop3 < 0 || imap < 0) {
    std::cerr << "straw_server: cannot listen on " << port << " and the next port: " << std::strerror(errno)
              << '\n';
    return 1;
  }
  std::thread([imap] { serve(straw, true, imap); }).detach();
  serve(straw, false, pop3);
}
