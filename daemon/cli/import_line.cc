// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/import_line.h"

#include <nlohmann/json.hpp>

namespace postern::daemon {
namespace {

using Json = nlohmann::json;

std::optional<unsigned> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> octets_of_hex(const std::string& hex) {
  std::string octets;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const auto high = hex_digit(hex[i]);
    const auto low = hex_digit(hex[i + 1]);
    if (!high || !low) return std::nullopt;
    octets.push_back(static_cast<char>(*high << 4 | *low));
  }
  return octets;
}

std::optional<std::string> octets_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object() || value.size() != 1 || !value.contains("hex") || !value["hex"].is_string()) {
    return std::nullopt;
  }
  return octets_of_hex(value["hex"].get<std::string>());
}

}  // namespace

std::optional<ImportLine> parse_import_line(std::string_view text) {
  size_t keys = 0;  // in all: of a key that comes twice only the last is left
  const Json json = Json::parse(
      text,
      [&keys](int, Json::parse_event_t event, const Json&) {
        if (event == Json::parse_event_t::key) ++keys;
        return true;
      },
      false);
  if (!json.is_object() || json.size() != 3) return std::nullopt;
  for (const char* key : {"account", "password", "access"}) {
    if (!json.contains(key)) return std::nullopt;
  }
  if (!json["account"].is_string() || !json["password"].is_string() || !json["access"].is_array())
    return std::nullopt;
  ImportLine line{json["account"].get<std::string>(), json["password"].get<std::string>(), {}};
  size_t expected = 3;
  for (const Json& value : json["access"]) {
    std::optional<std::string> octets = octets_of(value);
    if (!octets) return std::nullopt;
    if (value.is_object()) ++expected;
    line.access.push_back(*std::move(octets));
  }
  if (keys != expected) return std::nullopt;
  return line;
}

}  // namespace postern::daemon
