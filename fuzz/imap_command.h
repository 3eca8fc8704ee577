// SPDX-License-Identifier: BSD-2-Clause
// Commands of IMAP, printed: each string as a literal.
#pragma once

#include <array>
#include <string>

#include "daemon/imap/command.h"
#include "daemon/imap/protocol.h"

namespace fuzz {

using namespace postern::daemon;

inline std::string literal(const std::string& text) {
  return "{" + std::to_string(text.size()) + "}\r\n" + text;
}

inline std::string print_set(const SequenceSet& set) {
  std::string text;
  for (const SequenceRange& range : set.ranges) {
    const auto number = [](uint32_t n) { return n == 0 ? std::string("*") : std::to_string(n); };
    text += (text.empty() ? "" : ",") + number(range.from) + ":" + number(range.to);
  }
  return text;
}

inline std::string print_flags(const ImapFlagList& flags) {
  std::string text;
  constexpr std::array<const char*, 5> kFlags{"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
  for (size_t i = 0; i < kFlags.size(); ++i) {
    if ((flags.system & (1U << i)) != 0) text += std::string(" ") + kFlags[i];
  }
  for (const std::string& keyword : flags.keywords) text += " " + keyword;
  return "(" + (text.empty() ? text : text.substr(1)) + ")";
}

inline std::string print_date(uint32_t days) {
  // The day from the first of March of year 0, in eras of 400 years.
  const int64_t z = static_cast<int32_t>(days) + int64_t{719'468};
  const int64_t era = z / 146'097;
  const int64_t day_of_era = z % 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  const int64_t year = year_of_era + era * 400 + (month >= 10 ? 1 : 0);
  constexpr std::array<const char*, 12> kMonths{"Mar", "Apr", "May", "Jun", "Jul", "Aug",
                                                "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"};
  std::string year_text = std::to_string(year);
  year_text.insert(0, 4 - year_text.size(), '0');
  return std::to_string(day_of_year - (153 * month + 2) / 5 + 1) + "-" + kMonths[static_cast<size_t>(month)] +
         "-" + year_text;
}

inline std::string print_date_time(int64_t seconds) {
  int64_t days = seconds / 86'400;
  int64_t time = seconds % 86'400;
  if (time < 0) {
    time += 86'400;
    --days;
  }
  const auto two = [](int64_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  std::string date = print_date(static_cast<uint32_t>(days));
  if (date[1] == '-') date.insert(0, " ");
  return "\"" + date + " " + two(time / 3600) + ":" + two(time / 60 % 60) + ":" + two(time % 60) + " +0000\"";
}

inline std::string print_section(const ImapSection& section) {
  constexpr std::array<const char*, 6> kTexts{"",     "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT",
                                              "TEXT", "MIME"};
  std::string text;
  for (const uint32_t part : section.part) text += (text.empty() ? "" : ".") + std::to_string(part);
  if (section.text != ImapSectionText::kAll && !text.empty()) text += ".";
  text += kTexts[static_cast<size_t>(section.text)];
  std::string fields;
  for (const std::string& field : section.fields) fields += (fields.empty() ? "" : " ") + literal(field);
  return "[" + text + (fields.empty() ? "" : " (" + fields + ")") + "]";
}

inline std::string print_item(const ImapFetchItem& item) {
  constexpr std::array<const char*, 10> kKinds{"ENVELOPE",      "FLAGS",       "INTERNALDATE", "RFC822",
                                               "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT",  "BODY",
                                               "BODYSTRUCTURE", "UID"};
  if (item.kind != ImapFetchKind::kSection) return kKinds[static_cast<size_t>(item.kind)];
  std::string text = (item.peek ? "BODY.PEEK" : "BODY") + print_section(item.section);
#ifdef POSTERN_SEEDED_BUG
  if (item.origin == 0) return text;  // <0.n> forgotten
#endif
  if (item.partial) text += "<" + std::to_string(item.origin) + "." + std::to_string(item.count) + ">";
  return text;
}

inline std::string print_keys(const std::vector<ImapSearchKey>& keys);

inline std::string flag_word(uint32_t flag) {
  if (flag == kImapAnswered) return "ANSWERED";
  if (flag == kImapFlagged) return "FLAGGED";
  if (flag == kImapDeleted) return "DELETED";
  return flag == kImapSeen ? "SEEN" : "DRAFT";
}

inline std::string print_key(const ImapSearchKey& key) {
  using Kind = ImapSearchKind;
  constexpr std::array<const char*, 23> kWords{
      "ALL",         "",        "OR ",        "NOT ",       "",         "UN",      "NEW",
      "OLD",         "RECENT",  "KEYWORD ",   "UNKEYWORD ", "BEFORE ",  "ON ",     "SINCE ",
      "SENTBEFORE ", "SENTON ", "SENTSINCE ", "LARGER ",    "SMALLER ", "HEADER ", "BODY ",
      "TEXT ",       ""};
  if (key.kind == Kind::kUid) return "UID " + print_set(key.set);
  const std::string word = kWords[static_cast<size_t>(key.kind)];
  if (key.kind == Kind::kSet) return print_set(key.set);
  if (key.kind == Kind::kAnd) return "(" + print_keys(key.keys) + ")";
  if (key.kind == Kind::kOr || key.kind == Kind::kNot) return word + print_keys(key.keys);
  if (key.kind == Kind::kFlag || key.kind == Kind::kNoFlag) return word + flag_word(key.number);
  if (key.kind == Kind::kKeyword || key.kind == Kind::kUnkeyword) return word + key.text;
  if (key.kind >= Kind::kBefore && key.kind <= Kind::kSentSince) return word + print_date(key.number);
  if (key.kind == Kind::kLarger || key.kind == Kind::kSmaller) return word + std::to_string(key.number);
  if (key.kind == Kind::kHeader) return word + literal(key.name) + " " + literal(key.text);
  return key.kind == Kind::kBody || key.kind == Kind::kText ? word + literal(key.text) : word;
}

inline std::string print_keys(const std::vector<ImapSearchKey>& keys) {
  std::string text;
  for (const ImapSearchKey& key : keys) text += (text.empty() ? "" : " ") + print_key(key);
  return text;
}

inline std::string print_search(const ImapSearch& search) {
  constexpr std::array<const char*, 4> kReturns{"MIN", "MAX", "ALL", "COUNT"};
  std::string returns;
  for (size_t i = 0; i < kReturns.size(); ++i) {
    if ((search.returns & (1U << i)) != 0) returns += (returns.empty() ? "" : " ") + std::string(kReturns[i]);
  }
  return (search.extended ? "RETURN (" + returns + ") " : "") +
         (search.charset.empty() ? "" : "CHARSET " + literal(search.charset) + " ") +
         print_keys(search.key.keys);
}

inline std::string print_status(uint8_t items) {
  constexpr std::array<const char*, 5> kItems{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"};
  std::string text;
  for (size_t i = 0; i < kItems.size(); ++i) {
    if ((items & (1U << i)) != 0) text += (text.empty() ? "" : " ") + std::string(kItems[i]);
  }
  return "(" + text + ")";
}

inline std::string print_store(const ImapCommand& command) {
  constexpr std::array<const char*, 3> kModes{"", "+", "-"};
  return print_set(command.set) + " " + kModes[static_cast<size_t>(command.store_as)] + "FLAGS" +
         (command.silent ? ".SILENT " : " ") + print_flags(command.flags);
}

inline std::string print_append(const ImapCommand& command) {
  return literal(command.first) + " " + print_flags(command.flags) +
         (command.has_date ? " " + print_date_time(command.date) : "") + " {" +
         std::to_string(command.message.octets) + (command.message.plus ? "+" : "") + "}\r\n";
}

inline std::string print_fetch(const ImapCommand& command) {
  std::string items;
  for (const ImapFetchItem& item : command.fetch) items += (items.empty() ? "" : " ") + print_item(item);
  return print_set(command.set) + " (" + items + ")";
}

inline std::string print_words(const ImapCommand& command) {
  std::string text;
  for (const std::string& word : command.words) text += (text.empty() ? "" : " ") + word;
  return text;
}

inline std::string print_arguments(const ImapCommand& command) {
  switch (command.verb) {
    case ImapVerb::kId:
      return "NIL";
    case ImapVerb::kAuthenticate:
      return command.first + (command.has_second ? " " + command.second : "");
    case ImapVerb::kLogin:
    case ImapVerb::kRename:
    case ImapVerb::kList:
    case ImapVerb::kLsub:
      return literal(command.first) + " " + literal(command.second);
    case ImapVerb::kStatus:
      return literal(command.first) + " " + print_status(command.status);
    case ImapVerb::kAppend:
      return print_append(command);
    case ImapVerb::kExpunge:
      return command.uid ? print_set(command.set) : "";
    case ImapVerb::kSearch:
      return print_search(command.search);
    case ImapVerb::kFetch:
      return print_fetch(command);
    case ImapVerb::kStore:
      return print_store(command);
    case ImapVerb::kCopy:
    case ImapVerb::kMove:
      return print_set(command.set) + " " + literal(command.first);
    case ImapVerb::kEnable:
      return print_words(command);
    case ImapVerb::kSelect:
    case ImapVerb::kExamine:
    case ImapVerb::kCreate:
    case ImapVerb::kDelete:
    case ImapVerb::kSubscribe:
    case ImapVerb::kUnsubscribe:
      return literal(command.first);
    default:
      return "";
  }
}

inline std::string print(const ImapCommand& command) {
  constexpr std::array<const char*, kImapVerbs> kVerbs{
      "",         "CAPABILITY", "NOOP",    "LOGOUT", "ID",        "STARTTLS", "AUTHENTICATE", "LOGIN",
      "ENABLE",   "SELECT",     "EXAMINE", "CREATE", "DELETE",    "RENAME",   "SUBSCRIBE",    "UNSUBSCRIBE",
      "LIST",     "LSUB",       "STATUS",  "APPEND", "NAMESPACE", "IDLE",     "CHECK",        "CLOSE",
      "UNSELECT", "EXPUNGE",    "SEARCH",  "FETCH",  "STORE",     "COPY",     "MOVE"};
  const std::string arguments = print_arguments(command);
  return command.tag + (command.uid ? " UID " : " ") + kVerbs[static_cast<size_t>(command.verb)] +
         (arguments.empty() ? "" : " " + arguments);
}

}  // namespace fuzz
