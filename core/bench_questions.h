// SPDX-License-Identifier: BSD-2-Clause
//
// bench_questions.h: the lists and the questions that decide_bench asks. The same in every run.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/compiled_access_list.h"
#include "core/decide.h"

namespace postern::bench {

using Random = std::mt19937;

inline std::string number(Random& random) {
  return std::to_string(1 + random() % 255);
}

inline std::string address(Random& random) {
  return number(random) + "." + number(random) + "." + number(random) + "." + number(random);
}

// pattern: shapes as people write them, one host or a.b.c.0, and now and then another. Each keeps three
// numbers, so that even a large list does not match everyone.
inline std::string pattern(Random& random) {
  const std::string a = number(random), b = number(random), c = number(random), d = number(random);
  switch (random() % 16) {
    case 0:
      return a + ".0." + c + "." + d;
    case 1:
      return a + "." + b + ".0." + d;
    case 2:
      return "0." + b + "." + c + "." + d;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
      return a + "." + b + "." + c + ".0";
    default:
      return a + "." + b + "." + c + "." + d;
  }
}

inline std::string label(Random& random) {
  std::string text(3 + random() % 8, 'a');
  for (char& letter : text) letter = static_cast<char>('a' + random() % 26);
  return text;
}

inline std::string domain(Random& random) {
  constexpr const char* kTop[] = {"com", "edu", "net", "org", "test"};
  const std::string within = label(random) + "." + kTop[random() % 5];
  return random() % 3 == 0 ? label(random) + "." + within : within;
}

// AccessList: IP patterns and domain names in equal parts.
struct AccessList {
  std::vector<std::string> patterns;
  std::vector<std::string> domains;
  std::string text;                 // one value per line
  std::vector<std::string> values;  // the same
  std::vector<Entry> entries;       // the same, parsed
};

inline std::unique_ptr<const AccessList> make_list(std::size_t size) {
  auto list = std::make_unique<AccessList>();
  Random random(static_cast<unsigned>(size));
  list->values = {"sunnyvale.dispatch.com", "128.123.45.0", "math.csusj.edu"};  // the chapter's own
  for (std::size_t i = list->values.size(); i < size; ++i) {
    list->values.push_back(i % 2 == 0 ? domain(random) : pattern(random));
  }
  for (const std::string& value : list->values) {
    list->text += value + "\n";
    list->entries.push_back(parse_entry(value));
    (list->entries.back().kind == kIpPattern ? list->patterns : list->domains).push_back(value);
  }
  return list;
}

inline const AccessList& list_of(std::size_t size) {
  static std::map<std::size_t, std::unique_ptr<const AccessList>> made;
  std::unique_ptr<const AccessList>& list = made[size];
  if (!list) list = make_list(size);
  return *list;
}

enum Outcome { kIpHit, kNameHit, kMiss };
inline constexpr const char* kOutcomeNames[] = {"ip-hit", "name-hit", "miss"};

struct Question {
  Client client;
  std::string address;
  std::string name;
};

// matching: an address that the pattern matches.
inline std::string matching(const std::string& pattern_text, Random& random) {
  const Entry entry = parse_entry(pattern_text);
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) text += '.';
    text += entry.address[i] == 0 ? number(random) : std::to_string(entry.address[i]);
  }
  return text;
}

// A host in the domain; every eighth has an upper-case letter.
inline std::string host_in(const std::string& domain_text, Random& random) {
  std::string host = label(random) + "." + domain_text;
  if (random() % 8 == 0) host[0] = static_cast<char>(host[0] - 'a' + 'A');
  return host;
}

// A quarter of the misses are near misses: xdispatch.com.
inline std::string missing_name(const AccessList& list, Random& random) {
  if (random() % 4 != 0) return host_in(domain(random), random);
  return "x" + list.domains[random() % list.domains.size()];
}

inline Question propose(const AccessList& list, Outcome outcome, Random& random) {
  const std::string& domain_text = list.domains[random() % list.domains.size()];
  const std::string& pattern_text = list.patterns[random() % list.patterns.size()];
  const std::string text = outcome == kIpHit ? matching(pattern_text, random) : address(random);
  const std::string name = outcome == kMiss ? missing_name(list, random) : host_in(domain_text, random);
  return {*parse_client(text), text, name};
}

// questions: `count` of them whose answer is `outcome`.
inline std::vector<Question> questions(const AccessList& list, Outcome outcome, std::size_t count) {
  constexpr Step kWanted[] = {Step::kAddress, Step::kName, Step::kNoMatch};
  const CompiledAccessList compiled(list.entries);
  Random random(7);
  std::vector<Question> asked;
  while (asked.size() < count) {
    Question question = propose(list, outcome, random);
    const Text name = text(question.name);
    if (compiled.decide(question.client, {&name, 1}).step == kWanted[outcome])
      asked.push_back(std::move(question));
  }
  return asked;
}

}  // namespace postern::bench
