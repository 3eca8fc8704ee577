// SPDX-License-Identifier: BSD-2-Clause
// search-key (RFC 3501, section 9) and search-return-opts (RFC 4466, RFC 4731).
#include "daemon/imap/command.h"
#include "daemon/imap/date.h"
#include "daemon/imap/protocol.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

// Takes: what follows a key's word.
enum class Takes : uint8_t { kNothing, kText, kKeyword, kDate, kNumber, kSet, kNameAndText, kKey, kTwoKeys };

struct KeyRule {
  std::string_view word;
  ImapSearchKind kind;
  Takes takes;
  uint32_t flag = 0;
  std::string_view field = {};
};

using Kind = ImapSearchKind;
constexpr KeyRule kKeyRules[] = {
    {"ALL", Kind::kAll, Takes::kNothing},
    {"ANSWERED", Kind::kFlag, Takes::kNothing, kImapAnswered},
    {"BCC", Kind::kHeader, Takes::kText, 0, "Bcc"},
    {"BEFORE", Kind::kBefore, Takes::kDate},
    {"BODY", Kind::kBody, Takes::kText},
    {"CC", Kind::kHeader, Takes::kText, 0, "Cc"},
    {"DELETED", Kind::kFlag, Takes::kNothing, kImapDeleted},
    {"DRAFT", Kind::kFlag, Takes::kNothing, kImapDraft},
    {"FLAGGED", Kind::kFlag, Takes::kNothing, kImapFlagged},
    {"FROM", Kind::kHeader, Takes::kText, 0, "From"},
    {"HEADER", Kind::kHeader, Takes::kNameAndText},
    {"KEYWORD", Kind::kKeyword, Takes::kKeyword},
    {"LARGER", Kind::kLarger, Takes::kNumber},
    {"NEW", Kind::kNew, Takes::kNothing},
    {"NOT", Kind::kNot, Takes::kKey},
    {"OLD", Kind::kOld, Takes::kNothing},
    {"ON", Kind::kOn, Takes::kDate},
    {"OR", Kind::kOr, Takes::kTwoKeys},
    {"RECENT", Kind::kRecent, Takes::kNothing},
    {"SEEN", Kind::kFlag, Takes::kNothing, kImapSeen},
    {"SENTBEFORE", Kind::kSentBefore, Takes::kDate},
    {"SENTON", Kind::kSentOn, Takes::kDate},
    {"SENTSINCE", Kind::kSentSince, Takes::kDate},
    {"SINCE", Kind::kSince, Takes::kDate},
    {"SMALLER", Kind::kSmaller, Takes::kNumber},
    {"SUBJECT", Kind::kHeader, Takes::kText, 0, "Subject"},
    {"TEXT", Kind::kText, Takes::kText},
    {"TO", Kind::kHeader, Takes::kText, 0, "To"},
    {"UID", Kind::kUid, Takes::kSet},
    {"UNANSWERED", Kind::kNoFlag, Takes::kNothing, kImapAnswered},
    {"UNDELETED", Kind::kNoFlag, Takes::kNothing, kImapDeleted},
    {"UNDRAFT", Kind::kNoFlag, Takes::kNothing, kImapDraft},
    {"UNFLAGGED", Kind::kNoFlag, Takes::kNothing, kImapFlagged},
    {"UNKEYWORD", Kind::kUnkeyword, Takes::kKeyword},
    {"UNSEEN", Kind::kNoFlag, Takes::kNothing, kImapSeen},
};

// KeyReader counts keys and depth over a whole program.
class KeyReader {
 public:
  explicit KeyReader(ImapScanner& scanner) : scanner_(scanner) {}

  // keys: search-keys parted by single spaces.
  [[nodiscard]] bool keys(std::vector<ImapSearchKey>& list, unsigned depth) {
    do {
      if (!key(list.emplace_back(), depth)) return false;
    } while (scanner_.space());
    return true;
  }

 private:
  [[nodiscard]] bool key(ImapSearchKey& key, unsigned depth) {
    if (depth > kImapDepthLimit || ++count_ > kImapListLimit) return false;
    if (scanner_.take('(')) {
      key.kind = Kind::kAnd;
      return keys(key.keys, depth + 1) && scanner_.take(')');
    }
    if (is_digit(scanner_.next()) || scanner_.next() == '*') {
      key.kind = Kind::kSet;
      return take_sequence_set(scanner_, key.set);
    }
    const std::string_view word = scanner_.word();
    for (const KeyRule& rule : kKeyRules) {
      if (same_keyword(word, rule.word)) return arguments(rule, key, depth);
    }
    return false;
  }

  [[nodiscard]] bool arguments(const KeyRule& rule, ImapSearchKey& key, unsigned depth) {
    key.kind = rule.kind;
    key.name = rule.field;
    key.number = rule.flag;
    if (rule.takes == Takes::kNothing) return true;
    if (!scanner_.space()) return false;
    switch (rule.takes) {
      case Takes::kNothing:
        return true;
      case Takes::kText:
        return scanner_.astring(key.text);
      case Takes::kKeyword:
        key.text = scanner_.atom();
        return !key.text.empty();
      case Takes::kDate:
        return date(key);
      case Takes::kNumber:
        return scanner_.number(key.number);
      case Takes::kSet:
        return take_sequence_set(scanner_, key.set);
      case Takes::kNameAndText:
        return scanner_.astring(key.name) && scanner_.space() && scanner_.astring(key.text);
      case Takes::kKey:
        return this->key(key.keys.emplace_back(), depth + 1);
      case Takes::kTwoKeys:
        return two_keys(key, depth + 1);
    }
    return false;
  }

  [[nodiscard]] bool two_keys(ImapSearchKey& either, unsigned depth) {
    either.keys.resize(2);
    return key(either.keys[0], depth) && scanner_.space() && key(either.keys[1], depth);
  }

  [[nodiscard]] bool date(ImapSearchKey& key) {
    int32_t days = 0;
    if (!take_date(scanner_, days)) return false;
    key.number = static_cast<uint32_t>(days);
    return true;
  }

  ImapScanner& scanner_;
  size_t count_ = 0;
};

// take_returns: "(" [option *(SP option)] ")"; nothing asked for is ALL.
bool take_returns(ImapScanner& scanner, uint8_t& returns) {
  if (!scanner.take('(')) return false;
  while (!scanner.take(')')) {
    if (returns != 0 && !scanner.space()) return false;
    const std::string_view word = scanner.word();
    uint8_t asked = 0;
    if (same_keyword(word, "MIN")) asked = kReturnMin;
    if (same_keyword(word, "MAX")) asked = kReturnMax;
    if (same_keyword(word, "ALL")) asked = kReturnAll;
    if (same_keyword(word, "COUNT")) asked = kReturnCount;
    if (asked == 0) return false;
    returns |= asked;
  }
  if (returns == 0) returns = kReturnAll;
  return true;
}

}  // namespace

bool take_search(ImapScanner& scanner, ImapSearch& search) {
  if (scanner.take_word("RETURN")) {
    search.extended = true;
    if (!scanner.space() || !take_returns(scanner, search.returns) || !scanner.space()) return false;
  }
  if (scanner.take_word("CHARSET")) {
    if (!scanner.space() || !scanner.astring(search.charset) || !scanner.space()) return false;
  }
  search.key.kind = Kind::kAnd;
  return KeyReader(scanner).keys(search.key.keys, 0);
}

}  // namespace postern::daemon
