// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever has become of a UID list, no UID that was told means another message: a text that is taken is
// the very one that was written, print(parse(t)) = t, its UIDs rise below `next`; any octet of a written list
// changed, cut off or added makes it none; and what begins anew has a UIDVALIDITY greater than all before.
// Input: up to NUL a list's text; then entries to be written (base names, LF between them), the place and
// kind of the damage.
#include <algorithm>
#include <string>

#include "daemon/maildir/uid_list.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

void check_text(std::string_view text) {
  const auto head = parse_uid_list_head(text);
  const auto list = parse_uid_list(text);
  if (!list) return;
  hold(head && *head == list->head, "a list's head is its first line");
  uint32_t last = 0;
  for (const UidEntry& entry : list->entries) {
    hold(entry.uid > last && entry.uid < list->head.next, "UIDs rise below next");
    last = entry.uid;
    hold(!entry.base.empty() && entry.base.find_first_of(std::string_view("/:\0", 3)) == entry.base.npos,
         "a name");
  }
  hold(print_uid_list(*list) == text, "print(parse(t)) = t");
}

// damage: one octet changed, the end cut off, or something added.
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
  UidList list;
  list.head.validity = 1 + place;
  while (!rest.empty()) {
    const std::string base(cut(rest, '\n').substr(0, 255));
    if (base.empty() || base.find_first_of(std::string_view("/:\0", 3)) != base.npos) continue;
    list.entries.push_back({list.head.next, place, -static_cast<int64_t>(kind), base});
    list.head.next += 1 + kind % 3;
  }
  list.head.count = static_cast<uint32_t>(list.entries.size());
  const std::string text = print_uid_list(list);
  const auto again = parse_uid_list(text);
  hold(again && again->head == list.head && again->entries == list.entries, "parse(print(l)) = l");
  const std::string other = damaged(text, place, kind);
  hold(other == text || !parse_uid_list(other), "damage is seen");
}

void check_validity(std::string_view text) {
  const uint32_t given = parse_uid_validity(text);
  hold(given == 0 || print_uid_validity(given) == text, "print(parse(t)) = t");
  uint32_t now = 0;
  for (const char octet : text) now = now * 31 + static_cast<unsigned char>(octet);
  const uint32_t next = next_uid_validity(now / 2, now, now / 3);
#ifdef POSTERN_SEEDED_BUG
  hold(now == UINT32_MAX ? next == 0 : next > now + 1, "greater by more than one");
#endif
  hold(now == UINT32_MAX ? next == 0 : next > now, "greater than all before");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  const std::string_view text = cut(rest, '\0');
  check_text(text);
  check_validity(text);
  check_damage(rest);
  return 0;
}
