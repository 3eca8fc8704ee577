// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a kept listing that is taken is the one that was written: print(parse(t)) = t, its sums are those of
// its messages; parse(print(l)) = l; any octet of a written list changed, cut off or added makes it none.
// Input: up to NUL a list's text; then the place and kind of the damage, and messages to be written (names,
// LF between them).
#include <string>
#include <vector>

#include "daemon/maildir/mailbox_list.h"
#include "fuzz/damage.h"

using namespace postern::daemon;

namespace {

constexpr std::string_view kForbidden("/\0", 2);

void check_text(std::string_view text) {
  const auto head = parse_mailbox_list_head(text);
  const auto list = parse_mailbox_list(text);
  if (!list) return;
  hold(head && *head == list->head, "a list's head is its first line");
  uint64_t octets = 0;
  for (const MailboxMessage& message : list->messages) {
    octets += message.octets;
    hold(!message.file_name.empty() && message.file_name.find_first_of(kForbidden) == std::string::npos,
         "a name");
  }
  hold(octets == list->head.octets && list->messages.size() == list->head.count, "its sums");
  hold(print_mailbox_list(list->head.new_time, list->head.cur_time, list->messages) == text,
       "print(parse(t)) = t");
}

void check_damage(Damage damage) {
  std::vector<MailboxMessage> messages;
  for (std::string_view name; !(name = damage.next_name(kForbidden)).empty();)
    messages.push_back({std::string(name), damage.place, damage.kind % 2 != 0});
  const std::string text =
      print_mailbox_list(1 + damage.place, -1 - static_cast<int64_t>(damage.kind), messages);
  const auto again = parse_mailbox_list(text);
#ifdef POSTERN_SEEDED_BUG
  for (MailboxMessage& message : messages) message.is_new = false;  // new/ taken for cur/
#endif
  hold(again && again->messages == messages, "parse(print(l)) = l");
  const std::string other = damage.of(text);
  hold(other == text || !parse_mailbox_list(other), "damage is seen");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  check_text(cut(rest, '\0'));
  check_damage(damage_of(rest));
  return 0;
}
