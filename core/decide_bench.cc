// SPDX-License-Identifier: BSD-2-Clause
//
// decide_bench: what a decision costs. Run it pinned, on its own, and compare only within one run:
//   taskset -c 1 build/release/core/decide_bench [--benchmark_filter=…]
// 4,096 different questions are asked in turn (cold: 1,048,576). Times are CPU times of one question.
// Bars, against the floor of the same run (inet_pton and compare):
//   literal/3 and literal/16      at most 2 floors
//   compiled/1000000              at most 10 floors
//   compiled/16                   at most 2 times literal/16
//   parse                         at least 10 M entries/s
//   octets_per_entry              at most 32 (from 1,000 entries on)
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <tcpd.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/bench_questions.h"

// libwrap leaves these to its callers.
int allow_severity = 0;
int deny_severity = 0;

namespace postern::bench {
namespace {

constexpr std::size_t kHot = 4096;
constexpr std::size_t kCold = 1048576;

using Ask = std::function<void(benchmark::State&, const AccessList&, const std::vector<Question>&)>;

// ask_in_turn times `answer` over the questions, whose number is a power of two.
template <typename Answer>
void ask_in_turn(benchmark::State& state, const std::vector<Question>& asked, Answer answer) {
  std::vector<Text> names;
  for (const Question& question : asked) names.push_back(text(question.name));
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(answer(asked[i], names[i]));
    i = (i + 1) & (asked.size() - 1);
  }
  state.SetItemsProcessed(state.iterations());
}

// The floor: the least that any server does with a client's address.
void floor_of_all(benchmark::State& state, const AccessList&, const std::vector<Question>& asked) {
  in_addr known{};
  inet_pton(AF_INET, "128.123.45.22", &known);
  ask_in_turn(state, asked, [&](const Question& question, Text) {
    in_addr address{};
    return inet_pton(AF_INET, question.address.c_str(), &address) == 1 &&
           std::memcmp(&address, &known, 4) == 0;
  });
}

void literal(benchmark::State& state, const AccessList& list, const std::vector<Question>& asked) {
  ask_in_turn(state, asked, [&](const Question& question, const Text& name) {
    return decide(list.entries, question.client, {&name, 1});
  });
}

void compiled(benchmark::State& state, const AccessList& list, const std::vector<Question>& asked) {
  const CompiledAccessList fast(list.entries);
  state.counters["octets_per_entry"] =
      static_cast<double>(fast.octets()) / static_cast<double>(list.entries.size());
  ask_in_turn(state, asked, [&](const Question& question, const Text& name) {
    return fast.decide(question.client, {&name, 1});
  });
}

// A scan over the text, as a server does that keeps nothing between logins: parse each line, test it, forget
// it.
bool scan(std::string_view rest, const Client& client, const Text& name) {
  bool empty = true;
  bool allowed = false;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const Entry entry = parse_entry(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (entry.kind == kNone) return false;
    empty = empty && entry.kind == kBlank;
    allowed =
        allowed || kernel::address_matches(&entry, &client.kernel()) || kernel::name_matches(&entry, name);
  }
  return empty || allowed;
}

void text_scan(benchmark::State& state, const AccessList& list, const std::vector<Question>& asked) {
  ask_in_turn(state, asked, [&](const Question& question, const Text& name) {
    return scan(list.text, question.client, name);
  });
}

// One rule an entry: libwrap reads its two files at each call.
std::string libwrap_rule(const std::string& value) {
  const Entry entry = parse_entry(value);
  if (entry.kind == kDomainName) return "postern: " + value + " ." + value + "\n";
  std::string mask;
  for (std::size_t i = 0; i < 4; ++i)
    mask += std::string(i > 0 ? "." : "") + (entry.address[i] == 0 ? "0" : "255");
  return "postern: " + value + "/" + mask + "\n";
}

void libwrap(benchmark::State& state, const AccessList& list, const std::vector<Question>& asked) {
  std::string allow = "/tmp/postern-bench-" + std::to_string(getpid()) + ".allow";
  std::string deny = "/tmp/postern-bench-" + std::to_string(getpid()) + ".deny";
  std::ofstream(deny) << "ALL: ALL\n";
  {
    std::ofstream rules(allow);
    for (const std::string& value : list.values) rules << libwrap_rule(value);
  }
  hosts_allow_table = allow.data();
  hosts_deny_table = deny.data();
  std::string daemon = "postern";
  std::string user = STRING_UNKNOWN;
  ask_in_turn(state, asked, [&](const Question& question, Text) {
    std::string name = question.name;
    std::string address = question.address;
    return hosts_ctl(daemon.data(), name.data(), address.data(), user.data());
  });
  unlink(allow.c_str());
  unlink(deny.c_str());
}

void parse(benchmark::State& state, const AccessList& list, const std::vector<Question>&) {
  for (auto _ : state) {
    for (const std::string& value : list.values) benchmark::DoNotOptimize(parse_entry(value));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(list.values.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(list.text.size()));
}

void compile(benchmark::State& state, const AccessList& list, const std::vector<Question>&) {
  for (auto _ : state) benchmark::DoNotOptimize(CompiledAccessList(list.entries));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(list.values.size()));
}

void add(const std::string& design, std::size_t size, Outcome outcome, std::size_t count, Ask ask) {
  const std::string name = design + "/" + std::to_string(size) + "/" + kOutcomeNames[outcome];
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    const AccessList& list = list_of(size);
    ask(state, list, questions(list, outcome, count));
  });
}

void add_outcomes(const std::string& design, std::vector<std::size_t> sizes, Ask ask,
                  std::size_t count = kHot) {
  for (const std::size_t size : sizes) {
    for (const Outcome outcome : {kIpHit, kNameHit, kMiss}) add(design, size, outcome, count, ask);
  }
}

void add_all() {
  add("floor", 3, kMiss, kHot, floor_of_all);
  add_outcomes("literal", {3, 16, 1000, 100000, 1000000}, literal);
  add_outcomes("compiled", {3, 16, 1000, 100000, 1000000}, compiled);
  add_outcomes("compiled-cold", {100000, 1000000}, compiled, kCold);
  add_outcomes("text-scan", {3, 16, 1000, 100000}, text_scan);
  add_outcomes("libwrap", {3, 16, 1000}, libwrap);
  for (const std::size_t size : {16U, 1000U, 100000U, 1000000U}) {
    add("parse", size, kMiss, 1, parse);
    add("compile", size, kMiss, 1, compile);
  }
  add("floor-again", 3, kMiss, kHot, floor_of_all);
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  postern::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
