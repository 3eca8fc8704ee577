// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/protocol.h"

#include <string.h>

#include <algorithm>

namespace postern::daemon {
namespace {

const ImapRule* rule_of(uint32_t kind) {
  return kind >= 1 && kind <= kImapKinds ? &kImapTable[kind - 1] : nullptr;
}

constexpr bool is_in_order() {
  for (size_t i = 0; i < kImapTable.size(); ++i) {
    if (static_cast<uint32_t>(kImapTable[i].kind) != i + 1) return false;
  }
  return true;
}
static_assert(is_in_order(), "a kind is found by its number");

// within: at most `limit`, and zero unless the kind has such a field.
bool within(bool has, uint64_t value, uint64_t limit) {
  return has ? value <= limit : value == 0;
}

bool has_its_numbers(const ImapRule& rule, const ImapRequestHead& head) {
  const bool from_one = (rule.fields & (kHasNumber | kHasRange)) != 0;
  if (from_one ? head.first == 0 : !within((rule.fields & kHasIndex) != 0, head.first, UINT32_MAX))
    return false;
  const bool range = (rule.fields & kHasRange) != 0;
  if (range != (head.count != 0)) return false;
  if (range && head.count - 1 > UINT32_MAX - head.first) return false;
  return (rule.fields & kHasRows) == 0 || head.count <= kImapRowsLimit;
}

bool has_its_fields(const ImapRule& rule, const ImapRequestHead& head) {
  const bool sized = (rule.fields & kHasSize) != 0;
  return (head.flags & ~((rule.fields & kHasFlags) != 0 ? kImapStorable : 0)) == 0 &&
         (head.keywords & ~((rule.fields & kHasKeywords) != 0 ? kImapKeywordMask : 0)) == 0 &&
         (rule.modes == 0 ? head.mode == 0 : head.mode >= 1 && head.mode <= rule.modes) &&
         within(sized, head.octets, UINT64_MAX) && (sized || head.date == 0);
}

bool has_its_texts(const ImapRule& rule, std::string_view text, std::string_view more) {
  if ((rule.fields & kMayHaveText) == 0 && ((rule.fields & kHasText) != 0) == text.empty()) return false;
  if ((rule.fields & kMayHaveMore) == 0 && ((rule.fields & kHasMore) != 0) == more.empty()) return false;
  const bool login = rule.kind == ImapRequestKind::kLogin || rule.kind == ImapRequestKind::kExternal;
  if (login && std::max(text.size(), more.size()) > kImapLoginLimit) return false;
  const bool any_octets = (rule.fields & kHasOctets) != 0;
  return any_octets ||
         (text.find('\0') == std::string_view::npos && more.find('\0') == std::string_view::npos);
}

bool has_rows(ImapRequestKind kind) {
  return kind == ImapRequestKind::kRows || kind == ImapRequestKind::kStore || kind == ImapRequestKind::kPoll;
}

bool has_name(ImapRequestKind kind) {
  return kind == ImapRequestKind::kFolder || kind == ImapRequestKind::kKeyword;
}

bool is_row(const ImapRow& row) {
  return row.number != 0 && row.uid != 0 && (row.flags & ~kImapRowFlags) == 0 &&
         (row.keywords & ~kImapKeywordMask) == 0;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kImapReplyTextLimit &&
         std::ranges::all_of(text, [](char octet) { return octet >= ' ' && octet <= '~'; });
}

bool is_empty_but_for_status(ImapReplyHead head) {
  head.kind = head.status = 0;
  static constexpr ImapReplyHead kEmpty;
  return ::memcmp(&head, &kEmpty, sizeof head) == 0;
}

constexpr uint32_t flags_known(ImapRequestKind kind) {
  if (kind == ImapRequestKind::kFolder) return kImapFolderFlags;
  return kind == ImapRequestKind::kOpen ? kOpenVerbatim : 0;
}

// is_whole: the head alone.
bool is_whole(const ImapReplyHead& head) {
  if (rule_of(head.kind) == nullptr || head.status < static_cast<uint32_t>(ImapStatus::kOk) ||
      head.status > static_cast<uint32_t>(ImapStatus::kTemporary) || head.reserved != 0)
    return false;
  if (head.status != static_cast<uint32_t>(ImapStatus::kOk)) return is_empty_but_for_status(head);
  const auto kind = static_cast<ImapRequestKind>(head.kind);
  if (has_rows(kind) && head.count > kImapRowsLimit) return false;
  return (head.text_length != 0) == has_name(kind) && (head.flags & ~flags_known(kind)) == 0 &&
         head.keywords <= kImapKeywordsLimit;
}

size_t rows_of(const ImapReplyHead& head) {
  return has_rows(static_cast<ImapRequestKind>(head.kind)) ? head.count : 0;
}

ImapTransfer begun_by(ImapRequestKind kind) {
  if (kind == ImapRequestKind::kCopyBegin) return ImapTransfer::kCopy;
  if (kind == ImapRequestKind::kAppendBegin) return ImapTransfer::kAppend;
  return ImapTransfer::kNone;
}

}  // namespace

std::optional<ImapQuestion> decode_imap_request(std::span<const char> packet) {
  ImapQuestion question;
  ImapRequestHead& head = question.head;
  if (packet.size() < sizeof head || packet.size() > sizeof(ImapRequest)) return std::nullopt;
  ::memcpy(&head, packet.data(), sizeof head);
  const std::string_view texts(packet.data() + sizeof head, packet.size() - sizeof head);
  if (head.text_length > texts.size() || head.more_length != texts.size() - head.text_length)
    return std::nullopt;
  question.text = texts.substr(0, head.text_length);
  question.more = texts.substr(head.text_length);
  const ImapRule* rule = rule_of(head.kind);
  if (rule == nullptr || !has_its_numbers(*rule, head) || !has_its_fields(*rule, head) ||
      !has_its_texts(*rule, question.text, question.more))
    return std::nullopt;
  return question;
}

std::optional<std::span<const char>> fill_imap_request(ImapRequest& request, const ImapQuestion& question) {
  const size_t texts = question.text.size() + question.more.size();
  if (question.text.size() > kImapTextLimit || texts > kImapTextLimit) return std::nullopt;
  request.head = question.head;
  request.head.text_length = static_cast<uint32_t>(question.text.copy(request.octets, kImapTextLimit));
  request.head.more_length =
      static_cast<uint32_t>(question.more.copy(request.octets + question.text.size(), question.more.size()));
  return std::span<const char>(reinterpret_cast<const char*>(&request), sizeof request.head + texts);
}

std::optional<ImapReplyView> decode_imap_reply(std::span<const char> packet) {
  ImapReplyView view;
  ImapReplyHead& head = view.head;
  if (packet.size() < sizeof head) return std::nullopt;
  ::memcpy(&head, packet.data(), sizeof head);
  if (!is_whole(head)) return std::nullopt;
  const std::span<const char> rest = packet.subspan(sizeof head);
  const size_t rows = rows_of(head);
  if (rest.size() != rows * sizeof(ImapRow) + head.text_length) return std::nullopt;
  if (rows > 0) view.rows = {reinterpret_cast<const ImapRow*>(rest.data()), rows};
  if (!std::ranges::all_of(view.rows, is_row)) return std::nullopt;
  if (head.text_length > 0) view.text = {rest.data(), rest.size()};
  if (head.text_length > 0 && !is_name(view.text)) return std::nullopt;
  return view;
}

std::span<const char> fill_imap_reply(ImapReply& reply, std::string_view text) {
  char* octets = reinterpret_cast<char*>(&reply);
  reply.head.text_length = static_cast<uint32_t>(text.copy(octets + sizeof reply.head, kImapReplyTextLimit));
  return {octets, sizeof reply.head + rows_of(reply.head) * sizeof(ImapRow) + reply.head.text_length};
}

bool ImapGate::admit(ImapRequestKind kind) {
  if (const ImapRule* rule = rule_of(static_cast<uint32_t>(kind))) {
    const bool is_now = (rule->when & (1U << static_cast<unsigned>(phase_))) != 0;
    const bool fits = rule->any_transfer || rule->transfer == transfer_;
    uint32_t& count = counts_[static_cast<uint32_t>(kind) - 1];
    if (is_now && fits && count < rule->at_most) {
      ++count;
      return true;
    }
  }
  phase_ = ImapPhase::kEnded;
  return false;
}

void ImapGate::answered(ImapRequestKind kind, bool granted) {
  if (phase_ == ImapPhase::kEnded) return;
  const bool goes_on = kind == ImapRequestKind::kCopyTake || kind == ImapRequestKind::kAppendData;
  if (!goes_on || !granted) transfer_ = granted ? begun_by(kind) : ImapTransfer::kNone;
  switch (kind) {
    case ImapRequestKind::kLogin:
    case ImapRequestKind::kExternal:
      if (granted) phase_ = ImapPhase::kIn;
      return;
    case ImapRequestKind::kSelect:
      phase_ = granted ? ImapPhase::kSelected : ImapPhase::kIn;
      return;
    case ImapRequestKind::kExamine:
      phase_ = granted ? ImapPhase::kExamined : ImapPhase::kIn;
      return;
    case ImapRequestKind::kUnselect:
      phase_ = ImapPhase::kIn;
      return;
    case ImapRequestKind::kQuit:
      phase_ = ImapPhase::kEnded;
      return;
    default:
      return;
  }
}

}  // namespace postern::daemon
