// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/explain.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

constexpr const char* kChapterList = "sunnyvale.dispatch.com\n128.123.45.0\nmath.csusj.edu\n";

std::string explained(const std::string& list, const std::string& ip, std::vector<std::string> names) {
  return explain(ListText(list), *parse_client(ip), {ip, std::move(names)});
}

// AD-3: the names are not looked at, nor is any other entry.
TEST(Explain, AddressStep) {
  EXPECT_EQ(explained(kChapterList, "128.123.45.22", {"complex.math.csusj.edu"}),
            "allow: step 3, entry 1 (line 2) matches the client's address (AD-3)\n"
            "\n"
            "client  128.123.45.22\n"
            "name    complex.math.csusj.edu: not looked at\n"
            "\n"
            "entry 0    sunnyvale.dispatch.com  not looked at\n"
            "entry 1    128.123.45.0            decides\n"
            "entry 2    math.csusj.edu          not looked at\n");
}

// AD-4, AD-C5
TEST(Explain, NameStep) {
  EXPECT_EQ(explained(kChapterList, "192.0.2.1", {"1.2.3.4", "complex.math.csusj.edu"}),
            "allow: step 4, the client's name complex.math.csusj.edu is within entry 2 (line 3) (AD-4)\n"
            "\n"
            "client  192.0.2.1\n"
            "name    1.2.3.4: not a host name, so it never counts (AD-C5) (numeric-tld at offset 6) The last "
            "label of "
            "a name is not a number; an address is four decimal numbers.\n"
            "name    complex.math.csusj.edu: within entry 2\n"
            "\n"
            "entry 0    sunnyvale.dispatch.com  no name of the client is within it\n"
            "entry 1    128.123.45.0            does not match the address\n"
            "entry 2    math.csusj.edu          decides\n");
}

// AD-5, AD-G8, AD-C2: a malformed entry comes with its cure; octets that a terminal would obey are escaped.
TEST(Explain, NoMatchAndMalformedEntries) {
  EXPECT_EQ(explained("\n*.dispatch.com\n128.123.45.0\n\x1b[2J\\\r\n", "2001:db8::1", {}),
            "deny: step 5, no entry matches the client (AD-5)\n"
            "\n"
            "client  2001:db8::1\n"
            "name    none given, and none needed: the verdict does not depend on it (AD-C7)\n"
            "\n"
            "entry 0                     blank, no entry\n"
            "entry 1    *.dispatch.com   malformed, matches nothing (wildcard-char at offset 0) Drop the "
            "wildcard: "
            "dispatch.com covers every name within it, 128.123.45.0 every host.\n"
            "entry 2    128.123.45.0     never matches an IPv6 client (AD-C2)\n"
            "entry 3    \\x1b[2J\\x5c\\x0d  malformed, matches nothing (octet-not-allowed at offset 0) "
            "Names hold "
            "a-z, 0-9, hyphen, underscore and dots; write other letters in their xn-- form.\n");
}

// AD-2
TEST(Explain, KeywordNone) {
  EXPECT_EQ(
      explained("0.0.0.0\nNone\nnone\n", "192.0.2.1", {"a.test"}),
      "deny: step 2, entry 1 (line 2) is the keyword none, which denies whatever else the list holds (AD-2)\n"
      "\n"
      "client  192.0.2.1\n"
      "name    a.test: not looked at\n"
      "\n"
      "entry 0    0.0.0.0  not looked at\n"
      "entry 1    None     decides\n"
      "entry 2    none     not looked at\n");
}

// AD-1
TEST(Explain, EmptyList) {
  EXPECT_EQ(explained("", "192.0.2.1", {}),
            "allow: step 1, the list has no entry, so every place is allowed (AD-1)\n"
            "\n"
            "client  192.0.2.1\n"
            "name    none given, and none needed: the verdict does not depend on it (AD-C7)\n");
}

// AD-C6, AD-C7
TEST(Explain, AsksForTheNamesThatMatter) {
  EXPECT_NE(explained("a.test", "192.0.2.1", {}).find("give each with --name"), std::string::npos);
  const std::string unhelpful = explained("2001:db8::/32\na.test", "192.0.2.1", {"b.test"});
  EXPECT_NE(unhelpful.find("name    b.test: within no entry\n"), std::string::npos) << unhelpful;
  EXPECT_NE(unhelpful.find("never matches an IPv4 client (AD-G9)"), std::string::npos) << unhelpful;
}

}  // namespace
}  // namespace postern::daemon
