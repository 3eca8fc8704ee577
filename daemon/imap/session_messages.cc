// SPDX-License-Identifier: BSD-2-Clause
// The selected folder: what has changed, STORE, EXPUNGE, COPY, MOVE and IDLE (RFC 3501, sections 5.2, 6.4 and
// 7).
#include <algorithm>

#include "daemon/imap/header.h"
#include "daemon/imap/session.h"
#include "daemon/sys/clock.h"

namespace postern::daemon {
namespace {

constexpr uint64_t kIdleLookNsec = 5'000'000'000U;    // how often the folder is looked at
constexpr uint64_t kIdleNsec = 31 * 60'000'000'000U;  // RFC 2177: clients say IDLE again within 29 minutes

constexpr std::string_view kFlagNames[] = {"\\Answered", "\\Flagged", "\\Deleted",
                                           "\\Seen",     "\\Draft",   "\\Recent"};

ImapStoreMode store_mode(ImapStoreAs as) {
  if (as == ImapStoreAs::kAdd) return ImapStoreMode::kAdd;
  return as == ImapStoreAs::kRemove ? ImapStoreMode::kRemove : ImapStoreMode::kReplace;
}

}  // namespace

void ImapSession::put_flags(const ImapRow& row) {
  const char* before = "FLAGS (";
  const auto name = [&](std::string_view flag) {
    put(before);
    put(flag);
    before = " ";
  };
  for (size_t i = 0; i < std::size(kFlagNames); ++i) {
    if ((row.flags & (1U << i)) != 0) name(kFlagNames[i]);
  }
  for (size_t i = 0; i < keywords_.size(); ++i) {
    if ((row.keywords & (1U << i)) != 0) name(keywords_[i]);
  }
  if (*before == 'F') put(before);
  put(")");
}

void ImapSession::put_change(const ImapRow& row) {
  put("* ");
  put_number(row.number);
  if ((row.flags & kImapExpunged) != 0) {
    put(" EXPUNGE\r\n");
    if (row.number <= uids_.size()) uids_.erase(uids_.begin() + static_cast<ptrdiff_t>(row.number - 1));
    if (exists_ != 0) --exists_;
    return;
  }
  put(" FETCH (");
  put_flags(row);
  put(")\r\n");
}

// poll tells what has changed since the last time.
void ImapSession::poll(bool expunges) {
  ImapPollMode mode = expunges ? ImapPollMode::kAll : ImapPollMode::kNoExpunge;
  while (true) {
    const auto answer = heard(keeper_.poll(mode));
    if (!answer) return;
    if (answer->status == ImapStatus::kNoFolder) return end("the folder is gone");
    if (!answer->ok()) return end("[UNAVAILABLE] not now, try again later");
    const size_t known = keywords_.size();
    if (!load_keywords(answer->head.keywords)) return end("[UNAVAILABLE] not now, try again later");
    if (keywords_.size() != known) put_flags_known("* FLAGS ", ")\r\n");
    for (const ImapRow& row : answer->rows) put_change(row);
    mode = ImapPollMode::kMore;
    if (answer->rows.size() == kImapRowsLimit) continue;
    const bool news = answer->head.exists != exists_ || answer->head.recent != recent_;
    exists_ = answer->head.exists;
    recent_ = answer->head.recent;
    if (!news) return;
    put("* ");
    put_number(exists_);
    put(" EXISTS\r\n* ");
    put_number(recent_);
    put(" RECENT\r\n");
    return;
  }
}

// load_uids asks for the UIDs that are not known yet.
bool ImapSession::load_uids() {
  while (uids_.size() < exists_) {
    const auto first = static_cast<uint32_t>(uids_.size() + 1);
    const auto answer =
        heard(keeper_.range(ImapRequestKind::kRows, first, std::min(kImapRowsLimit, exists_ - first + 1)));
    if (!answer) return false;
    if (!answer->ok() || answer->rows.empty()) {
      end("[UNAVAILABLE] not now, try again later");
      return false;
    }
    for (const ImapRow& row : answer->rows) uids_.push_back(row.uid);
  }
  return true;
}

// chosen: the messages that a command is about. A UID that is not there is passed over (RFC 3501, section
// 6.4.8); a number that is not there is an error, and answered. nullopt: answered, or the session has ended.
std::optional<std::vector<ImapSession::NumberRange>> ImapSession::chosen(const ImapCommand& command) {
  if (!command.uid) {
    if (command.set.within(exists_)) return command.set.resolved(exists_);
    const bool of_none =
        exists_ == 0 && std::ranges::any_of(command.set.ranges, [](const SequenceRange& range) {
          return range.from == 0 || range.to == 0;
        });
    if (of_none) return std::vector<NumberRange>{};
    bad(command, "there is no message of that number");
    return std::nullopt;
  }
  if (!load_uids()) return std::nullopt;
  std::vector<NumberRange> ranges;
  if (uids_.empty()) return ranges;
  for (const SequenceRange& range : command.set.resolved(uids_.back())) {
    const auto from = std::ranges::lower_bound(uids_, range.from) - uids_.begin();
    const auto to = std::ranges::upper_bound(uids_, range.to) - uids_.begin();
    if (from < to) ranges.push_back({static_cast<uint32_t>(from + 1), static_cast<uint32_t>(to)});
  }
  return ranges;
}

// keyword_bits: the bits of a command's keywords; those not known yet are defined, if they are to be set.
std::optional<uint32_t> ImapSession::keyword_bits(const ImapCommand& command) {
  uint32_t bits = 0;
  for (const std::string& keyword : command.flags.keywords) {
    auto at =
        std::ranges::find_if(keywords_, [&](const std::string& known) { return same_text(known, keyword); });
    if (at == keywords_.end()) {
      if (command.store_as == ImapStoreAs::kRemove) continue;
      const auto answer = heard(keeper_.about(ImapRequestKind::kDefine, keyword));
      if (!answer) return std::nullopt;
      if (!answer->ok()) {
        failed(command, answer->status);
        return std::nullopt;
      }
      if (!load_keywords(answer->head.first + 1)) return std::nullopt;
      put_flags_known("* FLAGS ", ")\r\n");
      at = keywords_.begin() + answer->head.first;
    }
    bits |= 1U << static_cast<unsigned>(at - keywords_.begin());
  }
  return bits;
}

void ImapSession::store(const ImapCommand& command) {
  if (read_only_) return failed(command, ImapStatus::kReadOnly);
  const auto ranges = chosen(command);
  if (!ranges) return;
  const auto bits = keyword_bits(command);
  if (!bits) return;
  bool gone = false;
  for (const NumberRange& range : *ranges) {
    for (uint32_t first = range.from; first <= range.to; first += kImapRowsLimit) {
      const uint32_t count = std::min(kImapRowsLimit, range.to - first + 1);
      const auto answer =
          heard(keeper_.store(first, count, store_mode(command.store_as), command.flags.system, *bits));
      if (!answer) return;
      if (!answer->ok()) return failed(command, answer->status);
      for (const ImapRow& row : answer->rows) {
        const bool is_gone = (row.flags & kImapExpunged) != 0;
        gone = gone || is_gone;
        if (command.silent || is_gone) continue;
        put("* ");
        put_number(row.number);
        put(" FETCH (");
        if (command.uid) {
          put("UID ");
          put_number(row.uid);
          put(" ");
        }
        put_flags(row);
        put(")\r\n");
      }
    }
  }
  if (gone) return failed(command, ImapStatus::kGone);
  done(command, "stored");
}

void ImapSession::expunge(const ImapCommand& command) {
  if (read_only_) return failed(command, ImapStatus::kReadOnly);
  std::vector<NumberRange> ranges;
  if (command.uid) {
    const auto some = chosen(command);
    if (!some) return;
    ranges = *some;
  } else if (exists_ != 0) {
    ranges.push_back({1, exists_});
  }
  for (const NumberRange& range : ranges) {
    const auto answer =
        heard(keeper_.range(ImapRequestKind::kExpunge, range.from, range.to - range.from + 1));
    if (!answer) return;
    if (!answer->ok()) return failed(command, answer->status);
  }
  done(command, "expunged");
}

// copied_uids: the UIDs of what is copied, as a set. Requires load_uids().
std::string ImapSession::copied_uids(const std::vector<NumberRange>& ranges) {
  std::vector<uint32_t> uids;
  for (const NumberRange& range : ranges) {
    uids.insert(uids.end(), uids_.begin() + (range.from - 1), uids_.begin() + range.to);
  }
  return print_numbers(uids);
}

// copy: all or nothing (RFC 3501, section 6.4.7); MOVE's COPYUID comes before the first EXPUNGE (RFC 6851).
void ImapSession::copy(const ImapCommand& command) {
  const bool move = command.verb == ImapVerb::kMove;
  if (move && read_only_) return failed(command, ImapStatus::kReadOnly);
  const auto ranges = chosen(command);
  if (!ranges || !load_uids()) return;
  if (ranges->empty()) return done(command, "there is none of these");
  const auto begun =
      heard(keeper_.copy_begin(folder_text(command.first), move ? ImapCopyMode::kMove : ImapCopyMode::kCopy));
  if (!begun) return;
  if (begun->status == ImapStatus::kNoFolder) return no(command, "[TRYCREATE] there is no such folder");
  if (!begun->ok()) return failed(command, begun->status);
  for (const NumberRange& range : *ranges) {
    const auto taken =
        heard(keeper_.range(ImapRequestKind::kCopyTake, range.from, range.to - range.from + 1));
    if (!taken) return;
    if (!taken->ok()) return failed(command, taken->status);
  }
  const auto answer = heard(keeper_.about(ImapRequestKind::kCopyCommit));
  if (!answer) return;
  if (!answer->ok()) return failed(command, answer->status);
  const ImapReplyHead& head = answer->head;
  std::string code = "[COPYUID " + std::to_string(head.uid_validity) + " " + copied_uids(*ranges) + " " +
                     std::to_string(head.uid) +
                     (head.count > 1 ? ":" + std::to_string(head.uid + head.count - 1) : "") + "] done";
  if (!move) return done(command, code);
  put("* OK ");
  put(code);
  put("\r\n");
  done(command, "moved");
}

void ImapSession::idle(const ImapCommand& command) {
  put("+ idling\r\n");
  reader_.want_line();
  const uint64_t last = monotonic_nsec() + kIdleNsec;
  while (state_ != State::kEnded && !client_.broken()) {
    if (state_ == State::kSelected) poll(true);
    if (state_ == State::kEnded) return;
    if (unread_.empty()) {
      const uint64_t now = monotonic_nsec();
      const LineEvent event = client_.read_octets(unread_, std::min(last, now + kIdleLookNsec));
      if (event == LineEvent::kTimedOut && now < last) continue;
      if (event == LineEvent::kTimedOut) return end("too long without a word");
      if (event != LineEvent::kLine) {
        state_ = State::kEnded;
        return;
      }
    }
    const ImapInput input = reader_.feed(unread_);
    if (input == ImapInput::kMore) continue;
    if (input != ImapInput::kLine || !same_text(reader_.text(), "DONE")) return bad(command, "DONE ends it");
    return done(command, "that was all");
  }
}

}  // namespace postern::daemon
