// SPDX-License-Identifier: BSD-2-Clause
// Octets in JSON: a string means its UTF-8 octets; what is not UTF-8 is {"hex": "…"} in place of the string.
#ifndef POSTERN_CONFORMANCE_SPEC_OCTETS_H_
#define POSTERN_CONFORMANCE_SPEC_OCTETS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace postern::conformance {

// octets_from_json: the octets that `value` stands for; nothing if it is neither a string nor one {"hex"}
// object of an even number of hexadecimal digits.
std::optional<std::string> octets_from_json(const nlohmann::json& value);

// octets_to_json: `octets` as a JSON string if they are UTF-8, else as {"hex": "…"}. Inverse of
// octets_from_json.
nlohmann::json octets_to_json(std::string_view octets);

// parse_json_strictly: like nlohmann::json::parse, but a key that comes twice in an object is an error too.
// Throws std::runtime_error with what and where.
nlohmann::json parse_json_strictly(std::string_view text);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_OCTETS_H_
