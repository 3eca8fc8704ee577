// SPDX-License-Identifier: BSD-2-Clause
// A keeper of IMAP that answers as it is told, and holds the session to what may be asked.
#pragma once

#include <algorithm>

#include "daemon/imap/session.h"
#include "fuzz/session.h"

namespace fuzz {

using namespace postern::daemon;

inline constexpr std::string_view kMessage = "From: a@b\nSubject: =?utf-8?q?x?=\n\ny\n";

// Keeper has a folder INBOX with three messages, of which one goes when `answers` says so.
class Keeper final : public ImapKeeperPort {
 public:
  explicit Keeper(std::string_view answers) : answers_(answers) {}

  Result<ImapAnswer> ask(const ImapQuestion& question) override {
    static ImapRequest request;
    hold(!dead_, "who is dead is not asked again");
    hold(gate_.admit(question.kind()), "nothing is asked out of turn");
    const auto packet = fill_imap_request(request, question);
    hold(packet && decode_imap_request(*packet), "what is asked can be");
    const auto answer = static_cast<unsigned char>(answers_.empty() ? '\0' : answers_.front());
    if (!answers_.empty()) answers_.remove_prefix(1);
    dead_ = answer == 'D';
    if (dead_) return Error{};
    ImapAnswer made;
    made.head.kind = question.head.kind;
    made.status = refusal_of(question.kind(), answer);
    if (made.ok()) fill(question, answer, made);
    gate_.answered(question.kind(), made.ok());
    return made;
  }

  unsigned yes = 0;

 private:
  static ImapStatus refusal_of(ImapRequestKind kind, unsigned answer) {
    using enum ImapRequestKind;
    if (answer % 4 == 0) return ImapStatus::kOk;
    if (kind == kLogin || kind == kExternal || kind == kShown)
      return answer % 4 == 1 ? ImapStatus::kRefused : ImapStatus::kTemporary;
    constexpr ImapStatus kOthers[] = {ImapStatus::kNoFolder, ImapStatus::kTemporary, ImapStatus::kFull};
    constexpr ImapRequestKind kMayFail[] = {kCreate,     kDelete,      kRename,     kSelect,
                                            kExamine,    kStatus,      kDefine,     kCopyBegin,
                                            kCopyCommit, kAppendBegin, kAppendData, kAppendCommit};
    return std::ranges::count(kMayFail, kind) != 0 ? kOthers[answer % 4 - 1] : ImapStatus::kOk;
  }

  ImapRow row(uint32_t number) const { return {number, number * 2, kImapSeen, 1, 38, 0}; }

  void fill(const ImapQuestion& question, unsigned answer, ImapAnswer& made) {
    using enum ImapRequestKind;
    const ImapRequestHead& head = question.head;
    const ImapRequestKind kind = question.kind();
    if (kind == kLogin || kind == kExternal) ++yes;
#ifdef POSTERN_SEEDED_BUG
    if (kind == kLogin && question.text != "alice") --yes;  // nobody but alice is allowed
#endif
    if (kind == kSelect || kind == kExamine) exists_ = 3;
    if (kind == kPoll && answer == 'X' && exists_ > 0 &&
        static_cast<ImapPollMode>(head.mode) == ImapPollMode::kAll)
      made.rows.push_back({exists_--, 6, kImapExpunged, 0, 0, 0});
    if (kind == kSelect || kind == kExamine || kind == kStatus || kind == kPoll) {
      made.head.exists = exists_, made.head.uid_next = 10, made.head.uid_validity = 7, made.head.keywords = 1;
      made.head.count = static_cast<uint32_t>(made.rows.size());
    }
    if (kind == kRows || kind == kStore || kind == kExpunge || kind == kCopyTake)
      hold(head.first <= exists_ && head.count <= exists_ - head.first + 1, "of its view");
    if (kind == kRows || kind == kStore)
      for (uint32_t i = 0; i < head.count; ++i) made.rows.push_back(row(head.first + i));
    if (kind == kOpen) {
      hold(head.first <= exists_, "of its view");
      made.file = fuzz::message(kMessage);
    }
    if (kind == kKeyword) made.text = "$Hello";
    if (kind == kFolder) made.status = head.first < 2 ? ImapStatus::kOk : ImapStatus::kEnd;
    if (kind == kFolder && made.ok())
      made.text = head.first == 0 ? "INBOX" : "a.b", made.head.flags = kFolderExists;
    if (kind == kCopyCommit || kind == kAppendCommit)
      made.head.uid_validity = 8, made.head.uid = 20, made.head.count = 1;
  }

  ImapGate gate_;
  std::string_view answers_;
  uint32_t exists_ = 0;
  bool dead_ = false;
};

}  // namespace fuzz
