// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/trace.h"

#include <algorithm>
#include <array>

namespace postern::daemon {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

unsigned number(std::string_view digits) {
  unsigned sum = 0;
  for (const char c : digits) sum = sum * 10 + static_cast<unsigned>(c - '0');
  return sum;
}

// weekday: of a day of the Gregorian calendar, 0 for Sunday (Sakamoto).
unsigned weekday(unsigned year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 12> kOffsets{0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  if (month < 3) --year;
  return (year + year / 4 - year / 100 + year / 400 + kOffsets[month - 1] + day) % 7;
}

// date_text: "Fri, 2 Jan 2026 03:04:05 +0000".
std::string date_text(std::string_view utc) {
  const unsigned year = number(utc.substr(0, 4));
  const unsigned month = std::clamp(number(utc.substr(5, 2)), 1U, 12U);
  const unsigned day = number(utc.substr(8, 2));
  return std::string(kDays[weekday(year, month, day)]) + ", " + std::to_string(day) + " " +
         std::string(kMonths[month - 1]) + " " + std::to_string(year) + " " + std::string(utc.substr(11, 8)) +
         " +0000";
}

}  // namespace

std::string received_line(const Trace& trace) {
  const bool is_v6 = trace.address.find(':') != std::string_view::npos;
  return "Received: from " + std::string(trace.name) + " ([" + (is_v6 ? "IPv6:" : "") +
         std::string(trace.address) + "])\n\tby " + std::string(trace.host) + " (postern) with " +
         std::string(trace.with) + " id " + std::string(trace.id) + ";\n\t" + date_text(trace.utc) + "\n";
}

}  // namespace postern::daemon
