// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/octets.h"

#include <set>
#include <stdexcept>
#include <vector>

namespace postern::conformance {
namespace {

using nlohmann::json;

std::optional<unsigned> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> octets_from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string octets;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_digit(digits[i]);
    const auto low = hex_digit(digits[i + 1]);
    if (!high || !low) return std::nullopt;
    octets.push_back(static_cast<char>(*high * 16 + *low));
  }
  return octets;
}

std::string hex_of(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    hex.push_back(kDigits[value / 16]);
    hex.push_back(kDigits[value % 16]);
  }
  return hex;
}

// is_utf8: nlohmann-json refuses to write anything else, so it is the judge.
bool is_utf8(std::string_view octets) {
  try {
    (void)json(std::string(octets)).dump();
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

// DuplicateKeys: follows the parse and throws at the first key that its object has had before.
class DuplicateKeys {
 public:
  bool operator()(json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      count();
      open_.emplace_back().is_array = event == Event::array_start;
    } else if (event == Event::object_end || event == Event::array_end) {
      open_.pop_back();
    } else if (event == Event::key) {
      meet(value.get<std::string>());
    } else {
      note_id(value);
      count();
    }
    return true;
  }

 private:
  struct Container {
    bool is_array = false;
    size_t elements = 0;
    std::string key;
    std::string id;
    std::set<std::string> keys;
  };

  void count() {
    if (!open_.empty() && open_.back().is_array) ++open_.back().elements;
  }
  void note_id(const json& value) {
    if (!open_.empty() && open_.back().key == "id" && value.is_string()) open_.back().id = value;
  }
  void meet(std::string key) {
    if (!open_.back().keys.insert(key).second)
      throw std::runtime_error(place() + ": field \"" + key + "\" comes twice. Keep one of them");
    open_.back().key = std::move(key);
  }
  // place: "rows[3] (the-id)": keys, 0-based array positions and, where known, the ids on the way in.
  std::string place() const {
    std::string place;
    for (const Container& container : open_) {
      if (container.is_array) place += "[" + std::to_string(container.elements - 1) + "]";
      if (!container.is_array && !container.id.empty()) place += " (" + container.id + ")";
      if (!container.is_array && &container != &open_.back()) place += "." + container.key;
    }
    if (place.starts_with('.')) place.erase(0, 1);
    return place.empty() ? "top level" : place;
  }

  std::vector<Container> open_;
};

}  // namespace

std::optional<std::string> octets_from_json(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const auto hex = value.find("hex");
  if (hex == value.end() || !hex->is_string()) return std::nullopt;
  return octets_from_hex(hex->get_ref<const std::string&>());
}

json octets_to_json(std::string_view octets) {
  if (is_utf8(octets)) return std::string(octets);
  return {{"hex", hex_of(octets)}};
}

json parse_json_strictly(std::string_view text) {
  DuplicateKeys duplicates;
  try {
    return json::parse(text, [&duplicates](int, json::parse_event_t event, json& value) {
      return duplicates(event, value);
    });
  } catch (const json::exception& error) {
    throw std::runtime_error(std::string(error.what()));
  }
}

}  // namespace postern::conformance
