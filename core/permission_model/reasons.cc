// SPDX-License-Identifier: BSD-2-Clause
//
// reasons.cc: the words of every reason, in the order of its enumeration. Codes are permanent: tables and
// reports cite them.
#include <array>

#include "maildrop_rules.h"
#include "tree.h"

namespace postern::permission {
namespace {

constexpr std::string_view kDefect =
    "This is a defect of the daemon or of what started it: stop it and report it.";

constexpr ReasonText kPrivilegeTexts[] = {
    {"conforms", "is as it must be", "Nothing is wrong."},
    {"target-is-root", "would become root", "Name another user and group in mta-user and mta-group."},
    {"real-user", "has another real user id", kDefect},
    {"effective-user", "has another effective user id", kDefect},
    {"saved-user", "has another saved user id, and can return to it", kDefect},
    {"file-system-user", "has another file-system user id", kDefect},
    {"real-group", "has another real group id", kDefect},
    {"effective-group", "has another effective group id", kDefect},
    {"saved-group", "has another saved group id, and can return to it", kDefect},
    {"file-system-group", "has another file-system group id", kDefect},
    {"supplementary-groups", "is in other supplementary groups", kDefect},
    {"effective-set", "has other effective capabilities", kDefect},
    {"permitted-set", "has other permitted capabilities", kDefect},
    {"inheritable-set", "has inheritable capabilities", kDefect},
    {"ambient-set", "has ambient capabilities", kDefect},
    {"bounding-set", "has a bounding set that is not empty", kDefect},
    {"no-new-privs", "may gain privileges by executing a set-uid file", kDefect},
    {"securebits", "has other securebits", kDefect},
    {"dumpable", "can be read by others of its user", kDefect},
    {"filter", "has no system-call filter", "Set sandbox = enforce and start it again."},
    {"threads", "has several threads", kDefect},
    {"listens", "holds a listening socket", kDefect},
    {"connected", "holds a connection to the outside", kDefect},
    {"files", "holds a file or directory", kDefect},
    {"helper-channel", "can ask the maildrop helper", kDefect},
};
static_assert(std::size(kPrivilegeTexts) == static_cast<std::size_t>(kLastPrivilegeReason) + 1);

constexpr ReasonText kTreeTexts[] = {
    {"conforms", "is as it must be", "Nothing is wrong."},
    {"symbolic-link", "is a symbolic link", "Remove it, or put in its place what it leads to."},
    {"device", "is a device", "Remove it."},
    {"fifo", "is a FIFO", "Remove it."},
    {"socket", "is a socket", "Remove it."},
    {"several-names", "is a file with several names", "Find the other name; remove one of them."},
    {"not-directory", "is not a directory", "Run postern-setup again, or correct the path."},
    {"owner", "has another owner", "chown it."},
    {"group", "has another group", "chgrp it."},
    {"mode", "has another mode", "chmod it."},
    {"writable", "can be changed by others than root", "chmod go-w it."},
    {"in-tree", "lies in a tree of the MTA user, who could replace it",
     "Move it out of the three trees to a directory of root's."},
};
static_assert(std::size(kTreeTexts) == static_cast<std::size_t>(kLastTreeReason) + 1);

constexpr std::string_view kMoveAway = "Move it away; the helper changes nothing that it finds.";

constexpr ReasonText kMaildropTexts[] = {
    {"no-maildrop", "is not there yet", "Nothing is wrong."},
    {"good-maildrop", "is there, and as it must be", "Nothing is wrong."},
    {"name-length", "is no login name: it has no octet or more than 32", "Correct the account's delivery."},
    {"name-octet", "is no login name: it holds an octet that none has", "Correct the account's delivery."},
    {"name-lock", "is no login name here: it ends in .lock", "Rename the user, or deliver to a mailbox."},
    {"unknown-user", "is no user of this system", "Add the user, or correct the account's delivery."},
    {"other-name", "is another user's by the name service", "Write the name as the name service has it."},
    {"root-user", "is root", "Deliver root's mail to an ordinary user."},
    {"mta-user", "is the MTA user", "Deliver to another user."},
    {"below-minimum", "is a system user", "Deliver to an ordinary user, or lower the minimum."},
    {"spool-kind", "the spool is not a directory", "Make it one, root:mail 3775."},
    {"spool-owner", "the spool is not root's", "chown root it."},
    {"spool-group", "the spool has another group than mail", "chgrp mail it."},
    {"spool-world-writable", "the spool is writable by everyone", "chmod 3775 it."},
    {"spool-mode", "the spool has another mode than 3775 or 2775", "chmod 3775 it."},
    {"symbolic-link", "is a symbolic link", kMoveAway},
    {"directory", "is a directory", kMoveAway},
    {"fifo", "is a FIFO", kMoveAway},
    {"socket", "is a socket", kMoveAway},
    {"device", "is a device", kMoveAway},
    {"several-names", "is a file with several names", "Find the other name; remove one of them."},
    {"foreign-owner", "is somebody else's", "Move it away, or chown it to the user whose name it has."},
    {"foreign-group", "has another group than mail", "chgrp mail it."},
    {"foreign-mode", "has another mode than 0660", "chmod 0660 it."},
};
static_assert(std::size(kMaildropTexts) == static_cast<std::size_t>(kLastMaildropReason) + 1);

}  // namespace

ReasonText reason_text(PrivilegeReason reason) noexcept {
  return kPrivilegeTexts[static_cast<std::size_t>(reason)];
}

ReasonText reason_text(TreeReason reason) noexcept {
  return kTreeTexts[static_cast<std::size_t>(reason)];
}

ReasonText reason_text(MaildropReason reason) noexcept {
  return kMaildropTexts[static_cast<std::size_t>(reason)];
}

}  // namespace postern::permission
