// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon {

// Value: one string of a request: the octets meant, and whether they were sent as {"hex": "…"}.
struct Value {
  std::string octets;
  bool sent_as_hex = false;
};

// Request: one line `{"id":…,"list":[…],"ip":"…","names":[…]}` of `postern decide`.
struct Request {
  nlohmann::json id;        // any JSON value; null when the line did not give one
  std::vector<Value> list;  // as sent, blank values included
  std::string ip;
  std::vector<Value> names;  // the confirmed names, in order
  std::string error;         // empty: well formed. Else what is wrong and the cure; only id is then of use
};

// read_request parses one line. All four keys must be there, once each, and no other. Never throws for what a
// line holds; an id nested deeper than 32 is refused. `into` is overwritten (its storage is used again).
void read_request(std::string_view line, Request& into);

// write_value: the value as it was sent.
nlohmann::ordered_json write_value(const Value& value);

}  // namespace postern::daemon
