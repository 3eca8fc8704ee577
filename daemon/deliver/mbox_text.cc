// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/mbox_text.h"

#include <array>
#include <cstdio>
#include <ctime>

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

std::string from_line(std::string_view sender, std::int64_t seconds) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  if (gmtime_r(&time, &utc) == nullptr) utc = std::tm{};
  std::array<char, 64> date{};
  (void)std::snprintf(date.data(), date.size(), "%s %s %2d %02d:%02d:%02d %d", kDays[utc.tm_wday],
                      kMonths[utc.tm_mon], utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                      utc.tm_year + 1900);
  return "From " + (sender.empty() ? std::string("MAILER-DAEMON") : printable(sender, '!')) + " " +
         date.data() + "\n";
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
