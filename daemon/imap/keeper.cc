// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/keeper.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/keeper/packet.h"
#include "daemon/listener/role.h"
#include "daemon/logger/log.h"
#include "daemon/maildir/folder_name.h"
#include "daemon/maildir/walk.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

using enum ImapRequestKind;

constexpr std::size_t kRoom = sizeof(ImapRequest);  // what is longer is refused where it is received

ImapStatus status_of(FolderOutcome outcome) {
  switch (outcome) {
    case FolderOutcome::kDone:
      return ImapStatus::kOk;
    case FolderOutcome::kNoFolder:
      return ImapStatus::kNoFolder;
    case FolderOutcome::kExists:
      return ImapStatus::kExists;
    case FolderOutcome::kBadName:
      return ImapStatus::kBadName;
  }
  return ImapStatus::kTemporary;
}

std::uint32_t flags_of(const ListedFolder& folder) {
  std::uint32_t flags = 0;
  if (folder.exists) flags |= kFolderExists;
  if (folder.subscribed) flags |= kFolderSubscribed;
  if (folder.has_children) flags |= kFolderHasChildren;
  if (folder.use != SpecialUse::kNone) flags |= kFolderSent << (static_cast<unsigned>(folder.use) - 1);
  return flags;
}
static_assert(kFolderSent << (static_cast<unsigned>(SpecialUse::kArchive) - 1) == kFolderArchive);

}  // namespace

ImapKeeper::ImapKeeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels& channels)
    : settings_(settings),
      record_(record),
      channels_(channels),
      check_(kImapKeeperProfile.role, settings, record, channels_),
      certificate_(record, channels_),
      room_(std::make_unique_for_overwrite<char[]>(kRoom)),
      reply_(std::make_unique_for_overwrite<ImapReply>()) {}

Result<void> ImapKeeper::run() {
  check_.ask_at_connect();
  while (gate_.phase() != ImapPhase::kEnded) {
    Result<bool> answered = answer_next();
    if (!answered) return answered.take_error();
    if (!answered.value()) return {};  // the session is gone
  }
  return {};
}

Result<bool> ImapKeeper::answer_next() {
  const std::span<char> room(room_.get(), kRoom);
  Result<std::size_t> length = receive_question(channels_.session.get(), room);
  if (!length) return length.take_error();
  if (length.value() == 0) return false;
  const auto question = decode_imap_request(room.first(length.value()));
  if (!question) return session_out_of_turn("a packet that is no request");
  const ImapRequestKind kind = question->kind();
  if (!gate_.admit(kind)) return session_out_of_turn("a request out of turn");
  reply_->head = {};
  Outcome outcome = carry_out(*question);
  if (!outcome) return outcome.take_error();
  const bool granted = outcome.value() == ImapStatus::kOk;
  if (!granted) reply_->head = {};
  reply_->head.kind = static_cast<std::uint32_t>(kind);
  reply_->head.status = static_cast<std::uint32_t>(outcome.value());
  gate_.answered(kind, granted);
  if (gate_.transfer() == ImapTransfer::kNone) copy_.reset(), append_.reset();
  std::string text;
  if (granted && kind == kFolder) text = listed_[question->head.first].name;
  if (granted && kind == kKeyword) text = keywords_[question->head.first];
  const Fd file = std::exchange(lent_, Fd());
  Result<void> sent = send_answer(channels_.session.get(), fill_imap_reply(*reply_, text), file.get());
  if (!sent) return sent.take_error();
  return true;
}

ImapKeeper::Outcome ImapKeeper::carry_out(const ImapQuestion& question) {
  if (question.kind() == kQuit) return ImapStatus::kOk;
  return gate_.phase() == ImapPhase::kNew ? before_login(question) : after_login(question);
}

ImapKeeper::Outcome ImapKeeper::after_login(const ImapQuestion& question) {
  switch (question.kind()) {
    case kFolder:
      return folder_at(question.head.first);
    case kCreate:
      return told(folders_->create(question.text));
    case kDelete:
      return told(folders_->remove(question.text));
    case kRename:
      return told(folders_->rename(question.text, question.more));
    case kSubscribe:
      return told(folders_->subscribe(question.text, true));
    case kUnsubscribe:
      return told(folders_->subscribe(question.text, false));
    case kSelect:
      return select(question.text, true);
    case kExamine:
      return select(question.text, false);
    case kStatus:
      return status(question.text);
    case kUnselect:
      unselect();
      return ImapStatus::kOk;
    case kCopyBegin:
    case kCopyTake:
    case kCopyCommit:
    case kAppendBegin:
    case kAppendData:
    case kAppendCommit:
    case kCancel:
      return transfer(question);
    default:
      return about_messages(question);
  }
}

ImapKeeper::Outcome ImapKeeper::about_messages(const ImapQuestion& question) {
  if (question.kind() != kPoll) {
    Result<void> loaded = load();
    if (!loaded) return failed(loaded.error());
    Result<void> fits = check_range(question);
    if (!fits) return fits.take_error();
  }
  switch (question.kind()) {
    case kKeyword:
      return keyword(question.head.first);
    case kDefine:
      return define(question.text);
    case kRows:
      return rows(question);
    case kOpen:
      return open(question.head.first);
    case kStore:
      return store(question);
    case kExpunge:
      return expunge(question);
    case kPoll:
      return poll(static_cast<ImapPollMode>(question.head.mode));
    default:
      return session_out_of_turn("a request of no kind");
  }
}

ImapKeeper::Outcome ImapKeeper::told(Result<FolderOutcome> outcome) const {
  if (!outcome) return failed(outcome.error());
  return status_of(outcome.value());
}

// failed: what is said of an error that ends nothing: the disk is full, the folder was deleted, or the log
// has it.
ImapKeeper::Outcome ImapKeeper::failed(const Error& error) const {
  if (error.errno_value == ENOSPC || error.errno_value == EDQUOT) return ImapStatus::kFull;
  if (folder_ && folder_->is_gone()) return ImapStatus::kNoFolder;
  LogLine line(kImapKeeperProfile.role, "failed");
  line.with("connection", record_.number).with("trouble", error.text());
  Result<void> logged = log_line(channels_.log.get(), line);
  if (!logged) return logged.take_error();
  return ImapStatus::kTemporary;
}

ImapKeeper::Outcome ImapKeeper::folder_at(std::uint32_t index) {
  if (index == 0) {
    Result<std::vector<ListedFolder>> listed = folders_->list();
    if (!listed) return failed(listed.error());
    listed_ = std::move(listed).value();
  }
  if (index >= listed_.size()) return ImapStatus::kEnd;
  reply_->head.count = static_cast<std::uint32_t>(listed_.size());
  reply_->head.flags = flags_of(listed_[index]);
  return ImapStatus::kOk;
}

void ImapKeeper::unselect() {
  folder_.reset();
  view_ = {};
  changes_.clear();
  loaded_ = false;
}

void ImapKeeper::tell_head(const UidListHead& head) {
  reply_->head.exists = head.count;
  reply_->head.recent = head.recent;
  reply_->head.uid_validity = head.validity;
  reply_->head.uid_next = head.next;
}

Result<void> ImapKeeper::read_keywords() {
  Result<std::vector<std::string>> names = folder_->keywords();
  if (!names) return names.take_error();
  keywords_ = std::move(names).value();
  keyword_mask_ = 0;
  for (std::size_t i = 0; i < keywords_.size(); ++i)
    if (!keywords_[i].empty()) keyword_mask_ |= 1U << i;
  return {};
}

// select answers from the list's first line alone where that is true of the folder: its cost does not grow
// with the folder. The view is loaded when it is asked for, as it was then.
ImapKeeper::Outcome ImapKeeper::select(std::string_view name, bool writable) {
  unselect();
  writable_ = writable;
  Result<std::optional<Folder>> folder = folders_->folder(name);
  if (!folder) return failed(folder.error());
  if (!folder.value()) return ImapStatus::kNoFolder;
  folder_ = std::move(folder).value();
  Result<UidListHead> head = folder_->glance();
  if (!head) return failed(head.error());
  validity_ = head->validity;
  exists_ = head->count;
  if (!folder_->is_pinned() || (writable && head->recent > 0)) {
    Result<void> loaded = load();
    if (!loaded) return failed(loaded.error());
    if (!folder_) return ImapStatus::kNoFolder;
    exists_ = view_.count();
    head = folder_->head();
  }
  Result<void> read = read_keywords();
  if (!read) return failed(read.error());
  tell_head(head.value());
  if (loaded_) reply_->head.recent = view_.recent() + (writable ? 0 : head->recent);
  reply_->head.exists = exists_;
  reply_->head.unseen = head->first_unseen;
  reply_->head.keywords = static_cast<std::uint32_t>(keywords_.size());
  return ImapStatus::kOk;
}

// load makes the view: the messages that the answer to SELECT has counted.
Result<void> ImapKeeper::load() {
  if (loaded_) return {};
  std::vector<UidEntry> entries;
  const bool pinned = folder_->is_pinned();
  if (pinned) {
    Result<std::vector<UidEntry>> told = folder_->pinned();
    if (!told) return told.take_error();
    entries = std::move(told).value();
  }
  view_ = {};
  if (pinned) view_.begin(entries);
  Result<void> listed = list();
  if (!listed) return listed;
  if (pinned) {
    for (std::uint32_t number = 1; number <= view_.count(); ++number)
      if (const FolderMessage* message = folder_->find(view_.uid(number)))
        (void)view_.tell(number, message, keyword_mask_);
  } else {
    view_.update(folder_->messages(), keyword_mask_, false, changes_);
    listings_ = folder_->listings();
  }
  loaded_ = true;
  return {};
}

Result<void> ImapKeeper::list() {
  Result<std::vector<std::uint32_t>> taken = folder_->list(writable_);
  if (!taken) return taken.take_error();
  view_.add_recent(taken.value());
  return {};
}

ImapKeeper::Outcome ImapKeeper::status(std::string_view name) {
  Result<std::optional<Folder>> folder = folders_->folder(name);
  if (!folder) return failed(folder.error());
  if (!folder.value()) return ImapStatus::kNoFolder;
  Result<UidListHead> head = folder.value()->glance();
  if (!head) return failed(head.error());
  tell_head(head.value());
  reply_->head.unseen = head->unseen;
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::keyword(std::uint32_t index) {
  return index < keywords_.size() && !keywords_[index].empty() ? ImapStatus::kOk : ImapStatus::kEnd;
}

ImapKeeper::Outcome ImapKeeper::define(std::string_view name) {
  if (!is_keyword(name)) return ImapStatus::kBadName;
  Result<std::optional<std::uint32_t>> index = folder_->define(name);
  if (!index) return failed(index.error());
  if (!index.value()) return ImapStatus::kFull;
  Result<void> read = read_keywords();
  if (!read) return failed(read.error());
  reply_->head.first = *index.value();
  reply_->head.keywords = static_cast<std::uint32_t>(keywords_.size());
  return ImapStatus::kOk;
}

Result<void> ImapKeeper::check_range(const ImapQuestion& question) const {
  const ImapRule& rule = kImapTable[question.head.kind - 1];
  if ((rule.fields & (kHasRange | kHasNumber)) == 0) return {};
  const std::uint32_t last = question.head.first + std::max(question.head.count, 1U) - 1;
  if (last > view_.count()) return session_out_of_turn("a message that there is not");
  return {};
}

void ImapKeeper::put_row(std::uint32_t number) {
  const FolderMessage* message = folder_->find(view_.uid(number));
  reply_->rows[reply_->head.count++] = view_.tell(number, message, keyword_mask_);
}

ImapKeeper::Outcome ImapKeeper::rows(const ImapQuestion& question) {
  for (std::uint32_t i = 0; i < question.head.count; ++i) put_row(question.head.first + i);
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::open(std::uint32_t number) {
  Result<Fd> file = folder_->read(view_.uid(number));
  if (!file) return failed(file.error());
  if (!file->is_open()) return ImapStatus::kGone;
  lent_ = std::move(file).value();
  const FolderMessage* message = folder_->find(view_.uid(number));
  if (message != nullptr && is_verbatim(message->entry.base)) reply_->head.flags = kOpenVerbatim;
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::store(const ImapQuestion& question) {
  const auto mode = static_cast<ImapStoreMode>(question.head.mode);
  const auto next = [&](MessageFlags flags) {
    return stored(flags, mode, question.head.flags, question.head.keywords & keyword_mask_);
  };
  for (std::uint32_t i = 0; i < question.head.count; ++i) {
    const std::uint32_t number = question.head.first + i;
    Result<bool> changed = folder_->change(view_.uid(number), next);
    if (!changed) return failed(changed.error());
    put_row(number);
  }
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::expunge(const ImapQuestion& question) {
  std::vector<std::uint32_t> uids;
  for (std::uint32_t i = 0; i < question.head.count; ++i) uids.push_back(view_.uid(question.head.first + i));
  Result<std::uint32_t> removed = folder_->expunge(uids);
  if (!removed) return failed(removed.error());
  reply_->head.count = removed.value();
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::poll(ImapPollMode mode) {
  if (folder_->is_gone()) return ImapStatus::kNoFolder;
  const bool listed = loaded_ && listings_ != folder_->listings();
  if (mode != ImapPollMode::kMore && (listed || folder_->has_changed())) {
    Result<void> loaded = load();
    if (loaded && folder_->has_changed()) loaded = list();
    if (loaded) loaded = read_keywords();
    if (!loaded) return failed(loaded.error());
    // The list was damaged meanwhile: nothing of the view means anything any more.
    if (folder_->head().validity != validity_) return ImapStatus::kNoFolder;
    view_.update(folder_->messages(), keyword_mask_, mode == ImapPollMode::kAll, changes_);
    if (mode == ImapPollMode::kAll) listings_ = folder_->listings();
  }
  const std::size_t count = std::min<std::size_t>(changes_.size(), kImapRowsLimit);
  std::copy_n(changes_.begin(), count, reply_->rows);
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count));
  tell_head(folder_->head());
  reply_->head.count = static_cast<std::uint32_t>(count);
  reply_->head.exists = loaded_ ? view_.count() : exists_;
  if (loaded_) reply_->head.recent = view_.recent() + (writable_ ? 0 : folder_->head().recent);
  reply_->head.keywords = static_cast<std::uint32_t>(keywords_.size());
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::transfer(const ImapQuestion& question) {
  switch (question.kind()) {
    case kCopyBegin:
      return copy_begin(question);
    case kCopyTake:
      return copy_take(question);
    case kCopyCommit:
      return copy_commit();
    case kAppendBegin:
      return append_begin(question);
    case kAppendData: {
      Result<bool> added = append_->add(question.text);
      if (!added) return failed(added.error());
      return added.value() ? ImapStatus::kOk : ImapStatus::kTooLarge;
    }
    case kAppendCommit:
      return append_commit();
    default:
      return ImapStatus::kOk;  // kCancel: the gate has forgotten it
  }
}

ImapKeeper::Outcome ImapKeeper::copy_begin(const ImapQuestion& question) {
  const auto mode = static_cast<ImapCopyMode>(question.head.mode);
  if (mode == ImapCopyMode::kMove && !writable_) return ImapStatus::kReadOnly;
  Result<void> loaded = load();
  if (!loaded) return failed(loaded.error());
  Result<std::optional<Folder>> target = folders_->folder(question.text);
  if (!target) return failed(target.error());
  if (!target.value()) return ImapStatus::kNoFolder;
  copy_.emplace(std::move(*target.value()), mode);
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::copy_take(const ImapQuestion& question) {
  Result<void> fits = check_range(question);
  if (!fits) return fits.take_error();
  if (question.head.count > view_.count() || copy_->size() + question.head.count > view_.count())
    return session_out_of_turn("more messages than there are");
  for (std::uint32_t i = 0; i < question.head.count; ++i) copy_->take(view_.uid(question.head.first + i));
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::copy_commit() {
  Result<std::optional<Arrived>> arrived = copy_->commit(*folder_);
  if (!arrived) return failed(arrived.error());
  if (!arrived.value()) return ImapStatus::kGone;
  reply_->head.uid_validity = arrived.value()->validity;
  reply_->head.uid = arrived.value()->first;
  reply_->head.count = arrived.value()->count;
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::append_begin(const ImapQuestion& question) {
  if (question.head.octets > settings_.message_size_limit) return ImapStatus::kTooLarge;
  Result<std::optional<Folder>> target = folders_->folder(question.text);
  if (!target) return failed(target.error());
  if (!target.value()) return ImapStatus::kNoFolder;
  MessageFlags flags{capital_of(question.head.flags), 0};
  std::string_view rest = question.more;
  for (std::string_view name = take_word(rest); !name.empty(); name = take_word(rest)) {
    if (!is_keyword(name)) return ImapStatus::kBadName;
    Result<std::optional<std::uint32_t>> index = target.value()->define(name);
    if (!index) return failed(index.error());
    if (index.value()) flags.keywords |= 1U << *index.value();
  }
  append_.emplace(std::move(*target.value()), flags, question.head.octets, question.head.date);
  Result<void> begun = append_->begin();
  if (!begun) return failed(begun.error());
  return ImapStatus::kOk;
}

ImapKeeper::Outcome ImapKeeper::append_commit() {
  Result<Arrived> arrived = append_->commit();
  if (!arrived) return failed(arrived.error());
  reply_->head.uid_validity = arrived->validity;
  reply_->head.uid = arrived->first;
  return ImapStatus::kOk;
}

int run_imap_keeper(const Settings& settings, const ConnectionRecord& record, KeeperChannels channels) {
  return run_role(kImapKeeperProfile, record, channels.log.get(),
                  [&] { return ImapKeeper(settings, record, channels).run(); });
}

}  // namespace postern::daemon
