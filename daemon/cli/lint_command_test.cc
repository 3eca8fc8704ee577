// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/lint_command.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

TEST(LintReport, NothingToSay) {
  const LintReport report = lint_report(ListText("128.123.45.0\n128.123.46.0\n"), "list");
  EXPECT_EQ(report.text, "");
  EXPECT_FALSE(report.any_malformed);
}

TEST(LintReport, SaysFileLineCodeAndCure) {
  const LintReport report = lint_report(ListText("10.0.0.1\n\n10.0.0.0\n 1.2.3\n"), "list");
  EXPECT_EQ(
      report.text,
      "list:1: warning: host-zero-octet: \"10.0.0.1\" looks like one host, but its 0 is a wildcard: it "
      "admits "
      "every host that differs only there. A literal 0 cannot be asked for: write the host's domain name, or "
      "accept the wider match.\n"
      "list:1: note: covered: \"10.0.0.1\" has no effect: another entry admits all that it admits (line 3). "
      "Take it out.\n"
      "list:4: error: malformed: \" 1.2.3\" is no entry: it admits nobody, and it keeps the list from being "
      "empty. short-form at offset 6: Write all four numbers; a network is written with zeros: "
      "128.123.45.0.\n");
  EXPECT_TRUE(report.any_malformed);
}

TEST(LintHelp, DocumentsEveryCode) {
  const std::string help = lint_help();
  for (const char* code : {"malformed", "host-zero-octet", "inner-wildcard", "everyone", "none-among-others",
                           "top-level-domain", "covered", "only-entry", "name-lookup"}) {
    EXPECT_NE(help.find("\n" + std::string(code) + " ("), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace postern::daemon
