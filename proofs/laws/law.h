// SPDX-License-Identifier: BSD-2-Clause
//
// law.h: what the laws are written in. LAW(name) { … } is a theorem of proofs/coq of that name, stated of the
// shipped code and tried on generated cases by RapidCheck; laws_test fails if a theorem of the access-domain
// model has no law.
//
// The seed is fixed, so that a run can be repeated. RC_PARAMS="seed=N max_success=N" tries others.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/compiled_access_list.h"
#include "core/decide.h"

namespace postern::laws {

using Strings = std::vector<std::string>;

// Generators. Few different numbers and labels, so that everything meets everything: entries and clients
// share them, and every other text is a near miss of a good one.
std::string any_value();  // an entry of any kind, malformed and blank ones too
std::string pattern();    // AD-G4, with wildcards
std::string prefix();     // AD-G9
std::string domain();     // AD-G6, a trailing dot at times
std::string malformed();  // none of all these
std::string text_of(std::string_view octets, std::size_t most);  // of these octets, of at most that many
std::string host_name();  // what a name service may say: within some domain(), near it, or nonsense
std::string ipv4_text();
std::string ipv6_text();  // mapped and other embeddings among them
Ipv4Address ipv4();
Ipv6Address ipv6();
std::string in_any_case(std::string text);
std::size_t below(std::size_t end);

// Case: one question. `texts` and `list` borrow from it.
struct Case {
  Strings values;
  std::string ip;
  Strings host_names;

  std::vector<Entry> list() const;
  Client client() const;
  std::vector<Text> names() const;
};
Case any_case();  // a list of at most seven entries
std::vector<Entry> parsed(const Strings& values);
std::vector<Text> borrowed(const Strings& names);

// Outcome: verdict and step, without the positions.
using Outcome = std::pair<bool, Step>;
Outcome outcome(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names);

// answer: decide(), and the compiled list must give the same in every field. Counted in the ledger.
Decision answer(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names);
bool allowed(const std::vector<Entry>& list, const Client& client, const std::vector<Text>& names);

// The words of the theorems.
bool address_matches(const Client& client, const Entry& entry);
bool some_name_matches(const std::vector<Text>& names, const Entry& entry);
bool is(Kind kind, const Entry& entry);
bool same_entry(const Entry& a, const Entry& b);

// tried runs one law; says how to repeat it where it does not hold.
bool tried(const char* name, void (*law)());

}  // namespace postern::laws

#define LAW(name)                                            \
  static void law_##name();                                  \
  TEST(Law, name) {                                          \
    EXPECT_TRUE(::postern::laws::tried(#name, &law_##name)); \
  }                                                          \
  static void law_##name()
