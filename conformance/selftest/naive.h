// SPDX-License-Identifier: BSD-2-Clause
// A second, independent implementation of the access-domain algorithm, written from SPEC.md alone and as
// plainly as possible, with six bugs that can be switched on: the suite must catch each.
#ifndef POSTERN_CONFORMANCE_SELFTEST_NAIVE_H_
#define POSTERN_CONFORMANCE_SELFTEST_NAIVE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace postern::conformance {

enum class Bug {
  kNone,
  kSuffixWithoutBoundary,  // evildispatch.test is within dispatch.test
  kNoneIgnored,            // the keyword is no entry
  kZeroNotWild,            // 0 in a pattern is a literal 0
  kEmptyIsDeny,            // an empty list admits nobody
  kLookupBeforeIp,         // names are looked up and matched first
  kFirstEntryOnly          // the rest of the list is not read
};

// bug_named: "suffix-without-boundary", "none-ignored", "zero-not-wild", "empty-is-deny",
// "lookup-before-ip", "first-entry-only"; nothing for any other name.
std::optional<Bug> bug_named(const std::string& name);

struct NaiveAnswer {
  bool allow = false;
  int step = 0;
  std::optional<size_t> entry;
  std::optional<std::string> name;
};

using NameLookup = std::function<std::vector<std::string>()>;

// decide_naively: the verdict on a client with address text `ip`; `lookup` gives its confirmed names and is
// called only where the verdict depends on it. Nothing if `ip` is no address.
std::optional<NaiveAnswer> decide_naively(const std::vector<std::string>& list, const std::string& ip,
                                          const NameLookup& lookup, Bug bug);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SELFTEST_NAIVE_H_
