// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/recorder.h"

#include "conformance/runner/printable.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

json wire_json(const WireLog& wire) {
  json lines = json::array();
  for (const WireLine& line : wire) {
    lines.push_back(
        {{"t", line.seconds}, {"dir", std::string(1, line.direction)}, {"text", escaped(line.octets)}});
  }
  return lines;
}

json expectation_json(const Expectation* expectation) {
  if (expectation == nullptr) return nullptr;
  return {{"rows", expectation->rows},
          {"verdict", verdict_name(expectation->verdict)},
          {"choice", expectation->choice},
          {"reason", expectation->reason}};
}

// Reached pass or fail: the row says something about the server. A choice does only if the server is held to
// one.
bool is_decided(Verdict verdict, const Claims& claims) {
  return verdict == Verdict::kPass || verdict == Verdict::kFail || verdict == Verdict::kRefusedAtWrite ||
         (verdict == Verdict::kChoice && claims.our_dialect);
}

std::string_view conclusion_text(ExitCode code) {
  switch (code) {
    case ExitCode::kAsExpected:
      return "as expected";
    case ExitCode::kUnexpected:
      return "not as expected";
    case ExitCode::kNothingRan:
      return "no row reached pass or fail";
    default:
      return "the harness or the adapter broke";
  }
}

}  // namespace

Recorder::Recorder(EventStream& events, Expectations expectations, Claims claims, RunInfo info)
    : events_(events),
      expectations_(std::move(expectations)),
      claims_(std::move(claims)),
      info_(std::move(info)),
      began_(std::chrono::steady_clock::now()) {}

void Recorder::start(size_t rows, const std::string& spec_dir) {
  events_.emit({{"event", "start"},
                {"format", 1},
                {"suite", "postern-conform " POSTERN_VERSION},
                {"layer", info_.layer},
                {"server", {{"name", info_.server_name}, {"version", info_.server_version}}},
                {"spec", spec_dir},
                {"rows", rows}});
}

void Recorder::record(const Case& c, const Outcome& outcome, const std::string& variant) {
  const Judgement j = judge(c, claims_, outcome);
  // A second result of a row has no expectation of its own name: it is held to pass.
  const Expectation* expectation = variant.empty() ? expectations_.find(c.id) : nullptr;
  const bool as_expected = j.verdict != Verdict::kHarnessError && is_expected(j, expectation);
  ++counts_[j.verdict];
  if (j.verdict == Verdict::kHarnessError) ++harness_errors_;
  if (j.verdict != Verdict::kHarnessError && !as_expected) ++unexpected_;
  if (is_decided(j.verdict, claims_)) ++decided_;
  if (j.verdict == Verdict::kChoice) ++choices_[c.dialect_point][j.choice];
  events_.emit({{"event", "result"},
                {"id", c.id},
                {"variant", variant},
                {"table", c.table},
                {"layer", info_.layer},
                {"group", c.group},
                {"sentences", c.sentences},
                {"point", c.point},
                {"verdict", verdict_name(j.verdict)},
                {"choice", j.choice},
                {"expected", j.expected},
                {"got", j.got},
                {"as_expected", as_expected},
                {"expectation", expectation_json(expectation)},
                {"seconds", outcome.seconds},
                {"wire", wire_json(outcome.wire)},
                {"replay", info_.replay + " " + shell_word(c.id)}});
}

void Recorder::harness_error(const std::string& what) {
  ++harness_errors_;
  problems_.push_back("harness error: " + what);
}

void Recorder::check_stale() {
  if (!info_.whole) return;
  for (const Expectation& entry : expectations_.stale()) {
    ++unexpected_;
    problems_.push_back("stale expectation: '" + entry.rows +
                        "' speaks for no row. Remove it or correct the glob");
  }
}

ExitCode Recorder::conclude() const {
  if (harness_errors_ > 0) return ExitCode::kHarness;
  if (unexpected_ > 0) return ExitCode::kUnexpected;
  if (decided_ == 0) return ExitCode::kNothingRan;
  return ExitCode::kAsExpected;
}

ExitCode Recorder::finish() {
  check_stale();
  const ExitCode code = conclude();
  json counts = json::object();
  for (const auto& [verdict, count] : counts_) counts[std::string(verdict_name(verdict))] = count;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began_;
  events_.emit({{"event", "summary"},
                {"counts", counts},
                {"choices", choices_.empty() ? json::object() : json(choices_)},
                {"problems", problems_},
                {"seconds", seconds.count()},
                {"conclusion", conclusion_text(code)},
                {"exit", static_cast<int>(code)}});
  return code;
}

}  // namespace postern::conformance
