// SPDX-License-Identifier: BSD-2-Clause
// One account's mailbox: a Maildir that any other tool may read and write meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/maildir/mailbox_list.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// Mailbox reads a Maildir and removes from it; of messages it makes, renames and writes none. Its listing is
// made once and stays as it is: message numbers mean the same until the Mailbox dies (RFC 1939, section 5).
// Symbolic links, directories, devices and hidden files in new/ and cur/ are no messages.
//
// Beside the messages it keeps its last listing, postern-pop3 (mailbox_list.h), and while new/ and cur/ have
// the times of then, believes it. What is in a message does not change under its base name: that is what a
// Maildir is. Who changes one all the same makes its size here another than that of what is sent, and nothing
// else.
class Mailbox {
 public:
  // open opens DIRECTORY/{cur,new}, where DIRECTORY is the component `account` below `mailboxes`. No
  // symbolic link is followed. Requires is_account_name(account).
  [[nodiscard]] static Result<Mailbox> open(int mailboxes, std::string_view account);

  // lock takes the one session that a mailbox has; false: another one has it. It is given up when the
  // Mailbox dies, or its process.
  [[nodiscard]] Result<bool> lock();

  // list makes the listing, or finds the one that is kept true, of which it reads one line. Reads each
  // message that was not there the last time, for its size.
  [[nodiscard]] Result<void> list();

  // count messages of this many octets in all, from list() on.
  [[nodiscard]] std::size_t count() const { return head_.count; }
  [[nodiscard]] std::uint64_t octets() const { return head_.octets; }

  // load reads the messages that list() has counted; messages() are there after it. What is kept and damaged
  // is removed, and an Error.
  [[nodiscard]] Result<void> load();
  [[nodiscard]] const std::vector<MailboxMessage>& messages() const { return messages_; }

  // keep writes the listing down, where it is worth it, for those who come again.
  [[nodiscard]] Result<void> keep() const;

  // directory: the Maildir itself; the Mailbox keeps ownership.
  [[nodiscard]] int directory() const { return directory_.get(); }

  // read opens message `index` (0-based) for reading, where it lies now. An Fd that is not open: it is gone.
  [[nodiscard]] Result<Fd> read(std::size_t index) const;

  // remove unlinks message `index`; one that is gone is removed. Lasting only after sync().
  [[nodiscard]] Result<void> remove(std::size_t index) const;

  // sync makes what was removed stay removed after a crash of the machine.
  [[nodiscard]] Result<void> sync() const;

 private:
  Mailbox() = default;
  [[nodiscard]] Result<void> list_directory(bool is_new);
  [[nodiscard]] Result<bool> find_kept(std::vector<MailboxMessage>& known);
  [[nodiscard]] Result<void> scan();
  [[nodiscard]] Result<void> measure(const std::vector<MailboxMessage>& known);
  void sort_and_drop_doubles();

  Fd directory_;
  Fd new_;
  Fd cur_;
  MailboxListHead head_;  // times of 0: it may not be true of what is there now
  Fd kept_;               // what load() has to read
  std::vector<MailboxMessage> messages_;
};

}  // namespace postern::daemon
