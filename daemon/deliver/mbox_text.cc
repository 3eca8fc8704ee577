// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/mbox_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace postern::daemon {
namespace {

constexpr std::string_view kFrom = "From";

// printable: what cannot break the line or the field it stands in.
std::string printable(std::string_view text, char lowest) {
  std::string out;
  for (const char c : text) out += c >= lowest && c < '\x7f' ? c : '?';
  return out;
}

}  // namespace

void FromQuoter::add(std::string_view octets, std::string& out) {
  for (const char octet : octets) add_octet(octet, out);
  if (!octets.empty()) last_ = octets.back();
}

// A '>' before the '>'s of a line and one behind them make the same line: they need not be held back.
void FromQuoter::add_octet(char octet, std::string& out) {
  if (may_match_ && octet == '>' && matched_ == 0) {
    out += octet;
    return;
  }
  if (may_match_ && matched_ < kFrom.size() && octet == kFrom[matched_]) {
    ++matched_;
    return;
  }
  if (may_match_ && matched_ == kFrom.size() && octet == ' ') out += '>';
  give_back(out);
  out += octet;
  may_match_ = octet == '\n';
}

void FromQuoter::give_back(std::string& out) {
  out += kFrom.substr(0, matched_);
  matched_ = 0;
}

void FromQuoter::finish(std::string& out) {
  give_back(out);
  if (last_ != '\n') out += '\n';
}

// Not by gmtime(3), which looks for a time zone's file first: nothing that a cage without Landlock lets by.
std::string from_line(std::string_view sender, std::int64_t seconds) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::int64_t kLast = 253'402'300'799;  // of the year 9999
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds < 0 || seconds > kLast ? 0 : seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), "%s %s %2u %02d:%02d:%02d %d",
                      kDays[std::chrono::weekday{day}.c_encoding()],
                      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(date.year()));
  return "From " + (sender.empty() ? std::string("MAILER-DAEMON") : printable(sender, '!')) + " " +
         text.data() + "\n";
}

std::string return_path(std::string_view sender) {
  return "Return-Path: <" + printable(sender, ' ') + ">\n";
}

// MD-6
std::string_view closing_of(std::string_view tail) {
  constexpr std::string_view kEnds = "\n\n";
  if (tail.empty() || tail == "\n" || tail == kEnds) return {};
  return tail.back() == '\n' ? kEnds.substr(1) : kEnds;
}

}  // namespace postern::daemon
