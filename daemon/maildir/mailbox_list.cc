// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/mailbox_list.h"

#include <algorithm>

#include "daemon/maildir/list_text.h"

namespace postern::daemon {
namespace {

using namespace list_text;

constexpr std::string_view kTitle = "postern-pop3-1 ";

// Head is the first line and what it says of the body.
struct Head {
  MailboxListHead told;
  std::uint64_t body_sum = 0;
  std::size_t length = 0;
};

std::string print_head(const MailboxListHead& head, std::uint64_t body_sum) {
  std::string line(kTitle);
  put_number(line, head.count);
  put_number(line, head.octets);
  put_number(line, head.new_time);
  put_number(line, head.cur_time);
  put_number(line, body_sum);
  put_sum(line, line);
  return line;
}

std::optional<Head> take_head(std::string_view text) {
  const std::size_t end = text.substr(0, kMailboxHeadLimit).find('\n');
  if (end == std::string_view::npos || !text.starts_with(kTitle)) return std::nullopt;
  Head head;
  MailboxListHead& told = head.told;
  head.length = end + 1;
  std::string_view rest = text.substr(kTitle.size(), end - kTitle.size());
  const bool whole = take_number(rest, told.count) && take_number(rest, told.octets) &&
                     take_number(rest, told.new_time) && take_number(rest, told.cur_time) &&
                     take_number(rest, head.body_sum);
  // The line itself, printed again, tells spelling and checksum.
  if (!whole || print_head(told, head.body_sum) != text.substr(0, head.length)) return std::nullopt;
  if (told.new_time == 0 || told.cur_time == 0) return std::nullopt;
  return head;
}

bool take_message(std::string_view line, MailboxMessage& message) {
  unsigned is_new = 0;
  if (!take_number(line, message.octets) || !take_number(line, is_new) || is_new > 1) return false;
  message.is_new = is_new == 1;
  message.file_name = take_name(line);
  return !message.file_name.empty();
}

std::string print_body(const std::vector<MailboxMessage>& messages) {
  std::string body;
  body.reserve(messages.size() * 64);
  for (const MailboxMessage& message : messages) {
    put_number(body, message.octets);
    put_number(body, message.is_new ? 1U : 0U);
    put_name(body, message.file_name);
  }
  return body;
}

}  // namespace

std::optional<MailboxListHead> parse_mailbox_list_head(std::string_view text) {
  const auto head = take_head(text);
  if (!head) return std::nullopt;
  return head->told;
}

std::optional<MailboxList> parse_mailbox_list(std::string_view text) {
  const auto head = take_head(text);
  if (!head) return std::nullopt;
  std::string_view rest = text.substr(head->length);
  if (checksum(rest) != head->body_sum) return std::nullopt;
  MailboxList list{head->told, {}};
  list.messages.reserve(std::min<std::size_t>(head->told.count, rest.size()));
  std::uint64_t octets = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    MailboxMessage message;
    if (end == std::string_view::npos || !take_message(rest.substr(0, end), message)) return std::nullopt;
    octets += message.octets;
    list.messages.push_back(std::move(message));
    rest.remove_prefix(end + 1);
  }
  if (list.messages.size() != list.head.count || octets != list.head.octets) return std::nullopt;
  return list;
}

std::string print_mailbox_list(std::int64_t new_time, std::int64_t cur_time,
                               const std::vector<MailboxMessage>& messages) {
  MailboxListHead head{static_cast<std::uint32_t>(messages.size()), 0, new_time, cur_time};
  for (const MailboxMessage& message : messages) head.octets += message.octets;
  const std::string body = print_body(messages);
  return print_head(head, checksum(body)) + body;
}

}  // namespace postern::daemon
