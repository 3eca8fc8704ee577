// SPDX-License-Identifier: BSD-2-Clause
// EN-5, EN-6: every name in every list, in every case and with either sign; and what of the policy no row of
// encryption.json asks (EN-1 to EN-4).
#include "core/tls_policy.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace postern::tls {
namespace {

constexpr std::uint32_t kTls13Suites = 0x007;  // of kSuites: the first three
constexpr std::uint32_t kTls12Suites = 0x3F8;

std::string in_case(std::string_view name, int (*change)(int)) {
  std::string changed(name);
  for (char& octet : changed) octet = static_cast<char>(change(static_cast<unsigned char>(octet)));
  return changed;
}

// is_chosen: the list chooses this set, whatever blanks and commas stand around it.
void is_chosen(const std::string& list, std::uint32_t set, Chosen (*parse)(std::string_view)) {
  for (const std::string& text : {list, ", " + list, list + "\t,"}) {
    const Chosen chosen = parse(text);
    EXPECT_EQ(chosen, (Chosen{set, ListFault::kNone, {}, {}})) << text;
  }
}

constexpr Chosen suites(std::string_view list) {
  return parse_suites(list);
}
constexpr Chosen versions(std::string_view list) {
  return parse_versions(list);
}

TEST(TlsLists, OnlyLettersHaveACase) {
  for (int octet = 0; octet < 256; ++octet) {
    const char is = static_cast<char>(octet);
    const bool upper = octet >= 'A' && octet <= 'Z';
    EXPECT_EQ(detail::lower(is), upper ? static_cast<char>(octet + 32) : is) << octet;
  }
}

TEST(TlsLists, EverySuiteByItsNames) {
  for (std::size_t i = 0; i < kSuiteCount; ++i) {
    const std::uint32_t bit = std::uint32_t{1} << i;
    for (const std::string_view name : {kSuites[i].name, kSuites[i].iana}) {
      for (const std::string& word :
           {std::string(name), in_case(name, std::toupper), in_case(name, std::tolower)}) {
        is_chosen(word, bit, suites);
        is_chosen("+" + word, bit, suites);
        is_chosen("-" + word, kAllSuites & ~bit, suites);
        is_chosen("all,-" + word, kAllSuites & ~bit, suites);
        is_chosen("all +" + word, kAllSuites | bit, suites);
        is_chosen("-" + word + "," + word, bit, suites);  // the last word on a name counts
        is_chosen(word + " -" + word, 0, suites);
      }
      const std::string shorter(name.substr(0, name.size() - 1));
      EXPECT_EQ(suites(shorter), (Chosen{0, ListFault::kUnknown, shorter, {}}));
      const std::string longer = std::string(name) + 'x';
      EXPECT_EQ(suites("all," + longer), (Chosen{0, ListFault::kUnknown, longer, {}}));
    }
  }
}

TEST(TlsLists, EveryVersion) {
  is_chosen("TLS1.2", kTls12, versions);
  is_chosen("+tls1.3", kTls13, versions);
  is_chosen("-TLS1.3", kTls12, versions);
  is_chosen("ALL -tls1.2", kTls13, versions);
  is_chosen("tls1.2 TLS1.3", kAllVersions, versions);
  EXPECT_EQ(versions("xLS1.2"), (Chosen{0, ListFault::kUnknown, "xLS1.2", {}}));
  EXPECT_EQ(versions("-TLS1.4"), (Chosen{0, ListFault::kUnknown, "-TLS1.4", {}}));
}

// EN-5: what is gone can be left out, and whoever asks for it is told what has taken its place.
TEST(TlsLists, EveryOldName) {
  const auto holds = [](std::span<const OldName> old, std::uint32_t all, Chosen (*parse)(std::string_view)) {
    for (const OldName& one : old) {
      const std::string name = in_case(one.name, std::toupper);
      EXPECT_EQ(parse(name), (Chosen{0, ListFault::kOld, name, one.successor}));
      EXPECT_EQ(parse("all,+" + name), (Chosen{0, ListFault::kOld, "+" + name, one.successor}));
      is_chosen("-" + name, all, parse);
      EXPECT_NE(parse(one.successor).set, 0U) << one.successor;
    }
  };
  holds(kOldVersions, kAllVersions, versions);
  holds(kOldSuites, kAllSuites, suites);
}

TEST(TlsLists, NothingIsNoList) {
  for (const char* list : {"", ",", " \t,, "}) {
    EXPECT_EQ(suites(list), (Chosen{0, ListFault::kEmpty, {}, {}})) << list;
    EXPECT_EQ(versions(list), (Chosen{0, ListFault::kEmpty, {}, {}})) << list;
  }
  for (const char* word : {"+", "-", "++all", "-+all"})
    EXPECT_EQ(suites(word), (Chosen{0, ListFault::kUnknown, word, {}})) << word;
}

// OpenSSL keeps the suites of TLS 1.3 apart: every set of suites, every set of versions.
TEST(TlsLists, SuitesAndTheirVersions) {
  EXPECT_EQ(suites_of(0), 0U);
  EXPECT_EQ(suites_of(kTls13), kTls13Suites);
  EXPECT_EQ(suites_of(kTls12), kTls12Suites);
  EXPECT_EQ(suites_of(kAllVersions), kTls13Suites | kTls12Suites);
  for (std::uint32_t set = 0; set < 1U << kSuiteCount; ++set) {
    const std::uint32_t is =
        ((set & kTls13Suites) != 0 ? kTls13 : 0U) | ((set & kTls12Suites) != 0 ? kTls12 : 0U);
    EXPECT_EQ(versions_of(set), is) << set;
  }
}

// What is not said: no encryption, passwords, port 143, nobody who vouches; nothing chosen, nothing planned.
TEST(TlsPolicy, WhatIsNotSaid) {
  PolicySettings settings;
  EXPECT_EQ(settings.imap, Encryption::kOff);
  EXPECT_EQ(settings.authentication, Authentication::kPassword);
  EXPECT_EQ(settings.plain_port, 143);
  EXPECT_FALSE(settings.pop || settings.smtp || settings.encrypted_port || settings.versions);
  EXPECT_FALSE(settings.ciphers || settings.has_authorities || settings.has_revocations);
  PolicyVerdict verdict;
  EXPECT_EQ(verdict.reason, PolicyReason::kPlan);
  EXPECT_FALSE(verdict.plan.smtp_starttls || verdict.plan.no_encryption);
  EXPECT_EQ(verdict.plan.encrypted_port, 0);
  EXPECT_EQ(verdict.plan.versions | verdict.plan.suites, 0U);
  ServicePlan service;
  EXPECT_TRUE(service.plain_login && service.password);
  EXPECT_FALSE(service.starttls || service.encrypted_port || service.certificate);
  Chosen chosen;
  EXPECT_EQ(chosen.set, 0U);
  EXPECT_EQ(chosen.fault, ListFault::kNone);
}

constexpr Alias kPair[] = {{"mail", true, true}};

// EN-1, EN-6: the suites are those of all services, whichever of them must be encrypted.
TEST(TlsPolicy, RequiredOfEitherServiceIsRequired) {
  for (const Encryption imap : {Encryption::kOff, Encryption::kOptional, Encryption::kRequired}) {
    for (const Encryption pop : {Encryption::kOff, Encryption::kOptional, Encryption::kRequired}) {
      PolicySettings settings{
          .imap = imap, .pop = pop, .alias = "mail", .aliases = kPair, .ciphers = "NULL-SHA256"};
      const bool required = imap == Encryption::kRequired || pop == Encryption::kRequired;
      EXPECT_EQ(decide_policy(settings).reason,
                required ? PolicyReason::kRequiredWithoutEncryption : PolicyReason::kPlan);
    }
  }
}

// EN-4: whatever encrypts needs a pair.
TEST(TlsPolicy, EachServiceNeedsAPair) {
  for (const unsigned which : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    PolicySettings settings{.imap = (which & 1U) != 0 ? Encryption::kOptional : Encryption::kOff,
                            .pop = (which & 2U) != 0 ? Encryption::kOptional : Encryption::kOff,
                            .smtp = (which & 4U) != 0};
    EXPECT_EQ(decide_policy(settings).reason, which == 0 ? PolicyReason::kPlan : PolicyReason::kNoAlias)
        << which;
  }
}

}  // namespace
}  // namespace postern::tls
