// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/decide.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

std::string answer(std::string_view line) {
  DecideSession session;
  std::string out;
  session.answer(line, out);
  EXPECT_TRUE(out.ends_with('\n'));
  EXPECT_EQ(out.find('\n'), out.size() - 1) << "one answer is one line";
  out.pop_back();
  return out;
}

// A request with `rest` after its id.
std::string ask(const std::string& rest) {
  return answer(R"({"id":7,)" + rest + "}");
}

std::string decided(const std::string& rest) {
  return R"({"id":7,)" + rest + R"(,"malformed":[]})";
}

std::string error(const std::string& what) {
  return R"({"id":7,"error":")" + what + "\"}";
}

TEST(Decide, AnswersEveryStep) {
  // AD-1
  EXPECT_EQ(ask(R"("list":[],"ip":"1.2.3.4","names":[])"),
            decided(R"("verdict":"allow","step":1,"entry":null,"name":null)"));
  // AD-2
  EXPECT_EQ(ask(R"("list":["1.2.3.4","NONE"],"ip":"1.2.3.4","names":[])"),
            decided(R"("verdict":"deny","step":2,"entry":1,"name":null)"));
  // AD-3
  EXPECT_EQ(ask(R"("list":["a.test","1.2.3.0"],"ip":"1.2.3.4","names":["a.test"])"),
            decided(R"("verdict":"allow","step":3,"entry":1,"name":null)"));
  // AD-4
  EXPECT_EQ(ask(R"("list":["a.test"],"ip":"1.2.3.4","names":["x","B.A.test."])"),
            decided(R"("verdict":"allow","step":4,"entry":0,"name":"B.A.test.")"));
  // AD-5
  EXPECT_EQ(ask(R"("list":["a.test"],"ip":"::1","names":["ba.test"])"),
            decided(R"("verdict":"deny","step":5,"entry":null,"name":null)"));
}

// AD-C8: positions are those of the list as sent.
TEST(Decide, CountsBlankValues) {
  EXPECT_EQ(ask(R"("list":[""," \t","1.2.3.4"],"ip":"1.2.3.4","names":[])"),
            decided(R"("verdict":"allow","step":3,"entry":2,"name":null)"));
}

// AD-G7, AD-G8
TEST(Decide, ListsMalformedEntriesWithCodeAndCure) {
  EXPECT_EQ(ask(R"("list":[" 1.2.3","a.test",".b"],"ip":"1.2.3.4","names":[])"),
            R"({"id":7,"verdict":"deny","step":5,"entry":null,"name":null,"malformed":[)"
            R"({"entry":0,"why":"short-form","detail":"offset 6: )" +
                std::string(cure(kShortForm)) + R"("},{"entry":2,"why":"leading-dot","detail":"offset 0: )" +
                std::string(cure(kLeadingDot)) + R"("}]})");
}

TEST(Decide, EchoesAnIdOfAnyType) {
  for (const std::string id : {"null", "true", "-3", "18446744073709551615", "1.5", R"("é\n")",
                               R"([1,[],{"a":{"b":null}}])", "{}"}) {
    EXPECT_EQ(answer(R"({"list":[],"id":)" + id + R"(,"ip":"::1","names":[]})"),
              R"({"id":)" + id + R"(,"verdict":"allow","step":1,"entry":null,"name":null,"malformed":[]})");
  }
}

TEST(Decide, TakesAndGivesHexValues) {
  EXPECT_EQ(
      ask(R"("list":[{"hex":"612E74657374"}],"ip":"::1","names":["a\u0000.test",{"hex":"422E612e74657374"}])"),
      decided(R"("verdict":"allow","step":4,"entry":0,"name":{"hex":"422e612e74657374"})"));
  EXPECT_EQ(ask(R"("list":[{"hex":""}],"ip":"::1","names":[])"),
            decided(R"("verdict":"allow","step":1,"entry":null,"name":null)"));
}

TEST(Decide, RefusesOtherKeys) {
  EXPECT_EQ(ask(R"("list":[],"ip":"::1","names":[],"name":[[{"x":1}]])"),
            error(R"(unknown key \"name\"; the keys are id, list, ip and names)"));
  EXPECT_EQ(ask(R"("list":[],"ip":"::1","list":["none"],"names":[])"),
            error(R"(key \"list\" comes twice; send it once)"));
  EXPECT_EQ(ask(R"("list":[],"ip":"::1","names":[],"id":8)"),
            error(R"(key \"id\" comes twice; send it once)"));
  EXPECT_EQ(ask(R"("ip":"::1","names":[])"),
            error(R"(key \"list\" is missing; send id, list, ip and names)"));
  EXPECT_EQ(answer(R"({"list":[],"ip":"::1","names":[]})"),
            R"({"id":null,"error":"key \"id\" is missing; send id, list, ip and names"})");
  EXPECT_EQ(answer(R"({"id":{"a":1,"a":1},"list":[],"ip":"::1","names":[]})"),
            R"({"id":{"a":1},"error":"key \"a\" comes twice in \"id\"; send it once"})");
}

TEST(Decide, RefusesWrongTypes) {
  const std::string list_error = error(R"(\"list\" is not an array of strings or {\"hex\": \"…\"})");
  for (const char* list :
       {"null", "1", R"("none")", "{}", R"({"hex":"00"})", "[1]", "[null]", "[[]]", R"([["a"]])", "[{}]",
        R"([{"hex":1}])", R"([{"hex":[]}])", R"([{"hex":{"hex":"00"}}])"}) {
    EXPECT_EQ(ask(std::string(R"("list":)") + list + R"(,"ip":"::1","names":[])"), list_error) << list;
  }
  for (const char* list : {R"([{"hex":"0","x":1}])", R"([{"x":"00"}])", R"([{"hex":"00","hex":"00"}])"}) {
    const std::string got = ask(std::string(R"("list":)") + list + R"(,"ip":"::1","names":[])");
    EXPECT_NE(got.find("\"error\""), std::string::npos) << list << got;
  }
  EXPECT_EQ(ask(R"("list":[{"hex":"0g"}],"ip":"::1","names":[])"),
            error(R"(\"hex\" is not pairs of hexadecimal digits; write two digits an octet)"));
  EXPECT_EQ(ask(R"("list":[],"ip":1,"names":[])"), error(R"(\"ip\" is not a string)"));
  EXPECT_EQ(ask(R"("list":[],"ip":{"hex":"00"},"names":[])"), error(R"(\"ip\" is not a string)"));
  EXPECT_EQ(ask(R"("list":[],"ip":"::1","names":"a")"),
            error(R"(\"names\" is not an array of strings or {\"hex\": \"…\"})"));
}

TEST(Decide, RefusesWhatIsNoAddress) {
  for (const char* ip : {"", "1.2.3", "1.2.3.4 ", "01.2.3.4", "::1%lo", "::/0", "localhost", "0x7f.0.0.1"}) {
    EXPECT_EQ(
        ask(std::string(R"("list":[],"names":[],"ip":")") + ip + "\""),
        error(R"(\"ip\" is not an address; send four decimal numbers or IPv6 text, without zone or prefix)"));
  }
}

TEST(Decide, RefusesWhatIsNotOneObject) {
  for (const char* line : {"1", "[]", "[[{\"id\":1}]]", "\"x\"", "null"}) {
    EXPECT_EQ(
        answer(line),
        R"({"id":null,"error":"not an object; send {\"id\":…,\"list\":[…],\"ip\":\"…\",\"names\":[…]}"})");
  }
  for (const char* line : {"", " ", "{", "{}{}", "{\"id\":}", "{\"list\":[\"\xff\"]}", "nul"}) {
    EXPECT_EQ(answer(line).rfind(R"({"id":null,"error":"not JSON at octet )", 0), 0U) << line;
  }
  EXPECT_EQ(answer(R"({"id":5,"list":)").rfind(R"({"id":5,"error":"not JSON at octet )", 0), 0U)
      << "the id was seen";
}

// A hostile id must not exhaust the stack where it is printed.
TEST(Decide, RefusesADeepId) {
  const std::string deep = std::string(500000, '[');
  EXPECT_EQ(answer(R"({"id":)" + deep),
            R"({"id":null,"error":"\"id\" is nested deeper than 32; send a plain id"})");
  EXPECT_NE(answer(R"({"list":)" + deep).find("error"), std::string::npos);
}

TEST(Decide, LinesDoNotInfluenceEachOther) {
  DecideSession session;
  std::string out;
  EXPECT_FALSE(session.answer(R"({"id":1,"list":["none"],"ip":"1.2.3.4","names":["a"],"x":1})", out));
  out.clear();
  EXPECT_TRUE(session.answer(R"({"id":2,"list":[],"ip":"1.2.3.4","names":[]})", out));
  EXPECT_EQ(out,
            "{\"id\":2,\"verdict\":\"allow\",\"step\":1,\"entry\":null,\"name\":null,\"malformed\":[]}\n");
}

}  // namespace
}  // namespace postern::daemon
