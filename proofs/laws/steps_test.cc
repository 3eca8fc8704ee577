// SPDX-License-Identifier: BSD-2-Clause
//
// The theorems of proofs/coq/Steps.v as laws of the shipped code, in that order and by those names.
#include <algorithm>
#include <cctype>
#include <iterator>

#include "law.h"

namespace postern::laws {
namespace {

template <typename T>
void shuffle_and_double(std::vector<T>& items) {
  const std::size_t given = items.size();
  for (std::size_t i = 0; i < given; ++i) {
    if (below(3) == 0) items.push_back(T(items[i]));
  }
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
}

bool holds_some(const std::vector<Entry>& list, Kind kind) {
  return std::ranges::any_of(list, [=](const Entry& entry) { return is(kind, entry); });
}

bool only_blanks(const std::vector<Entry>& list) {
  return std::ranges::all_of(list, [](const Entry& entry) { return is(kBlank, entry); });
}

bool some_address_matches(const std::vector<Entry>& list, const Client& client) {
  return std::ranges::any_of(list, [&](const Entry& entry) { return address_matches(client, entry); });
}

// A case whose list has `value` somewhere.
Case any_case_with(const std::string& value) {
  Case made = any_case();
  made.values.insert(made.values.begin() + static_cast<std::ptrdiff_t>(below(made.values.size() + 1)), value);
  return made;
}

constexpr Outcome kOpen = {true, Step::kEmptyList};
constexpr Outcome kNobody = {false, Step::kNone};
constexpr Outcome kDefault = {false, Step::kNoMatch};

// ---- AD-G1 --------------------------------------------------------------------------------------------

LAW(order_and_duplicates_do_not_matter) {
  const Case asked = any_case();
  Strings other = asked.values;
  shuffle_and_double(other);
  if (below(2) == 0) other.insert(other.begin(), " ");
  RC_ASSERT(outcome(parsed(other), asked.client(), asked.names()) ==
            outcome(asked.list(), asked.client(), asked.names()));
}

LAW(the_order_of_names_does_not_matter) {
  const Case asked = any_case();
  Strings other = asked.host_names;
  shuffle_and_double(other);
  RC_ASSERT(outcome(asked.list(), asked.client(), borrowed(other)) ==
            outcome(asked.list(), asked.client(), asked.names()));
}

// ---- AD-1 ---------------------------------------------------------------------------------------------

LAW(removing_the_last_entry_opens_the_account) {
  Case asked = any_case();
  asked.values = Strings(below(3), " ");
  const std::string last = any_value();
  RC_PRE(!is(kBlank, parse_entry(last)));
  Strings before = asked.values;
  before.push_back(last);
  RC_ASSERT(outcome(parsed(before), asked.client(), asked.names()) != kOpen);
  RC_ASSERT(outcome(asked.list(), asked.client(), asked.names()) == kOpen);
}

LAW(the_empty_list_is_the_only_list_open_by_the_first_step) {
  const Case asked = any_case();
  RC_ASSERT((outcome(asked.list(), asked.client(), asked.names()) == kOpen) == only_blanks(asked.list()));
}

// A list of the chapter that is not empty is closed to an IPv6 client without names.
LAW(the_empty_list_is_the_only_open_list) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  RC_PRE(!holds_some(list, kIpv6Prefix));
  RC_ASSERT(allowed(list, Client::ipv6({0x20, 0x01}), {}) == only_blanks(list));
}

LAW(the_extension_can_write_another_open_list) {
  const Case asked = any_case();
  RC_ASSERT(allowed(parsed({"0.0.0.0", "::/0"}), asked.client(), asked.names()));
}

// ---- AD-2 ---------------------------------------------------------------------------------------------

LAW(none_denies_everyone) {
  const Case asked = any_case_with(in_any_case("none"));
  RC_ASSERT(outcome(asked.list(), asked.client(), asked.names()) == kNobody);
}

// ---- AD-5, AD-G8 --------------------------------------------------------------------------------------

LAW(allowed_only_for_a_listed_reason) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  const std::vector<Text> names = asked.names();
  const bool name_reason = std::ranges::any_of(list, [&](const Entry& entry) {
    return is(kDomainName, entry) && std::ranges::any_of(names, [&](Text name) {
             const Text bare = kernel::without_trailing_dot(name);
             return kernel::is_within(bare, entry.name) && kernel::domain_name_fault(bare).why == kSound;
           });
  });
  const bool reason = only_blanks(list) || (!holds_some(list, kNone) &&
                                            (some_address_matches(list, asked.client()) || name_reason));
  RC_ASSERT(allowed(list, asked.client(), names) == reason);
}

LAW(a_malformed_entry_never_allows) {
  const Case asked = any_case_with(malformed());
  const std::vector<Entry> list = asked.list();
  const Decision made = answer(list, asked.client(), asked.names());
  if (!made.allowed()) return;
  RC_ASSERT(made.entry.has_value());
  const Entry& reason = list.at(*made.entry);
  RC_ASSERT(address_matches(asked.client(), reason) || some_name_matches(asked.names(), reason));
  RC_ASSERT(!is(kMalformed, reason));
}

LAW(a_list_of_malformed_entries_denies) {
  Case asked = any_case();
  asked.values.resize(1 + below(4));
  for (std::string& value : asked.values) value = malformed();
  RC_ASSERT(outcome(asked.list(), asked.client(), asked.names()) == kDefault);
}

LAW(the_valid_neighbours_of_a_malformed_entry_keep_their_effect) {
  const Case asked = any_case_with(pattern());
  Strings more = asked.values;
  more.insert(more.begin() + static_cast<std::ptrdiff_t>(below(more.size() + 1)), malformed());
  RC_ASSERT(outcome(parsed(more), asked.client(), asked.names()) ==
            outcome(asked.list(), asked.client(), asked.names()));
}

// ---- Monotony -----------------------------------------------------------------------------------------

LAW(adding_an_entry_never_revokes) {
  const Case asked = any_case_with(below(2) == 0 ? pattern() : domain());
  const std::string added = any_value();
  RC_PRE(!is(kNone, parse_entry(added)));
  Strings more = asked.values;
  more.insert(more.begin() + static_cast<std::ptrdiff_t>(below(more.size() + 1)), added);
  RC_ASSERT(!allowed(asked.list(), asked.client(), asked.names()) ||
            allowed(parsed(more), asked.client(), asked.names()));
}

LAW(adding_the_first_entry_may_revoke) {
  const Case asked = any_case();
  RC_ASSERT(allowed({}, asked.client(), asked.names()));
  RC_ASSERT(!allowed(parsed({malformed()}), asked.client(), asked.names()));
  RC_ASSERT(!allowed(parsed({"1.1.1.1"}), Client::ipv4({2, 2, 2, 2}), {}));
}

LAW(adding_none_revokes) {
  const Case asked = any_case_with("\tnone ");
  RC_ASSERT(!allowed(asked.list(), asked.client(), asked.names()));
}

// ---- AD-3, AD-G5 --------------------------------------------------------------------------------------

LAW(zero_is_a_wildcard_in_every_place) {
  const std::string written = pattern();
  const Ipv4Address numbers = *parse_ipv4(written);
  const Ipv4Address client = ipv4();
  bool expected = true;
  for (std::size_t i = 0; i < 4; ++i) expected = expected && (numbers[i] == 0 || numbers[i] == client[i]);
  RC_ASSERT(address_matches(Client::ipv4(client), parse_entry(written)) == expected);
}

LAW(four_zeros_match_every_ipv4_client) {
  RC_ASSERT(allowed(parsed({"0.0.0.0"}), Client::ipv4(ipv4()), {}));
}

LAW(a_pattern_without_zero_names_one_host) {
  const std::string written = pattern();
  const Ipv4Address host = *parse_ipv4(written);
  RC_PRE(std::ranges::count(host, 0) == 0);
  Ipv4Address other = host;
  const std::size_t place = below(4);
  other.at(place) = static_cast<std::uint8_t>(other.at(place) ^ 1U << below(8));
  RC_ASSERT(address_matches(Client::ipv4(host), parse_entry(written)));
  RC_ASSERT(!address_matches(Client::ipv4(other), parse_entry(written)));
  const Client any = any_case().client();
  RC_ASSERT(!any.is_ipv6() || !address_matches(any, parse_entry(written)));
}

// ---- AD-C2, AD-G9 -------------------------------------------------------------------------------------

LAW(ip_patterns_never_match_ipv6) {
  const Client client = Client::ipv6(ipv6());
  RC_ASSERT(!client.is_ipv6() || !address_matches(client, parse_entry(pattern())));
}

LAW(ipv6_prefixes_never_match_ipv4) {
  const Entry entry = parse_entry(prefix());
  RC_ASSERT(is(kIpv6Prefix, entry));
  RC_ASSERT(!address_matches(Client::ipv4(ipv4()), entry));
}

LAW(a_prefix_matches_by_its_first_bits) {
  const Entry entry = parse_entry(prefix());
  Ipv6Address address = {};
  std::ranges::copy(entry.address, address.begin());
  const std::size_t flipped = below(128);
  address.at(flipped / 8) = static_cast<std::uint8_t>(address.at(flipped / 8) ^ 0x80U >> flipped % 8);
  const Client client = Client::ipv6(address);
  if (!client.is_ipv6()) return;
  RC_ASSERT(address_matches(client, entry) == (flipped >= entry.prefix_length));
}

// A list without a colon holds no prefix, and what is no prefix decides as if there were no extension.
LAW(the_extension_is_conservative) {
  const Case asked = any_case();
  RC_PRE(std::ranges::none_of(asked.values,
                              [](const std::string& value) { return value.find(":") != std::string::npos; }));
  const std::vector<Entry> list = asked.list();
  RC_ASSERT(!holds_some(list, kIpv6Prefix));
  const bool named =
      std::ranges::any_of(list, [&](const Entry& entry) { return some_name_matches(asked.names(), entry); });
  const Client client = asked.client();
  if (client.is_ipv6()) {
    RC_ASSERT(allowed(list, client, asked.names()) ==
              (only_blanks(list) || (!holds_some(list, kNone) && named)));
  }
}

// ---- AD-4 ---------------------------------------------------------------------------------------------

LAW(names_match_on_label_boundaries_only) {
  const auto folded = [](std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char octet) { return static_cast<char>(std::tolower(octet)); });
    return text;
  };
  const std::string name = below(2) == 0 ? host_name() : text_of("aB.", 6);
  const std::string within = below(2) == 0 ? domain() : text_of("Ab.", 3);
  RC_PRE(!within.empty());
  const bool expected = folded(name) == folded(within) || folded(name).ends_with("." + folded(within));
  RC_ASSERT(kernel::is_within(text(name), text(within)) == expected);
}

// ---- AD-C6, AD-C7 -------------------------------------------------------------------------------------

struct Lazily {
  Decision made;
  int look_ups;
};

Lazily lazily(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names) {
  Lazily answered = {{}, 0};
  const auto look_up = [&]() -> std::span<const Text> {
    ++answered.look_ups;
    return names;
  };
  answered.made = CompiledAccessList(list).decide_lazily(client, look_up);
  const int asked = answered.look_ups;
  RC_ASSERT(decide_lazily(list, client, look_up) == answered.made);
  RC_ASSERT(answered.look_ups == 2 * asked);
  answered.look_ups = asked;
  return answered;
}

LAW(an_address_match_never_asks_the_name_service) {
  Case asked = any_case_with("0.0.0.0");
  asked.ip = ipv4_text();
  const std::vector<Entry> list = asked.list();
  RC_ASSERT(!asks_for_names(list, asked.client()));
  RC_ASSERT(lazily(list, asked.client(), asked.names()).look_ups == 0);
  RC_ASSERT(outcome(list, asked.client(), asked.names()) == outcome(list, asked.client(), {}));
}

LAW(unasked_the_names_change_nothing) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  if (asks_for_names(list, asked.client())) return;
  RC_ASSERT(answer(list, asked.client(), asked.names()) == answer(list, asked.client(), {}));
}

LAW(the_lazy_form_gives_the_same_answer) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  const Lazily answered = lazily(list, asked.client(), asked.names());
  RC_ASSERT(answered.made == answer(list, asked.client(), asked.names()));
  RC_ASSERT(answered.look_ups == (asks_for_names(list, asked.client()) ? 1 : 0));
}

LAW(the_name_service_is_asked_only_if_the_verdict_depends_on_it) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  if (!asks_for_names(list, asked.client())) return;
  const auto domain = std::ranges::find(list, kDomainName, &Entry::kind);
  RC_ASSERT(domain != list.end());
  RC_ASSERT(allowed(list, asked.client(), {domain->name}));
  RC_ASSERT(!allowed(list, asked.client(), {}));
}

LAW(fewer_names_never_grant) {
  const Case asked = any_case();
  std::vector<Text> fewer;
  for (const Text name : asked.names()) {
    if (below(2) == 0) fewer.push_back(name);
  }
  RC_ASSERT(!allowed(asked.list(), asked.client(), fewer) ||
            allowed(asked.list(), asked.client(), asked.names()));
}

LAW(losing_the_name_service_never_grants) {
  const Case asked = any_case();
  RC_ASSERT(!allowed(asked.list(), asked.client(), {}) ||
            allowed(asked.list(), asked.client(), asked.names()));
}

// ---- AD-C8 --------------------------------------------------------------------------------------------

bool decides_at(Step step, const Case& asked, const Entry& entry) {
  if (step == Step::kNone) return is(kNone, entry);
  if (step == Step::kAddress) return address_matches(asked.client(), entry);
  return step == Step::kName && some_name_matches(asked.names(), entry);
}

LAW(the_lowest_entry_of_the_deciding_step_is_reported) {
  const Case asked = any_case();
  const std::vector<Entry> list = asked.list();
  const Decision made = answer(list, asked.client(), asked.names());
  const auto lowest =
      std::ranges::find_if(list, [&](const Entry& entry) { return decides_at(made.step, asked, entry); });
  const auto at = static_cast<std::size_t>(std::distance(list.begin(), lowest));
  RC_ASSERT(made.entry == (lowest == list.end() ? std::nullopt : std::optional(at)));
}

LAW(at_step_four_the_first_name_within_the_entry_is_reported) {
  const Case asked = any_case_with(domain());
  const std::vector<Entry> list = asked.list();
  const std::vector<Text> names = asked.names();
  const Decision made = answer(list, asked.client(), names);
  if (made.step != Step::kName) return;
  RC_ASSERT(made.entry.has_value());
  const auto first = std::ranges::find_if(
      names, [&](Text name) { return kernel::name_matches(&list.at(*made.entry), name); });
  RC_ASSERT(first != names.end());
  RC_ASSERT(made.name == static_cast<std::size_t>(std::distance(names.begin(), first)));
}

LAW(only_step_four_reports_a_name) {
  const Case asked = any_case();
  const Decision made = answer(asked.list(), asked.client(), asked.names());
  RC_ASSERT(made.name.has_value() == (made.step == Step::kName));
}

}  // namespace
}  // namespace postern::laws
