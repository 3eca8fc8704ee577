// SPDX-License-Identifier: BSD-2-Clause
// What Unix-Deliver may ask the maildrop helper, and what it is told: one fixed-size packet each. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "core/permission_model/maildrop_rules.h"

namespace postern::daemon {

using permission::kMaxLoginName;

// is_login_name: [a-z_][a-z0-9_.-]*, at most 32 octets, not ending in ".lock" (that would be somebody else's
// lock file). No other text ever becomes a file name in the spool (MD-4).
[[nodiscard]] bool is_login_name(std::string_view text) noexcept;

// MaildropQuestion is one packet to the helper: its one input is a login name (MD-4).
struct MaildropQuestion {
  std::uint64_t ticket = 0;  // comes back with the answer; not 0
  std::uint64_t length = 0;
  char login[kMaxLoginName] = {};  // not terminated; zero behind the name
};
static_assert(std::has_unique_object_representations_v<MaildropQuestion>);

enum class MaildropOutcome : std::uint32_t {
  kCreated = 1,  // an empty maildrop is there now, as MD-1 and MD-3 say
  kExists,       // one as MD-1 and MD-3 say was there already
  kRefused,      // it is not for the helper to make one: see the reason; nothing was changed
  kTemporary,    // not now: see the reason
};

enum class MaildropReason : std::uint32_t {
  kNone = 0,       // created, exists
  kMalformed,      // refused: the packet is no question
  kNotALoginName,  // refused: MD-4
  kUnknownUser,    // refused: no such login name
  kRoot,           // refused: MD-4
  kServiceUser,    // refused: the MTA user (MD-4), or the user of the look-up
  kUidTooLow,      // refused: below minimum-uid (MD-4)
  kSymbolicLink,   // refused: what lies at that name (MD-5)
  kDirectory,      // "
  kNotRegular,     // "   FIFO, device, socket
  kSeveralNames,   // "   link count is not 1
  kForeignOwner,   // "
  kWrongGroup,     // "
  kWrongMode,      // "
  kSpool,          // refused: the spool is not root's, not the group's, or others may rewrite it (MD-3, MD-5)
  kNoLookUp,       // temporary: the name service did not answer
  kNoSpace,        // temporary: no space, no inodes, or a quota
  kSystem,         // temporary: a call failed; the log has it
  kHelperIsGone,   // temporary: no helper, or no answer in time (never sent by a helper)
};
inline constexpr auto kLastMaildropReason = MaildropReason::kHelperIsGone;

// MaildropAnswer is one packet to Unix-Deliver.
struct MaildropAnswer {
  std::uint64_t ticket = 0;  // of the question; 0 for a packet that was none
  MaildropOutcome outcome = MaildropOutcome::kTemporary;
  MaildropReason reason = MaildropReason::kHelperIsGone;
};
static_assert(std::has_unique_object_representations_v<MaildropAnswer>);
static_assert(std::is_trivially_copyable_v<MaildropQuestion> && std::is_trivially_copyable_v<MaildropAnswer>);

// make_question makes a question; nothing if `login` is no login name or `ticket` is 0.
[[nodiscard]] std::optional<MaildropQuestion> make_question(std::uint64_t ticket, std::string_view login);

// decode_question reads one packet. Total; nothing unless every octet is as make_question writes it, but that
// the text need not be a login name (the helper says kNotALoginName then): of 1 to 32 octets, no NUL in it.
[[nodiscard]] std::optional<MaildropQuestion> decode_question(std::span<const char> packet);

// decode_answer reads one packet on the asker's side; nothing unless outcome and reason go together.
[[nodiscard]] std::optional<MaildropAnswer> decode_answer(std::span<const char> packet);

// login_of returns the name in `question`, which it must outlive.
[[nodiscard]] std::string_view login_of(const MaildropQuestion& question) noexcept;

// belongs_to returns the outcome that `reason` is given with; for kNone kCreated (and kExists as well).
[[nodiscard]] MaildropOutcome belongs_to(MaildropReason reason) noexcept;

// reason_text returns a word for the log: "symbolic-link".
[[nodiscard]] std::string_view reason_text(MaildropReason reason) noexcept;

}  // namespace postern::daemon
