// SPDX-License-Identifier: BSD-2-Clause
// The postoffice: mail that was acknowledged and is not delivered yet. A message is one file, in one of three
// directories of postoffice/queue (0700, files 0600: DT-2):
//
//   incoming/ID  locked    being received by the keeper that holds the lock; its size is not filled in
//   incoming/ID  unlocked  that keeper has died; never acknowledged; recover_incoming removes it
//   active/ID    locked    its keeper is making it last; or one process is delivering it
//   active/ID    unlocked  acknowledged, or about to be; waits for a delivery
//   dead/ID                given up, or not readable; kept for a person to look at
//
// A file is: envelope, message, states (queue_text.h), and empty lines, which the next states replace: where
// the file does not grow, to sync it costs no commit of a journal. Guarantees, whatever dies at whatever
// instant:
//   G1  active/ID has its whole envelope and message: they are on their way to the disk before the file gets
//       that name, and synced before its lock goes. Where a crash of the machine brings the name without them
//       it was never acknowledged (set_aside).
//   G2  commit() has returned well: the name is synced too. Only then a client hears 250. The file's sync
//       comes after the name: it commits both, and the directory's, which not every file system can do
//       without, finds nothing left to do.
//   G3  A name is given once and no file is replaced by another.
//   G4  record() has returned well: the state is synced. A torn record was never made; earlier ones stand.
//       What was only written (write_record) lasts when anybody has synced the file.
//   G5  A lock dies with its process. A claim counts only while the file has its name.
//   G6  remove() and bury() are the only ways out of active/. Only a crash of the machine brings back what
//       was removed, as it was recorded last; after sync_removals() nothing does.
//   G7  A delivery may stay unrecorded if remove() follows (mark()): whoever finds a message at a start looks
//       whether it was made before it makes it again.
// Who receives needs no right in active/ but to give a name (Landlock: make, refer): it cannot read, write or
// remove a message that was acknowledged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/postoffice/queue_text.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// QueueDirectories are the three, open.
struct QueueDirectories {
  Fd incoming;
  Fd active;
  Fd dead;
};

// open_queue opens them below `queue`, a directory. No symbolic link is followed.
[[nodiscard]] Result<QueueDirectories> open_queue(int queue);

// make_queue makes what is missing of them, 0700.
[[nodiscard]] Result<void> make_queue(int queue);

// is_disk_full: whether an Error says that there is no room (space, quota, file size): 452 4.3.1 to a client.
[[nodiscard]] bool is_disk_full(const Error& error);

// IncomingMessage is a message on its way in. Dies without commit(): nothing of it stays. After any Error it
// can only be dropped.
class IncomingMessage {
 public:
  // begin makes incoming/ID, locked, with the envelope. `envelope.id` is made here, `size` is not looked at.
  [[nodiscard]] static Result<IncomingMessage> begin(int incoming, Envelope envelope);

  // write appends octets of the message.
  [[nodiscard]] Result<void> write(std::string_view octets);

  // commit makes it last and gives it to `active` (G1, G2). If it fails the message may be in the queue all
  // the same (the sync of the directory failed): then the client sends it again, and none is lost.
  [[nodiscard]] Result<void> commit(int active);

  [[nodiscard]] const std::string& id() const { return envelope_.id; }
  [[nodiscard]] std::uint64_t size() const { return envelope_.size; }

  IncomingMessage(IncomingMessage&& other) noexcept;
  IncomingMessage& operator=(IncomingMessage&&) = delete;
  ~IncomingMessage();

 private:
  IncomingMessage(int incoming, Envelope envelope) : incoming_(incoming), envelope_(std::move(envelope)) {}
  [[nodiscard]] Result<bool> make_file();

  int incoming_;  // borrowed
  Fd file_;
  Envelope envelope_;
  bool is_there_ = false;  // incoming/ID is to be removed
};

// QueuedMessage is a message that this process, and no other, may deliver (G5).
class QueuedMessage {
 public:
  // claim locks active/ID. nullopt: it is gone, or another process has it. An Error with exit kData: the file
  // is malformed; set_aside is for it.
  [[nodiscard]] static Result<std::optional<QueuedMessage>> claim(int active, std::string_view id);

  [[nodiscard]] const Envelope& envelope() const { return envelope_; }
  [[nodiscard]] const std::vector<RecipientState>& states() const { return states_; }

  // The message is the envelope().size octets of file() from message_offset() on. Lines end with LF.
  [[nodiscard]] int file() const { return file_.get(); }
  [[nodiscard]] std::uint64_t message_offset() const { return message_offset_; }

  // record replaces the state of one recipient (0-based), lasting (G4). On an Error nothing is known of the
  // new state, states() has the old one, and nothing further can be recorded.
  [[nodiscard]] Result<void> record(std::size_t recipient, const RecipientState& state);

  // write_record is record() that leaves the sync to the caller, or to whoever else has the file open.
  [[nodiscard]] Result<void> write_record(std::size_t recipient, const RecipientState& state);

  // mark is record() for the last recipient that waits, of a message that remove() follows: known to this
  // object, not written (G7).
  void mark(std::size_t recipient, const RecipientState& state);

  // remove takes the message out of the queue, lasting when sync_removals has followed (G6). For when no
  // recipient waits any more.
  [[nodiscard]] Result<void> remove();

  // bury moves it to `dead`, lasting.
  [[nodiscard]] Result<void> bury(int dead);

 private:
  QueuedMessage() = default;
  [[nodiscard]] Result<void> read();

  int active_ = -1;  // borrowed
  Fd file_;
  Envelope envelope_;
  std::vector<RecipientState> states_;
  std::uint64_t message_offset_ = 0;
  std::uint64_t states_end_ = 0;  // where the next record goes
  bool broken_ = false;
};

// sync_removals makes every remove() before it last: one sync for any number.
[[nodiscard]] Result<void> sync_removals(int active);

// QueuedFacts are a message's envelope and states as they were a moment ago.
struct QueuedFacts {
  Envelope envelope;
  std::vector<RecipientState> states;
};

// look_at reads DIRECTORY/ID (active or dead) without a lock. nullopt: it is gone.
[[nodiscard]] Result<std::optional<QueuedFacts>> look_at(int directory, std::string_view id);

// list_queue returns the ids in a directory of the queue, the oldest first. Names that are no ids are passed
// over: they are not ours.
[[nodiscard]] Result<std::vector<std::string>> list_queue(int directory);

// set_aside moves active/ID to `dead`, lasting, whatever it holds; false: it is gone, or being delivered.
[[nodiscard]] Result<bool> set_aside(int active, int dead, std::string_view id);

// recover_incoming removes what dead keepers left in incoming/ and returns how many files it were. At any
// time: a living keeper holds its file's lock, and one that has not got to it yet makes another file.
[[nodiscard]] Result<std::size_t> recover_incoming(int incoming);

}  // namespace postern::daemon
