// SPDX-License-Identifier: BSD-2-Clause
// The terminal report: progress, each trouble in full, one line per sentence and group.
#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>

#include "conformance/runner/events.h"
#include "conformance/runner/verdict.h"

namespace postern::conformance {
namespace {

using Counts = std::map<std::string, size_t>;

// AD-10 would come after AD-9: the digits inside a name count as a number.
bool sentence_before(const std::string& a, const std::string& b) {
  const size_t digits_a = std::min(a.find_first_of("0123456789"), a.size());
  const size_t digits_b = std::min(b.find_first_of("0123456789"), b.size());
  const std::string_view head_a = std::string_view(a).substr(0, digits_a);
  const std::string_view head_b = std::string_view(b).substr(0, digits_b);
  if (head_a != head_b) return head_a < head_b;
  if (a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

struct SentenceOrder {
  bool operator()(const std::string& a, const std::string& b) const { return sentence_before(a, b); }
};

class TerminalSink : public Sink {
 public:
  TerminalSink(std::ostream& out, bool interactive, bool quiet)
      : out_(out), interactive_(interactive), quiet_(quiet) {}

  void on(const nlohmann::json& event) override {
    const std::string kind = event.at("event");
    if (kind == "start") start(event);
    if (kind == "note" && !quiet_) line(event.at("text"));
    if (kind == "result") result(event);
    if (kind == "summary") summary(event);
  }

 private:
  void start(const nlohmann::json& event) {
    rows_ = event.at("rows");
    line(event.at("suite").get<std::string>() + ": " + std::to_string(rows_) + " rows, " +
         event.at("layer").get<std::string>() + " layer, " +
         event.at("server").at("name").get<std::string>() + " " +
         event.at("server").at("version").get<std::string>());
  }

  void line(const std::string& text) {
    clear_progress();
    out_ << text << '\n' << std::flush;
  }

  void clear_progress() {
    if (interactive_ && drawn_) out_ << "\r\033[K";
    drawn_ = false;
  }

  void progress() {
    if (!interactive_) return;
    out_ << "\r\033[K" << done_.size() << " of " << rows_ << " rows";
    for (const auto& [verdict, count] : totals_) out_ << "  " << verdict << ' ' << count;
    out_ << std::flush;
    drawn_ = true;
  }

  void result(const nlohmann::json& event) {
    const std::string verdict = event.at("verdict");
    done_.insert(event.at("id").get<std::string>());
    ++totals_[verdict];
    for (const auto& sentence : event.at("sentences")) ++sentences_[sentence][verdict];
    ++groups_[event.at("group")][verdict];
    const bool expected = event.at("as_expected").get<bool>();
    if (verdict == "skipped" && !quiet_) line("skipped " + result_name(event) + ": " + text(event, "got"));
    if (!expected || verdict == "harness-error") trouble(event);
    progress();
  }

  static std::string text(const nlohmann::json& event, const char* key) {
    return event.at(key).get<std::string>();
  }

  void trouble(const nlohmann::json& event) {
    line("");
    const std::string choice = text(event, "choice");
    line(text(event, "verdict") + (choice.empty() ? "" : " " + choice) + ": " + result_name(event));
    line("  point     " + text(event, "point"));
    line("  expected  " + text(event, "expected"));
    line("  got       " + text(event, "got"));
    if (!event.at("expectation").is_null()) {
      line("  but       the expectation file says " + text(event.at("expectation"), "verdict") + ": " +
           text(event.at("expectation"), "reason"));
    }
    for (const auto& wire : event.at("wire")) wire_line(wire);
    line("  replay    " + text(event, "replay"));
  }

  void wire_line(const nlohmann::json& wire) {
    clear_progress();
    out_ << "  wire " << std::fixed << std::setprecision(4) << std::setw(9) << wire.at("t").get<double>()
         << ' ' << text(wire, "dir") << ' ' << text(wire, "text") << '\n';
  }

  template <typename Map>
  void table(const std::string& title, const Map& rows) {
    out_ << '\n' << std::left << std::setw(26) << title;
    for (const std::string& verdict : columns())
      out_ << std::right << std::setw(static_cast<int>(width(verdict))) << verdict;
    out_ << '\n';
    for (const auto& [name, counts] : rows) {
      out_ << std::left << std::setw(26) << name;
      for (const std::string& verdict : columns()) {
        const auto found = counts.find(verdict);
        out_ << std::right << std::setw(static_cast<int>(width(verdict)))
             << (found == counts.end() ? "." : std::to_string(found->second));
      }
      out_ << '\n';
    }
  }

  static size_t width(const std::string& verdict) { return std::max<size_t>(verdict.size(), 4) + 2; }

  std::vector<std::string> columns() const {
    std::vector<std::string> used;
    for (const Verdict verdict : kAllVerdicts) {
      if (totals_.contains(std::string(verdict_name(verdict)))) used.emplace_back(verdict_name(verdict));
    }
    return used;
  }

  void summary(const nlohmann::json& event) {
    clear_progress();
    if (!quiet_ && !totals_.empty()) {
      table("sentence", sentences_);
      table("group", groups_);
    }
    choices(event.at("choices"));
    for (const auto& problem : event.at("problems")) line("problem: " + problem.get<std::string>());
    out_ << '\n';
    for (const auto& [verdict, count] : totals_) out_ << count << ' ' << verdict << "  ";
    out_ << "in " << std::fixed << std::setprecision(1) << event.at("seconds").get<double>()
         << " s: " << text(event, "conclusion") << " (exit " << event.at("exit").get<int>() << ")\n"
         << std::flush;
  }

  void choices(const nlohmann::json& points) {
    if (quiet_ || points.empty()) return;
    line("\ndialect point             choice (rows)");
    for (const auto& [point, by_choice] : points.items()) {
      std::string row = point + std::string(point.size() < 26 ? 26 - point.size() : 1, ' ');
      for (const auto& [choice, count] : by_choice.items()) {
        row += choice + " (" + std::to_string(count.template get<size_t>()) + ")  ";
      }
      line(row);
    }
  }

  std::ostream& out_;
  bool interactive_;
  bool quiet_;
  bool drawn_ = false;
  size_t rows_ = 0;
  std::set<std::string> done_;
  Counts totals_;
  std::map<std::string, Counts, SentenceOrder> sentences_;
  std::map<std::string, Counts> groups_;
};

}  // namespace

std::unique_ptr<Sink> make_terminal_sink(std::ostream& out, bool interactive, bool quiet) {
  return std::make_unique<TerminalSink>(out, interactive, quiet);
}

}  // namespace postern::conformance
