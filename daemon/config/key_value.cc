// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/key_value.h"

#include <string>

namespace postern::daemon {
namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
constexpr bool is_key_letter(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_key_octet(char c) {
  return is_key_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_key(std::string_view text) {
  if (text.empty() || !is_key_letter(text.front())) return false;
  for (const char c : text)
    if (!is_key_octet(c)) return false;
  return true;
}

}  // namespace

std::string_view KeyValueReader::take_line() {
  ++line_;
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return line;
}

Error KeyValueReader::error_at(std::size_t line, std::string what, std::string cure) const {
  return Error{std::move(what), std::string(file_) + ":" + std::to_string(line), std::move(cure), 0,
               Exit::kConfig};
}

Result<bool> KeyValueReader::next(KeyValue& line) {
  while (!rest_.empty()) {
    const std::string_view text = take_line();
    const std::string_view content = trim(text);
    if (content.empty() || content.front() == '#') continue;
    if (text.find('\0') != std::string_view::npos)
      return error_at(line_, "holds a NUL octet", "write plain text");
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos) return error_at(line_, "has no '='", "write: key = value");
    const std::string_view key = trim(content.substr(0, equals));
    if (!is_key(key))
      return error_at(line_, "has no proper key before '='",
                      "a key is a-z, 0-9 and '-', beginning with a letter");
    line = KeyValue{key, trim(content.substr(equals + 1)), line_};
    return true;
  }
  return false;
}

}  // namespace postern::daemon
