// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/maildrops.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "daemon/maildrop_helper/client.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr std::uint64_t kHelperPatience =
    10'000'000'000U;                                // twice what the helper waits for the name service
constexpr std::uint64_t kMoment = 10'000'000'000U;  // for that long a user is who he was

Error refused(std::string what, std::string where, std::string cure) {
  return Error{std::move(what), std::move(where), std::move(cure), 0, Exit::kTemporary};
}

}  // namespace

Result<void> Maildrops::open() {
  if (settings_.maildrop_group == 0) return {};
  auto spool = open_directory(settings_.maildrop_spool.c_str());
  if (!spool.ok()) return spool.take_error();
  spool_ = std::move(spool).value();
  return reach_helper();
}

Result<void> Maildrops::reach_helper() {
  const char* const path = settings_.maildrop_socket.c_str();
  if (*path == '\0') return {};
  auto socket = connect_local(path, SOCK_SEQPACKET);
  if (!socket.ok()) return socket.take_error();
  const auto listens = packet_peer(socket->get());
  if (!listens.ok()) return listens.error();
  if (*listens != 0)
    return refused("the helper's socket is that of uid " + std::to_string(*listens) + ", not root's", path,
                   "see postern-maildrop.socket");
  helper_ = std::move(socket).value();
  return {};
}

Result<void> Maildrops::helper_holds() const {
  if (!was_lost_) return {};
  return refused("the maildrop helper has ended", settings_.maildrop_socket.c_str(),
                 "both are started again");
}

Result<unsigned> Maildrops::remove_stale_locks(const std::set<std::string>& kept) {
  return spool_.is_open() ? remove_own_locks(spool(), kept) : Result<unsigned>(0U);
}

Spool Maildrops::spool() const {
  return {spool_.get(), 0, settings_.maildrop_group, settings_.mta_uid};
}

// MD-5: mail must not go on into a directory that nobody looks into any more.
Result<void> Maildrops::check_place() const {
  if (!spool_.is_open())
    return refused("there is no mail spool, or no group mail", settings_.maildrop_spool.c_str(),
                   "see maildrop-spool and maildrop-group; maildrops need a start as root");
  struct stat held {};
  struct stat there {};
  if (fstat(spool_.get(), &held) != 0 ||
      fstatat(AT_FDCWD, settings_.maildrop_spool.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0)
    return system_error("cannot look at the mail spool", settings_.maildrop_spool.c_str());
  if (held.st_dev == there.st_dev && held.st_ino == there.st_ino) return {};
  return refused("the mail spool was replaced by something else", settings_.maildrop_spool.c_str(),
                 "put it back, or start the service again");
}

bool Maildrops::is_fresh(const std::string& name, const Vouched& vouched) const {
  struct stat info {};
  return monotonic_nsec() < vouched.at + kMoment &&
         fstatat(spool_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// MD-1, MD-4: the helper knows whose it is to be, looks at what is there, and makes what is missing.
Result<UnixUser> Maildrops::find(const std::string& name) {
  if (auto same = check_place(); !same.ok()) return same.take_error();
  const auto known = known_.find(name);
  if (known != known_.end() && is_fresh(name, known->second)) return UnixUser{name, known->second.uid};
  const MaildropAnswer answer = ask_maildrop_helper(helper_.get(), name, monotonic_nsec() + kHelperPatience);
  const bool is_gone = answer.trouble == MaildropTrouble::kHelperIsGone;
  was_lost_ = is_gone && has_answered_ && !settings_.maildrop_socket.view().empty();
  has_answered_ = has_answered_ || !is_gone;
  if (answer.user != 0) {
    known_[name] = {answer.user, monotonic_nsec()};
    return UnixUser{name, answer.user};
  }
  if (is_gone) {
    if (known != known_.end()) return UnixUser{name, known->second.uid};
    return refused("there is no maildrop helper, and so nobody to say whose maildrop it is or to make one",
                   name, "start the service again, as root, or postern-deliver.service");
  }
  if (answer.trouble != MaildropTrouble::kNone)
    return refused("the maildrop helper: " + std::string(answer.text()), name, "see its line in the log");
  if (known != known_.end()) known_.erase(known);  // refused: nobody is vouched for any more
  const permission::ReasonText text = permission::reason_text(answer.reason);
  return refused(std::string(text.what), name, std::string(text.cure));
}

}  // namespace postern::daemon
