// SPDX-License-Identifier: BSD-2-Clause
//
// tree.h: what may lie in the three trees (DT-1, DT-2, DT-4), and what root may execute or parse (DT-3). If
// several things are wrong, the first in the order of TreeReason is the verdict's.
#pragma once

#include "file_access.h"
#include "privileges.h"

namespace postern::permission {

enum class TreeReason : std::uint8_t {
  kConforms,
  kLink,          // a symbolic link
  kDevice,        // a device
  kFifo,          // a FIFO
  kSocket,        // a socket
  kSeveral,       // a file with more than one name (or none)
  kNotDirectory,  // the tree itself is something else
  kOwner,
  kGroup,
  kMode,
  kWritable,  // DT-3: others than root may change it
  kInTree,    // DT-3: lies in one of the three trees, which are the MTA user's
};

inline constexpr TreeReason kLastTreeReason = TreeReason::kInTree;

enum class Tree : std::uint8_t { kExecutables, kPostoffice, kMailbox };

// mode_of: what DT-2 asks of a directory and of a file.
constexpr std::uint16_t mode_of(Tree tree, Kind kind) noexcept {
  if (tree == Tree::kExecutables) return 0550;
  return kind == Kind::kDirectory ? 0700 : 0600;
}

namespace detail {
constexpr TreeReason kind_fault(const Object& is) noexcept {
  switch (is.kind) {
    case Kind::kLink:
      return TreeReason::kLink;
    case Kind::kDevice:
      return TreeReason::kDevice;
    case Kind::kFifo:
      return TreeReason::kFifo;
    case Kind::kSocket:
      return TreeReason::kSocket;
    case Kind::kFile:
      return is.names == 1 ? TreeReason::kConforms : TreeReason::kSeveral;
    case Kind::kDirectory:
      break;
  }
  return TreeReason::kConforms;
}
}  // namespace detail

// has_fault: whether `reason` is true of an entry of `tree`; `top`: it is the tree's own directory.
constexpr bool has_fault(TreeReason reason, Tree tree, bool top, const Object& is, Id mta_user,
                         Id mta_group) noexcept {
  switch (reason) {
    case TreeReason::kNotDirectory:
      return top && is.kind != Kind::kDirectory;
    case TreeReason::kOwner:
      return is.owner != mta_user;  // DT-1
    case TreeReason::kGroup:
      return is.group != mta_group;  // DT-1, DT-1a
    case TreeReason::kMode:          // DT-2; a link has no mode of its own
      return is.kind != Kind::kLink && is.mode != mode_of(tree, is.kind);
    case TreeReason::kConforms:
    case TreeReason::kWritable:
    case TreeReason::kInTree:
      return false;
    default:
      return detail::kind_fault(is) == reason;  // DT-4
  }
}

// tree_conforms: the first reason why an entry is not as it must be, or kConforms.
constexpr TreeReason tree_conforms(Tree tree, bool top, const Object& is, Id mta_user,
                                   Id mta_group) noexcept {
  for (int i = 1; i <= static_cast<int>(TreeReason::kMode); ++i) {
    const auto reason = static_cast<TreeReason>(i);
    if (has_fault(reason, tree, top, is, mta_user, mta_group)) return reason;
  }
  return TreeReason::kConforms;
}

// TrustVerdict: `at` is the step of the chain to blame; the chain's size where none is.
struct TrustVerdict {
  TreeReason reason;
  std::size_t at;
  friend constexpr bool operator==(const TrustVerdict&, const TrustVerdict&) = default;
};

// trusted_step: one step of such a chain. A sticky directory of root's passes: what is root's in it stays.
constexpr TreeReason trusted_step(const Object& is) noexcept {
  if (is.owner != kRoot) return TreeReason::kOwner;
  if (is.kind == Kind::kLink) return TreeReason::kConforms;
  const bool sticky = is.kind == Kind::kDirectory && (is.mode & kSticky) != 0;
  if ((is.mode & (kGroupWrite | kOtherWrite)) != 0 && !sticky) return TreeReason::kWritable;
  return TreeReason::kConforms;
}

// trusted_conforms: DT-3 for what root executes or parses. `chain` is / and every step down to it; `in_tree`:
// the path lies in one of the three trees. The first step that is wrong decides.
constexpr TrustVerdict trusted_conforms(std::span<const Object> chain, bool in_tree) noexcept {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const TreeReason reason = trusted_step(chain[i]);
    if (reason != TreeReason::kConforms) return {reason, i};
  }
  return {in_tree ? TreeReason::kInTree : TreeReason::kConforms, chain.size()};
}

ReasonText reason_text(TreeReason reason) noexcept;

}  // namespace postern::permission
