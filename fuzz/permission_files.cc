// SPDX-License-Identifier: BSD-2-Clause
//
// Law: nobody but their owner does anything to what conforms in postoffice and mailbox (DT-2); nobody but
// root writes or replaces a step of a trusted path (DT-3). "Nobody" holds no capability. Input: who, then
// objects.
#include <algorithm>
#include <array>

#include "core/permission_model/tree.h"
#include "fuzz/somebody.h"

namespace {

using namespace fuzz;

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
  std::array<Object, 3> chain;
  for (Object& step : chain) step = near({Kind::kDirectory, kRoot, kRoot, 0755}, input);
  for (int left = 2; left > 0; --left)
    check_tree(who, near({input.flag() ? Kind::kDirectory : Kind::kFile, kMta, kMta, 0600}, input));
  check_trusted(who, chain);
  return 0;
}
