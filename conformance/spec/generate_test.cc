// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/generate.h"

#include <gtest/gtest.h>

#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

Row good_row() {
  Row row;
  row.id = "r1";
  row.sentences = {"AD-4"};
  row.group = "spec";
  row.list = {"1.2.3", std::string("\xff\"\0", 3), "a.test"};
  row.ip = "192.0.2.1";
  row.names = {"y", "x.a.test", "x.a.test"};
  row.allow = true;
  row.step = 4;
  row.entry = 2;
  row.name = "x.a.test";
  row.malformed = {{0, "short-form"}, {1, "octet-not-allowed"}};
  row.point = "a <point> & more";
  row.why = "why";
  row.source = "boundary";
  return row;
}

AccessDomainTable good_table() {
  Row empty;
  empty.id = "r2";
  empty.sentences = {"AD-1"};
  empty.ip = "192.0.2.2";
  empty.allow = true;
  empty.step = 1;
  return {.points = {}, .retired = {}, .rows = {good_row(), empty}};
}

TEST(Generate, LiteralOfEveryOctet) {
  EXPECT_EQ(cpp_literal(""), "\"\"sv");
  EXPECT_EQ(cpp_literal("a b~"), "\"a b~\"sv");
  EXPECT_EQ(cpp_literal("\"\\"), R"("\042\134"sv)");
  EXPECT_EQ(cpp_literal(std::string("\0007\x7f\xff", 4)), R"("\0007\177\377"sv)");
}

TEST(Generate, StaticAssertHasEveryFieldOfTheRow) {
  const auto sources = static_asserts(good_table(), 1);
  EXPECT_NE(sources.at(0).find(
                "static_assert(row_holds<3, 3, 2>({{{\"1.2.3\"sv, \"\\377\\042\\000\"sv, \"a.test\"sv}},\n"
                "    \"192.0.2.1\"sv, {{\"y\"sv, \"x.a.test\"sv, \"x.a.test\"sv}},\n"
                "    {Verdict::kAllow, Step::kName, 2, 1}, {{{0, Why::kShortForm}, {1, "
                "Why::kOctetNotAllowed}}}}),\n"
                "    \"r1\");\n"),
            std::string::npos)
      << sources[0];
  EXPECT_NE(sources[0].find(
                "row_holds<0, 0, 0>({{},\n    \"192.0.2.2\"sv, {},\n"
                "    {Verdict::kAllow, Step::kEmptyList, std::nullopt, std::nullopt}, {}}),\n    \"r2\""),
            std::string::npos)
      << sources[0];
}

TEST(Generate, EveryRowIsInExactlyOneShard) {
  const auto sources = static_asserts(good_table(), 2);
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].find("\"r2\""), std::string::npos);
  EXPECT_EQ(sources[1].find("\"r1\""), std::string::npos);
  EXPECT_NE(sources[0].find("\"r1\""), std::string::npos);
  EXPECT_NE(sources[1].find("\"r2\""), std::string::npos);
}

TEST(Generate, ShimLinesSayTheRow) {
  const std::string requests = shim_requests(good_table());
  EXPECT_EQ(json::parse(requests.substr(0, requests.find('\n'))),
            json::parse(R"({"id":"r1","ip":"192.0.2.1","list":["1.2.3",{"hex":"ff2200"},"a.test"],
                            "names":["y","x.a.test","x.a.test"]})"));
  const std::string answers = shim_answers(good_table());
  EXPECT_EQ(json::parse(answers.substr(0, answers.find('\n'))),
            json::parse(R"({"id":"r1","verdict":"allow","step":4,"entry":2,"name":"x.a.test",
                            "malformed":[{"entry":0,"why":"short-form"},{"entry":1,"why":"octet-not-allowed"}]})"));
  EXPECT_EQ(json::parse(answers.substr(answers.find('\n'))),
            json::parse(R"({"id":"r2","verdict":"allow","step":1,"entry":null,"name":null,"malformed":[]})"));
}

TEST(Generate, SeedsSayTheRowOrAreLeftOut) {
  AccessDomainTable table = good_table();
  EXPECT_EQ(list_seeds(table).at("r1"), std::string("1.2.3\n\xff\"\0\na.test", 16));
  EXPECT_EQ(list_seeds(table).at("r2"), "");
  EXPECT_FALSE(decide_seeds(table).contains("r1"));
  table.rows[0].list = {"a", "b"};
  EXPECT_EQ(decide_seeds(table).at("r1"), std::string("a\nb\0"
                                                      "192.0.2.1\0"
                                                      "y\nx.a.test\nx.a.test",
                                                      33));
  table.rows[0].list = {"a\nb"};
  EXPECT_FALSE(list_seeds(table).contains("r1"));
  EXPECT_FALSE(decide_seeds(table).contains("r1"));
}

TEST(Generate, HtmlTextEscapesMarkupAndWhatDoesNotPrint) {
  EXPECT_EQ(html_text("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&#39;c");
  EXPECT_EQ(html_text(" a b "), "<span class=\"esc\">\\x20</span>a b<span class=\"esc\">\\x20</span>");
  EXPECT_EQ(html_text(std::string("\0\xff", 2)),
            "<span class=\"esc\">\\x00</span><span class=\"esc\">\\xff</span>");
}

TEST(Generate, PageHasAnAnchorPerRowAndNoRawMarkupFromIt) {
  const std::string html = page(good_table(), {}, {},
                                parse_sentences("- AD-1 [S] one → rows\n- AD-4 [S] *within* `x<y` → rows\n"));
  for (const char* anchor : {"id=\"r1\"", "id=\"r2\"", "id=\"AD-1\"", "id=\"AD-4\""})
    EXPECT_NE(html.find(anchor), std::string::npos) << anchor;
  EXPECT_NE(html.find("a &lt;point&gt; &amp; more"), std::string::npos);
  EXPECT_NE(html.find("<em>within</em> <code>x&lt;y</code>"), std::string::npos);
  EXPECT_EQ(html.find("<point>"), std::string::npos);
}

}  // namespace
}  // namespace postern::conformance
