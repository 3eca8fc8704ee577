// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/maildrop.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "daemon/deliver/mbox_text.h"
#include "daemon/deliver/remains.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

class Append {
 public:
  Append(int maildrop, const Letter& letter, const Recorder& recorder)
      : maildrop_(maildrop), letter_(letter), recorder_(recorder) {}

  // settle finds out what became of an earlier attempt and takes a part of it away; true: it had been
  // delivered.
  Result<bool> settle(const AppendRecord& earlier) {
    is_recorded_ = may_be_torn_ = true;
    const auto remains = what_remains(earlier);
    if (!remains.ok()) return remains.error();
    if (*remains == Remains::kPart)
      if (auto cut = cut_to(maildrop_, earlier.offset); !cut.ok()) return cut.take_error();
    may_be_torn_ = false;
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

  // may_be_torn: whether a part of the message lies there.
  [[nodiscard]] bool may_be_torn() const { return may_be_torn_; }

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
    // The device's number may be another since (a btrfs gets one with each mount); the octets decide.
    if (now->inode != earlier.inode || now->size <= earlier.offset) return Remains::kNothing;
    const auto closing = closing_before(earlier.length);
    if (!closing.ok()) return closing.error();
    if (!*closing) return Remains::kNothing;
    return remains_of(maildrop_, earlier.offset,
                      [&](const Sink& sink) { return give_mbox(letter_, **closing, sink); });
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
    may_be_torn_ = true;
    auto written = give_mbox(
        letter_, closing_, [&](std::string_view octets) { return write_all(maildrop_, octets, "maildrop"); });
    if (!written.ok()) return written;
    if (auto lasting = make_lasting(maildrop_, "maildrop"); !lasting.ok()) return lasting;
    const auto now = facts_of(maildrop_);
    if (!now.ok()) return now.error();
    may_be_torn_ = now->size != plan.offset + plan.length;
    if (!may_be_torn_) return {};
    return Error{"has another length than it should: somebody writes to it without a lock", "maildrop",
                 "find out which program that is", 0, Exit::kTemporary};
  }

  // MD-6: absent. If even that fails the record tells the retry what lies there. What somebody else has put
  // behind it is not ours to cut.
  Error undone(const AppendRecord& plan, Error why) {
    const auto now = facts_of(maildrop_);
    if (now.ok() && now->size > plan.offset + plan.length) return why;
    auto done = cut_to(maildrop_, plan.offset);
    may_be_torn_ = may_be_torn_ && !done.ok();
    if (done.ok() && is_recorded_) done = recorder_(std::nullopt);
    if (!done.ok()) why.what += " (and: " + done.error().text() + ")";
    return why;
  }

  int maildrop_;
  const Letter& letter_;
  const Recorder& recorder_;
  bool is_recorded_ = false;
  bool may_be_torn_ = false;
  std::string_view closing_;  // of this attempt
};

struct Locked {
  Dotlock dotlock;
  Fd maildrop;
};

// `is_torn`: what an earlier attempt has left may be a part, and our dotlock stays until that is mended.
Result<Locked> try_both(const Spool& spool, const UnixUser& user, bool is_torn,
                        std::chrono::milliseconds patience) {
  auto dotlock = Dotlock::take(spool, user.name, patience);
  if (!dotlock.ok()) return dotlock.take_error();
  auto maildrop = open_maildrop(spool, user);
  auto locked = maildrop.ok() ? lock_maildrop(spool, user, maildrop->get(), std::chrono::milliseconds{0})
                              : Result<void>(maildrop.take_error());
  if (locked.ok()) return Locked{std::move(dotlock).value(), std::move(maildrop).value()};
  if (is_torn) dotlock->leave();
  return locked.take_error();
}

// Mail readers take the two locks in either order. Whoever is kept from the second lets go of the first, so
// that a reader which has the other goes on (MD-6); but not of one that keeps readers from half a message.
Result<Locked> lock_both(const Spool& spool, const UnixUser& user, bool is_torn,
                         std::chrono::milliseconds patience) {
  const std::uint64_t deadline = deadline_in(patience);
  for (;;) {
    auto locked = try_both(spool, user, is_torn, until(deadline));
    if (locked.ok() || locked.error().errno_value != EBUSY || until(deadline).count() == 0) return locked;
    pause_a_while();
  }
}

}  // namespace

// MD-6
Result<void> append_to_maildrop(const Spool& spool, const UnixUser& user, const Letter& letter,
                                const std::optional<AppendRecord>& earlier, const Recorder& record,
                                std::chrono::milliseconds patience) {
  if (auto good = check_spool(spool); !good.ok()) return good;
  auto locked = lock_both(spool, user, earlier.has_value(), patience);
  if (!locked.ok()) return locked.take_error();
  Append append(locked->maildrop.get(), letter, record);
  const auto settled = earlier ? append.settle(*earlier) : Result<bool>(false);
  auto done = !settled.ok() ? Result<void>(settled.error()) : *settled ? Result<void>() : append.run();
  if (append.may_be_torn()) locked->dotlock.leave();
  return done;
}

}  // namespace postern::daemon
