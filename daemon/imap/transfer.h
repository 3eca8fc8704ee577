// SPDX-License-Identifier: BSD-2-Clause
// A copy, move or append from its begin to its commit: nothing is in the target before.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/imap/protocol.h"
#include "daemon/maildir/folder.h"

namespace postern::daemon {

// CopyTransfer: messages of one folder that are to come into another.
class CopyTransfer {
 public:
  CopyTransfer(Folder target, ImapCopyMode mode) : target_(std::move(target)), mode_(mode) {}

  void take(std::uint32_t uid) { uids_.push_back(uid); }
  [[nodiscard]] std::size_t size() const { return uids_.size(); }

  // commit copies or moves them, keywords by their names. nullopt: one of them is gone; kCopy: then none has
  // come.
  [[nodiscard]] Result<std::optional<Arrived>> commit(Folder& source);

 private:
  [[nodiscard]] Result<std::optional<std::vector<Arrival>>> arrivals(const Folder& source);
  [[nodiscard]] Result<std::uint32_t> translated(std::uint32_t keywords,
                                                 const std::vector<std::string>& names);

  Folder target_;
  ImapCopyMode mode_;
  std::vector<std::uint32_t> uids_;
  std::map<std::uint32_t, std::uint32_t> letters_;  // index in the source -> in the target
};

// FileForm: the octets of a message as they are to lie in its file: CRLF is LF there, as in every Maildir.
class FileForm {
 public:
  // add puts what `octets` are in the file behind `text`. False: there is a line end among them that would
  // not come back as it was; nothing of use was put.
  [[nodiscard]] bool add(std::string_view octets, std::string& text);
  // held: the octets that wait for what follows: a CR, or none.
  [[nodiscard]] std::string_view held() const { return had_cr_ ? "\r" : ""; }

 private:
  bool had_cr_ = false;
  char last_ = '\n';  // octet of the file
};

// AppendTransfer: one message, written to tmp/ as it comes. What is not committed is removed. It comes back
// octet for octet: with another line end than CRLF in it its file is verbatim (maildir/walk.h).
class AppendTransfer {
 public:
  AppendTransfer(Folder target, MessageFlags flags, std::uint64_t limit, std::int64_t date)
      : target_(std::move(target)), flags_(flags), limit_(limit), date_(date) {}
  AppendTransfer(AppendTransfer&&) = delete;
  AppendTransfer& operator=(AppendTransfer&&) = delete;
  ~AppendTransfer();

  [[nodiscard]] Result<void> begin();
  // add: octets as they are on the wire. False: more than was said.
  [[nodiscard]] Result<bool> add(std::string_view octets);
  [[nodiscard]] Result<Arrived> commit();

 private:
  [[nodiscard]] Result<void> write(std::string_view octets);
  [[nodiscard]] Result<void> begin_verbatim();

  Folder target_;
  MessageFlags flags_;
  std::uint64_t limit_;
  std::int64_t date_;
  std::uint64_t octets_ = 0;
  bool verbatim_ = false;
  FileForm form_;
  std::string name_;
  Fd file_;
};

}  // namespace postern::daemon
