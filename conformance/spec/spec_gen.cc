// SPDX-License-Identifier: BSD-2-Clause
// spec-gen SPEC_DIR WHAT OUT: makes, from the tables of SPEC_DIR, in the directory OUT:
//   asserts  static_asserts_0.cc … and model_static_asserts.cc: one static_assert per row
//   shim     requests.jsonl, answers.jsonl: the rows for a decision program
//   seeds    list/ID, decide/ID: fuzz seeds
//   page     spec.html
// Exit 0 done, 1 a table or a file is amiss, 2 usage.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <string>

#include "conformance/spec/generate.h"
#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

using Path = std::filesystem::path;

constexpr size_t kShards = POSTERN_STATIC_ASSERT_SHARDS;

void write_asserts(const Path& spec_dir, const Path& out) {
  const auto sources = static_asserts(load_access_domain(spec_dir / "access_domain.json"), kShards);
  for (size_t i = 0; i < sources.size(); ++i)
    write_text_file(out / ("static_asserts_" + std::to_string(i) + ".cc"), sources[i]);
  write_text_file(out / "model_static_asserts.cc", model_static_asserts(load_model(spec_dir)));
}

void write_shim(const Path& spec_dir, const Path& out) {
  const AccessDomainTable table = load_access_domain(spec_dir / "access_domain.json");
  write_text_file(out / "requests.jsonl", shim_requests(table));
  write_text_file(out / "answers.jsonl", shim_answers(table));
}

// write_seed_files: `out` then holds these seeds and no seed of a row that is gone.
void write_seed_files(const Path& out, const std::map<std::string, std::string>& seeds) {
  std::filesystem::create_directories(out);
  for (const auto& file : std::filesystem::directory_iterator(out))
    if (!seeds.contains(file.path().filename().string())) std::filesystem::remove(file.path());
  for (const auto& [id, octets] : seeds) write_text_file(out / id, octets);
}

void write_seeds(const Path& spec_dir, const Path& out) {
  const AccessDomainTable table = load_access_domain(spec_dir / "access_domain.json");
  write_seed_files(out / "list", list_seeds(table));
  write_seed_files(out / "decide", decide_seeds(table));
}

void write_page(const Path& spec_dir, const Path& out) {
  write_text_file(out / "spec.html", page(load_access_domain(spec_dir / "access_domain.json"),
                                          load_login(spec_dir / "login.json"), load_model(spec_dir),
                                          load_sentences(spec_dir / "SPEC.md")));
}

int run(const std::string& what, const Path& spec_dir, const Path& out) {
  using Write = void (*)(const Path&, const Path&);
  static const std::map<std::string, Write> kWriters = {
      {"asserts", write_asserts}, {"shim", write_shim}, {"seeds", write_seeds}, {"page", write_page}};
  const auto writer = kWriters.find(what);
  if (writer == kWriters.end()) {
    std::fprintf(stderr, "spec-gen: \"%s\" is nothing that is made here. Use asserts, shim, seeds or page.\n",
                 what.c_str());
    return 2;
  }
  std::filesystem::create_directories(out);
  writer->second(spec_dir, out);
  return 0;
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: spec-gen SPEC_DIR asserts|shim|seeds|page OUT\n");
    return 2;
  }
  try {
    return postern::conformance::run(argv[2], argv[1], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
