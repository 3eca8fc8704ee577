// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/command.h"

#include <algorithm>
#include <array>

#include "daemon/imap/date.h"
#include "daemon/imap/protocol.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

// Arguments: the shapes that arguments come in.
enum class Arguments : uint8_t {
  kNone,
  kId,
  kAuthenticate,
  kTwoStrings,
  kWords,
  kMailbox,
  kTwoMailboxes,
  kPattern,
  kStatus,
  kAppend,
  kExpunge,
  kSearch,
  kFetch,
  kStore,
  kSetAndMailbox,
};

struct VerbRule {
  std::string_view word;
  ImapVerb verb;
  Arguments arguments;
  bool uid = false;  // may follow UID
};

constexpr std::array<VerbRule, kImapVerbs - 1> kVerbs{{
    {"CAPABILITY", ImapVerb::kCapability, Arguments::kNone},
    {"NOOP", ImapVerb::kNoop, Arguments::kNone},
    {"LOGOUT", ImapVerb::kLogout, Arguments::kNone},
    {"ID", ImapVerb::kId, Arguments::kId},
    {"STARTTLS", ImapVerb::kStartTls, Arguments::kNone},
    {"AUTHENTICATE", ImapVerb::kAuthenticate, Arguments::kAuthenticate},
    {"LOGIN", ImapVerb::kLogin, Arguments::kTwoStrings},
    {"ENABLE", ImapVerb::kEnable, Arguments::kWords},
    {"SELECT", ImapVerb::kSelect, Arguments::kMailbox},
    {"EXAMINE", ImapVerb::kExamine, Arguments::kMailbox},
    {"CREATE", ImapVerb::kCreate, Arguments::kMailbox},
    {"DELETE", ImapVerb::kDelete, Arguments::kMailbox},
    {"RENAME", ImapVerb::kRename, Arguments::kTwoMailboxes},
    {"SUBSCRIBE", ImapVerb::kSubscribe, Arguments::kMailbox},
    {"UNSUBSCRIBE", ImapVerb::kUnsubscribe, Arguments::kMailbox},
    {"LIST", ImapVerb::kList, Arguments::kPattern},
    {"LSUB", ImapVerb::kLsub, Arguments::kPattern},
    {"STATUS", ImapVerb::kStatus, Arguments::kStatus},
    {"APPEND", ImapVerb::kAppend, Arguments::kAppend},
    {"NAMESPACE", ImapVerb::kNamespace, Arguments::kNone},
    {"IDLE", ImapVerb::kIdle, Arguments::kNone},
    {"CHECK", ImapVerb::kCheck, Arguments::kNone},
    {"CLOSE", ImapVerb::kClose, Arguments::kNone},
    {"UNSELECT", ImapVerb::kUnselect, Arguments::kNone},
    {"EXPUNGE", ImapVerb::kExpunge, Arguments::kExpunge, true},
    {"SEARCH", ImapVerb::kSearch, Arguments::kSearch, true},
    {"FETCH", ImapVerb::kFetch, Arguments::kFetch, true},
    {"STORE", ImapVerb::kStore, Arguments::kStore, true},
    {"COPY", ImapVerb::kCopy, Arguments::kSetAndMailbox, true},
    {"MOVE", ImapVerb::kMove, Arguments::kSetAndMailbox, true},
}};

bool take_tag(ImapScanner& scanner, std::string& tag) {
  const std::string_view text = scanner.rest();
  const auto* end = std::ranges::find_if_not(text, is_astring_char);
  tag = text.substr(0, static_cast<size_t>(end - text.begin()));
  for (size_t i = 0; i < tag.size(); ++i) {
    if (!scanner.take(tag[i])) return false;
  }
  return !tag.empty() && tag.find('+') == std::string::npos;
}

// take_mailbox: INBOX in any case is INBOX (RFC 3501, section 5.1).
bool take_mailbox(ImapScanner& scanner, std::string& name) {
  if (!scanner.astring(name)) return false;
  if (same_keyword(name, "INBOX")) name = "INBOX";
  return true;
}

bool take_status(ImapScanner& scanner, ImapCommand& command) {
  if (!take_mailbox(scanner, command.first) || !scanner.space() || !scanner.take('(')) return false;
  do {
    const std::string_view word = scanner.word();
    uint8_t item = 0;
    if (same_keyword(word, "MESSAGES")) item = kStatusMessages;
    if (same_keyword(word, "RECENT")) item = kStatusRecent;
    if (same_keyword(word, "UIDNEXT")) item = kStatusUidNext;
    if (same_keyword(word, "UIDVALIDITY")) item = kStatusUidValidity;
    if (same_keyword(word, "UNSEEN")) item = kStatusUnseen;
    if (item == 0) return false;
    command.status |= item;
  } while (scanner.space());
  return scanner.take(')');
}

// take_flag: a keyword, or a flag that clients may set: \Recent is not among them.
bool take_flag(ImapScanner& scanner, ImapFlagList& flags) {
  const bool is_system = scanner.take('\\');
  const std::string_view atom = scanner.atom();
  if (!is_system) {
    if (atom.empty() || flags.keywords.size() == kImapListLimit) return false;
    flags.keywords.emplace_back(atom);
    return true;
  }
  uint32_t flag = 0;
  if (same_keyword(atom, "ANSWERED")) flag = kImapAnswered;
  if (same_keyword(atom, "FLAGGED")) flag = kImapFlagged;
  if (same_keyword(atom, "DELETED")) flag = kImapDeleted;
  if (same_keyword(atom, "SEEN")) flag = kImapSeen;
  if (same_keyword(atom, "DRAFT")) flag = kImapDraft;
  flags.system |= flag;
  return flag != 0;
}

bool take_flags(ImapScanner& scanner, ImapFlagList& flags) {
  do {
    if (!take_flag(scanner, flags)) return false;
  } while (scanner.space());
  return true;
}

bool take_flag_list(ImapScanner& scanner, ImapFlagList& flags) {
  if (!scanner.take('(')) return false;
  return scanner.take(')') || (take_flags(scanner, flags) && scanner.take(')'));
}

bool take_store(ImapScanner& scanner, ImapCommand& command) {
  if (!take_sequence_set(scanner, command.set) || !scanner.space()) return false;
  if (scanner.take('+')) {
    command.store_as = ImapStoreAs::kAdd;
  } else if (scanner.take('-')) {
    command.store_as = ImapStoreAs::kRemove;
  }
  command.silent = scanner.take_word("FLAGS.SILENT");
  if (!command.silent && !scanner.take_word("FLAGS")) return false;
  if (!scanner.space()) return false;
  return scanner.next() == '(' ? take_flag_list(scanner, command.flags) : take_flags(scanner, command.flags);
}

bool take_append(ImapScanner& scanner, ImapCommand& command) {
  if (!take_mailbox(scanner, command.first) || !scanner.space()) return false;
  if (scanner.next() == '(' && (!take_flag_list(scanner, command.flags) || !scanner.space())) return false;
  command.has_date = scanner.next() == '"';
  if (command.has_date && (!take_date_time(scanner, command.date) || !scanner.space())) return false;
  return scanner.literal_mark(command.message);
}

bool take_authenticate(ImapScanner& scanner, ImapCommand& command) {
  command.first = scanner.atom();
  std::ranges::transform(command.first, command.first.begin(), upper);
  if (command.first.empty()) return false;
  command.has_second = scanner.space();
  if (!command.has_second) return true;
  command.second = scanner.rest();
  while (!scanner.at_end()) {  // base64 or "=": anything else will not decode
    if (scanner.take(' ') || !scanner.take(scanner.next())) return false;
  }
  return !command.second.empty();
}

bool take_nil(ImapScanner& scanner) {
  return scanner.take_word("NIL");
}

// take_id: the client's parameters are checked and not kept (RFC 2971).
bool take_id(ImapScanner& scanner) {
  if (take_nil(scanner)) return true;
  if (!scanner.take('(')) return false;
  if (scanner.take(')')) return true;
  std::string text;
  do {
    if (!scanner.string(text) || !scanner.space()) return false;
    if (!take_nil(scanner) && !scanner.string(text)) return false;
  } while (scanner.space());
  return scanner.take(')');
}

bool take_words(ImapScanner& scanner, std::vector<std::string>& words) {
  do {
    const std::string_view atom = scanner.atom();
    if (atom.empty() || words.size() == kImapListLimit) return false;
    words.emplace_back(atom);
  } while (scanner.space());
  return true;
}

bool take_two_mailboxes(ImapScanner& scanner, ImapCommand& command) {
  return take_mailbox(scanner, command.first) && scanner.space() && take_mailbox(scanner, command.second);
}

bool take_arguments(Arguments shape, ImapScanner& scanner, ImapCommand& command) {
  switch (shape) {
    case Arguments::kNone:
      return true;
    case Arguments::kId:
      return take_id(scanner);
    case Arguments::kAuthenticate:
      return take_authenticate(scanner, command);
    case Arguments::kTwoStrings:
      return scanner.astring(command.first) && scanner.space() && scanner.astring(command.second);
    case Arguments::kWords:
      return take_words(scanner, command.words);
    case Arguments::kMailbox:
      return take_mailbox(scanner, command.first);
    case Arguments::kTwoMailboxes:
      return take_two_mailboxes(scanner, command);
    case Arguments::kPattern:
      return take_mailbox(scanner, command.first) && scanner.space() && scanner.list_mailbox(command.second);
    case Arguments::kStatus:
      return take_status(scanner, command);
    case Arguments::kAppend:
      return take_append(scanner, command);
    case Arguments::kExpunge:
      return take_sequence_set(scanner, command.set);
    case Arguments::kSearch:
      return take_search(scanner, command.search);
    case Arguments::kFetch:
      return take_sequence_set(scanner, command.set) && scanner.space() &&
             take_fetch_items(scanner, command.fetch);
    case Arguments::kStore:
      return take_store(scanner, command);
    case Arguments::kSetAndMailbox:
      return take_sequence_set(scanner, command.set) && scanner.space() &&
             take_mailbox(scanner, command.first);
  }
  return false;
}

const VerbRule* find_verb(std::string_view word) {
  const auto* rule =
      std::ranges::find_if(kVerbs, [&](const VerbRule& r) { return same_keyword(word, r.word); });
  return rule == kVerbs.end() ? nullptr : rule;
}

// without_arguments: EXPUNGE has a set if and only if it follows UID (RFC 4315).
bool without_arguments(const VerbRule& rule, bool uid) {
  return rule.arguments == Arguments::kNone || (rule.arguments == Arguments::kExpunge && !uid);
}

ImapFault parse_after_tag(ImapScanner& scanner, ImapCommand& command) {
  if (!scanner.space()) return ImapFault::kSyntax;
  command.uid = scanner.take_word("UID");
  if (command.uid && !scanner.space()) return ImapFault::kSyntax;
  const VerbRule* rule = find_verb(scanner.word());
  if (rule == nullptr || (command.uid && !rule->uid)) return ImapFault::kUnknown;
  command.verb = rule->verb;
  if (!without_arguments(*rule, command.uid)) {
    if (!scanner.space() || !take_arguments(rule->arguments, scanner, command)) return ImapFault::kSyntax;
  }
  return scanner.at_end() ? ImapFault::kNone : ImapFault::kSyntax;
}

}  // namespace

ImapCommand parse_imap_command(std::string_view text) {
  ImapCommand command;
  if (text.size() > kImapLineLimit + kImapLiteralLimit) {
    command.fault = ImapFault::kTooMuch;
    return command;
  }
  ImapScanner scanner(text);
  if (!take_tag(scanner, command.tag)) {
    command.tag.clear();
    return command;
  }
  command.fault = parse_after_tag(scanner, command);
  return command;
}

}  // namespace postern::daemon
