// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/pure_layer.h"

#include <memory>
#include <optional>

#include "conformance/runner/printable.h"
#include "conformance/runner/pure_answer.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
using Kind = Outcome::Kind;

// A program that cannot do the layer says so with this code before its first answer.
constexpr int kCannotDoLayer = 89;
constexpr int kCommandNotFound = 127;
constexpr int kCommandNotExecutable = 126;
constexpr size_t kMaxTroublesInARow = 10;

json octets_list(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.push_back(octets_to_json(text));
  return list;
}

std::string request_line(const Case& c) {
  return json{{"id", c.id},
              {"list", octets_list(c.list)},
              {"ip", octets_to_json(c.ip)},
              {"names", octets_list(c.lookup.names)}}
      .dump();
}

class PureRun {
 public:
  explicit PureRun(const PureOptions& options) : options_(options) {}

  Outcome ask(const Case& c) {
    if (given_up_) return *given_up_;
    began_ = Clock::now();
    wire_.clear();
    Outcome outcome = exchange(c);
    outcome.wire = std::move(wire_);
    outcome.seconds = elapsed();
    return outcome;
  }

 private:
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  void log(char direction, const std::string& text) { wire_.push_back({elapsed(), direction, text}); }

  Outcome exchange(const Case& c) {
    if (!program_) program_ = std::make_unique<ChildProgram>(options_.program);
    const Clock::time_point deadline = began_ + options_.deadline;
    const std::string request = request_line(c);
    log('>', request);
    std::string line;
    if (!program_->write_line(request, deadline) && Clock::now() >= deadline) return timed_out();
    switch (program_->read_line(line, deadline)) {
      case ChildProgram::Read::kTimeOut:
        return timed_out();
      case ChildProgram::Read::kEnd:
        return ended();
      case ChildProgram::Read::kLine:
        break;
    }
    answered_ = true;
    log('<', line);
    Outcome outcome = parse_pure_answer(line, c.id);
    if (outcome.kind == Kind::kHarnessError) return trouble(std::move(outcome));
    troubles_ = 0;
    return outcome;
  }

  Outcome timed_out() {
    program_->abandon();
    program_.reset();
    return trouble(
        Outcome::of(Kind::kTimeOut, "no answer within " + std::to_string(options_.deadline.count()) + " ms"));
  }

  // The program ended instead of answering.
  Outcome ended() {
    const ExitStatus status = program_->end();
    const std::string said = program_->diagnostics();
    program_.reset();
    if (!said.empty()) log('!', said);
    if (!answered_ && status.code == kCannotDoLayer) {
      given_up_ = Outcome::of(Kind::kUnimplemented, "the program cannot do the pure layer (exit 89)");
      return *given_up_;
    }
    if (!answered_ && (status.code == kCommandNotFound || status.code == kCommandNotExecutable)) {
      given_up_ = Outcome::of(Kind::kHarnessError, "cannot run " + in_quotes(options_.program) +
                                                       ". Give --program a command that the shell finds");
      return *given_up_;
    }
    return trouble(Outcome::of(Kind::kCrash, "the program ended instead of answering: " + status.text()));
  }

  Outcome trouble(Outcome outcome) {
    if (++troubles_ < kMaxTroublesInARow) return outcome;
    given_up_ = outcome;
    given_up_->detail = "not tried: the program died, hung or talked nonsense " +
                        std::to_string(kMaxTroublesInARow) +
                        " times in a row; the last time: " + outcome.detail;
    return outcome;
  }

  const PureOptions& options_;
  std::unique_ptr<ChildProgram> program_;
  Clock::time_point began_;
  WireLog wire_;
  bool answered_ = false;
  size_t troubles_ = 0;  // in a row
  std::optional<Outcome> given_up_;
};

}  // namespace

void run_pure(const std::vector<Case>& cases, const PureOptions& options, Recorder& recorder) {
  PureRun run(options);
  for (const Case& c : cases) recorder.record(c, run.ask(c));
}

}  // namespace postern::conformance
