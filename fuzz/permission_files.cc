// SPDX-License-Identifier: BSD-2-Clause
//
// Law: a maildrop that core leaves as it is serves exactly its owner and group mail, and none is made over
// anything (MD-1, MD-2); nobody else does anything to what conforms in postoffice and mailbox (DT-2); nobody
// but root writes or replaces a step of a trusted path (DT-3). "Nobody" holds no capability. Input: who, then
// objects, ids and a name.
#include <algorithm>
#include <array>

#include "core/permission_model/maildrop_rules.h"
#include "core/permission_model/tree.h"
#include "fuzz/permission.h"

namespace {

using namespace fuzz;

Credentials somebody(Octets& input) {
  Credentials is = dropped();
  is.user = input.ids();
  is.group = input.ids();
  is.groups = input.groups();
  return is;
}

// near: `right`, or that with one thing about it otherwise.
Object near(Object right, Octets& input) {
  constexpr std::uint16_t kModes[] = {0660, 0600, 0700, 0550, 0755, 03775, 02775, 01777};
  switch (input.octet() % 8) {
    case 0:
      right.kind = static_cast<Kind>(input.octet() % 6);
      break;
    case 1:
      right.owner = input.id();
      break;
    case 2:
      right.group = input.id();
      break;
    case 3:
      right.mode = kModes[input.octet() % std::size(kModes)];
      break;
    case 4:
      right.mode = input.mode();
      break;
    case 5:
      right.names = input.octet() % 3U;
      break;
    default:
      break;
  }
  return right;
}

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
    const bool its = who.user.file_system == asked.user->id || who.in_group(kMail);
    hold(may(who, found, kRead | kWrite) == its && (its || !may(who, found, kRead)), "owner and group mail");
    hold(!may(who, found, kExecute), "nobody executes it");
  }
  asked.found.reset();
  const MaildropVerdict absent = decide_maildrop(asked, site);
  hold(absent.action != MaildropAction::kLeave, "nothing is not left");
  hold(there.action != MaildropAction::kLeave || absent.action == MaildropAction::kCreate,
       "made where nothing is");
}

TreeReason conforms(Tree tree, const Object& is) {
#ifdef POSTERN_SEEDED_BUG
  if (is.mode == 0755)
    return tree_conforms(tree, false, {is.kind, is.owner, is.group, 0700, is.names}, kMta, kMta);
#endif
  return tree_conforms(tree, false, is, kMta, kMta);
}

void check_tree(const Credentials& who, const Object& is) {
  for (const Tree tree : {Tree::kPostoffice, Tree::kMailbox}) {
    if (conforms(tree, is) != TreeReason::kConforms || who.user.file_system == kMta) continue;
    for (const Wish wish : {kRead, kWrite, kExecute})
      hold(!may(who, is, wish), "an outsider reaches no tree");
  }
  if (tree_conforms(Tree::kExecutables, true, is, kMta, kMta) == TreeReason::kConforms)
    hold(is.kind == Kind::kDirectory && !may(who, is, kWrite), "a tree is a directory that nobody writes");
}

void check_trusted(const Credentials& who, std::array<Object, 3> chain) {
  chain[0].kind = chain[1].kind = Kind::kDirectory;
  const TrustVerdict verdict = trusted_conforms(chain, false);
  const bool sound = verdict.reason == TreeReason::kConforms;
  hold(sound == (verdict.at == chain.size()), "a step to blame if and only if there is one");
  hold(trusted_conforms(chain, true) == (sound ? TrustVerdict{TreeReason::kInTree, 3} : verdict), "no tree");
  const AccessVerdict reached = access(who, chain, kRead);
  hold((reached.reason == AccessReason::kNoSearch) ==
           std::any_of(chain.begin(), chain.begin() + 2,
                       [&](const Object& step) { return !may(who, step, kExecute); }),
       "each directory on the way is searched");
  if (!sound || who.user.file_system == kRoot) return;
  hold(replace(who, chain).reason != AccessReason::kAllowed, "nobody replaces what root trusts");
  const bool sticky = chain[2].kind == Kind::kDirectory && (chain[2].mode & kSticky) != 0;
  hold(sticky || chain[2].kind == Kind::kLink || access(who, chain, kWrite).reason != AccessReason::kAllowed,
       "nobody writes what root trusts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Octets input(octets_of(data, size));
  const Credentials who = somebody(input);
  check_maildrop(who, input);
  std::array<Object, 3> chain;
  for (Object& step : chain) step = near({Kind::kDirectory, kRoot, kRoot, 0755}, input);
  for (int left = 2; left > 0; --left)
    check_tree(who, near({input.flag() ? Kind::kDirectory : Kind::kFile, kMta, kMta, 0600}, input));
  check_trusted(who, chain);
  return 0;
}
