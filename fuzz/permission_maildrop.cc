// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a maildrop that core leaves as it is serves exactly its owner and group mail, and none is made over
// anything (MD-1, MD-2). Input: who, then ids, a name and objects.
#include "core/permission_model/maildrop_rules.h"
#include "fuzz/somebody.h"

namespace {

using namespace fuzz;

void check_maildrop(const Credentials& who, Octets& input) {
  const MaildropSite site{kMta, kMail, kUser};
  const Id owner = input.id();
  MaildropQuestion asked{input.flag() ? "bob" : "Bob", UnixUser{input.flag() ? "bob" : "eve", owner},
                         near({Kind::kDirectory, kRoot, kMail, kSpoolMode}, input),
                         near({Kind::kFile, owner, kMail, kMaildropMode}, input)};
  if (input.octet() % 8 == 7) asked.user.reset();
  const MaildropVerdict there = decide_maildrop(asked, site);
  hold(there.action != MaildropAction::kCreate, "nothing is made over anything");
  if (there.action == MaildropAction::kLeave) {
    const Object& found = *asked.found;
#ifdef POSTERN_SEEDED_BUG
    const bool its = who.user.file_system == asked.user->id;
#else
    const bool its = who.user.file_system == asked.user->id || who.in_group(kMail);
#endif
    hold(may(who, found, kRead | kWrite) == its && (its || !may(who, found, kRead)), "owner and group mail");
    hold(!may(who, found, kExecute), "nobody executes it");
  }
  asked.found.reset();
  const MaildropVerdict absent = decide_maildrop(asked, site);
  hold(absent.action != MaildropAction::kLeave, "nothing is not left");
  hold(there.action != MaildropAction::kLeave || absent.action == MaildropAction::kCreate,
       "made where nothing is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Octets input(octets_of(data, size));
  const Credentials who = somebody(input);
  check_maildrop(who, input);
  return 0;
}
