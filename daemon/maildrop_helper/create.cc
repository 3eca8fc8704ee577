// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/create.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "daemon/sys/files.h"
#include "daemon/sys/object.h"

namespace postern::daemon {
namespace {

using permission::MaildropAction;

Made failed(const char* step) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  return {full ? MaildropTrouble::kNoSpace : MaildropTrouble::kSystem, {}, step, error, 0};
}

// The file is nobody's to see until it is linked: nothing can be put in its way, and a crash leaves nothing.
// Mode before owner: root's own file needs no CAP_FOWNER. Nothing at `name`, not even a dangling link, is
// followed or replaced by linkat(2) (MD-3).
Made link_new_file(int spool, const char* name, uid_t owner, gid_t mail_group) {
  const Fd file(openat(spool, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0));
  if (!file.is_open()) return failed("open O_TMPFILE");
  if (fchmod(file.get(), mode_t{permission::kMaildropMode}) != 0) return failed("fchmod");
  if (fchown(file.get(), owner, mail_group) != 0) return failed("fchown");
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return failed("fstat");
  info.st_nlink = 1;  // as it will be
  if (permission::maildrop_fault(object_of(info), owner, mail_group) || info.st_size != 0)
    return {MaildropTrouble::kSystem, {}, "the new file reads back differently", 0, 0};
  if (fsync(file.get()) != 0) return failed("fsync");
  std::array<char, 32> path{};
  (void)std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file.get());
  if (linkat(AT_FDCWD, path.data(), spool, name, AT_SYMLINK_FOLLOW) != 0) return failed("linkat");
  return {};
}

// MD-5: looked at, never opened. False: a call failed.
bool look(int spool, const char* name, permission::MaildropQuestion& asked) {
  struct stat info {};
  if (fstat(spool, &info) != 0) return false;
  asked.spool = object_of(info);
  asked.found.reset();
  if (fstatat(spool, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    asked.found = object_of(info);
  else if (errno != ENOENT)
    return false;
  return true;
}

// A maildrop is told of when it lasts, with its user.
Made lasting(int spool, Made made, uid_t user) {
  const bool is_there =
      made.trouble == MaildropTrouble::kNone &&
      (made.reason == MaildropReason::kNoMaildrop || made.reason == MaildropReason::kGoodMaildrop);
  if (!is_there) return made;
  if (fsync(spool) != 0) return failed("fsync of the spool");
  made.user = user;
  return made;
}

}  // namespace

Result<Fd> open_spool(const std::string& path, gid_t mail_group) {
  const std::string above = path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
  if (auto owned = check_owned_by_root(above); !owned.ok()) return owned.take_error();
  auto spool = open_directory(path.c_str());
  if (!spool.ok()) return spool;
  struct stat info {};
  if (fstat(spool->get(), &info) != 0) return system_error("cannot look at the spool", path);
  const auto fault = permission::spool_fault(object_of(info), mail_group);
  if (!fault) return spool;
  const permission::ReasonText text = permission::reason_text(*fault);
  return Error{std::string(text.what), path, std::string(text.cure), 0, Exit::kConfig};
}

Made make_maildrop(int spool, const permission::MaildropSite& site, std::string_view name,
                   std::optional<permission::UnixUser> user) {
  if (const auto fault = permission::login_name_fault(name))
    return {MaildropTrouble::kNone, *fault, "", 0, 0};
  std::array<char, kMaxLoginName + 1> path{};
  std::ranges::copy(name, path.begin());
  permission::MaildropQuestion asked{name, user, {}, {}};
  Made made;
  for (int tries = 0; tries < 2; ++tries) {  // somebody else may put something there in between
    if (!look(spool, path.data(), asked)) return failed("stat");
    const auto verdict = permission::decide_maildrop(asked, site);
    if (verdict.action != MaildropAction::kCreate)
      return lasting(spool, {MaildropTrouble::kNone, verdict.reason, "", 0, 0}, user ? user->id : 0);
    made = link_new_file(spool, path.data(), user->id, site.mail_group);
    if (made.errno_value != EEXIST) break;
  }
  return lasting(spool, made, user->id);
}

// "." exists: whatever else is wrong shows before that does.
Made probe_spool(int spool, uid_t owner, gid_t mail_group) {
  const Made made = link_new_file(spool, ".", owner, mail_group);
  return lasting(spool, made.errno_value == EEXIST ? Made{} : made, owner);
}

}  // namespace postern::daemon
