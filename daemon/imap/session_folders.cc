// SPDX-License-Identifier: BSD-2-Clause
// Folders: SELECT to STATUS, CLOSE (RFC 3501, sections 6.3 and 6.4.2).
#include <algorithm>

#include "daemon/imap/header.h"
#include "daemon/imap/response.h"
#include "daemon/imap/session.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr char kDelimiter = '.';
constexpr std::string_view kSystemFlags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

// matches_pattern: whether `name` is what `pattern` asks for: `*` is anything, `%` anything within a level.
// Linear in both, but for a product where they are full of wildcards.
bool matches_pattern(std::string_view name, std::string_view pattern) {
  std::vector<bool> at(name.size() + 1, false);  // which beginnings of the name the pattern's beginning has
  at[0] = true;
  for (const char wanted : pattern) {
    const bool wild = wanted == '*' || wanted == '%';
    bool before = at[0];
    if (!wild) at[0] = false;
    for (size_t i = 0; i < name.size(); ++i) {
      const bool here = at[i + 1];
      if (wild) {
        at[i + 1] = here || (at[i] && (wanted == '*' || name[i] != kDelimiter));
      } else {
        at[i + 1] = before && name[i] == wanted;
      }
      before = here;
    }
  }
  return at[name.size()];
}

// matches_folder: INBOX in any case (RFC 3501, section 6.3.8).
bool matches_folder(std::string_view name, const std::string& pattern) {
  if (matches_pattern(name, pattern)) return true;
  if (name != "INBOX") return false;
  std::string shout = pattern;
  std::ranges::transform(shout, shout.begin(), upper);
  return matches_pattern(name, shout);
}

std::string attributes_of(uint32_t flags) {
  struct Use {
    uint32_t flag;
    const char* text;
  };
  constexpr Use kUses[] = {{kFolderSent, "\\Sent"},
                           {kFolderDrafts, "\\Drafts"},
                           {kFolderTrash, "\\Trash"},
                           {kFolderJunk, "\\Junk"},
                           {kFolderArchive, "\\Archive"}};
  std::string text = (flags & kFolderExists) != 0 ? "" : "\\Noselect ";
  text += (flags & kFolderHasChildren) != 0 ? "\\HasChildren" : "\\HasNoChildren";
  for (const Use& use : kUses) {
    if ((flags & use.flag) != 0) text += std::string(" ") + use.text;
  }
  return text;
}

// without_delimiter: CREATE's declaration that there are to be folders below is passed over.
std::string_view without_delimiter(std::string_view name) {
  if (name.size() > 1 && name.back() == kDelimiter) name.remove_suffix(1);
  return name;
}

}  // namespace

void ImapSession::forget_folder() {
  if (state_ == State::kSelected) state_ = State::kIn;
  selected_.clear();
  exists_ = recent_ = 0;
  keywords_.clear();
  uids_.clear();
}

bool ImapSession::load_keywords(uint32_t count) {
  while (keywords_.size() < count) {
    const auto answer = heard(keeper_.at(ImapRequestKind::kKeyword, static_cast<uint32_t>(keywords_.size())));
    if (!answer || !answer->ok()) return false;
    keywords_.push_back(answer->text);
  }
  return true;
}

void ImapSession::put_flags_known(std::string_view before, std::string_view after) {
  put(before);
  put("(");
  put(kSystemFlags);
  for (const std::string& keyword : keywords_) {
    put(" ");
    put(keyword);
  }
  put(after);
}

void ImapSession::select(const ImapCommand& command) {
  forget_folder();  // RFC 3501, section 6.3.1: also if this one fails
  read_only_ = command.verb == ImapVerb::kExamine;
  const auto answer = heard(keeper_.about(read_only_ ? ImapRequestKind::kExamine : ImapRequestKind::kSelect,
                                          folder_text(command.first)));
  if (!answer) return;
  if (!answer->ok()) return failed(command, answer->status);
  state_ = State::kSelected;
  selected_ = command.first;
  exists_ = answer->head.exists;
  recent_ = answer->head.recent;
  if (!load_keywords(answer->head.keywords)) return end("[UNAVAILABLE] not now, try again later");
  put_selected(*answer);
  put(command.tag);
  put(read_only_ ? " OK [READ-ONLY] open for reading\r\n" : " OK [READ-WRITE] open\r\n");
}

void ImapSession::put_selected(const ImapAnswer& answer) {
  put_flags_known("* FLAGS ", ")\r\n");
  put("* ");
  put_number(exists_);
  put(" EXISTS\r\n* ");
  put_number(recent_);
  put(" RECENT\r\n");
  if (answer.head.unseen != 0) {
    put("* OK [UNSEEN ");
    put_number(answer.head.unseen);
    put("] the first one unseen\r\n");
  }
  put("* OK [UIDVALIDITY ");
  put_number(answer.head.uid_validity);
  put("] as ever\r\n* OK [UIDNEXT ");
  put_number(answer.head.uid_next);
  put("] the next one\r\n");
  if (read_only_) return put("* OK [PERMANENTFLAGS ()] none\r\n");
  const bool more = keywords_.size() < kImapKeywordsLimit;
  put_flags_known("* OK [PERMANENTFLAGS ", more ? " \\*)] these stay\r\n" : ")] these stay\r\n");
}

void ImapSession::about_folder(const ImapCommand& command) {
  ImapRequestKind kind = ImapRequestKind::kUnsubscribe;
  if (command.verb == ImapVerb::kCreate) kind = ImapRequestKind::kCreate;
  if (command.verb == ImapVerb::kDelete) kind = ImapRequestKind::kDelete;
  if (command.verb == ImapVerb::kRename) kind = ImapRequestKind::kRename;
  if (command.verb == ImapVerb::kSubscribe) kind = ImapRequestKind::kSubscribe;
  const bool makes = command.verb == ImapVerb::kCreate || command.verb == ImapVerb::kSubscribe ||
                     command.verb == ImapVerb::kUnsubscribe;
  const std::string_view name = makes ? without_delimiter(command.first) : std::string_view(command.first);
  const bool renames = command.verb == ImapVerb::kRename;
  const std::string_view more = renames ? folder_text(without_delimiter(command.second)) : std::string_view();
  const auto answer = heard(keeper_.about(kind, folder_text(name), more));
  if (!answer) return;
  if (!answer->ok()) return failed(command, answer->status);
  if (command.verb == ImapVerb::kDelete && state_ == State::kSelected && command.first == selected_) {
    if (!heard(keeper_.about(ImapRequestKind::kUnselect))) return;
    forget_folder();
  }
  done(command, "done");
}

void ImapSession::put_folder(std::string_view response, std::string_view attributes, std::string_view name) {
  put(response);
  put("(");
  put(attributes);
  put(") \".\" ");
  put_string(sink_, name);
  put("\r\n");
}

// put_subscribed_parents: what LSUB tells of folders that are not subscribed but have subscribed ones below
// (RFC 3501, section 6.3.9). Names come in order, so the same parent comes in a row.
void ImapSession::put_subscribed_parents(const std::string& name, const std::string& pattern,
                                         std::string& last) {
  for (size_t at = name.find(kDelimiter); at != std::string::npos; at = name.find(kDelimiter, at + 1)) {
    const std::string parent = name.substr(0, at);
    if (parent == last || !matches_folder(parent, pattern)) continue;
    put_folder("* LSUB ", "\\Noselect", parent);
    last = parent;
  }
}

void ImapSession::list(const ImapCommand& command) {
  const bool subscribed = command.verb == ImapVerb::kLsub;
  const std::string pattern = command.first + command.second;
  if (command.second.empty()) {  // a question for the delimiter
    put_folder(subscribed ? "* LSUB " : "* LIST ", "\\Noselect", "");
    return done(command, "that is all");
  }
  std::string last;  // of what was told for LSUB
  for (uint32_t index = 0;; ++index) {
    const auto answer = heard(keeper_.at(ImapRequestKind::kFolder, index));
    if (!answer) return;
    if (answer->status == ImapStatus::kEnd) break;
    if (!answer->ok()) return failed(command, answer->status);
    const uint32_t flags = answer->head.flags;
    const bool matching = matches_folder(answer->text, pattern);
    if (!subscribed && matching && (flags & (kFolderExists | kFolderHasChildren)) != 0) {
      put_folder("* LIST ", attributes_of(flags), answer->text);
    }
    if (!subscribed || (flags & kFolderSubscribed) == 0) continue;
    if (matching) {
      put_folder("* LSUB ", "", answer->text);
      last = answer->text;
    } else if (pattern.ends_with('%')) {
      put_subscribed_parents(answer->text, pattern, last);
    }
  }
  done(command, "that is all");
}

void ImapSession::status(const ImapCommand& command) {
  const auto answer = heard(keeper_.about(ImapRequestKind::kStatus, folder_text(command.first)));
  if (!answer) return;
  if (!answer->ok()) return failed(command, answer->status);
  struct Item {
    std::string_view name;
    uint32_t value;
    uint8_t bit;
  };
  const Item items[] = {{"MESSAGES ", answer->head.exists, kStatusMessages},
                        {"RECENT ", answer->head.recent, kStatusRecent},
                        {"UIDNEXT ", answer->head.uid_next, kStatusUidNext},
                        {"UIDVALIDITY ", answer->head.uid_validity, kStatusUidValidity},
                        {"UNSEEN ", answer->head.unseen, kStatusUnseen}};
  put("* STATUS ");
  put_string(sink_, command.first);
  const char* before = " (";
  for (const Item& item : items) {
    if ((command.status & item.bit) == 0) continue;
    put(before);
    put(item.name);
    put_number(item.value);
    before = " ";
  }
  put(")\r\n");
  done(command, "that is all");
}

// close: CLOSE removes what is marked, without a word; UNSELECT (RFC 3691) does not.
void ImapSession::close(const ImapCommand& command) {
  if (command.verb == ImapVerb::kClose && !read_only_ && exists_ != 0) {
    const auto removed = heard(keeper_.range(ImapRequestKind::kExpunge, 1, exists_));
    if (!removed) return;
  }
  const auto left = heard(keeper_.about(ImapRequestKind::kUnselect));
  if (!left) return;
  forget_folder();
  done(command, "closed");
}

}  // namespace postern::daemon
