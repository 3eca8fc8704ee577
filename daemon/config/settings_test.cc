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

TEST(Settings, OneServiceIsEnough) {
  const std::string rest = "mta-user = 7\nexecutables = /e\npostoffice = /p\nmailbox = /m\n";
  const ParsedSettings none = parse_settings(rest, "c", kLookup);
  ASSERT_EQ(none.errors.size(), 1U);
  EXPECT_NE(none.errors[0].text().find("add a line: pop3-listen"), std::string::npos);
  for (const char* one :
       {"pop3-listen = [::]:1", "imap-listen = [::]:1", "smtp-listen = [::]:1\nhostname = h"})
    EXPECT_TRUE(parse_settings(rest + one, "c", kLookup).errors.empty()) << one;
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
      "refusal-quantum = 1s\nhash-slots = 3\nmax-connections = 10\nconnections-per-address = "
      "4\nunauthenticated-connections = 5:60:7\nlog = /var/log/x\nsandbox = best-effort\n"
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
  EXPECT_EQ(s.connections_per_address, 4U);
  EXPECT_EQ(s.unauthenticated_start, 5U);
  EXPECT_EQ(s.unauthenticated_rate, 60U);
  EXPECT_EQ(s.unauthenticated_full, 7U);
  EXPECT_EQ(s.log_file.view(), "/var/log/x");
  EXPECT_EQ(s.sandbox, SandboxMode::kBestEffort);
  EXPECT_EQ(s.landlock_abi_cap, 2);
  EXPECT_EQ(s.module_digests.view(), "/d");
}

// EN-4: of the aliases only `mail` is whole.
void find_pair(const char* directory, const char* alias, bool& has_key, bool& has_certificate) {
  const std::string name = std::strcmp(directory, "/tls") == 0 ? alias : "";
  has_key = name == "mail" || name == "key-only";
  has_certificate = name == "mail" || name == "certificate-only";
}

Settings encrypted(const std::string& more) {
  const ParsedSettings parsed =
      parse_settings(std::string(kGood) + "tls-directory = /tls\ntls-alias = mail\n" + more, "c",
                     {find_user, find_group, find_pair});
  EXPECT_TRUE(parsed.errors.empty()) << parsed.errors[0].text();
  return parsed.settings;
}
std::string encryption_error(const std::string& lines) {
  const ParsedSettings parsed =
      parse_settings(std::string(kGood) + lines, "c", {find_user, find_group, find_pair});
  return parsed.errors.empty() ? "" : parsed.errors[0].text();
}

TEST(Settings, EncryptionIsPlannedByThePolicy) {
  EXPECT_FALSE(encrypts(encrypted("")));  // EN-1: off by default
  const Settings optional = encrypted("imap-encryption = optional\n");
  EXPECT_TRUE(encrypts(optional));
  EXPECT_TRUE(optional.encryption.pop.starttls && optional.encryption.pop.plain_login);  // EN-1: POP3 follows
  EXPECT_TRUE(optional.encryption.smtp_starttls);
  EXPECT_EQ(tls_file(optional, "key"), "/tls/mail.key");
  const Settings required = encrypted("imap-encryption = required\npop3-tls-listen = [::1]\n");
  EXPECT_FALSE(required.encryption.pop.plain_login);
  EXPECT_EQ(required.pop3_tls_listen[0].port, 995);
  const Settings alone =
      encrypted("pop-encryption = required\nsmtp-encryption = off\ntls-versions = TLS1.3\n");
  EXPECT_FALSE(alone.encryption.imap.starttls);
  EXPECT_FALSE(alone.encryption.smtp_starttls);
  EXPECT_EQ(alone.encryption.versions, tls::kTls13);
  const Settings port = encrypted("imap-encryption = optional\nimap-tls-listen = 127.0.0.1\n");
  EXPECT_EQ(port.imap_tls_listen[0].port, 220);  // EN-3
}

// EN-1 to EN-6: each with its line, the setting, and the cure.
TEST(Settings, WhatIsWrongWithEncryptionIsToldInItsLine) {
  const std::string pair = "tls-directory = /tls\ntls-alias = mail\n";  // lines 7 and 8
  const std::pair<std::string, std::string> wrong[] = {
      {pair + "tls-versions = SSL3\n", "c:9: 'SSL3' is gone; write TLS1.3, its successor"},
      {pair + "tls-ciphers = all,+rc4\n",
       "c:9: 'all,+rc4' has '+rc4', which is gone; write ECDHE-RSA-CHACHA20-POLY1305, its successor"},
      {pair + "tls-ciphers = HIGH\n",
       "c:9: 'HIGH' is none that there is; write names parted by commas, or all"},
      {"imap-encryption = maybe\n",
       "c:7: 'maybe' is none of the words this key takes; write off or optional or required"},
      {"tls-directory = /tls\ntls-alias = other\nimap-encryption = optional\n",
       "c:8: tls-alias names no pair of tls-directory; Name one that is there."},
      {"tls-directory = /tls\ntls-alias = key-only\n",
       "c:8: tls-alias names a key without its certificate; Put NAME.crt beside NAME.key."},
      {"imap-encryption = optional\n",
       "c: tls-alias is not given, but encryption needs a key and a certificate; Name a pair of "
       "tls-directory: "
       "NAME.key and NAME.crt."},
      {pair + "imap-encryption = required\ntls-ciphers = all,NULL-SHA256\n",
       "c:10: tls-ciphers has a suite that does not encrypt, while encryption is required; Drop NULL-SHA256, "
       "or set "
       "the encryption to optional."},
      {pair + "imap-tls-listen = 127.0.0.1:993\n",
       "c:9: imap-tls-listen is there, but imap-encryption is off; Set imap-encryption = optional or "
       "required, or "
       "drop the line."}};
  for (const auto& [lines, text] : wrong) EXPECT_EQ(encryption_error(lines), text);
  for (const char* alias : {"../x", ".hidden", "a/b", "a b", ""})
    EXPECT_NE(encryption_error("tls-alias = " + std::string(alias) + "\n"), "") << alias;
  EXPECT_NE(encryption_error(pair + "pop3-tls-listen = 127.0.0.1\n"), "");
  EXPECT_NE(encryption_error(pair + "imap-encryption = optional\nimap-authentication = either\n"), "");
  EXPECT_EQ(encryption_error(pair + "imap-encryption = optional\nimap-authentication = either\n"
                                    "tls-authorities = /etc/ca.crt\n"),
            "");  // EN-2
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
                          "connections-per-address = 0",
                          "unauthenticated-connections = 10",
                          "unauthenticated-connections = 10:20",
                          "unauthenticated-connections = 10::20",
                          "unauthenticated-connections = 10:20:30:40",
                          "unauthenticated-connections = 0:20:30",
                          "unauthenticated-connections = 31:20:30",
                          "unauthenticated-connections = 10:101:30",
                          "unauthenticated-connections = 10:20:16385",
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
  EXPECT_NE(first_error("maildrop-socket = /run/postern/maildrop\n").find("needs a 'maildrop-spool'"),
            std::string::npos);
  EXPECT_NE(first_error("maildrop-lookup-user = 0\n").find("c:7: '0' is root"), std::string::npos);
  EXPECT_NE(first_error("minimum-uid = 0\n").find("from 1"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon
