// SPDX-License-Identifier: BSD-2-Clause
// spec-lint SPEC_DIR SOURCE_TREE: holds the tables and SPEC.md of SPEC_DIR against each other and against the
// tests of SOURCE_TREE. Prints counts, then each finding. Exit 0 none, 1 findings, 2 usage.
#include <cstdio>
#include <filesystem>
#include <string>

#include "conformance/spec/table_lint.h"
#include "conformance/spec/test_names.h"

namespace postern::conformance {
namespace {

LintInput load(const std::filesystem::path& spec_dir, const std::filesystem::path& tree) {
  return {.access_domain = load_access_domain(spec_dir / "access_domain.json"),
          .login = load_login(spec_dir / "login.json"),
          .model = load_model(spec_dir),
          .sentences = load_sentences(spec_dir / "SPEC.md"),
          .test_names = test_names_in_tree(tree)};
}

void print_counts(const LintInput& input) {
  const Counts counts = count_rows(input);
  const size_t model = counts.privileges + counts.trees + counts.maildrop + counts.encryption;
  std::printf(
      "%zu rows: access_domain %zu, login %zu, privileges %zu, trees %zu, maildrop %zu, encryption %zu; live "
      "%zu\n",
      counts.access_domain + counts.login + model, counts.access_domain, counts.login, counts.privileges,
      counts.trees, counts.maildrop, counts.encryption, counts.live);
  for (const auto& [group, rows] : counts.by_group) std::printf("  %-40s %4zu\n", group.c_str(), rows);
  std::printf("sentences: %zu\n", input.sentences.size());
  for (const Sentence& sentence : input.sentences) {
    const auto rows = counts.by_sentence.find(sentence.id);
    std::string holders;
    for (const std::string& holder : sentence.holders) holders += (holders.empty() ? "" : "; ") + holder;
    std::printf("  %-8s %4zu  %s\n", sentence.id.c_str(), rows == counts.by_sentence.end() ? 0 : rows->second,
                holders.c_str());
  }
}

int run(const std::filesystem::path& spec_dir, const std::filesystem::path& tree) {
  const LintInput input = load(spec_dir, tree);
  print_counts(input);
  const auto findings = lint_tables(input);
  for (const Finding& finding : findings) std::printf("%s\n", to_string(finding).c_str());
  std::printf("%zu findings\n", findings.size());
  return findings.empty() ? 0 : 1;
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: spec-lint SPEC_DIR SOURCE_TREE\n");
    return 2;
  }
  try {
    return postern::conformance::run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::printf("%s\n1 finding\n", error.what());
    return 1;
  }
}
