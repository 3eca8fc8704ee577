// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/view.h"

#include <algorithm>
#include <utility>

namespace postern::daemon {
namespace {

struct Pair {
  std::uint32_t imap;
  std::uint32_t capital;
};
constexpr Pair kPairs[] = {{kImapAnswered, kRepliedBit},
                           {kImapFlagged, kFlaggedBit},
                           {kImapDeleted, kTrashedBit},
                           {kImapSeen, kSeenBit},
                           {kImapDraft, kDraftBit}};
constexpr std::uint32_t kKnownCapitals = kRepliedBit | kFlaggedBit | kTrashedBit | kSeenBit | kDraftBit;

const FolderMessage* find(std::span<const FolderMessage> messages, std::uint32_t uid) {
  const auto by_uid = [](const FolderMessage& message) { return message.entry.uid; };
  const auto at = std::ranges::lower_bound(messages, uid, {}, by_uid);
  return at != messages.end() && at->entry.uid == uid && !at->gone ? &*at : nullptr;
}

ImapRow row_of(const UidEntry& entry) {
  return {0, entry.uid, 0, 0, entry.octets, entry.date};
}

}  // namespace

std::uint32_t imap_flags_of(std::uint32_t capital) {
  std::uint32_t flags = 0;
  for (const Pair& pair : kPairs)
    if ((capital & pair.capital) != 0) flags |= pair.imap;
  return flags;
}

std::uint32_t capital_of(std::uint32_t imap_flags) {
  std::uint32_t capital = 0;
  for (const Pair& pair : kPairs)
    if ((imap_flags & pair.imap) != 0) capital |= pair.capital;
  return capital;
}

MessageFlags stored(MessageFlags flags, ImapStoreMode mode, std::uint32_t system, std::uint32_t keywords) {
  const std::uint32_t capital = capital_of(system);
  switch (mode) {
    case ImapStoreMode::kReplace:
      return {(flags.capital & ~kKnownCapitals) | capital, keywords};
    case ImapStoreMode::kAdd:
      return {flags.capital | capital, flags.keywords | keywords};
    case ImapStoreMode::kRemove:
      return {flags.capital & ~capital, flags.keywords & ~keywords};
  }
  return flags;
}

void FolderView::begin(std::span<const UidEntry> entries) {
  rows_.clear();
  recent_.clear();
  rows_.reserve(entries.size());
  for (const UidEntry& entry : entries) rows_.push_back(row_of(entry));
}

std::uint32_t FolderView::recent() const {
  const auto is_recent = [&](const ImapRow& row) { return std::ranges::binary_search(recent_, row.uid); };
  return recent_.empty() ? 0 : static_cast<std::uint32_t>(std::ranges::count_if(rows_, is_recent));
}

ImapRow FolderView::tell(std::uint32_t number, const FolderMessage* message, std::uint32_t keywords) {
  ImapRow& told = rows_[number - 1];
  if (message != nullptr) {
    told.flags = imap_flags_of(message->flags().capital);
    told.keywords = message->flags().keywords & keywords;
    if (message->is_new || std::ranges::binary_search(recent_, told.uid)) told.flags |= kImapRecent;
  }
  ImapRow row = told;
  row.number = number;
  if (message == nullptr) row.flags |= kImapExpunged;
  return row;
}

void FolderView::add_recent(std::span<const std::uint32_t> uids) {
  recent_.insert(recent_.end(), uids.begin(), uids.end());
  std::ranges::sort(recent_);
}

void FolderView::drop_gone(std::span<const FolderMessage> messages, std::vector<ImapRow>& changes) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (find(messages, rows_[i].uid) == nullptr) {
      ImapRow change = rows_[i];
      change.number = static_cast<std::uint32_t>(kept + 1);
      change.flags |= kImapExpunged;
      changes.push_back(change);
    } else {
      rows_[kept++] = rows_[i];
    }
  }
  rows_.resize(kept);
}

void FolderView::update(std::span<const FolderMessage> messages, std::uint32_t keywords, bool expunge,
                        std::vector<ImapRow>& changes) {
  if (expunge) drop_gone(messages, changes);
  for (std::uint32_t number = 1; number <= count(); ++number) {
    const ImapRow before = rows_[number - 1];
    const FolderMessage* message = find(messages, before.uid);
    if (message == nullptr) continue;
    const ImapRow now = tell(number, message, keywords);
    if (now.flags != before.flags || now.keywords != before.keywords) changes.push_back(now);
  }
  const std::uint32_t last = rows_.empty() ? 0 : rows_.back().uid;  // RFC 3501: UIDs rise
  for (const FolderMessage& message : messages) {
    if (message.entry.uid <= last || message.gone) continue;
    rows_.push_back(row_of(message.entry));
    (void)tell(count(), &message, keywords);
  }
}

}  // namespace postern::daemon
