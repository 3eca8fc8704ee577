// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/uid_list.h"

#include <algorithm>

#include "daemon/maildir/list_text.h"

namespace postern::daemon {
namespace {

using namespace list_text;

constexpr std::string_view kTitle = "postern-uids-1 ";

bool take_entry(std::string_view line, UidEntry& entry) {
  if (!take_number(line, entry.uid) || !take_number(line, entry.octets) || !take_number(line, entry.date))
    return false;
  entry.base = take_name(line);
  return !entry.base.empty() && entry.base.find(':') == std::string::npos;
}

// Head is the first line and what it says of the body.
struct Head {
  UidListHead told;
  std::uint64_t body_sum = 0;
  std::size_t length = 0;
};

std::string print_head(const UidListHead& head, std::uint64_t body_sum) {
  std::string line(kTitle);
  for (const std::uint32_t number : {head.validity, head.next, head.count}) put_number(line, number);
  for (const std::int64_t time : {head.new_time, head.cur_time}) put_number(line, time);
  for (const std::uint32_t number : {head.recent, head.unseen, head.first_unseen}) put_number(line, number);
  put_number(line, body_sum);
  put_sum(line, line);
  return line;
}

std::optional<Head> take_head(std::string_view text) {
  const std::size_t end = text.substr(0, kUidHeadLimit).find('\n');
  if (end == std::string_view::npos || !text.starts_with(kTitle)) return std::nullopt;
  Head head;
  UidListHead& told = head.told;
  head.length = end + 1;
  std::string_view rest = text.substr(kTitle.size(), end - kTitle.size());
  const bool whole = take_number(rest, told.validity) && take_number(rest, told.next) &&
                     take_number(rest, told.count) && take_number(rest, told.new_time) &&
                     take_number(rest, told.cur_time) && take_number(rest, told.recent) &&
                     take_number(rest, told.unseen) && take_number(rest, told.first_unseen) &&
                     take_number(rest, head.body_sum);
  // The line itself, printed again, tells spelling and checksum.
  if (!whole || print_head(told, head.body_sum) != text.substr(0, head.length)) return std::nullopt;
  if (told.validity == 0 || told.next == 0 || told.count >= told.next) return std::nullopt;
  return head;
}

}  // namespace

std::optional<UidListHead> parse_uid_list_head(std::string_view text) {
  const auto head = take_head(text);
  if (!head) return std::nullopt;
  return head->told;
}

std::optional<UidList> parse_uid_list(std::string_view text) {
  const auto head = take_head(text);
  if (!head) return std::nullopt;
  std::string_view rest = text.substr(head->length);
  if (checksum(rest) != head->body_sum) return std::nullopt;
  UidList list{head->told, {}};
  list.entries.reserve(std::min<std::size_t>(head->told.count, rest.size()));
  std::uint32_t last = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    UidEntry entry;
    if (end == std::string_view::npos || !take_entry(rest.substr(0, end), entry)) return std::nullopt;
    if (entry.uid <= last || entry.uid >= list.head.next) return std::nullopt;
    last = entry.uid;
    list.entries.push_back(std::move(entry));
    rest.remove_prefix(end + 1);
  }
  if (list.entries.size() != list.head.count) return std::nullopt;
  return list;
}

std::string print_uid_list(const UidList& list) {
  std::string body;
  body.reserve(list.entries.size() * 64);
  for (const UidEntry& entry : list.entries) {
    put_number(body, entry.uid);
    put_number(body, entry.octets);
    put_number(body, entry.date);
    put_name(body, entry.base);
  }
  UidListHead head = list.head;
  head.count = static_cast<std::uint32_t>(list.entries.size());
  return print_head(head, checksum(body)) + body;
}

std::uint32_t parse_uid_validity(std::string_view text) {
  std::uint32_t validity = 0;
  std::string_view rest = text;
  if (!take_number(rest, validity) || print_uid_validity(validity) != text) return 0;
  return validity;
}

std::string print_uid_validity(std::uint32_t validity) {
  std::string text;
  put_number(text, validity);
  put_sum(text, text);
  return text;
}

std::uint32_t next_uid_validity(std::uint32_t given, std::uint32_t seen, std::int64_t now) {
  const std::uint32_t greatest = std::max(given, seen);
  if (greatest == UINT32_MAX) return 0;
  const auto second = static_cast<std::uint32_t>(std::clamp<std::int64_t>(now, 1, UINT32_MAX));
  return std::max(greatest + 1, second);
}

}  // namespace postern::daemon
