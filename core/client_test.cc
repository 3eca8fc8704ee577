// SPDX-License-Identifier: BSD-2-Clause
#include "core/client.h"

#include <gtest/gtest.h>

#include <string_view>

namespace postern {
namespace {

// AD-C1: a mapped client is its IPv4 address, in whichever text it came.
TEST(Client, MappedIsIpv4) {
  for (const std::string_view text :
       {"128.123.45.22", "::ffff:128.123.45.22", "::FFFF:807b:2d16", "0:0:0:0:0:ffff:807b:2d16"}) {
    const std::optional<Client> client = parse_client(text);
    ASSERT_TRUE(client) << text;
    EXPECT_FALSE(client->is_ipv6()) << text;
    EXPECT_EQ(client->kernel().address[0], 128) << text;
    EXPECT_EQ(client->kernel().address[3], 22) << text;
  }
}

// AD-C1: no other embedding is unwrapped: compatible, 6to4, NAT64, Teredo, translated.
TEST(Client, OtherEmbeddingsAreIpv6) {
  for (const std::string_view text :
       {"::128.123.45.22", "2002:807b:2d16::", "64:ff9b::128.123.45.22",
        "2001:0:807b:2d16::", "::ffff:0:128.123.45.22", "::fffe:128.123.45.22"}) {
    const std::optional<Client> client = parse_client(text);
    ASSERT_TRUE(client) << text;
    EXPECT_TRUE(client->is_ipv6()) << text;
  }
}

TEST(Client, AnythingElseIsNoClient) {
  for (const std::string_view text : {"", "127.1", "1,2,3,4", "1.2.3/4", "0127.0.0.1", "1.2.3.4 ", "1.2.3.4.",
                                      "1.2.3.256", "fe80::1%eth0", "rome", "::1/128"}) {
    EXPECT_FALSE(parse_client(text)) << text;
  }
}

}  // namespace
}  // namespace postern
