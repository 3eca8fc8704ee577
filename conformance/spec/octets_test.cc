// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/octets.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace postern::conformance {
namespace {

using nlohmann::json;

std::string error_of(std::string_view text) {
  try {
    (void)parse_json_strictly(text);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Octets, EveryOctetAloneSurvivesTheRoundTrip) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string octets(1, static_cast<char>(octet));
    const json written = octets_to_json(octets);
    EXPECT_EQ(written.is_string(), octet < 128) << octet;
    EXPECT_EQ(octets_from_json(json::parse(written.dump())), octets) << octet;
  }
}

TEST(Octets, TextMeansItsUtf8) {
  EXPECT_EQ(octets_from_json("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(octets_to_json("caf\xc3\xa9"), json("caf\xc3\xa9"));
  EXPECT_EQ(octets_from_json(json::parse(R"("a\u0000b")")), std::string("a\0b", 3));
}

TEST(Octets, HexIsPairsOfDigitsAndNothingElse) {
  EXPECT_EQ(octets_from_json(json::parse(R"({"hex":"00fFA0"})")), std::string("\0\xff\xa0", 3));
  EXPECT_EQ(octets_from_json(json::parse(R"({"hex":""})")), "");
  for (const char* wrong : {R"({"hex":"0"})", R"({"hex":"0g"})", R"({"hex":5})", R"({"hex":"00","x":1})",
                            "{}", R"({"HEX":"00"})", "5", "null", "[]"})
    EXPECT_EQ(octets_from_json(json::parse(wrong)), std::nullopt) << wrong;
}

TEST(StrictJson, SameKeyInDifferentObjectsIsFine) {
  EXPECT_EQ(error_of(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"), "");
}

TEST(StrictJson, DuplicateKeyIsNamedWithItsPlace) {
  EXPECT_EQ(error_of(R"({"a":1,"a":1})"), "top level: field \"a\" comes twice. Keep one of them");
  EXPECT_EQ(error_of(R"({"rows":[{"id":"x"},{"id":"y","b":{"c":1,"c":2}}]})"),
            "rows[1] (y).b: field \"c\" comes twice. Keep one of them");
  EXPECT_EQ(error_of(R"({"rows":[1,{"c":1,"c":2}]})"), "rows[1]: field \"c\" comes twice. Keep one of them");
}

TEST(StrictJson, SyntaxErrorSaysWhere) {
  EXPECT_NE(error_of("{\"a\":\n}").find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace postern::conformance
