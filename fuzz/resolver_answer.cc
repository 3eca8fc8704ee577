// SPDX-License-Identifier: BSD-2-Clause
//
// Law: checked(checked(a)) = checked(a) for any octets a that a hostile resolver writes; names that count are
// at most 8, each qualifies (AD-C5), no two are the same; there are some if and only if it says ok. Input: an
// answer as it comes through the pipe, zeros behind it.
#include <algorithm>
#include <cstring>

#include "core/kernel.h"
#include "daemon/resolver/question.h"
#include "fuzz/law.h"

using namespace postern::daemon;

namespace {

bool same(std::string_view a, std::string_view b) {
  const auto fold = postern::kernel::fold;
  return std::ranges::equal(a, b, {}, fold, fold);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ResolvedNames answer;
  std::memset(static_cast<void*>(&answer), 0, sizeof answer);
  if (size > 0) std::memcpy(static_cast<void*>(&answer), data, std::min(size, sizeof answer));
  const ResolvedNames names = checked(answer);
  size_t most = kMaxNames;
#ifdef POSTERN_SEEDED_BUG
  most = 2;
#endif
  hold(names.count <= most, "at most 8 names");
  hold((names.count > 0) == (names.status == LookupStatus::kOk), "ok if and only if there is a name");
  for (size_t i = 0; i < names.count; ++i) {
    hold(qualifies(names.name(i)) && names.lengths[i] <= kMaxNameLength, "each qualifies");
    for (size_t j = 0; j < i; ++j) hold(!same(names.name(i), names.name(j)), "no two are the same");
  }
  const ResolvedNames again = checked(names);
  hold(again.count == names.count && again.status == names.status, "checked(checked(a)) = checked(a)");
  for (size_t i = 0; i < names.count; ++i) hold(again.name(i) == names.name(i), "in the same order");
  return 0;
}
