// SPDX-License-Identifier: BSD-2-Clause
// IMAP commands: RFC 3501, section 9, with RFC 2177 (IDLE), 2971 (ID), 3691 (UNSELECT), 4315 (UIDPLUS), 4731
// (ESEARCH), 4959 (SASL-IR), 5161 (ENABLE), 6851 (MOVE) and 7888 (LITERAL+). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/imap/sequence_set.h"

namespace postern::daemon {

enum class ImapVerb : uint8_t {
  kUnknown,
  kCapability,
  kNoop,
  kLogout,
  kId,
  kStartTls,
  kAuthenticate,
  kLogin,
  kEnable,
  kSelect,
  kExamine,
  kCreate,
  kDelete,
  kRename,
  kSubscribe,
  kUnsubscribe,
  kList,
  kLsub,
  kStatus,
  kAppend,
  kNamespace,
  kIdle,
  kCheck,
  kClose,
  kUnselect,
  kExpunge,
  kSearch,
  kFetch,
  kStore,
  kCopy,
  kMove,
};
inline constexpr size_t kImapVerbs = static_cast<size_t>(ImapVerb::kMove) + 1;

// ImapFault: why a text is not a command. kTag: not even its tag can be answered to.
enum class ImapFault : uint8_t { kNone, kTag, kUnknown, kSyntax, kTooMuch };

// Limits of a command's text, and of what is in it.
// 64 KiB are what other servers take: some 10,000 UIDs. RFC 7162, section 4 wants 8,192 at least. The same
// before login, where ID may be long (RFC 2971 allows 30 fields of 1,024 octets): memory is touched as it is
// used.
inline constexpr size_t kImapLineLimit = 65'536;     // octets of a command's lines, each CRLF counted
inline constexpr size_t kImapLiteralLimit = 65'536;  // of all literals of a command, APPEND's message apart
inline constexpr size_t kImapLoginLiteralLimit = 8'192;  // the same before login
inline constexpr unsigned kImapDepthLimit = 50;          // parentheses, NOTs and ORs; parts of a section
inline constexpr size_t kImapListLimit = 1024;           // search keys, fetch items, header fields, flags

// ImapFlagList: flags as STORE and APPEND have them. `system` has bits of ImapFlag (imap/protocol.h).
struct ImapFlagList {
  uint32_t system = 0;
  std::vector<std::string> keywords;
  friend bool operator==(const ImapFlagList&, const ImapFlagList&) = default;
};

enum class ImapSectionText : uint8_t { kAll, kHeader, kFields, kFieldsNot, kText, kMime };

// ImapSection: what is between the brackets of BODY[…]. `part` is empty for the message itself.
struct ImapSection {
  std::vector<uint32_t> part;
  ImapSectionText text = ImapSectionText::kAll;
  std::vector<std::string> fields;
  friend bool operator==(const ImapSection&, const ImapSection&) = default;
};

enum class ImapFetchKind : uint8_t {
  kEnvelope,
  kFlags,
  kInternalDate,
  kRfc822,
  kRfc822Header,
  kRfc822Size,
  kRfc822Text,
  kBody,
  kBodyStructure,
  kUid,
  kSection,
};

// ImapFetchItem: one fetch-att; macros come as the items they stand for.
struct ImapFetchItem {
  ImapFetchKind kind = ImapFetchKind::kFlags;
  ImapSection section;
  bool peek = false;
  bool partial = false;
  uint32_t origin = 0;  // with `partial`
  uint32_t count = 0;
  friend bool operator==(const ImapFetchItem&, const ImapFetchItem&) = default;
};

enum class ImapSearchKind : uint8_t {
  kAll,
  kAnd,     // keys: all of them
  kOr,      // keys: two
  kNot,     // keys: one
  kFlag,    // number: bits of ImapFlag that are set
  kNoFlag,  // number: bits that are not set
  kNew,
  kOld,
  kRecent,
  kKeyword,    // text
  kUnkeyword,  // text
  kBefore,     // number: days since 1970, two's complement; likewise the next five
  kOn,
  kSince,
  kSentBefore,
  kSentOn,
  kSentSince,
  kLarger,  // number: octets
  kSmaller,
  kHeader,  // name and text; BCC, CC, FROM, SUBJECT and TO come as this
  kBody,    // text
  kText,    // text
  kSet,     // set
  kUid,     // set
};

// ImapSearchKey: one search-key, with those inside it.
struct ImapSearchKey {
  ImapSearchKind kind = ImapSearchKind::kAll;
  uint32_t number = 0;
  std::string name;
  std::string text;
  SequenceSet set;
  std::vector<ImapSearchKey> keys;
  friend bool operator==(const ImapSearchKey&, const ImapSearchKey&) = default;
};

// What an ESEARCH returns.
inline constexpr uint8_t kReturnMin = 1U << 0;
inline constexpr uint8_t kReturnMax = 1U << 1;
inline constexpr uint8_t kReturnAll = 1U << 2;
inline constexpr uint8_t kReturnCount = 1U << 3;

struct ImapSearch {
  bool extended = false;  // RETURN was given
  uint8_t returns = 0;
  std::string charset;  // empty: none was given
  ImapSearchKey key;    // kAnd
  friend bool operator==(const ImapSearch&, const ImapSearch&) = default;
};

enum class ImapStoreAs : uint8_t { kReplace, kAdd, kRemove };

inline constexpr uint8_t kStatusMessages = 1U << 0;
inline constexpr uint8_t kStatusRecent = 1U << 1;
inline constexpr uint8_t kStatusUidNext = 1U << 2;
inline constexpr uint8_t kStatusUidValidity = 1U << 3;
inline constexpr uint8_t kStatusUnseen = 1U << 4;

// ImapCommand: one command. With a fault only tag (empty with kTag), verb and uid mean anything.
struct ImapCommand {
  std::string tag;
  ImapVerb verb = ImapVerb::kUnknown;
  ImapFault fault = ImapFault::kTag;
  bool uid = false;  // UID before COPY, EXPUNGE, FETCH, MOVE, SEARCH or STORE
  // LOGIN: account, password. AUTHENTICATE: mechanism, initial response. LIST, LSUB: reference, pattern.
  // RENAME: from, to. Otherwise `first` is the mailbox.
  std::string first;
  std::string second;
  bool has_second = false;  // AUTHENTICATE
  SequenceSet set;
  std::vector<ImapFetchItem> fetch;
  ImapStoreAs store_as = ImapStoreAs::kReplace;
  bool silent = false;
  ImapFlagList flags;
  ImapSearch search;
  uint8_t status = 0;
  bool has_date = false;
  int64_t date = 0;                // APPEND's date-time, seconds since 1970
  LiteralMark message;             // APPEND's message
  std::vector<std::string> words;  // ENABLE
};

// parse_imap_command: what `text` asks for: a command without its last CRLF, literals in place after their
// marks; APPEND's ends with the mark of its message and that mark's CRLF. Total: every string of octets has
// an answer, and memory is bounded by the text's length and the limits above.
[[nodiscard]] ImapCommand parse_imap_command(std::string_view text);

// Parts of the grammar that have files of their own. They read what follows the verb's or argument's space.
[[nodiscard]] bool take_fetch_items(ImapScanner& scanner, std::vector<ImapFetchItem>& items);
[[nodiscard]] bool take_search(ImapScanner& scanner, ImapSearch& search);

}  // namespace postern::daemon
