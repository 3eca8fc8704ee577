// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/request.h"

#include <array>
#include <utility>

namespace postern::daemon {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepestId = 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// An even number of hexadecimal digits, or false.
bool decode_hex(std::string_view digits, std::string& octets) {
  if (digits.size() % 2 != 0) return false;
  octets.clear();
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return false;
    octets.push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

// IdBuilder puts together the value of "id", which may be any JSON value.
class IdBuilder {
 public:
  explicit IdBuilder(json& id) : id_(id) {}

  void scalar(json value) { place(std::move(value)); }
  bool open(json empty) {
    if (open_.size() == kDeepestId) return false;
    open_.push_back(&place(std::move(empty)));
    return true;
  }
  void close() { open_.pop_back(); }
  bool key(std::string& name) {
    key_ = name;
    return !open_.back()->contains(name);
  }

 private:
  json& place(json value) {
    if (open_.empty()) return id_ = std::move(value);
    json& parent = *open_.back();
    if (parent.is_object()) return parent[key_] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }

  json& id_;
  std::vector<json*> open_;
  std::string key_;
};

// RequestReader takes the parser's events (SAX: the only way to see a key that comes twice).
// The first thing wrong is kept in error, and reading goes on, for the id may come later in the line.
class RequestReader final : public nlohmann::json_sax<json> {
 public:
  explicit RequestReader(Request& request) : request_(request), id_(request.id) {}

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool binary(binary_t&) override { return false; }  // never sent by a text parser

  bool string(string_t& value) override {
    if (field_ == kId && depth_ > 0) return scalar(std::move(value));
    if (field_ == kIp && depth_ == 1) {
      request_.ip = std::move(value);
    } else if (is_array_field() && depth_ == 2) {
      array().push_back({std::move(value), false});
    } else if (is_array_field() && depth_ == 3 && in_hex_object_) {
      array().emplace_back().sent_as_hex = true;
      if (!decode_hex(value, array().back().octets))
        fail("\"hex\" is not pairs of hexadecimal digits; write two digits an octet");
    } else {
      wrong_type();
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (++depth_ == 1) return true;
    if (field_ == kId) return open_id(json::object());
    in_hex_object_ = is_array_field() && depth_ == 3 && !std::exchange(hex_seen_, false);
    if (!in_hex_object_) wrong_type();
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    if (depth_ > 1 && field_ == kId) return open_id(json::array());
    if (!(is_array_field() && depth_ == 2)) wrong_type();
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      select_field(name);
    } else if (field_ == kId) {
      if (!id_.key(name)) fail("key \"" + name + "\" comes twice in \"id\"; send it once");
    } else if (std::exchange(hex_seen_, true) || name != "hex") {
      fail("a value is a string or {\"hex\": \"…\"} and nothing else");
      in_hex_object_ = false;
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    request_.error =
        "not JSON at octet " + std::to_string(position) + "; send one JSON object in UTF-8 per line";
    return false;
  }

  void check_complete() {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (!seen_[i]) fail("key \"" + std::string(kNames[i]) + "\" is missing; send id, list, ip and names");
    }
  }

 private:
  enum Field : std::size_t { kId, kList, kIp, kNamesField, kUnknown };
  static constexpr std::array<std::string_view, 4> kNames = {"id", "list", "ip", "names"};

  bool is_array_field() const { return field_ == kList || field_ == kNamesField; }
  std::vector<Value>& array() { return field_ == kList ? request_.list : request_.names; }
  void fail(std::string what) {
    if (request_.error.empty()) request_.error = std::move(what);
  }

  void select_field(const std::string& name) {
    field_ = kId;
    while (field_ < kUnknown && kNames[field_] != name) field_ = static_cast<Field>(field_ + 1);
    if (field_ == kUnknown) return fail("unknown key \"" + name + "\"; the keys are id, list, ip and names");
    if (!std::exchange(seen_[field_], true)) return;
    fail("key \"" + name + "\" comes twice; send it once");
    field_ = kUnknown;  // the first id stays
  }

  void wrong_type() {
    if (depth_ == 0 || field_ == kUnknown)
      return fail("not an object; send {\"id\":…,\"list\":[…],\"ip\":\"…\",\"names\":[…]}");
    if (field_ == kIp) return fail("\"ip\" is not a string");
    fail("\"" + std::string(kNames[field_]) + "\" is not an array of strings or {\"hex\": \"…\"}");
  }

  bool scalar(json value) {
    if (field_ == kId && depth_ > 0) {
      id_.scalar(std::move(value));
    } else {
      wrong_type();
    }
    return true;
  }

  bool open_id(json empty) {
    if (id_.open(std::move(empty))) return true;
    request_.id = nullptr;
    fail("\"id\" is nested deeper than 32; send a plain id");
    return false;
  }

  bool close() {
    if (depth_ > 1 && field_ == kId) id_.close();
    if (depth_ == 3 && std::exchange(in_hex_object_, false) && !hex_seen_) wrong_type();
    if (depth_ == 3) hex_seen_ = false;
    --depth_;
    return true;
  }

  Request& request_;
  IdBuilder id_;
  Field field_ = kUnknown;
  std::size_t depth_ = 0;
  std::array<bool, 4> seen_{};
  bool in_hex_object_ = false;
  bool hex_seen_ = false;
};

}  // namespace

void read_request(std::string_view line, Request& into) {
  into.id = nullptr;
  into.list.clear();
  into.names.clear();
  into.ip.clear();
  into.error.clear();
  RequestReader reader(into);
  if (json::sax_parse(line.begin(), line.end(), &reader)) reader.check_complete();
}

nlohmann::ordered_json write_value(const Value& value) {
  if (!value.sent_as_hex) return value.octets;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : value.octets) {
    const auto octet = static_cast<unsigned char>(c);
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 15]);
  }
  return nlohmann::ordered_json::object({{"hex", std::move(hex)}});
}

}  // namespace postern::daemon
