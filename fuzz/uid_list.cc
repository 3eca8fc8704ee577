// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever has become of a UID list, no UID that was told means another message: a text that is taken is
// the very one that was written, print(parse(t)) = t, its UIDs rise below `next`; any octet of a written list
// changed, cut off or added makes it none; and what begins anew has a UIDVALIDITY greater than all before.
// Input: up to NUL a list's text; then the place and kind of the damage, and entries to be written (base
// names, LF between them).
#include <string>

#include "daemon/maildir/uid_list.h"
#include "fuzz/damage.h"

using namespace postern::daemon;

namespace {

constexpr std::string_view kForbidden("/:\0", 3);

void check_text(std::string_view text) {
  const auto head = parse_uid_list_head(text);
  const auto list = parse_uid_list(text);
  if (!list) return;
  hold(head && *head == list->head, "a list's head is its first line");
  uint32_t last = 0;
  for (const UidEntry& entry : list->entries) {
    hold(entry.uid > last && entry.uid < list->head.next, "UIDs rise below next");
    last = entry.uid;
    hold(!entry.base.empty() && entry.base.find_first_of(kForbidden) == entry.base.npos, "a name");
  }
  hold(print_uid_list(*list) == text, "print(parse(t)) = t");
}

void check_damage(Damage damage) {
  UidList list;
  list.head.validity = 1 + damage.place;
  for (std::string_view base; !(base = damage.next_name(kForbidden)).empty();) {
    list.entries.push_back(
        {list.head.next, damage.place, -static_cast<int64_t>(damage.kind), std::string(base)});
    list.head.next += 1 + damage.kind % 3;
  }
  list.head.count = static_cast<uint32_t>(list.entries.size());
  const std::string text = print_uid_list(list);
  const auto again = parse_uid_list(text);
  hold(again && again->head == list.head && again->entries == list.entries, "parse(print(l)) = l");
  const std::string other = damage.of(text);
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
  check_damage(damage_of(rest));
  return 0;
}
