// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/header.h"

#include <algorithm>

#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr size_t kParametersLimit = 100;

bool is_white(char octet) {
  return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

// is_token_char: token of RFC 2045; octets above 0x7f are let through.
bool is_token_char(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value > ' ' && value != 0x7f &&
         std::string_view("()<>@,;:\\\"/[]?=").find(octet) == std::string_view::npos;
}

// ValueReader goes through a structured value.
class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : rest_(text) {}

  // skip: white space and comments.
  void skip() {
    while (!rest_.empty() && (is_white(rest_.front()) || rest_.front() == '(')) {
      if (rest_.front() == '(') {
        comment();
      } else {
        rest_.remove_prefix(1);
      }
    }
  }

  bool take(char octet) {
    skip();
    if (rest_.empty() || rest_.front() != octet) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string token() {
    skip();
    const auto* end = std::ranges::find_if_not(rest_, is_token_char);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // value: a token or a quoted string. What the wild has besides (`a/b`, unquoted) is taken to the next `;`.
  bool value(std::string& text) {
    skip();
    if (!rest_.empty() && rest_.front() == '"') return quoted(text);
    const size_t end = rest_.find_first_of("; \t(");
    text = rest_.substr(0, end);
    rest_.remove_prefix(text.size());
    return !text.empty();
  }

 private:
  bool quoted(std::string& text) {
    text.clear();
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return true;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      text.push_back(rest_[i]);
    }
    return false;
  }

  void comment() {
    unsigned depth = 0;
    size_t i = 0;
    do {
      if (rest_[i] == '(') ++depth;
      if (rest_[i] == ')') --depth;
      if (rest_[i] == '\\') ++i;
      ++i;
    } while (depth != 0 && i < rest_.size());
    rest_.remove_prefix(std::min(i, rest_.size()));
  }

  std::string_view rest_;
};

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

std::string_view field_name(std::string_view line) {
  const std::string_view name = line.substr(0, std::min(line.find(':'), line.size()));
  if (name.size() == line.size()) return {};
  const std::string_view trimmed = name.substr(0, name.find_last_not_of(" \t") + 1);
  const bool sound = std::ranges::all_of(trimmed, [](char octet) { return octet > ' ' && octet < 0x7f; });
  return sound ? trimmed : std::string_view{};
}

Header::Header(std::string octets) : octets_(std::move(octets)) {
  const std::string_view all = octets_;
  bool open = false;  // the last field may go on
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size() - 1) + 1;
    const std::string_view line = without_end(all.substr(at, end - at));
    if (line.empty()) return;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (folded && open) {
      HeaderField& last = fields_.back();
      last.value = all.substr(static_cast<size_t>(last.value.data() - all.data()));
      last.value = last.value.substr(0, static_cast<size_t>(line.data() + line.size() - last.value.data()));
    } else {
      const std::string_view name = folded ? std::string_view{} : field_name(line);
      open = !name.empty();
      if (open && fields_.size() == kHeaderFieldsLimit) return;
      if (open) fields_.push_back({name, line.substr(line.find(':') + 1)});
    }
    at = end;
  }
}

std::optional<std::string> Header::field(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (same_text(field.name, name)) return unfolded(field.value);
  }
  return std::nullopt;
}

std::string unfolded(std::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool line_end =
        value[i] == '\n' || (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n');
    if (!line_end) text.push_back(value[i]);
  }
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view FieldValue::parameter(std::string_view name) const {
  for (const auto& [its_name, its_value] : parameters) {
    if (same_text(its_name, name)) return its_value;
  }
  return {};
}

FieldValue parse_field_value(std::string_view text) {
  FieldValue field;
  ValueReader reader(text);
  field.value = reader.token();
  if (field.value.empty()) return field;
  if (reader.take('/')) field.subtype = reader.token();
  while (reader.take(';') && field.parameters.size() < kParametersLimit) {
    std::string name = reader.token();
    if (name.empty()) continue;  // `;;`, or `;` at the end
    std::string value;
    if (!reader.take('=') || !reader.value(value)) break;
    field.parameters.emplace_back(std::move(name), std::move(value));
  }
  return field;
}

}  // namespace postern::daemon
