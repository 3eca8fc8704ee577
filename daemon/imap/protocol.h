// SPDX-License-Identifier: BSD-2-Clause
// What an IMAP session may ask its keeper, when, how often, and what it is told. Pure.
//
// The keeper holds the session's view of the selected folder: its messages, numbered from 1. The view changes
// with kPoll and with nothing else, so a number means the same message until the session asks for changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace postern::daemon {

enum class ImapRequestKind : uint32_t {
  kLogin = 1,    // text account, more password
  kFolder,       // first: index from 0 -> text name, flags ImapFolderFlag; count: how many there are
  kCreate,       // text folder
  kDelete,       // text folder
  kRename,       // text folder, more its new name; what is below it goes with it. INBOX: its messages go
  kSubscribe,    // text folder, which need not exist
  kUnsubscribe,  // text folder
  kSelect,    // text folder -> exists, recent, unseen (number of the first), uid_validity, uid_next, keywords
  kExamine,   // the same, read only
  kStatus,    // text folder -> as kSelect's; unseen: how many
  kKeyword,   // first: index from 0, below kSelect's or kPoll's `keywords` -> text name
  kDefine,    // text keyword -> first: its index; kFull if there are 26 already
  kRows,      // first, count <= kImapRowsLimit -> rows
  kOpen,      // first: number -> a descriptor to read it from; flags: kOpenVerbatim or none
  kStore,     // first, count, mode ImapStoreMode, flags, keywords -> rows, as they are now
  kExpunge,   // first, count: removes those among them that have \Deleted -> count removed
  kPoll,      // mode ImapPollMode -> rows: what has changed; exists, recent, uid_next, keywords
  kUnselect,  // nothing is removed
  kCopyBegin,     // text folder, mode ImapCopyMode
  kCopyTake,      // first, count: also these, in this order
  kCopyCommit,    // -> uid_validity, uid of the first, count copied or moved, uids rising by one
  kAppendBegin,   // text folder, more keywords parted by one space, flags, octets to come, date
  kAppendData,    // text: octets of the message as they are on the wire
  kAppendCommit,  // -> uid_validity, uid
  kCancel,        // forgets a copy or append that has begun
  kQuit,          // ends the keeper; the last answer
  kExpect,        // the client's socket is about to go to tls: the keeper wants to hear of a certificate
  kShown,         // -> kOk: there is a certificate to log in by, or kRefused; waits for the handshake's end
  kExternal,      // perhaps text account -> as kLogin, by the certificate
};
inline constexpr uint32_t kImapKinds = static_cast<uint32_t>(ImapRequestKind::kExternal);

// System flags of a message.
enum ImapFlag : uint32_t {
  kImapAnswered = 1U << 0,
  kImapFlagged = 1U << 1,
  kImapDeleted = 1U << 2,
  kImapSeen = 1U << 3,
  kImapDraft = 1U << 4,
  kImapRecent = 1U << 5,    // in rows alone
  kImapExpunged = 1U << 6,  // in rows alone. kPoll: `number` is no message any more, and higher numbers have
                            // moved down by one. kStore, kRows: the message is gone, still in the view
};
inline constexpr uint32_t kImapStorable = 0x1f;
inline constexpr uint32_t kImapRowFlags = 0x7f;
inline constexpr uint32_t kImapKeywordsLimit = 26;
inline constexpr uint32_t kImapKeywordMask = (1U << kImapKeywordsLimit) - 1;

enum ImapFolderFlag : uint32_t {
  kFolderExists = 1U << 0,  // without it: a parent of others (\Noselect) or a subscription to nothing
  kFolderSubscribed = 1U << 1,
  kFolderHasChildren = 1U << 2,
  kFolderSent = 1U << 3,  // RFC 6154
  kFolderDrafts = 1U << 4,
  kFolderTrash = 1U << 5,
  kFolderJunk = 1U << 6,
  kFolderArchive = 1U << 7,
};
inline constexpr uint32_t kImapFolderFlags = 0xff;

// kOpenVerbatim: the file's octets are those on the wire (maildir/walk.h).
inline constexpr uint32_t kOpenVerbatim = 1U << 0;  // in kOpen's flags

enum class ImapStoreMode : uint32_t { kReplace = 1, kAdd, kRemove };
enum class ImapPollMode : uint32_t {
  kAll = 1,    // whatever has changed
  kNoExpunge,  // expunged messages stay in the view for now (RFC 3501, section 7.4.1)
  kMore,       // what did not fit into the last answer, which had `count` = kImapRowsLimit
};
enum class ImapCopyMode : uint32_t { kCopy = 1, kMove };

inline constexpr size_t kImapLoginLimit = 512;  // octets of an account or a password
inline constexpr size_t kImapTextLimit = 32'768;
inline constexpr uint32_t kImapRowsLimit = 256;
inline constexpr int64_t kImapNow = INT64_MIN;  // kAppendBegin's date: none was given

// ImapRequest is one packet to the keeper: this head, then `text_length` and `more_length` octets of text.
// What a kind has no use for is zero.
struct ImapRequestHead {
  uint32_t kind = 0;
  uint32_t first = 0;
  uint32_t count = 0;
  uint32_t flags = 0;
  uint32_t keywords = 0;
  uint32_t mode = 0;
  uint32_t text_length = 0;
  uint32_t more_length = 0;
  uint64_t octets = 0;
  int64_t date = 0;  // seconds since 1970
};
static_assert(std::has_unique_object_representations_v<ImapRequestHead>);

// Octets that nobody has written to cost no page of memory.
struct ImapRequest {
  ImapRequestHead head;
  char octets[kImapTextLimit];
};

// ImapQuestion is a request as it was received or is to be sent; text borrows. Lengths in `head` are those of
// the texts.
struct ImapQuestion {
  ImapRequestHead head;
  std::string_view text;
  std::string_view more;

  [[nodiscard]] ImapRequestKind kind() const { return static_cast<ImapRequestKind>(head.kind); }
};

enum class ImapStatus : uint32_t {
  kOk = 1,
  kRefused,    // kLogin, kExternal: unknown account, wrong password, refused place: one answer (AD-L2)
  kNoFolder,   // there is no such folder (TRYCREATE for kCopyBegin and kAppendBegin); kPoll: not any more
  kExists,     // kCreate, kRename: there is one of that name
  kBadName,    // no folder can have that name, or it cannot be done to this one (INBOX, or all that is below
               // it)
  kGone,       // kOpen: somebody else removed the message; kCopyCommit: one of them, and nothing was copied
  kReadOnly,   // the folder is open for reading
  kFull,       // no room on the disk; kDefine: no more keywords
  kTooLarge,   // kAppendBegin, kAppendData: over message-size-limit, or more than was said
  kEnd,        // kFolder: no folder of this index; kKeyword: no keyword
  kTemporary,  // something of ours failed; the log has it
};

// ImapRow is one message as it is now, or one change (kPoll).
struct ImapRow {
  uint32_t number = 0;  // from 1
  uint32_t uid = 0;
  uint32_t flags = 0;     // ImapFlag
  uint32_t keywords = 0;  // bit i: the keyword of index i
  uint64_t octets = 0;    // RFC822.SIZE: on the wire
  int64_t date = 0;       // INTERNALDATE, seconds since 1970
};
static_assert(std::has_unique_object_representations_v<ImapRow>);

// ImapReplyHead begins a packet to the session; `count` rows (kRows, kStore, kPoll) or `text_length` octets
// of text follow. kOpen's kOk carries one descriptor with it. Only a kOk has more than kind and status.
struct ImapReplyHead {
  uint32_t kind = 0;
  uint32_t status = 0;
  uint32_t first = 0;
  uint32_t count = 0;
  uint32_t flags = 0;
  uint32_t keywords = 0;
  uint32_t exists = 0;
  uint32_t recent = 0;
  uint32_t unseen = 0;
  uint32_t uid_validity = 0;
  uint32_t uid_next = 0;
  uint32_t uid = 0;
  uint32_t text_length = 0;
  uint32_t reserved = 0;
};
static_assert(std::has_unique_object_representations_v<ImapReplyHead>);

struct ImapReply {
  ImapReply() {}  // no page is spent on rows that are not told

  ImapReplyHead head;
  union {
    ImapRow rows[kImapRowsLimit];  // or text
  };
};
inline constexpr size_t kImapReplyTextLimit = 200;

// ImapReplyView is a reply as it was received; rows and text borrow from the packet, which must be aligned as
// an ImapReply is.
struct ImapReplyView {
  ImapReplyHead head;
  std::span<const ImapRow> rows;
  std::string_view text;
};

// decode_imap_request reads one packet. Total; an answer only for a request that is whole in every octet: a
// known kind, exactly as long as it says, each field within its bounds and zero where the kind has no such
// field. Texts are any octets without NUL (kAppendData: any): the keeper judges names.
[[nodiscard]] std::optional<ImapQuestion> decode_imap_request(std::span<const char> packet);

// fill_imap_request makes a request and returns the octets to send. nullopt: the texts are too long.
[[nodiscard]] std::optional<std::span<const char>> fill_imap_request(ImapRequest& request,
                                                                     const ImapQuestion& question);

// decode_imap_reply reads one packet on the session's side, as strictly.
[[nodiscard]] std::optional<ImapReplyView> decode_imap_reply(std::span<const char> packet);

// fill_imap_reply completes the lengths of `reply`, whose rows are in place already, or takes `text`, and
// returns the octets to send. Requires text.size() <= kImapReplyTextLimit.
[[nodiscard]] std::span<const char> fill_imap_reply(ImapReply& reply, std::string_view text = {});

// ImapPhase: before login, no folder selected, one selected, one selected for reading.
enum class ImapPhase : uint8_t { kNew, kIn, kSelected, kExamined, kEnded };

// ImapTransfer: what has been begun and is to be committed or cancelled before anything else.
enum class ImapTransfer : uint8_t { kNone, kCopy, kAppend };

inline constexpr uint32_t kImapUnlimited = UINT32_MAX;
inline constexpr uint32_t kImapLogins = 3;

inline constexpr uint8_t kWhenNew = 1U << static_cast<unsigned>(ImapPhase::kNew);
inline constexpr uint8_t kWhenWritable = 1U << static_cast<unsigned>(ImapPhase::kSelected);
inline constexpr uint8_t kWhenSelected = kWhenWritable | 1U << static_cast<unsigned>(ImapPhase::kExamined);
inline constexpr uint8_t kWhenIn = kWhenSelected | 1U << static_cast<unsigned>(ImapPhase::kIn);

// Fields that a kind has.
inline constexpr uint16_t kHasText = 1U << 0;  // at least one octet
inline constexpr uint16_t kHasMore = 1U << 1;
inline constexpr uint16_t kMayHaveMore = 1U << 2;
inline constexpr uint16_t kHasIndex = 1U << 3;   // first, from 0
inline constexpr uint16_t kHasNumber = 1U << 4;  // first, from 1
inline constexpr uint16_t kHasRange = 1U << 5;   // first from 1, and a count from 1; the end fits 32 bits
inline constexpr uint16_t kHasRows = 1U << 6;    // the count is at most kImapRowsLimit
inline constexpr uint16_t kHasFlags = 1U << 7;
inline constexpr uint16_t kHasKeywords = 1U << 8;
inline constexpr uint16_t kHasSize = 1U << 9;     // octets and date
inline constexpr uint16_t kHasOctets = 1U << 10;  // the text may have NULs
inline constexpr uint16_t kMayHaveText = 1U << 11;

// ImapRule is one line of the table.
struct ImapRule {
  ImapRequestKind kind;
  std::string_view name;
  uint8_t when;
  ImapTransfer transfer;
  uint32_t at_most;  // in a connection
  uint16_t fields;
  uint32_t modes;  // 0: none; otherwise a mode is 1 to modes
  bool any_transfer = false;
};

// kImapTable is all that a keeper answers to. What is not here, not now, or once too often, ends it.
inline constexpr std::array<ImapRule, kImapKinds> kImapTable{{
    {ImapRequestKind::kLogin, "login", kWhenNew, ImapTransfer::kNone, kImapLogins, kHasText | kHasMore, 0},
    {ImapRequestKind::kFolder, "folder", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasIndex, 0},
    {ImapRequestKind::kCreate, "create", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kDelete, "delete", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kRename, "rename", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText | kHasMore,
     0},
    {ImapRequestKind::kSubscribe, "subscribe", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kUnsubscribe, "unsubscribe", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kSelect, "select", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kExamine, "examine", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kStatus, "status", kWhenIn, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kKeyword, "keyword", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, kHasIndex, 0},
    {ImapRequestKind::kDefine, "define", kWhenWritable, ImapTransfer::kNone, kImapUnlimited, kHasText, 0},
    {ImapRequestKind::kRows, "rows", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, kHasRange | kHasRows,
     0},
    {ImapRequestKind::kOpen, "open", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, kHasNumber, 0},
    {ImapRequestKind::kStore, "store", kWhenWritable, ImapTransfer::kNone, kImapUnlimited,
     kHasRange | kHasRows | kHasFlags | kHasKeywords, 3},
    {ImapRequestKind::kExpunge, "expunge", kWhenWritable, ImapTransfer::kNone, kImapUnlimited, kHasRange, 0},
    {ImapRequestKind::kPoll, "poll", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, 0, 3},
    {ImapRequestKind::kUnselect, "unselect", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, 0, 0},
    {ImapRequestKind::kCopyBegin, "copy-begin", kWhenSelected, ImapTransfer::kNone, kImapUnlimited, kHasText,
     2},
    {ImapRequestKind::kCopyTake, "copy-take", kWhenSelected, ImapTransfer::kCopy, kImapUnlimited, kHasRange,
     0},
    {ImapRequestKind::kCopyCommit, "copy-commit", kWhenSelected, ImapTransfer::kCopy, kImapUnlimited, 0, 0},
    {ImapRequestKind::kAppendBegin, "append-begin", kWhenIn, ImapTransfer::kNone, kImapUnlimited,
     kHasText | kMayHaveMore | kHasFlags | kHasSize, 0},
    {ImapRequestKind::kAppendData, "append-data", kWhenIn, ImapTransfer::kAppend, kImapUnlimited,
     kHasText | kHasOctets, 0},
    {ImapRequestKind::kAppendCommit, "append-commit", kWhenIn, ImapTransfer::kAppend, kImapUnlimited, 0, 0},
    {ImapRequestKind::kCancel, "cancel", kWhenIn, ImapTransfer::kNone, kImapUnlimited, 0, 0, true},
    {ImapRequestKind::kQuit, "quit", kWhenNew | kWhenIn, ImapTransfer::kNone, 1, 0, 0, true},
    {ImapRequestKind::kExpect, "expect", kWhenNew, ImapTransfer::kNone, 1, 0, 0},
    {ImapRequestKind::kShown, "shown", kWhenNew, ImapTransfer::kNone, 1, 0, 0},
    {ImapRequestKind::kExternal, "external", kWhenNew, ImapTransfer::kNone, kImapLogins, kMayHaveText, 0},
}};

// ImapGate holds a connection's requests against the table.
class ImapGate {
 public:
  // admit counts the request; false: it is out of turn, and the gate has closed for good.
  [[nodiscard]] bool admit(ImapRequestKind kind);

  // answered moves on after an admitted request was granted or refused. A refused kSelect leaves no folder
  // selected (RFC 3501, section 6.3.1); a refused part of a copy or append ends it.
  void answered(ImapRequestKind kind, bool granted);

  [[nodiscard]] ImapPhase phase() const { return phase_; }
  [[nodiscard]] ImapTransfer transfer() const { return transfer_; }

 private:
  ImapPhase phase_ = ImapPhase::kNew;
  ImapTransfer transfer_ = ImapTransfer::kNone;
  std::array<uint32_t, kImapTable.size()> counts_{};
};

}  // namespace postern::daemon
