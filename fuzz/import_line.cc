// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(l)) = l for a line of `postern account import`, texts printed as such and values as hex; a
// line with another key, or with one of them twice, is none; and nothing is thrown. Input: the line.
#include <nlohmann/json.hpp>

#include "daemon/cli/import_line.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;
using Json = nlohmann::ordered_json;

std::string hex_of(std::string_view octets) {
  std::string hex;
  for (const char octet : octets) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(octet) >> 4U];
    hex += "0123456789abcdef"[static_cast<unsigned char>(octet) & 15U];
  }
  return hex;
}

std::string print(const ImportLine& line) {
  Json access = Json::array();
  for (const std::string& value : line.access) {
#ifdef POSTERN_SEEDED_BUG
    if (value.empty()) continue;
#endif
    access.push_back({{"hex", hex_of(value)}});
  }
  return Json{{"account", line.account}, {"password", line.password}, {"access", access}}.dump();
}

bool same(const std::optional<ImportLine>& a, const ImportLine& b) {
  return a && a->account == b.account && a->password == b.password && a->access == b.access;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto line = parse_import_line(octets_of(data, size));
  if (!line) return 0;
  const std::string text = print(*line);
  hold(same(parse_import_line(text), *line), "parse(print(l)) = l");
  const std::string open = text.substr(0, text.size() - 1);
  hold(!parse_import_line(open + R"(,"x":0})"), "another key");
  hold(!parse_import_line(open + R"(,"access":[]})"), "twice");
  return 0;
}
