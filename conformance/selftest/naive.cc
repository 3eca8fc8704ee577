// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/selftest/naive.h"

#include <arpa/inet.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace postern::conformance {
namespace {

// Addresses are strings of 4 or 16 octets here.
std::optional<std::string> parse_address(const std::string& text) {
  if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return std::nullopt;
  char raw[16];
  if (inet_pton(AF_INET, text.c_str(), raw) == 1) return std::string(raw, 4);
  if (inet_pton(AF_INET6, text.c_str(), raw) == 1) return std::string(raw, 16);
  return std::nullopt;
}

const std::string& mapped_head() {
  static const std::string head = std::string(10, '\0') + "\xff\xff";
  return head;
}

// AD-C1
std::string unmapped(const std::string& address) {
  return address.size() == 16 && address.substr(0, 12) == mapped_head() ? address.substr(12) : address;
}

std::string trimmed(const std::string& value) {
  const size_t first = value.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool only(const std::string& text, const std::string& octets) {
  return text.find_first_not_of(octets) == std::string::npos;
}

// AD-G6; gives the folded name without its trailing dot.
std::optional<std::string> parse_name(const std::string& text) {
  std::string name = lower(text);
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (name.empty() || name.size() > 253) return std::nullopt;
  const std::vector<std::string> labels = split(name, '.');
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return std::nullopt;
    if (!only(label, "abcdefghijklmnopqrstuvwxyz0123456789-_")) return std::nullopt;
  }
  if (only(labels.back(), "0123456789")) return std::nullopt;
  return name;
}

struct Thing {
  enum class Kind { kBlank, kMalformed, kNone, kPattern, kPrefix, kName } kind = Kind::kMalformed;
  std::string octets;  // of a pattern or prefix
  int length = 0;      // of a prefix, in bits
  std::string name;
};

// AD-G4
Thing parse_pattern(const std::string& text) {
  Thing thing;
  const std::vector<std::string> numbers = split(text, '.');
  if (numbers.size() != 4) return thing;
  for (const std::string& number : numbers) {
    if (number.empty() || number.size() > 3 || (number.size() > 1 && number[0] == '0')) return thing;
    const int value = std::stoi(number);
    if (value > 255) return thing;
    thing.octets += static_cast<char>(value);
  }
  thing.kind = Thing::Kind::kPattern;
  return thing;
}

bool bit(const std::string& octets, int number) {
  return ((static_cast<unsigned char>(octets[static_cast<size_t>(number / 8)]) >> (7 - number % 8)) & 1) != 0;
}

// AD-G9
Thing parse_prefix(const std::string& text) {
  Thing thing;
  const size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || address->size() != 16) return thing;
  thing.octets = *address;
  thing.length = 128;
  if (slash != std::string::npos) {
    const std::string digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3 || !only(digits, "0123456789") ||
        (digits.size() > 1 && digits[0] == '0'))
      return thing;
    thing.length = std::stoi(digits);
  }
  if (thing.length > 128) return thing;
  for (int i = thing.length; i < 128; ++i) {
    if (bit(thing.octets, i)) return thing;
  }
  if (thing.length >= 96 && thing.octets.substr(0, 12) == mapped_head()) return thing;
  thing.kind = Thing::Kind::kPrefix;
  return thing;
}

Thing parse_thing(const std::string& value) {
  Thing thing;
  const std::string text = trimmed(value);
  if (text.empty()) thing.kind = Thing::Kind::kBlank;
  if (lower(text) == "none") thing.kind = Thing::Kind::kNone;
  if (thing.kind != Thing::Kind::kMalformed) return thing;
  if (text.find(':') != std::string::npos) return parse_prefix(text);
  if (only(text, "0123456789.")) return parse_pattern(text);
  if (const auto name = parse_name(text)) {
    thing.kind = Thing::Kind::kName;
    thing.name = *name;
  }
  return thing;
}

bool address_matches(const Thing& thing, const std::string& client, Bug bug) {
  if (thing.kind == Thing::Kind::kPattern) {
    if (client.size() != 4) return false;
    for (size_t i = 0; i < 4; ++i) {
      const bool wild = thing.octets[i] == 0 && bug != Bug::kZeroNotWild;
      if (!wild && thing.octets[i] != client[i]) return false;
    }
    return true;
  }
  if (thing.kind != Thing::Kind::kPrefix || client.size() != 16) return false;
  for (int i = 0; i < thing.length; ++i) {
    if (bit(thing.octets, i) != bit(client, i)) return false;
  }
  return true;
}

bool is_within(const std::string& name, const std::string& domain, Bug bug) {
  if (name.size() < domain.size()) return false;
  if (name.substr(name.size() - domain.size()) != domain) return false;
  if (name.size() == domain.size() || bug == Bug::kSuffixWithoutBoundary) return true;
  return name[name.size() - domain.size() - 1] == '.';
}

class Decision {
 public:
  Decision(const std::vector<std::string>& list, std::string client, const NameLookup& lookup, Bug bug)
      : client_(std::move(client)), lookup_(lookup), bug_(bug) {
    for (const std::string& value : list) things_.push_back(parse_thing(value));
    if (bug == Bug::kFirstEntryOnly && things_.size() > 1) things_.resize(1);
  }

  NaiveAnswer run() const {
    if (holds_nothing()) return {bug_ != Bug::kEmptyIsDeny, 1, {}, {}};
    if (const auto none = first(Thing::Kind::kNone); none && bug_ != Bug::kNoneIgnored)
      return {false, 2, none, {}};
    if (bug_ == Bug::kLookupBeforeIp) return by_name_then_address();
    if (const auto found = by_address()) return *found;
    if (const auto found = by_name()) return *found;
    return {false, 5, {}, {}};
  }

 private:
  bool holds_nothing() const {
    return std::all_of(things_.begin(), things_.end(),
                       [](const Thing& t) { return t.kind == Thing::Kind::kBlank; });
  }

  std::optional<size_t> first(Thing::Kind kind) const {
    for (size_t i = 0; i < things_.size(); ++i) {
      if (things_[i].kind == kind) return i;
    }
    return std::nullopt;
  }

  NaiveAnswer by_name_then_address() const {
    if (const auto found = by_name()) return *found;
    if (const auto found = by_address()) return *found;
    return {false, 5, {}, {}};
  }

  std::optional<NaiveAnswer> by_address() const {
    for (size_t i = 0; i < things_.size(); ++i) {
      if (address_matches(things_[i], client_, bug_)) return NaiveAnswer{true, 3, i, {}};
    }
    return std::nullopt;
  }

  std::optional<NaiveAnswer> by_name() const {
    if (!first(Thing::Kind::kName)) return std::nullopt;
    const std::vector<std::string> names = lookup_();
    for (size_t i = 0; i < things_.size(); ++i) {
      if (things_[i].kind != Thing::Kind::kName) continue;
      for (const std::string& name : names) {
        const auto good = parse_name(name);
        if (good && is_within(*good, things_[i].name, bug_)) return NaiveAnswer{true, 4, i, name};
      }
    }
    return std::nullopt;
  }

  std::string client_;
  const NameLookup& lookup_;
  Bug bug_;
  std::vector<Thing> things_;
};

}  // namespace

std::optional<Bug> bug_named(const std::string& name) {
  static const std::map<std::string, Bug> bugs = {{"suffix-without-boundary", Bug::kSuffixWithoutBoundary},
                                                  {"none-ignored", Bug::kNoneIgnored},
                                                  {"zero-not-wild", Bug::kZeroNotWild},
                                                  {"empty-is-deny", Bug::kEmptyIsDeny},
                                                  {"lookup-before-ip", Bug::kLookupBeforeIp},
                                                  {"first-entry-only", Bug::kFirstEntryOnly}};
  const auto found = bugs.find(name);
  return found == bugs.end() ? std::nullopt : std::optional(found->second);
}

std::optional<NaiveAnswer> decide_naively(const std::vector<std::string>& list, const std::string& ip,
                                          const NameLookup& lookup, Bug bug) {
  const auto client = parse_address(ip);
  if (!client) return std::nullopt;
  return Decision(list, unmapped(*client), lookup, bug).run();
}

}  // namespace postern::conformance
