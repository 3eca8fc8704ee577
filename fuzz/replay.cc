// SPDX-License-Identifier: BSD-2-Clause
//
// replay [-OPTION…] PATH…: runs each file, and each file in each directory, through a fuzz target. For
// compilers without libFuzzer, whose options are passed over. Exit 66 if a path cannot be read or nothing
// ran; a broken law or a crash ends it by signal.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

bool run_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const std::string octets{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(octets.data()), octets.size());
  return true;
}

// The number of inputs run, or -1 if something could not be read.
int run_path(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return run_file(path) ? 1 : -1;
  int inputs = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, failed)) {
    if (!entry.is_regular_file()) continue;
    if (!run_file(entry.path())) return -1;
    ++inputs;
  }
  return failed ? -1 : inputs;
}

}  // namespace

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    const int ran = run_path(argv[i]);
    if (ran < 0) {
      std::fprintf(stderr, "replay: cannot read %s; name files or directories\n", argv[i]);
      return 66;
    }
    inputs += ran;
  }
  std::printf("replay: %d inputs\n", inputs);
  return inputs > 0 ? 0 : 66;
}
