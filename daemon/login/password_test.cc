// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/login/password.h"

#include <gtest/gtest.h>

#include <string>

#include "daemon/pop3/command.h"

namespace postern::daemon {
namespace {

const HashMethod kCheap{"$5$", 1000};

std::string cheap_hash(std::string_view password) {
  Result<std::string> hash = hash_password(password, kCheap);
  EXPECT_TRUE(hash.ok());
  return std::move(hash).value();
}

TEST(Password, MatchesItsOwnHashAndNoOther) {
  const std::string hash = cheap_hash("secret");
  EXPECT_TRUE(password_matches("secret", hash));
  for (const char* other : {"", "Secret", "secret ", "secre", "secrett"}) {
    EXPECT_FALSE(password_matches(other, hash)) << other;
  }
  EXPECT_NE(hash, cheap_hash("secret"));
}

TEST(Password, NewHashesAreYescrypt) {
  Result<std::string> hash = hash_password("secret", HashMethod{});
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(hash.value().starts_with("$y$j9T$"));
  EXPECT_TRUE(password_matches("secret", hash.value()));
}

// A password is compared whole: nothing behind a NUL is left out.
TEST(Password, NulEndsNothing) {
  const std::string hash = cheap_hash("secret");
  EXPECT_FALSE(password_matches(std::string_view("secret\0", 7), hash));
  EXPECT_FALSE(password_matches(std::string_view("secret\0x", 8), hash));
}

TEST(Password, WhatIsNoHashMatchesNothing) {
  for (const char* hash : {"", "!", "*", "x", "*0", "*1", "secret", "$y$", "$5$", "$99$a$b", "!$5$a$b"}) {
    EXPECT_FALSE(password_matches("secret", hash)) << hash;
    EXPECT_FALSE(password_matches(hash, hash)) << hash;
  }
}

TEST(Password, PasswordsThatNoLoginCouldGiveAreRefused) {
  EXPECT_FALSE(hash_password("", kCheap).ok());
  EXPECT_FALSE(hash_password("a\tb", kCheap).ok());
  EXPECT_FALSE(hash_password(std::string(kPop3TextLimit + 1, 'x'), kCheap).ok());
  EXPECT_TRUE(hash_password(std::string(kPop3TextLimit, 'x'), kCheap).ok());
  EXPECT_FALSE(hash_password("secret", HashMethod{"$99$", 0}).ok());
}

// AD-L3: an account there is not costs a hash, and nobody is let in.
TEST(Password, StandInLetsNobodyIn) {
  for (const char* password : {"", "secret", "x"}) EXPECT_FALSE(spend_hash(password)) << password;
}

}  // namespace
}  // namespace postern::daemon
