// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a reader tells does not depend on how the octets are cut; it is what reading them whole, without
// states, comes to. Input: octets of the client's, the first one saying how they are cut.
#include "fuzz/imap_reader.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

// told: one letter and a text for each thing told.
std::string told(std::string_view octets, size_t at_once) {
  ImapCommandReader reader;
  reader.limit_literals(kLiterals);
  std::string all;
  while (!octets.empty()) {
    std::string_view given = octets.substr(0, at_once);
    octets.remove_prefix(given.size());
    while (!given.empty()) {
      const ImapInput input = reader.feed(given);
      if (input == ImapInput::kMore) continue;
      if (input == ImapInput::kMessage) {
        all += reader.message();
        continue;
      }
      all += "\n" + std::to_string(static_cast<int>(input)) + reader.text() + "\n";
      if (input == ImapInput::kLost) return all;
      if (input == ImapInput::kAppend) reader.accept();
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view octets = octets_of(data + 1, size - 1);
  const std::string whole = told(octets, size);
  hold(told(octets, size_t{data[0] % 7U} + 1) == whole, "however it is cut");
  std::string expected;
  std::string_view rest = octets;
  while (read_one(rest, expected)) {
  }
  hold(whole == expected, "told = read without states");
  return 0;
}
