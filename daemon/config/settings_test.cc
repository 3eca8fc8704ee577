// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/settings.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "daemon/config/handover.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kGood =
    "mta-user = 64100\nmta-group = 64101\nexecutables = /e\npostoffice = /p/\nmailbox = /m\n"
    "pop3-listen = 127.0.0.1:1110\n";

bool find_user(const char* name, uid_t& uid, gid_t& primary) {
  if (std::strcmp(name, "mta") != 0) return false;
  uid = 7;
  primary = 8;
  return true;
}
bool find_group(const char* name, gid_t& gid) {
  if (std::strcmp(name, "nsgroup") != 0) return false;
  gid = 9;
  return true;
}
constexpr UserLookup kLookup{find_user, find_group};

ParsedSettings parse(const std::string& more) {
  return parse_settings(std::string(kGood) + more, "c", kLookup);
}
std::string first_error(const std::string& more) {
  const ParsedSettings parsed = parse(more);
  return parsed.errors.empty() ? "" : parsed.errors[0].text();
}

TEST(Settings, DefaultsAndTheRequiredKeys) {
  const ParsedSettings parsed = parse("");
  ASSERT_TRUE(parsed.errors.empty()) << parsed.errors[0].text();
  const Settings& s = parsed.settings;
  EXPECT_EQ(s.mta_uid, 64100U);  // DT-1a: numbers without a passwd entry
  EXPECT_EQ(s.mta_gid, 64101U);
  EXPECT_EQ(s.postoffice.view(), "/p");
  EXPECT_EQ(s.pop3_listen_count, 1U);
  EXPECT_FALSE(s.pop3_listen[0].is_v6);
  EXPECT_EQ(s.pop3_listen[0].port, 1110);
  EXPECT_EQ(s.hostname_check, HostnameCheck::kConfirmed);  // AD-C4
  EXPECT_EQ(s.refusal_quantum.count(), 3000);              // AD-L2
  EXPECT_EQ(s.sandbox, SandboxMode::kEnforce);
  EXPECT_TRUE(s.log_to_stderr);
}

TEST(Settings, SmtpNeedsAName) {
  const ParsedSettings parsed = parse(
      "smtp-listen = 127.0.0.1:1025\nhostname = Mail.Example.org\nmail-domain = example.org\n"
      "mail-domain = example.net\nmessage-size-limit = 1M\n");
  ASSERT_TRUE(parsed.errors.empty()) << parsed.errors[0].text();
  EXPECT_EQ(parsed.settings.smtp_listen_count, 1U);
  EXPECT_EQ(parsed.settings.hostname.view(), "mail.example.org");
  EXPECT_EQ(parsed.settings.mail_domain_count, 2U);
  EXPECT_EQ(parsed.settings.mail_domains[1].view(), "example.net");
  EXPECT_EQ(parsed.settings.message_size_limit, 1U << 20U);
  EXPECT_NE(first_error("smtp-listen = 127.0.0.1:1025\n").find("add a line: hostname ="), std::string::npos);
  for (const char* bad : {"hostname = a b", "hostname = .a", "hostname = a..b", "mail-domain = a_b",
                          "message-size-limit = 1", "message-size-limit = 2G", "message-size-limit = 1025M"})
    EXPECT_NE(first_error(std::string(bad) + "\n"), "") << bad;
}

TEST(Settings, EveryKeyIsTaken) {
  const ParsedSettings parsed = parse(
      "pop3-listen = [::]:1111\nhostname-check = reverse\nname-lookup = at-connect\nlookup-deadline = 250ms\n"
      "refusal-quantum = 1s\nhash-slots = 3\nmax-connections = 10\nlog = /var/log/x\nsandbox = best-effort\n"
      "landlock-abi-cap = 2\nmodule-digests = /d\n");
  ASSERT_TRUE(parsed.errors.empty()) << parsed.errors[0].text();
  const Settings& s = parsed.settings;
  EXPECT_TRUE(s.pop3_listen[1].is_v6);
  EXPECT_EQ(s.hostname_check, HostnameCheck::kReverse);
  EXPECT_EQ(s.name_lookup, NameLookup::kAtConnect);
  EXPECT_EQ(s.lookup_deadline.count(), 250);
  EXPECT_EQ(s.refusal_quantum.count(), 1000);
  EXPECT_EQ(s.hash_slots, 3U);
  EXPECT_EQ(s.max_connections, 10U);
  EXPECT_EQ(s.log_file.view(), "/var/log/x");
  EXPECT_EQ(s.sandbox, SandboxMode::kBestEffort);
  EXPECT_EQ(s.landlock_abi_cap, 2);
  EXPECT_EQ(s.module_digests.view(), "/d");
}

TEST(Settings, UserAndGroupByName) {
  const std::string rest = "executables=/e\npostoffice=/p\nmailbox=/m\npop3-listen=127.0.0.1:1\n";
  const ParsedSettings primary = parse_settings("mta-user = mta\n" + rest, "c", kLookup);
  ASSERT_TRUE(primary.errors.empty());
  EXPECT_EQ(primary.settings.mta_uid, 7U);
  EXPECT_EQ(primary.settings.mta_gid, 8U);  // DT-1a: nsgroup is the primary group
  const ParsedSettings named = parse_settings("mta-group = nsgroup\nmta-user = mta\n" + rest, "c", kLookup);
  EXPECT_EQ(named.settings.mta_gid, 9U);
  EXPECT_FALSE(parse_settings("mta-user = nobody-such\n" + rest, "c", kLookup).errors.empty());
}

TEST(Settings, AnUnknownKeySuggestsTheNearest) {
  EXPECT_EQ(first_error("refusal-quantom = 1s\n"),
            "c:7: 'refusal-quantom' is no key of this file; did you mean 'refusal-quantum'?");
}

TEST(Settings, EveryErrorIsReportedWithItsLine) {
  const ParsedSettings parsed = parse("sandbox = maybe\nhash-slots = 0\nnonsense\n");
  ASSERT_EQ(parsed.errors.size(), 3U);
  EXPECT_EQ(parsed.errors[0].place, "c:7");
  EXPECT_EQ(parsed.errors[1].place, "c:8");
  EXPECT_EQ(parsed.errors[2].place, "c:9");
  for (const Error& error : parsed.errors) EXPECT_FALSE(error.cure.empty());
}

TEST(Settings, BadValues) {
  for (const char* bad : {"hostname-check = yes",
                          "name-lookup = never",
                          "lookup-deadline = 5",
                          "lookup-deadline = 5m",
                          "lookup-deadline = 61s",
                          "lookup-deadline = -1s",
                          "hash-slots = 257",
                          "max-connections = 0",
                          "log = file",
                          "pop3-listen = 127.0.0.1",
                          "pop3-listen = :110",
                          "pop3-listen = 127.0.0.1:0",
                          "pop3-listen = ::1:110",
                          "pop3-listen = 127.0.0.1:65536",
                          "pop3-listen = localhost:110",
                          "pop3-listen = [127.0.0.1]:110",
                          "module-digests = digests",
                          "module-digests = /a/../b",
                          "landlock-abi-cap = 1",
                          "mailbox = /twice"})
    EXPECT_NE(first_error(std::string(bad) + "\n"), "") << bad;
  EXPECT_NE(first_error("module-digests = /" + std::string(1100, 'x') + "\n"), "");
}

TEST(Settings, MissingKeysAreAllNamed) {
  EXPECT_EQ(parse_settings("", "c", kLookup).errors.size(), 5U);
}

// AD-L2
TEST(Settings, AQuantumShorterThanTheDeadlineIsRefusedAndNoneIsNot) {
  EXPECT_NE(first_error("refusal-quantum = 1s\nlookup-deadline = 2s\n"), "");
  EXPECT_EQ(first_error("refusal-quantum = 0\nlookup-deadline = 2s\n"), "");
  EXPECT_NE(first_error("lookup-deadline = 0\n"), "");
}

TEST(Settings, MoreThanSixteenEndpointsAreRefused) {
  std::string more;
  for (int i = 0; i < 16; ++i) more += "pop3-listen = 127.0.0.1:" + std::to_string(2000 + i) + "\n";
  EXPECT_NE(first_error(more), "");
}

TEST(Handover, SettingsComeBackAsTheyWereAndOnlyIfSealed) {
  const Settings sent = parse("hash-slots = 5\n").settings;
  const auto file = seal_settings(sent);
  ASSERT_TRUE(file.ok());
  Settings got;
  ASSERT_TRUE(read_settings(file.value().get(), got).ok());
  EXPECT_EQ(std::memcmp(&sent, &got, sizeof sent), 0);
  const auto loose = lock_file("loose");
  ASSERT_TRUE(loose.ok());
  EXPECT_FALSE(read_settings(loose.value().get(), got).ok());
  Settings other = sent;
  other.layout += 1;
  const auto foreign = seal_settings(other);
  EXPECT_FALSE(read_settings(foreign.value().get(), got).ok());
}

// MD-3, MD-4, PV-4
TEST(Settings, Maildrops) {
  const Settings none = parse("").settings;
  EXPECT_TRUE(none.maildrop_spool.view().empty());
  EXPECT_EQ(none.minimum_uid, 1000U);
  EXPECT_EQ(none.lookup_uid, 65534U);
  const ParsedSettings parsed =
      parse("maildrop-spool = /var/mail\nmaildrop-group = 8\nminimum-uid = 500\nmaildrop-lookup-user = 77\n");
  ASSERT_TRUE(parsed.errors.empty()) << parsed.errors[0].text();
  EXPECT_EQ(parsed.settings.maildrop_spool.view(), "/var/mail");
  EXPECT_EQ(parsed.settings.maildrop_group, 8U);
  EXPECT_EQ(parsed.settings.minimum_uid, 500U);
  EXPECT_EQ(parsed.settings.lookup_uid, 77U);
  EXPECT_EQ(parsed.settings.lookup_gid, 77U);
}

TEST(Settings, MaildropErrors) {
  const Settings good = parse("").settings;
  const std::string spool = "maildrop-spool = /var/mail\n";
  EXPECT_NE(first_error(spool).find("maildrop-group is missing"), std::string::npos);  // no group mail here
  EXPECT_NE(first_error(spool + "maildrop-group = " + std::to_string(good.mta_gid) + "\n").find("PV-4"),
            std::string::npos);
  EXPECT_NE(
      first_error(spool + "maildrop-group = 8\nmaildrop-lookup-user = " + std::to_string(good.mta_uid) + "\n")
          .find("is the MTA user"),
      std::string::npos);
  EXPECT_NE(first_error("maildrop-lookup-user = 0\n").find("c:7: '0' is root"), std::string::npos);
  EXPECT_NE(first_error("minimum-uid = 0\n").find("from 1"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon
