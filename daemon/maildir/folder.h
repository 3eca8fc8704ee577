// SPDX-License-Identifier: BSD-2-Clause
// One folder: a Maildir that any other tool may read and write meanwhile, and beside its messages
//   postern-uids       the UID list (uid_list.h)
//   postern-keywords   names of the letters a to z (flags.h)
//   postern-uids.lock  shared by whoever renames or removes, exclusive for whoever lists, or writes those two
// A UID is in the list, for good, before anybody is told of it; it goes with its message and never comes
// back. What a crash leaves: entries without a message, which the next listing drops, and messages without an
// entry, which it gives new UIDs. A list that is damaged or missing begins anew with a greater UIDVALIDITY.
// Flags are names of files: a crash of the machine may undo the last of them; nothing else is undone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/maildir/flags.h"
#include "daemon/maildir/kept_file.h"
#include "daemon/maildir/uid_list.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// FolderMessage is one message as it was at the last listing, or as we left it since.
struct FolderMessage {
  UidEntry entry;
  std::string info;     // what follows the base in its file's name
  bool is_new = false;  // lies in new/, otherwise in cur/
  bool gone = false;    // removed since

  [[nodiscard]] std::string file_name() const { return entry.base + info; }
  [[nodiscard]] MessageFlags flags() const { return flags_of(info); }
};

// Arrival is a message that is to come into a folder: a file elsewhere, linked or moved.
struct Arrival {
  int directory = -1;  // borrowed
  std::string name;
  MessageFlags flags;
  std::uint64_t octets = 0;  // on the wire
  std::int64_t date = 0;
  bool verbatim = false;  // is_verbatim
};
enum class ArriveBy : std::uint8_t { kLink, kMove };

// Arrived: messages that have UIDs first, first + 1, … first + count - 1 now.
struct Arrived {
  std::uint32_t validity = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class Folder {
 public:
  // open opens the folder `directory` ("." or ".NAME") below `maildir`, which must outlive it. nullopt: there
  // is none.
  [[nodiscard]] static Result<std::optional<Folder>> open(int maildir, const std::string& directory);

  // glance: what the list says, if it is true of new/ and cur/ as they are; otherwise the folder is listed.
  // In the first case nothing else has been read, and pinned() gives the entries that belong to the answer.
  [[nodiscard]] Result<UidListHead> glance();
  [[nodiscard]] bool is_pinned() const { return pinned_.is_open(); }
  [[nodiscard]] Result<std::vector<UidEntry>> pinned();

  // list lists new/ and cur/ and gives UIDs to what has none. `take`: then moves new/ into cur/, and says
  // which UIDs those were.
  [[nodiscard]] Result<std::vector<std::uint32_t>> list(bool take);

  // has_changed: whether a listing could find something else than the last one did.
  [[nodiscard]] bool has_changed() const;

  // listings counts them: with the same count messages() are the same, but for what we have done ourselves.
  [[nodiscard]] std::uint64_t listings() const { return listings_; }

  // is_gone: the folder was deleted.
  [[nodiscard]] bool is_gone() const;

  // messages of the last listing, UIDs rising; head() of then.
  [[nodiscard]] const std::vector<FolderMessage>& messages() const { return messages_; }
  [[nodiscard]] const UidListHead& head() const { return head_; }
  // find: nullptr if there is none.
  [[nodiscard]] const FolderMessage* find(std::uint32_t uid) const;

  // read opens a message, where it lies now. An Fd that is not open: it is gone.
  [[nodiscard]] Result<Fd> read(std::uint32_t uid);

  // change gives a message the flags that `next` makes of those it has. False: it is gone.
  using NextFlags = std::function<MessageFlags(MessageFlags)>;
  [[nodiscard]] Result<bool> change(std::uint32_t uid, const NextFlags& next);

  // expunge removes those of `uids` that are flagged as trashed, for good; says how many.
  [[nodiscard]] Result<std::uint32_t> expunge(const std::vector<std::uint32_t>& uids);

  // arrival describes message `uid` for another folder. nullopt: it is gone.
  [[nodiscard]] std::optional<Arrival> arrival(std::uint32_t uid) const;

  // arrive gives UIDs to `arrivals`, for good, then puts them into new/ under names of their own. kLink: all
  // of them or none. kMove: each is here or where it was; `count` is of those that came, the first ones. An
  // Error with errno ENOENT: a message was gone. What was listed is forgotten.
  [[nodiscard]] Result<Arrived> arrive(const std::vector<Arrival>& arrivals, ArriveBy by);

  // draft opens an empty file in tmp/ for a message to be written; `name` is its name.
  [[nodiscard]] Result<Fd> draft(std::string& name) const;
  [[nodiscard]] int drafts() const { return tmp_.get(); }

  // keywords by index; define returns the index of `name`, given one if it has none. nullopt: all are taken.
  [[nodiscard]] Result<std::vector<std::string>> keywords() const;
  [[nodiscard]] Result<std::optional<std::uint32_t>> define(std::string_view name);

  [[nodiscard]] int directory() const { return directory_.get(); }

 private:
  using Times = DirectoryTimes;
  explicit Folder(int maildir) : maildir_(maildir) {}
  [[nodiscard]] Times times() const { return directory_times(new_.get(), cur_.get()); }
  [[nodiscard]] Result<std::vector<UidEntry>> load_entries();
  [[nodiscard]] Result<void> scan(std::vector<FolderMessage>& found) const;
  [[nodiscard]] Result<void> scan_settled(std::vector<FolderMessage>& found);
  [[nodiscard]] Result<void> look_twice(const std::vector<UidEntry>& entries,
                                        std::vector<FolderMessage>& found);
  [[nodiscard]] Result<void> enlist(std::vector<FolderMessage>& found);
  [[nodiscard]] Result<bool> measure(FolderMessage& message) const;
  [[nodiscard]] Result<void> list_locked();
  [[nodiscard]] Result<std::vector<std::uint32_t>> take_new();
  [[nodiscard]] Result<void> write_list(std::vector<UidEntry> entries);
  void summarize();
  [[nodiscard]] FolderMessage* own(std::uint32_t uid);
  [[nodiscard]] Result<bool> remove_one(std::uint32_t uid);
  [[nodiscard]] Result<std::uint32_t> place(std::span<const Arrival> arrivals,
                                            std::span<const UidEntry> entries, ArriveBy by) const;
  [[nodiscard]] int place_of(const FolderMessage& message) const {
    return message.is_new ? new_.get() : cur_.get();
  }

  int maildir_;
  Fd directory_;
  Fd new_;
  Fd cur_;
  Fd tmp_;
  Fd lock_file_;
  Fd pinned_;
  UidListHead head_;
  FileId list_id_;
  std::uint64_t listings_ = 0;
  Times scanned_;  // zero: something may have changed since
  std::vector<FolderMessage> messages_;
};

}  // namespace postern::daemon
