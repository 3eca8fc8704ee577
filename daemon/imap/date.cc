// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/date.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr int64_t kDay = 86'400;

// month_of: 1 to 12, or 0.
unsigned month_of(std::string_view name) {
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (std::ranges::equal(name, kMonths[i], [](char a, char b) { return upper(a) == upper(b); }))
      return i + 1;
  }
  return 0;
}

bool to_days(uint32_t day, unsigned month, uint32_t year, int32_t& days) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                            std::chrono::day(day)};
  if (month == 0 || !date.ok()) return false;
  days = static_cast<int32_t>(sys_days(date).time_since_epoch().count());
  return true;
}

// take_month_year: "-" month "-" year, after the day.
bool take_month_year(ImapScanner& scanner, uint32_t day, int32_t& days) {
  if (!scanner.take('-')) return false;
  const std::string_view name = scanner.rest().substr(0, 3);
  for (size_t i = 0; i < name.size(); ++i) {
    if (!scanner.take(name[i])) return false;
  }
  uint32_t year = 0;
  return scanner.take('-') && scanner.digits(4, year) && to_days(day, month_of(name), year, days);
}

bool take_zone(ImapScanner& scanner, int64_t& offset) {
  const bool west = scanner.next() == '-';
  if (!scanner.take('+') && !scanner.take('-')) return false;
  uint32_t hours = 0;
  uint32_t minutes = 0;
  if (!scanner.digits(2, hours) || !scanner.digits(2, minutes) || minutes > 59) return false;
  offset = (int64_t{hours} * 60 + minutes) * 60 * (west ? -1 : 1);
  return true;
}

// take_time: HH:MM:SS; a leap second counts as the second before it.
bool take_time(ImapScanner& scanner, int64_t& seconds) {
  uint32_t part[3] = {};
  for (int i = 0; i < 3; ++i) {
    if (i != 0 && !scanner.take(':')) return false;
    if (!scanner.digits(2, part[i])) return false;
  }
  if (part[0] > 23 || part[1] > 59 || part[2] > 60) return false;
  seconds = int64_t{part[0]} * 3600 + int64_t{part[1]} * 60 + std::min(part[2], 59U);
  return true;
}

// without_comments: what is outside of parentheses, tokens parted by single spaces.
std::string without_comments(std::string_view field) {
  std::string text;
  unsigned depth = 0;
  for (const char octet : field) {
    if (octet == '(') ++depth;
    const bool gap =
        depth != 0 || octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n' || octet == ',';
    if (octet == ')' && depth != 0) --depth;
    if (!gap) text.push_back(octet);
    if (gap && !text.empty() && text.back() != ' ') text.push_back(' ');
  }
  return text;
}

// full_year: two and three digits as RFC 5322, section 4.3 has them.
uint32_t full_year(std::string_view digits, uint32_t year) {
  if (digits.size() == 2) return year < 50 ? year + 2000 : year + 1900;
  return digits.size() == 3 ? year + 1900 : year;
}

}  // namespace

bool take_date(ImapScanner& scanner, int32_t& days) {
  const bool is_quoted = scanner.take('"');
  uint32_t day = 0;
  const size_t length = scanner.rest().substr(0, 3).find('-');
  if (length == std::string_view::npos || !scanner.digits(static_cast<unsigned>(length), day)) return false;
  return take_month_year(scanner, day, days) && (!is_quoted || scanner.take('"'));
}

bool take_date_time(ImapScanner& scanner, int64_t& seconds) {
  uint32_t day = 0;
  int32_t days = 0;
  int64_t time = 0;
  int64_t zone = 0;
  if (!scanner.take('"') || !scanner.digits(scanner.take(' ') ? 1 : 2, day)) return false;
  if (!take_month_year(scanner, day, days) || !scanner.space() || !take_time(scanner, time)) return false;
  if (!scanner.space() || !take_zone(scanner, zone) || !scanner.take('"')) return false;
  seconds = days * kDay + time - zone;
  return true;
}

int32_t day_of(int64_t seconds) {
  return static_cast<int32_t>(seconds / kDay - (seconds % kDay < 0 ? 1 : 0));
}

std::string print_date_time(int64_t seconds) {
  using namespace std::chrono;
  seconds = std::clamp(seconds, int64_t{0}, int64_t{253'402'300'799});
  const year_month_day date{sys_days(days(day_of(seconds)))};
  const int64_t time = seconds % kDay;
  std::array<char, 64> text;
  const int length = std::snprintf(
      text.data(), text.size(), "\"%02u-%s-%04d %02d:%02d:%02d +0000\"", static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(time / 3600), static_cast<int>(time / 60 % 60), static_cast<int>(time % 60));
  return {text.data(), static_cast<size_t>(length)};
}

std::optional<int32_t> sent_day(std::string_view field) {
  const std::string text = without_comments(field);
  std::string_view rest = text;
  std::string_view day = take_word(rest);
  if (!day.empty() && !is_digit(day.front())) day = take_word(rest);  // the day of the week
  const std::string_view month = take_word(rest);
  const std::string_view year = take_word(rest);
  ImapScanner days_read(day);
  ImapScanner year_read(year);
  uint32_t day_number = 0;
  uint32_t year_number = 0;
  int32_t days = 0;
  if (!days_read.number(day_number) || !days_read.at_end()) return std::nullopt;
  if (year.size() < 2 || year.size() > 4 || !year_read.number(year_number) || !year_read.at_end())
    return std::nullopt;
  if (!to_days(day_number, month_of(month.substr(0, 3)), full_year(year, year_number), days))
    return std::nullopt;
  return days;
}

}  // namespace postern::daemon
