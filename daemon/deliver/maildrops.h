// SPDX-License-Identifier: BSD-2-Clause
// What the deliver supervisor knows of maildrops: the spool, the helper, and whose they are.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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

  // remove_stale_locks removes what a crash has left of our own locks, but for those of the maildrops in
  // `kept`. Before the first delivery.
  [[nodiscard]] Result<unsigned> remove_stale_locks(const std::set<std::string>& kept);

  // spool is valid while this object lives.
  [[nodiscard]] Spool spool() const;

  // find returns who the user `name` is, whose maildrop is ready to be appended to (MD-1, MD-4). An Error
  // whenever that is not known for certain. Never a reason to give a message up. Whom the helper has vouched
  // for a moment ago it is not asked about again while there is something under his name, and when it is
  // gone, whom it has vouched for since the start is known still: deliver looks at the maildrop itself
  // (MD-5), and one that is not there waits.
  [[nodiscard]] Result<UnixUser> find(const std::string& name);

 private:
  struct Vouched {
    uid_t uid = 0;
    std::uint64_t at = 0;
  };
  [[nodiscard]] Result<void> reach_helper();
  [[nodiscard]] Result<void> check_place() const;
  [[nodiscard]] bool is_fresh(const std::string& name, const Vouched& vouched) const;

  const Settings& settings_;
  Fd helper_;
  Fd spool_;
  bool has_answered_ = false;
  bool was_lost_ = false;
  std::map<std::string, Vouched> known_;  // whom the helper has vouched for, by name
};

}  // namespace postern::daemon
