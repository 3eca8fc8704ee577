// SPDX-License-Identifier: BSD-2-Clause
// The names of the tests that the source tree has, so that a sentence cannot claim one that is gone.
#ifndef POSTERN_CONFORMANCE_SPEC_TEST_NAMES_H_
#define POSTERN_CONFORMANCE_SPEC_TEST_NAMES_H_

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace postern::conformance {

// test_names_in_source: "Suite.Name" of each TEST, TEST_F, TEST_P, TYPED_TEST and RC_GTEST_PROP in C++ text.
std::set<std::string> test_names_in_source(std::string_view source);

// test_names_in_cmake: what follows NAME in CMake text.
std::set<std::string> test_names_in_cmake(std::string_view cmake);

// test_names_in_tree: both, of each *_test.cc and CMakeLists.txt below `root`, build and hidden folders left
// out.
std::set<std::string> test_names_in_tree(const std::filesystem::path& root);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_TEST_NAMES_H_
