// SPDX-License-Identifier: BSD-2-Clause
#include "lint.h"

namespace postern {
namespace {

// In the order of LintCode. The names are permanent: reports cite them.
constexpr LintText kLintTexts[] = {
    {"malformed", Severity::kError, "is no entry: it admits nobody, and it keeps the list from being empty",
     "Write what is meant, or take it out."},
    {"host-zero-octet", Severity::kWarning,
     "looks like one host, but its 0 is a wildcard: it admits every host that differs only there",
     "A literal 0 cannot be asked for: write the host's domain name, or accept the wider match."},
    {"inner-wildcard", Severity::kWarning,
     "has a 0 before other numbers, which is a wildcard: it admits networks scattered over the address space",
     "Keep zeros for the end, or write one entry for each network that is meant."},
    {"everyone", Severity::kWarning, "admits every client of its address family",
     "Take it out unless every such place is meant."},
    {"none-among-others", Severity::kWarning, "denies every client, so the other entries have no effect",
     "Take out none, or take out the others."},
    {"top-level-domain", Severity::kWarning, "admits every host of a whole top-level domain",
     "Write the domain that is meant: dispatch.com instead of com."},
    {"covered", Severity::kNote, "has no effect: another entry admits all that it admits", "Take it out."},
    {"only-entry", Severity::kNote, "is the only entry: without it the list is empty and admits every place",
     "Put another entry in before this one goes; none closes the account."},
    {"name-lookup", Severity::kNote,
     "is a domain name, so logins ask for the client's host name, which whoever runs the reverse zone of the "
     "client's address can see",
     "Use address entries alone where the look-up must not be seen."},
};
static_assert(std::size(kLintTexts) == static_cast<std::size_t>(LintCode::kNameLookup) + 1);

}  // namespace

LintText lint_text(LintCode code) noexcept {
  return kLintTexts[static_cast<std::size_t>(code)];
}

}  // namespace postern
