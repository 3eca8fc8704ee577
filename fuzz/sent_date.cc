// SPDX-License-Identifier: BSD-2-Clause
//
// Law: sent_day(print(d)) = d for each day that std::chrono prints, with the day of the week or without,
// comments between its words, its year in four digits, or in two or three where RFC 5322 has those
// (section 4.3); a field that names a day names one that can be printed. Input: a day (three octets), how it
// is printed, a comment; and all of it as a field.
#include <chrono>
#include <string>

#include "daemon/imap/date.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;
using namespace std::chrono;

constexpr int32_t kFirst = -719'528;  // 1 January 0000
constexpr int32_t kDays = 3'652'425;  // to the end of 9999

std::string number(int value, size_t digits) {
  const std::string text = std::to_string(value);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string year_text(int year, unsigned how) {
  int first = 1950, last = 2049;  // of two digits
#ifdef POSTERN_SEEDED_BUG
  first = 1970, last = 2069;
#endif
  if ((how & 2U) != 0 && year >= first && year <= last) return number(year % 100, 2);
  if ((how & 4U) != 0 && year >= 1900 && year <= 2899) return number(year - 1900, 3);
  return number(year, 4);
}

std::string print(int32_t day, unsigned how, std::string_view comment) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "MAR",  "Apr", "may", "June",
                                     "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"};
  const year_month_day date{sys_days(days(day))};
  const std::string gap = " (" + std::string(comment) + ") ";
  return ((how & 1U) != 0 ? "Mon, " : "") + std::to_string(static_cast<unsigned>(date.day())) + gap +
         kMonths[static_cast<unsigned>(date.month()) - 1] + gap +
         year_text(static_cast<int>(date.year()), how);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all = octets_of(data, size);
  if (const auto named = sent_day(all)) {
    hold(*named >= kFirst && *named < kFirst + kDays, "a day of four digits' years");
    hold(sent_day(print(*named, 0, "")) == named, "it can be printed");
  }
  if (size < 4 || all.find_first_of("()", 4) != all.npos) return 0;
  const int32_t day = kFirst + static_cast<int32_t>((data[0] << 16U | data[1] << 8U | data[2]) % kDays);
  hold(sent_day(print(day, data[3], all.substr(4))) == day, "sent_day(print(d)) = d");
  return 0;
}
