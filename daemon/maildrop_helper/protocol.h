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
using permission::MaildropReason;

// MaildropQuestion is one packet to the helper: its one input is a login name (MD-4).
struct MaildropQuestion {
  std::uint64_t ticket = 0;  // comes back with the answer; not 0
  std::uint64_t length = 0;
  char login[kMaxLoginName] = {};  // not terminated; zero behind the name
};
static_assert(std::has_unique_object_representations_v<MaildropQuestion>);

// MaildropTrouble is why there is no verdict: ask again later.
enum class MaildropTrouble : std::uint8_t {
  kNone = 0,      // there is one: see the reason
  kMalformed,     // the packet is no question
  kNoLookUp,      // the name service did not answer
  kNoSpace,       // no space, no inodes, or a quota
  kSystem,        // a call failed; the log has it
  kHelperIsGone,  // no helper, or no answer in time (never sent by a helper)
};
inline constexpr auto kLastMaildropTrouble = MaildropTrouble::kHelperIsGone;

enum class MaildropOutcome : std::uint8_t {
  kCreated,    // an empty maildrop is there now, as MD-1 and MD-3 say
  kExists,     // one as MD-1 and MD-3 say was there already
  kRefused,    // it is not for the helper to make one: see the reason; nothing was changed
  kTemporary,  // not now: see the trouble
};

// MaildropAnswer is one packet to Unix-Deliver.
struct MaildropAnswer {
  std::uint64_t ticket = 0;  // of the question; 0 for a packet that was none
  MaildropTrouble trouble = MaildropTrouble::kHelperIsGone;
  MaildropReason reason = MaildropReason::kNoMaildrop;  // by core's rules; means nothing in trouble
  std::uint8_t zero[2] = {};
  std::uint32_t user = 0;  // created, exists: whose it is; otherwise 0

  [[nodiscard]] MaildropOutcome outcome() const noexcept;
  // text returns a word for the log: "symbolic-link", "helper-is-gone".
  [[nodiscard]] std::string_view text() const noexcept;
};
static_assert(std::has_unique_object_representations_v<MaildropAnswer>);
static_assert(std::is_trivially_copyable_v<MaildropQuestion> && std::is_trivially_copyable_v<MaildropAnswer>);

// make_question makes a question; nothing if `login` is no login name (MD-4) or `ticket` is 0.
[[nodiscard]] std::optional<MaildropQuestion> make_question(std::uint64_t ticket, std::string_view login);

// decode_question reads one packet. Total; nothing unless every octet is as make_question writes it, but that
// the text need not be a login name (the verdict says so then): of 1 to 32 octets, no NUL in it.
[[nodiscard]] std::optional<MaildropQuestion> decode_question(std::span<const char> packet);

// decode_answer reads one packet on the asker's side. Total; nothing unless it is one that a helper sends.
[[nodiscard]] std::optional<MaildropAnswer> decode_answer(std::span<const char> packet);

// login_of returns the name in `question`, which it must outlive.
[[nodiscard]] std::string_view login_of(const MaildropQuestion& question) noexcept;

}  // namespace postern::daemon
