// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/lint_command.h"

#include "core/lint.h"
#include "daemon/cli/printable.h"

namespace postern::daemon {
namespace {

std::string_view severity_text(Severity severity) {
  if (severity == Severity::kError) return "error";
  return severity == Severity::kWarning ? "warning" : "note";
}

std::string cure_text(const Entry& entry, const LintFinding& finding) {
  if (finding.code != LintCode::kMalformed) return std::string(lint_text(finding.code).cure);
  return std::string(why_code(entry.fault.why)) + " at offset " + std::to_string(entry.fault.offset) + ": " +
         std::string(cure(entry.fault.why));
}

std::string finding_line(const ListText& list, std::string_view file, const LintFinding& finding) {
  const LintText words = lint_text(finding.code);
  std::string line = std::string(file) + ":" + std::to_string(finding.entry + 1) + ": ";
  line += std::string(severity_text(words.severity)) + ": " + std::string(words.code) + ": ";
  line += "\"" + printable(list.value(finding.entry)) + "\" " + std::string(words.what);
  if (finding.code == LintCode::kCovered) line += " (line " + std::to_string(finding.other + 1) + ")";
  return line + ". " + cure_text(list.entries()[finding.entry], finding) + "\n";
}

}  // namespace

LintReport lint_report(const ListText& list, std::string_view file) {
  LintReport report{"", false};
  lint(list.entries(), [&](const LintFinding& finding) {
    report.text += finding_line(list, file, finding);
    report.any_malformed = report.any_malformed || finding.code == LintCode::kMalformed;
  });
  return report;
}

std::string lint_help() {
  std::string help =
      "usage: postern lint FILE\n\nWhat is wrong or surprising in an access list, one entry per line; - is "
      "standard input.\n"
      "Exit: 0 no malformed entry, 65 some entry is malformed, 66 no such file, 74 write error.\n";
  for (int c = 0; c <= static_cast<int>(LintCode::kNameLookup); ++c) {
    const LintText words = lint_text(static_cast<LintCode>(c));
    help += "\n";
    help += words.code;
    help += std::string(" (").append(severity_text(words.severity)) + ")\n  An entry that ";
    help += words.what;
    help += std::string(".\n  ").append(words.cure) + "\n";
  }
  return help;
}

}  // namespace postern::daemon
