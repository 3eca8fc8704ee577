// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/test_names.h"

#include <gtest/gtest.h>

namespace postern::conformance {
namespace {

using Names = std::set<std::string>;

TEST(TestNames, OfEachMacro) {
  EXPECT_EQ(
      test_names_in_source("TEST(A, B) {}\nTEST_F(C,D){}\nTEST_P(E, F)\nRC_GTEST_PROP(G, H, (int x)) {}\n"
                           "TYPED_TEST(I,\n  J)\nEXPECT_TEST(K, L)\nTEST(M)"),
      (Names{"A.B", "C.D", "E.F", "G.H", "I.J"}));
}

TEST(TestNames, OfCMake) {
  EXPECT_EQ(test_names_in_cmake(
                "postern_test(NAME core_test SOURCES x.cc)\nadd_test(NAME spec-lint COMMAND y)\nRENAME z"),
            (Names{"core_test", "spec-lint"}));
}

TEST(TestNames, OfThisTree) {
  const Names names = test_names_in_tree(POSTERN_HERE);
  EXPECT_TRUE(names.contains("TestNames.OfThisTree"));
  EXPECT_TRUE(names.contains("spec_lint_test"));
}

}  // namespace
}  // namespace postern::conformance
