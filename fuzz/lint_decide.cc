// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what lint says of a list, decide does. covered: decide(l without e) = decide(l); only-entry: decide(l
// without e) = allow; everyone: each client of the family is allowed; none-among-others: decide({none}) =
// decide(l); malformed entries are exactly those reported; names are asked for only where lint says so.
// Input: as access.h has it.
#include "core/lint.h"
#include "fuzz/access.h"

namespace {

using namespace postern;

std::vector<Entry> without(std::vector<Entry> list, size_t entry) {
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(entry));
  return list;
}

bool denies_all(std::span<const Entry> list) {
  return kernel::first_of_kind(list.data(), list.size(), kNone) < list.size();
}

void check(const LintFinding& finding, const Question& q) {
  const Decision made = decide(q.list, *q.client, q.names);
  const Decision less = decide(without(q.list, finding.entry), *q.client, q.names);
  const Entry& entry = q.list[finding.entry];
#ifdef POSTERN_SEEDED_BUG
  if (finding.code == LintCode::kTopLevelDomain) hold(made.step != Step::kName, "a top-level domain admits");
#endif
  if (finding.code == LintCode::kCovered)
    hold(less.verdict == made.verdict && less.step == made.step, "a covered entry can go");
  if (finding.code == LintCode::kOnlyEntry) hold(less.step == Step::kEmptyList, "without it all is open");
  if (finding.code == LintCode::kEveryone && q.client->is_ipv6() == (entry.kind == kIpv6Prefix))
    hold(made.allowed() || denies_all(q.list), "everyone is let in");
  if (finding.code == LintCode::kNoneAmongOthers) hold(made.step == Step::kNone, "none denies");
  if (finding.code == LintCode::kMalformed) hold(entry.kind == kMalformed, "malformed is malformed");
  hold(!lint_text(finding.code).cure.empty() && !lint_text(finding.code).what.empty(), "it has words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Question q = question_of(data, size);
  if (!q.client) return -1;
  size_t malformed = 0;
  bool says_lookup = false;
  lint(q.list, [&](const LintFinding& finding) {
    check(finding, q);
    if (finding.code == LintCode::kMalformed) ++malformed;
    if (finding.code == LintCode::kNameLookup) says_lookup = true;
  });
  for_each_malformed(q.list, [&](size_t, Fault) { --malformed; });
  hold(malformed == 0, "each malformed entry is reported, once");
  hold(says_lookup || !asks_for_names(q.list, *q.client), "a look-up is announced");
  return 0;
}
