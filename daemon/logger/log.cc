// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/logger/log.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxSaid = 128;  // octets of what a client said, before escaping
constexpr std::string_view kCutMark = "...";

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:/@%+,[]").find(c) != std::string_view::npos;
}

}  // namespace

LogLine::LogLine(std::string_view role, std::string_view event) {
  with("role", role);
  with("event", event);
}

// Room for the mark is always kept: a cut line says so.
void LogLine::add(std::string_view text) {
  if (cut_) return;
  if (text.size() > kMaxLogLine - kCutMark.size() - length_) {
    cut_ = true;
    text = kCutMark;
  }
  std::memcpy(octets_ + length_, text.data(), text.size());
  length_ += text.size();
}

void LogLine::add_escaped(std::string_view text, std::size_t limit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  add("\"");
  for (const char c : text.substr(0, limit)) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = octet >= 0x20 && octet < 0x7f && c != '"' && c != '\\';
    const std::array<char, 4> escape{'\\', 'x', kHex[octet >> 4U], kHex[octet & 15U]};
    add(plain ? std::string_view(&c, 1) : std::string_view(escape.data(), escape.size()));
  }
  add(text.size() > limit ? "\"..." : "\"");
}

LogLine& LogLine::with(std::string_view key, std::string_view value) {
  if (length_ != 0) add(" ");
  add(key);
  add("=");
  if (!value.empty() && std::ranges::all_of(value, is_safe)) {
    add(value);
  } else {
    add_escaped(value, kMaxLogLine);
  }
  return *this;
}

LogLine& LogLine::with(std::string_view key, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return with(key, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

LogLine& LogLine::said(std::string_view key, std::string_view text) {
  if (length_ != 0) add(" ");
  add(key);
  add("=");
  add_escaped(text, kMaxSaid);
  return *this;
}

Result<void> log_line(int log, const LogLine& line) {
  const std::string_view text = line.view();
  for (;;) {
    if (sendto(log, text.data(), text.size(), MSG_NOSIGNAL, nullptr, 0) >= 0) return {};
    if (errno != EINTR)
      return system_error("cannot reach the logger", {},
                          "it is restarted by posternd; see its standard error", Exit::kTemporary);
  }
}

}  // namespace postern::daemon
