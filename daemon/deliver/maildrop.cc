// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/maildrop.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

#include "daemon/deliver/mbox_text.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

// Remains is what an earlier attempt left in the maildrop.
enum class Remains : std::uint8_t {
  kNothing,  // or nothing that can be told from somebody else's
  kPart,     // from the record's offset to the file's end
  kAll,
};

// Comparison holds what lies from the record's offset on against what the delivery would have written.
class Comparison {
 public:
  Comparison(int maildrop, std::uint64_t from) : maildrop_(maildrop), at_(from) {}

  Result<void> add(std::string_view octets) {
    if (octets.empty() || ended_) return {};
    const auto there = read_at(maildrop_, at_, octets.size(), "maildrop");
    if (!there.ok()) return there.error();
    const auto differs = std::ranges::mismatch(*there, octets).in1;
    equal_ += static_cast<std::uint64_t>(differs - there->begin());
    ended_ = differs != there->end() || there->size() < octets.size();
    at_ += octets.size();
    return {};
  }

  [[nodiscard]] std::uint64_t equal() const { return equal_; }

 private:
  int maildrop_;
  std::uint64_t at_;
  std::uint64_t equal_ = 0;
  bool ended_ = false;
};

// only_nuls: whether the file has nothing but NULs from `from` on: a length that reached the disk before its
// octets.
Result<bool> only_nuls(int maildrop, std::uint64_t from) {
  constexpr std::size_t kPiece = 16384;
  for (;; from += kPiece) {
    const auto piece = read_at(maildrop, from, kPiece, "maildrop");
    if (!piece.ok()) return piece.error();
    if (piece->find_first_not_of('\0') != std::string::npos) return false;
    if (piece->size() < kPiece) return true;
  }
}

class Append {
 public:
  Append(int maildrop, const Letter& letter, const Recorder& recorder)
      : maildrop_(maildrop), letter_(letter), recorder_(recorder) {}

  // settle finds out what became of an earlier attempt and takes a part of it away; true: it had been
  // delivered.
  Result<bool> settle(const AppendRecord& earlier) {
    is_recorded_ = true;
    const auto remains = what_remains(earlier);
    if (!remains.ok()) return remains.error();
    if (*remains == Remains::kPart)
      if (auto cut = cut_to(maildrop_, earlier.offset); !cut.ok()) return cut.take_error();
    return *remains == Remains::kAll;
  }

  Result<void> run() {
    auto plan = planned();
    if (!plan.ok()) return plan.take_error();
    if (auto room = reserve(maildrop_, plan->offset, plan->length); !room.ok())
      return undone(*plan, room.take_error());
    is_recorded_ = true;
    if (auto recorded = recorder_(*plan); !recorded.ok()) return undone(*plan, recorded.take_error());
    auto written = write(*plan);
    return written.ok() ? Result<void>{} : undone(*plan, written.take_error());
  }

 private:
  // closing_before: the record has the length of all; what the message alone takes away leaves the line
  // feeds. nullopt: it is not this message's record.
  Result<std::optional<std::string_view>> closing_before(std::uint64_t length) {
    constexpr std::string_view kMost = "\n\n";
    const auto alone = length_with("");
    if (!alone.ok()) return alone.error();
    if (length < *alone || length - *alone > kMost.size()) return std::optional<std::string_view>();
    return std::optional(kMost.substr(0, length - *alone));
  }

  Result<std::uint64_t> length_with(std::string_view closing) {
    std::uint64_t length = 0;
    const auto counted = give_mbox(letter_, closing, [&](std::string_view octets) -> Result<void> {
      length += octets.size();
      return {};
    });
    if (!counted.ok()) return counted.error();
    return length;
  }

  Result<Remains> what_remains(const AppendRecord& earlier) {
    const auto now = facts_of(maildrop_);
    if (!now.ok()) return now.error();
    const bool same = now->device == earlier.device && now->inode == earlier.inode;
    if (!same || now->size <= earlier.offset) return Remains::kNothing;
    Comparison comparison(maildrop_, earlier.offset);
    const auto closing = closing_before(earlier.length);
    if (!closing.ok()) return closing.error();
    if (!*closing) return Remains::kNothing;
    const auto compared =
        give_mbox(letter_, **closing, [&](std::string_view octets) { return comparison.add(octets); });
    if (!compared.ok()) return compared.error();
    if (comparison.equal() == earlier.length) return Remains::kAll;
    const auto torn = only_nuls(maildrop_, earlier.offset + comparison.equal());
    if (!torn.ok()) return torn.error();
    return *torn ? Remains::kPart : Remains::kNothing;
  }

  Result<AppendRecord> planned() {
    const auto now = facts_of(maildrop_);
    if (!now.ok()) return now.error();
    const std::uint64_t tail_length = std::min<std::uint64_t>(now->size, 2);
    const auto tail = read_at(maildrop_, now->size - tail_length, tail_length, "maildrop");
    if (!tail.ok()) return tail.error();
    closing_ = closing_of(*tail);
    const auto length = length_with(closing_);
    if (!length.ok()) return length.error();
    return AppendRecord{now->device, now->inode, now->size, *length};
  }

  Result<void> write(const AppendRecord& plan) {
    auto written = give_mbox(
        letter_, closing_, [&](std::string_view octets) { return write_all(maildrop_, octets, "maildrop"); });
    if (!written.ok()) return written;
    if (auto lasting = make_lasting(maildrop_, "maildrop"); !lasting.ok()) return lasting;
    const auto now = facts_of(maildrop_);
    if (!now.ok()) return now.error();
    if (now->size == plan.offset + plan.length) return {};
    return Error{"has another length than it should: somebody writes to it without a lock", "maildrop",
                 "find out which program that is", 0, Exit::kTemporary};
  }

  // MD-6: absent. If even that fails the record tells the retry what lies there. What somebody else has put
  // behind it is not ours to cut.
  Error undone(const AppendRecord& plan, Error why) {
    const auto now = facts_of(maildrop_);
    if (now.ok() && now->size > plan.offset + plan.length) return why;
    auto done = cut_to(maildrop_, plan.offset);
    if (done.ok() && is_recorded_) done = recorder_(std::nullopt);
    if (!done.ok()) why.what += " (and: " + done.error().text() + ")";
    return why;
  }

  int maildrop_;
  const Letter& letter_;
  const Recorder& recorder_;
  bool is_recorded_ = false;
  std::string_view closing_;  // of this attempt
};

struct Locked {
  Dotlock dotlock;
  Fd maildrop;
};

Result<Locked> try_both(const Spool& spool, const UnixUser& user, std::chrono::milliseconds patience) {
  auto dotlock = Dotlock::take(spool, user.name, patience);
  if (!dotlock.ok()) return dotlock.take_error();
  auto maildrop = open_maildrop(spool, user);
  if (!maildrop.ok()) return maildrop.take_error();
  auto locked = lock_maildrop(spool, user, maildrop->get(), std::chrono::milliseconds{0});
  if (!locked.ok()) return locked.take_error();
  return Locked{std::move(dotlock).value(), std::move(maildrop).value()};
}

// Mail readers take the two locks in either order. Whoever is kept from the second lets go of the first, so
// that a reader which has the other goes on (MD-6).
Result<Locked> lock_both(const Spool& spool, const UnixUser& user, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kPause{200};
  const auto nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count();
  const std::uint64_t deadline = monotonic_nsec() + static_cast<std::uint64_t>(nsec);
  for (;;) {
    auto locked = try_both(spool, user, until(deadline));
    if (locked.ok() || locked.error().errno_value != EBUSY || until(deadline).count() == 0) return locked;
    std::this_thread::sleep_for(std::min(kPause, until(deadline)));
  }
}

}  // namespace

// MD-6
Result<void> append_to_maildrop(const Spool& spool, const UnixUser& user, const Letter& letter,
                                const std::optional<AppendRecord>& earlier, const Recorder& record,
                                std::chrono::milliseconds patience) {
  if (auto good = check_spool(spool); !good.ok()) return good;
  const auto locked = lock_both(spool, user, patience);
  if (!locked.ok()) return locked.error();
  Append append(locked->maildrop.get(), letter, record);
  if (earlier) {
    const auto done = append.settle(*earlier);
    if (!done.ok()) return done.error();
    if (*done) return {};
  }
  return append.run();
}

}  // namespace postern::daemon
