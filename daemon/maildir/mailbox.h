// SPDX-License-Identifier: BSD-2-Clause
// One account's mailbox: a Maildir that any other tool may read and write meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// MailboxMessage is one file as it was when the listing was made.
struct MailboxMessage {
  std::string file_name;  // with flags
  uint64_t octets = 0;    // on the wire: RFC 1939, section 11
  bool is_new = false;    // lies in new/, otherwise in cur/
};

// Mailbox reads a Maildir and removes from it; it makes, renames and writes nothing. Its listing is made
// once and stays as it is: message numbers mean the same until the Mailbox dies (RFC 1939, section 5).
// Symbolic links, directories, devices and hidden files in new/ and cur/ are no messages.
class Mailbox {
 public:
  // open opens DIRECTORY/{cur,new}, where DIRECTORY is the component `account` below `mailboxes`. No
  // symbolic link is followed. Requires is_account_name(account).
  [[nodiscard]] static Result<Mailbox> open(int mailboxes, std::string_view account);

  // lock takes the one session that a mailbox has; false: another one has it. It is given up when the
  // Mailbox dies, or its process.
  [[nodiscard]] Result<bool> lock();

  // list makes the listing. Reads each message once, for its size.
  [[nodiscard]] Result<void> list();

  [[nodiscard]] const std::vector<MailboxMessage>& messages() const { return messages_; }

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
  [[nodiscard]] Result<void> measure();
  void sort_and_drop_doubles();

  Fd directory_;
  Fd new_;
  Fd cur_;
  std::vector<MailboxMessage> messages_;
};

}  // namespace postern::daemon
