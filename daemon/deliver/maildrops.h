// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor knows of maildrops: the spool, the helper, and whose they are.
#pragma once

#include <map>
#include <string>

#include "daemon/config/settings.h"
#include "daemon/deliver/spool.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

class Maildrops {
 public:
  // `helper` is where the maildrop helper is asked; not open: there is none, or it is to be reached.
  Maildrops(const Settings& settings, Fd helper) : settings_(settings), helper_(std::move(helper)) {}

  // open opens the spool, if there is to be one, and connects to a helper that is a unit of its own, whose
  // socket must be root's. Before the cage. An Error: every find answers one as well; deliveries to
  // mailboxes go on.
  [[nodiscard]] Result<void> open();

  // helper_holds: Error if a helper that is a unit of its own has answered before, and does not any more: the
  // service manager starts another for who connects anew.
  [[nodiscard]] Result<void> helper_holds() const;

  // remove_stale_locks removes what a crash has left of our own locks. Before the first delivery.
  [[nodiscard]] Result<unsigned> remove_stale_locks();

  // spool is valid while this object lives.
  [[nodiscard]] Spool spool() const;

  // find returns who the user `name` is, whose maildrop is ready to be appended to (MD-1, MD-4). An Error
  // whenever that is not known for certain. Never a reason to give a message up. When the helper is gone, the
  // users that it has vouched for since the start are known still: deliver looks at the maildrop itself
  // (MD-5), and one that is not there waits.
  [[nodiscard]] Result<UnixUser> find(const std::string& name);

 private:
  [[nodiscard]] Result<void> reach_helper();
  [[nodiscard]] Result<void> check_place() const;

  const Settings& settings_;
  Fd helper_;
  Fd spool_;
  bool has_answered_ = false;
  bool was_lost_ = false;
  std::map<std::string, uid_t> known_;  // whom the helper has vouched for, by name
};

}  // namespace postern::daemon
