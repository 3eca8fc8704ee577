// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/explain.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "conformance/runner/judge.h"
#include "conformance/runner/printable.h"
#include "conformance/spec/sentences.h"

namespace postern::conformance {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string quoted_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + in_quotes(value);
  return "[" + text + "]";
}

std::string_view status_word(LookupStatus status) {
  switch (status) {
    case LookupStatus::kOk:
      return "answered";
    case LookupStatus::kNone:
      return "no such name";
    case LookupStatus::kFail:
      return "server failure";
    case LookupStatus::kTimeout:
      return "no answer";
  }
  return "";
}

class Printer {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}
  void line(const std::string& key, const std::string& value) {
    if (!value.empty()) out_ << "  " << std::left << std::setw(12) << key << value << '\n';
  }

 private:
  std::ostream& out_;
};

std::string lookup_text(const Lookup& lookup) {
  std::string text = quoted_list(lookup.names) + ", " + std::string(status_word(lookup.status));
  for (const auto& [name, addresses] : lookup.forward)
    text += "; " + in_quotes(name) + " → " + joined(addresses);
  return text;
}

Claims everything() {
  return {{"verdict", "step", "entry", "name", "malformed"}, true, true, true};
}

std::string login_expected(const Case& c) {
  if (!c.expected.asked) return "";
  return *c.expected.asked ? ", name service asked" : ", name service not asked";
}

void print_dialect(const Case& c, const Suite& suite, Printer& printer) {
  const auto point = std::find_if(suite.points.begin(), suite.points.end(),
                                  [&](const Point& p) { return p.id == c.dialect_point; });
  if (point == suite.points.end() || !c.choice) return;
  printer.line("question", point->question);
  for (const PointChoice& choice : point->choices) {
    printer.line("choice", choice.id + (choice.id == point->ours ? " (ours): " : ": ") + choice.text);
  }
  printer.line("reads as", "allow = " + c.choice->allow + ", deny = " + c.choice->deny);
}

}  // namespace

void list_cases(const std::vector<Case>& cases, bool json, std::ostream& out) {
  for (const Case& c : cases) {
    if (json) {
      out << nlohmann::json{{"id", c.id},       {"table", c.table},
                            {"group", c.group}, {"sentences", c.sentences},
                            {"point", c.point}, {"live", c.pure_only.empty()}}
                 .dump()
          << '\n';
    } else {
      out << std::left << std::setw(44) << c.id << ' ' << std::setw(12) << joined(c.sentences) << ' '
          << std::setw(10) << c.group << (c.pure_only.empty() ? "       " : " pure  ") << c.point << '\n';
    }
  }
}

void explain_case(const Case& c, const Suite& suite, std::ostream& out) {
  Printer printer(out);
  out << c.id << "  (table " << c.table << ", group " << c.group << ")\n";
  printer.line("point", c.point);
  printer.line("list", quoted_list(c.list));
  printer.line("client", in_quotes(c.ip));
  printer.line("look-up", lookup_text(c.lookup));
  for (const auto& [name, value] : c.settings) printer.line("setting", name + " = " + value);
  if (c.is_login()) {
    printer.line("login", std::string(c.known_account ? "known" : "unknown") + " account, " +
                              (c.right_password ? "right" : "wrong") + " password");
  }
  printer.line("expected", describe_expected(c, everything()) + login_expected(c));
  printer.line("why", c.why);
  printer.line("source", c.source);
  printer.line("pure only", c.pure_only);
  print_dialect(c, suite, printer);
  for (const Sentence& sentence : load_sentences(suite.spec_dir / "SPEC.md")) {
    if (std::find(c.sentences.begin(), c.sentences.end(), sentence.id) != c.sentences.end()) {
      printer.line(sentence.id, sentence.text);
    }
  }
}

}  // namespace postern::conformance
