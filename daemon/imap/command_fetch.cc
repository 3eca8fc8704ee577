// SPDX-License-Identifier: BSD-2-Clause
// fetch-att and section (RFC 3501, section 9).
#include "daemon/imap/command.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

struct FetchRule {
  std::string_view word;
  ImapFetchKind kind;
};

constexpr FetchRule kFetchRules[] = {
    {"ENVELOPE", ImapFetchKind::kEnvelope},           {"FLAGS", ImapFetchKind::kFlags},
    {"INTERNALDATE", ImapFetchKind::kInternalDate},   {"RFC822", ImapFetchKind::kRfc822},
    {"RFC822.HEADER", ImapFetchKind::kRfc822Header},  {"RFC822.SIZE", ImapFetchKind::kRfc822Size},
    {"RFC822.TEXT", ImapFetchKind::kRfc822Text},      {"BODY", ImapFetchKind::kBody},
    {"BODYSTRUCTURE", ImapFetchKind::kBodyStructure}, {"UID", ImapFetchKind::kUid},
};

bool take_header_list(ImapScanner& scanner, std::vector<std::string>& fields) {
  if (!scanner.space() || !scanner.take('(')) return false;
  do {
    if (fields.size() == kImapListLimit || !scanner.astring(fields.emplace_back())) return false;
  } while (scanner.space());
  return scanner.take(')');
}

// take_section_text: section-text; `inside` a part there is MIME as well.
bool take_section_text(ImapScanner& scanner, ImapSection& section, bool inside) {
  const std::string_view word = scanner.word();
  if (same_keyword(word, "HEADER")) section.text = ImapSectionText::kHeader;
  if (same_keyword(word, "HEADER.FIELDS")) section.text = ImapSectionText::kFields;
  if (same_keyword(word, "HEADER.FIELDS.NOT")) section.text = ImapSectionText::kFieldsNot;
  if (same_keyword(word, "TEXT")) section.text = ImapSectionText::kText;
  if (inside && same_keyword(word, "MIME")) section.text = ImapSectionText::kMime;
  if (section.text == ImapSectionText::kAll) return false;
  const bool listed = section.text == ImapSectionText::kFields || section.text == ImapSectionText::kFieldsNot;
  return !listed || take_header_list(scanner, section.fields);
}

bool take_section(ImapScanner& scanner, ImapSection& section) {
  if (scanner.take(']')) return true;
  bool text_follows = !is_digit(scanner.next());
  while (!text_follows) {
    if (section.part.size() == kImapDepthLimit || !scanner.nz_number(section.part.emplace_back()))
      return false;
    if (!scanner.take('.')) break;
    text_follows = !is_digit(scanner.next());
  }
  if (text_follows && !take_section_text(scanner, section, !section.part.empty())) return false;
  return scanner.take(']');
}

bool take_partial(ImapScanner& scanner, ImapFetchItem& item) {
  item.partial = scanner.take('<');
  if (!item.partial) return true;
  return scanner.number(item.origin) && scanner.take('.') && scanner.nz_number(item.count) &&
         scanner.take('>');
}

bool take_fetch_item(ImapScanner& scanner, ImapFetchItem& item) {
  const std::string_view word = scanner.word();
  item.peek = same_keyword(word, "BODY.PEEK");
  if (scanner.take('[')) {
    item.kind = ImapFetchKind::kSection;
    if (!item.peek && !same_keyword(word, "BODY")) return false;
    return take_section(scanner, item.section) && take_partial(scanner, item);
  }
  for (const FetchRule& rule : kFetchRules) {
    if (!same_keyword(word, rule.word)) continue;
    item.kind = rule.kind;
    return true;
  }
  return false;
}

// take_macro: ALL, FAST and FULL stand alone.
bool take_macro(ImapScanner& scanner, std::vector<ImapFetchItem>& items) {
  const bool full = scanner.take_word("FULL");
  const bool all = full || scanner.take_word("ALL");
  if (!all && !scanner.take_word("FAST")) return false;
  const ImapFetchKind kinds[] = {ImapFetchKind::kFlags, ImapFetchKind::kInternalDate,
                                 ImapFetchKind::kRfc822Size, ImapFetchKind::kEnvelope, ImapFetchKind::kBody};
  const size_t count = full ? 5 : (all ? 4 : 3);
  for (size_t i = 0; i < count; ++i) items.emplace_back().kind = kinds[i];
  return true;
}

}  // namespace

bool take_fetch_items(ImapScanner& scanner, std::vector<ImapFetchItem>& items) {
  items.clear();
  if (take_macro(scanner, items)) return true;
  if (!scanner.take('(')) return take_fetch_item(scanner, items.emplace_back());
  do {
    if (items.size() == kImapListLimit || !take_fetch_item(scanner, items.emplace_back())) return false;
  } while (scanner.space());
  return scanner.take(')');
}

}  // namespace postern::daemon
