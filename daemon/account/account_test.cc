// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/account/account.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "core/entry.h"

namespace postern::daemon {
namespace {

Account sample() {
  Account account;
  account.password_hash = "$y$j9T$salt$hash";
  account.access = {"dispatch.com", "", "128.123.45.0"};
  return account;
}

TEST(Account, FileReadsAsWritten) {
  const std::string text =
      "# alice\npassword = $y$j9T$salt$hash\ndelivery = mailbox\naccess = dispatch.com\naccess =\n"
      "access = 128.123.45.0\n";
  const Result<Account> account = parse_account(text, "alice");
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account.value(), sample());
}

// AD-G2, AD-C8: a blank value is no entry but keeps its place.
TEST(Account, PrintsOneLinePerEntry) {
  const Result<std::string> text = print_account(sample());
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text.value(),
            "password = $y$j9T$salt$hash\ndelivery = mailbox\naccess = dispatch.com\naccess =\n"
            "access = 128.123.45.0\n");
}

struct BadFile {
  const char* text;
  const char* place;
};

TEST(Account, BadFilesAreRefusedWithTheirLine) {
  const BadFile files[] = {
      {"", "f:1"},
      {"delivery = mailbox\n", "f:1"},
      {"password =\n", "f:1"},
      {"password = a\npassword = b\n", "f:2"},
      {"password = a b\n", "f:1"},
      {"password = a\ndelivery = cellar\n", "f:2"},
      {"password = a\ndelivery = maildrop:\n", "f:2"},
      {"password = a\ndelivery = maildrop:../x\n", "f:2"},
      {"password = a\ndelivery = mailbox\ndelivery = mailbox\n", "f:3"},
      {"password = a\nacces = none\n", "f:2"},
      {"password = a\nnone\n", "f:2"},
  };
  for (const BadFile& file : files) {
    const Result<Account> account = parse_account(file.text, "f");
    ASSERT_FALSE(account.ok()) << file.text;
    EXPECT_EQ(account.error().place, file.place) << file.text;
    EXPECT_FALSE(account.error().cure.empty()) << file.text;
  }
}

// AD-G8: refused where it is written, with entry, offset and cure.
TEST(Account, MalformedListIsRefusedWithEntryOffsetAndCure) {
  const std::vector<std::string> list{"dispatch.com", ".dispatch.com", "1.2.3.0/24"};
  const Result<void> checked = check_access_list(list);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().what.find("entry 1: leading-dot at offset 0: "), std::string::npos);
  EXPECT_NE(checked.error().what.find("entry 2: slash at offset 7: "), std::string::npos);
  EXPECT_EQ(checked.error().what.find("entry 0"), std::string::npos);
  EXPECT_TRUE(check_access_list(std::vector<std::string>{"none", "", "::1", "a.b", "1.2.3.0"}).ok());
}

// AD-G8, second half: reading takes what somebody wrote by hand.
TEST(Account, MalformedListIsReadAllTheSame) {
  const Result<Account> account = parse_account("password = x\naccess = .a.b\n", "f");
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account.value().access, std::vector<std::string>{".a.b"});
}

RC_GTEST_PROP(Account, PrintThenParseIsTheSame, ()) {
  Account account;
  account.password_hash = *rc::gen::nonEmpty(rc::gen::string<std::string>());
  account.access = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  if (*rc::gen::arbitrary<bool>())
    account.maildrop_user = *rc::gen::element<std::string>("bob", "x_1", "a-b.c");
  const Result<std::string> text = print_account(account);
  if (!text.ok()) return;
  const Result<Account> again = parse_account(text.value(), "f");
  RC_ASSERT(again.ok());
  for (std::string& value : account.access) value = without_blanks_around(value);  // AD-G2
  RC_ASSERT(again.value() == account);
}

RC_GTEST_PROP(Account, OneLineValuesArePrintable, ()) {
  Account account = sample();
  const auto octet = rc::gen::suchThat<char>([](char c) { return c != '\n' && c != '\0'; });
  account.access = {"x" + *rc::gen::container<std::string>(octet) + "x"};
  const Result<std::string> text = print_account(account);
  RC_ASSERT(text.ok());
  RC_ASSERT(parse_account(text.value(), "f").value() == account);
}

TEST(Account, WhatIsNotOneLineIsRefused) {
  for (const std::string& value : {std::string("a\nb"), std::string("a\0b", 3)}) {
    Account account = sample();
    account.access.push_back(value);
    EXPECT_FALSE(print_account(account).ok()) << testing::PrintToString(value);
  }
}

// AD-G2: blanks around an entry are no part of it, line ends included; a value of nothing else keeps its
// place.
TEST(Account, BlanksAroundEntriesAreDropped) {
  Account account = sample();
  account.access = {" \ta.b\r\n", "\n", "c.d"};
  const Result<std::string> text = print_account(account);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(parse_account(text.value(), "f").value().access, (std::vector<std::string>{"a.b", "", "c.d"}));
}

TEST(Account, Names) {
  for (const char* good : {"a", "alice", "c001", "alice@dispatch.com", "a.b_c-d+e", "0"}) {
    EXPECT_TRUE(is_account_name(good)) << good;
  }
  for (const char* bad :
       {"", ".", "..", ".a", "-a", "_a", "@a", "a/b", "a\\b", "A", "a b", "a\n", "\xC3\xA9", "~a"}) {
    EXPECT_FALSE(is_account_name(bad)) << bad;
  }
  EXPECT_FALSE(is_account_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_account_name(std::string(kAccountNameLimit, 'a')));
  EXPECT_FALSE(is_account_name(std::string(kAccountNameLimit + 1, 'a')));
}

}  // namespace
}  // namespace postern::daemon
