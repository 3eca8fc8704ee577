// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a kept listing that is taken is the one that was written: print(parse(t)) = t, its sums are those of
// its messages; parse(print(l)) = l; any octet of a written list changed, cut off or added makes it none.
// Input: up to NUL a list's text; then the place and kind of the damage, and messages to be written (names,
// LF between them).
#include <string>
#include <vector>

#include "daemon/maildir/mailbox_list.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

void check_text(std::string_view text) {
  const auto head = parse_mailbox_list_head(text);
  const auto list = parse_mailbox_list(text);
  if (!list) return;
  hold(head && *head == list->head, "a list's head is its first line");
  uint64_t octets = 0;
  for (const MailboxMessage& message : list->messages) {
    octets += message.octets;
    hold(!message.file_name.empty() &&
             message.file_name.find_first_of(std::string_view("/\0", 2)) == std::string::npos,
         "a name");
  }
  hold(octets == list->head.octets && list->messages.size() == list->head.count, "its sums");
  hold(print_mailbox_list(list->head.new_time, list->head.cur_time, list->messages) == text,
       "print(parse(t)) = t");
}

// damaged: one octet changed, the end cut off, or something added.
std::string damaged(std::string text, unsigned place, unsigned kind) {
  const size_t at = place % text.size();
  if (kind % 3 == 0) text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1 + kind % 255));
  if (kind % 3 == 1) text.resize(at);
  if (kind % 3 == 2) text.insert(at, 1, static_cast<char>(kind));
  return text;
}

void check_damage(std::string_view rest) {
  if (rest.size() < 3) return;
  const unsigned place = static_cast<unsigned char>(rest[0]) * 256U + static_cast<unsigned char>(rest[1]);
  const unsigned kind = static_cast<unsigned char>(rest[2]);
  rest.remove_prefix(3);
  std::vector<MailboxMessage> messages;
  while (!rest.empty()) {
    const std::string name(cut(rest, '\n').substr(0, 255));
    if (name.empty() || name.find_first_of(std::string_view("/\0", 2)) != std::string::npos) continue;
    messages.push_back({name, place, kind % 2 != 0});
  }
  const std::string text = print_mailbox_list(1 + place, -1 - static_cast<int64_t>(kind), messages);
  const auto again = parse_mailbox_list(text);
#ifdef POSTERN_SEEDED_BUG
  for (MailboxMessage& message : messages) message.is_new = false;  // new/ taken for cur/
#endif
  hold(again && again->messages == messages, "parse(print(l)) = l");
  const std::string other = damaged(text, place, kind);
  hold(other == text || !parse_mailbox_list(other), "damage is seen");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  check_text(cut(rest, '\0'));
  check_damage(rest);
  return 0;
}
