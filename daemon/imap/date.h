// SPDX-License-Identifier: BSD-2-Clause
// Dates: IMAP's own and those of messages. Pure; by the proleptic Gregorian calendar, no time zone data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/imap/scanner.h"

namespace postern::daemon {

// take_date: date (RFC 3501), 1-Feb-1994, quoted or not, as days since 1970-01-01.
[[nodiscard]] bool take_date(ImapScanner& scanner, int32_t& days);

// take_date_time: date-time (RFC 3501), " 1-Feb-1994 21:52:25 -0800" in its quotes, as seconds since 1970.
[[nodiscard]] bool take_date_time(ImapScanner& scanner, int64_t& seconds);

// print_date_time: `seconds` as date-time in UTC, with its quotes. Before 1970 and after 9999: those ends.
[[nodiscard]] std::string print_date_time(int64_t seconds);

// day_of: the day of an instant, in UTC.
[[nodiscard]] int32_t day_of(int64_t seconds);

// sent_day: the day that a Date field (RFC 5322, its obsolete forms among them) names, its time and zone
// disregarded (RFC 3501, SENTON); nullopt: it names none.
[[nodiscard]] std::optional<int32_t> sent_day(std::string_view field);

}  // namespace postern::daemon
