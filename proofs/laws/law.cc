// SPDX-License-Identifier: BSD-2-Clause
#include "law.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace postern::laws {

// ---- Generators ---------------------------------------------------------------------------------------

// The whole range, whatever size RapidCheck has come to: it would begin with small numbers alone.
std::size_t below(std::size_t end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, end));
}

namespace {

bool one_in(std::size_t n) {
  return below(n) == 0;
}

template <std::size_t n>
std::string one_of(const std::array<std::string_view, n>& texts) {
  return std::string(texts.at(below(n)));
}

std::string dotted(const Ipv4Address& address) {
  std::string text;
  for (const std::uint8_t octet : address) text += (text.empty() ? "" : ".") + std::to_string(octet);
  return text;
}

// 0 is the wildcard, 255 the end; the others are near each other.
std::uint8_t octet() {
  constexpr std::array<std::uint8_t, 8> kOctets = {0, 0, 1, 1, 1, 1, 2, 255};
  return kOctets.at(below(kOctets.size()));
}

std::string labels(std::size_t most) {
  constexpr std::array<std::string_view, 8> kLabels = {"a", "a", "a", "b", "ab", "none", "a-b", "0"};
  std::string name = one_of(kLabels);
  for (std::size_t more = below(most); more > 0; --more) name += "." + one_of(kLabels);
  return name;
}

// near_miss: `text` with one octet lost, doubled, or replaced by one that has a rule.
std::string near_miss(std::string text) {
  if (text.empty()) return text;
  const std::size_t at = below(text.size());
  switch (below(3)) {
    case 0:
      return text.erase(at, 1);
    case 1:
      return text.insert(at, 1, text[at]);
    default:
      text[at] = ".-_:/*0Aa1 "[below(11)];
      return text;
  }
}

}  // namespace

std::string in_any_case(std::string text) {
  for (char& letter : text) {
    if (one_in(4)) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return text;
}

std::string text_of(std::string_view octets, std::size_t most) {
  std::string text(below(most + 1), ' ');
  for (char& octet : text) octet = octets[below(octets.size())];
  return text;
}

std::string pattern() {
  return dotted({octet(), octet(), octet(), octet()});
}

Ipv4Address ipv4() {
  return {octet(), octet(), octet(), octet()};
}

std::string ipv4_text() {
  return dotted(ipv4());
}

Ipv6Address ipv6() {
  const std::optional<Ipv6Address> address = parse_ipv6(ipv6_text());
  return address.value();
}

std::string ipv6_text() {
  constexpr std::array<std::string_view, 10> kAddresses = {
      "::",         "::1",    "2001:db8::1", "2001:db8::2", "2001:db8:8000::1",
      "2001:db9::", "8000::", "fe80::1",     "1:1::",       "a::a"};
  constexpr std::array<std::string_view, 5> kEmbeddings = {
      "::ffff:", "::", "::fffe:", "64:ff9b::", "::ffff:0:"};
  return one_in(3) ? one_of(kEmbeddings) + ipv4_text() : one_of(kAddresses);
}

std::string prefix() {
  constexpr std::array<std::string_view, 11> kPrefixes = {
      "::/0",           "::/1",          "8000::/1", "2001:db8::/32", "2001:db8::/33",  "2001:db8::1",
      "2001:DB8::/127", "::fffe:0:0/95", "::1/128",  "fe80::/10",     "2001:db8::2/128"};
  return one_of(kPrefixes);
}

std::string domain() {
  std::string name = labels(3);
  if (name.ends_with('0')) name += "a";  // AD-G6: the last label is not all digits
  return in_any_case(name == "none" || one_in(6) ? name + "." : name);
}

std::string malformed() {
  constexpr std::array<std::string_view, 8> kTexts = {"1.1.1", "01.1.1.1", "1.1.1.256", "1.1.1.1.",
                                                      ".a",    "a..b",     "*.a",       "::1::"};
  if (one_in(2)) return one_of(kTexts);
  while (true) {
    const std::string text = near_miss(one_in(3) ? domain() : one_in(2) ? prefix() : pattern());
    if (parse_entry(text).kind == kMalformed) return text;
  }
}

std::string any_value() {
  switch (below(16)) {
    case 0:
      return one_in(2) ? "" : " \t";
    case 1:
      return in_any_case("none");
    case 2:
      return malformed();
    case 3:
      return near_miss(one_in(2) ? domain() : pattern());
    case 4:
    case 5:
    case 6:
      return prefix();
    case 7:
    case 8:
    case 9:
    case 10:
      return pattern();
    default:
      return one_in(8) ? "\r " + domain() + "\n" : domain();
  }
}

std::string host_name() {
  const std::string name = one_in(2) ? domain() : labels(3) + "." + domain();
  return one_in(4) ? near_miss(name) : in_any_case(name);
}

Case any_case() {
  Case made;
  made.values.resize(below(8));
  for (std::string& value : made.values) value = any_value();
  made.ip = one_in(4) ? ipv6_text() : ipv4_text();
  made.host_names.resize(below(5));
  for (std::string& name : made.host_names) name = host_name();
  return made;
}

std::vector<Entry> parsed(const Strings& values) {
  std::vector<Entry> list;
  for (const std::string& value : values) list.push_back(parse_entry(value));
  return list;
}

std::vector<Text> borrowed(const Strings& names) {
  std::vector<Text> texts;
  for (const std::string& name : names) texts.push_back(text(name));
  return texts;
}

std::vector<Entry> Case::list() const {
  return parsed(values);
}

Client Case::client() const {
  return parse_client(ip).value();
}

std::vector<Text> Case::names() const {
  return borrowed(host_names);
}

// ---- The words of the theorems ------------------------------------------------------------------------

Decision answer(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names) {
  const Decision literal = decide(list, client, names);
  RC_ASSERT(CompiledAccessList(list).decide(client, names) == literal);
  return literal;
}

bool allowed(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names) {
  return answer(list, client, names).allowed();
}

Outcome outcome(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names) {
  const Decision made = answer(list, client, names);
  return {made.allowed(), made.step};
}

bool address_matches(const Client& client, const Entry& entry) {
  return kernel::address_matches(&entry, &client.kernel());
}

bool some_name_matches(const std::vector<Text>& names, const Entry& entry) {
  return std::ranges::any_of(names, [&](Text name) { return kernel::name_matches(&entry, name); });
}

bool is(Kind kind, const Entry& entry) {
  return entry.kind == kind;
}

bool same_entry(const Entry& a, const Entry& b) {
  return a.kind == b.kind && std::ranges::equal(a.address, b.address) && a.prefix_length == b.prefix_length &&
         view(a.name) == view(b.name);
}

// ---- Trying a law -------------------------------------------------------------------------------------

namespace {

// RapidCheck reads them once, when the first law is tried.
const char* const kParameters = [] {
  setenv("RC_PARAMS", "seed=1997 max_success=2000", 0);
  return std::getenv("RC_PARAMS");
}();

}  // namespace

bool tried(const char* name, void (*law)()) {
  if (rc::check(name, law)) return true;
  std::fprintf(stderr, "replay: RC_PARAMS=\"%s\" laws_test --gtest_filter=Law.%s\n", kParameters, name);
  return false;
}

}  // namespace postern::laws
