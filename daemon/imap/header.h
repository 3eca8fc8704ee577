// SPDX-License-Identifier: BSD-2-Clause
// The header of a message or part: its fields, and values with parameters (RFC 5322, RFC 2045). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::daemon {

// kHeaderLimit: octets of one header that are looked at for what it says. What comes later in it is still
// sent, it only says nothing.
inline constexpr size_t kHeaderLimit = 65'536;
inline constexpr size_t kHeaderFieldsLimit = 1000;

// same_text: equality in any ASCII case.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b);

// field_name: the name of the field that `line` begins; empty: it begins none.
[[nodiscard]] std::string_view field_name(std::string_view line);

// HeaderField: a field as it stands; `value` is folded and has no line end at its end.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// Header is a header's octets and where its fields are.
class Header {
 public:
  explicit Header(std::string octets);
  Header(const Header&) = delete;
  Header& operator=(const Header&) = delete;

  [[nodiscard]] const std::vector<HeaderField>& fields() const { return fields_; }

  // field: the first field of that name, unfolded, without white space at its ends; nullopt: there is none.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const;

 private:
  std::string octets_;
  std::vector<HeaderField> fields_;
};

// unfolded: `value` without its line ends (RFC 5322, section 2.2.3) and white space around it.
[[nodiscard]] std::string unfolded(std::string_view value);

// FieldValue: a value and its parameters: `text/plain; charset=x`. Names as they stand.
struct FieldValue {
  std::string value;    // the part before `/`, or all of it
  std::string subtype;  // empty: there was no `/`
  std::vector<std::pair<std::string, std::string>> parameters;

  [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

// parse_field_value: an unfolded Content-Type, -Disposition or the like; comments are dropped, and what comes
// after something malformed. An empty `value`: it is malformed from the beginning.
[[nodiscard]] FieldValue parse_field_value(std::string_view text);

}  // namespace postern::daemon
