// SPDX-License-Identifier: BSD-2-Clause
// The settings of the daemon: parsed, checked, plain data. Read once by the dispatcher, sealed, and handed
// to every module as the very same octets.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/tls_policy.h"
#include "daemon/sys/endpoint.h"
#include "daemon/sys/result.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// PathText is an absolute path of at most 1,023 octets, NUL-terminated.
struct PathText {
  char octets[1024] = {};
  [[nodiscard]] const char* c_str() const noexcept { return octets; }
  [[nodiscard]] std::string_view view() const noexcept { return octets; }
};

// AliasText names a key and its certificate (EN-4): letters, digits, and - _ . inside; NUL-terminated.
struct AliasText {
  char octets[64] = {};
  [[nodiscard]] std::string_view view() const noexcept { return octets; }
};

// HostText is a host's name in lower case, at most 253 octets, NUL-terminated.
struct HostText {
  char octets[256] = {};
  [[nodiscard]] std::string_view view() const noexcept { return octets; }
};

enum class HostnameCheck : std::uint8_t { kConfirmed, kReverse };  // AD-C4
enum class NameLookup : std::uint8_t { kAtLogin, kAtConnect };     // AD-L2

inline constexpr std::size_t kMaxEndpoints = 16;
inline constexpr std::size_t kMaxMailDomains = 64;

// Settings is trivially copyable: what one process checked, another reads as it is. No secrets in it.
struct Settings {
  std::uint32_t layout = 0;  // kSettingsLayout of the build that wrote it
  uid_t mta_uid = 0;         // the MTA user, or the caller's own ids when not started as root
  gid_t mta_gid = 0;
  bool started_as_root = false;  // then every process has an empty bounding set and exactly one group
  PathText executables;
  PathText postoffice;
  PathText mailbox;
  PathText module_digests;  // the list of SHA-256 digests of the executables tree; may be empty if not root
  Endpoint pop3_listen[kMaxEndpoints];
  std::uint32_t pop3_listen_count = 0;  // 0, and no encrypted one: no POP3
  Endpoint imap_listen[kMaxEndpoints];
  std::uint32_t imap_listen_count = 0;  // 0, and no encrypted one: no IMAP
  Endpoint smtp_listen[kMaxEndpoints];
  std::uint32_t smtp_listen_count = 0;      // 0: no SMTP
  Endpoint pop3_tls_listen[kMaxEndpoints];  // encrypted from the first octet
  std::uint32_t pop3_tls_listen_count = 0;
  Endpoint imap_tls_listen[kMaxEndpoints];
  std::uint32_t imap_tls_listen_count = 0;
  tls::Plan encryption;      // EN: what is encrypted, and how; default: nothing
  PathText tls_directory;    // where pairs lie: NAME.key and NAME.crt (EN-4)
  AliasText tls_alias;       // the one that is used
  PathText tls_authorities;  // certificates of who may vouch for a client; empty: nobody
  PathText tls_revocations;  // their list of revoked ones; empty: none
  HostText hostname;         // what SMTP calls this host; mail to it is local
  HostText mail_domains[kMaxMailDomains];
  std::uint32_t mail_domain_count = 0;
  std::uint64_t message_size_limit = std::uint64_t{32} << 20U;  // octets
  PathText maildrop_spool;                                      // empty: no maildrops
  gid_t maildrop_group = 0;  // group mail (MD-1); never 0 or the MTA's where there is a spool
  PathText
      maildrop_socket;  // where a helper of its own unit is asked, by a deliver of its own; empty: neither
  uid_t minimum_uid = 1000;  // MD-4
  uid_t lookup_uid = 65534;  // who looks up login names for the maildrop helper
  gid_t lookup_gid = 65534;
  std::chrono::milliseconds queue_lifetime{5LL * 86'400'000};  // how long a message is tried
  HostnameCheck hostname_check = HostnameCheck::kConfirmed;
  NameLookup name_lookup = NameLookup::kAtLogin;
  std::chrono::milliseconds lookup_deadline{2000};
  std::chrono::milliseconds refusal_quantum{3000};  // 0: off
  std::uint32_t hash_slots = 0;          // never 0 in a module: the dispatcher puts the number of cores
  std::uint32_t max_connections = 1024;  // of a module, as those below
  std::uint32_t connections_per_address = 100;  // IPv6: of a /64
  std::uint32_t unauthenticated_start = 200;    // of those that have not logged in: from here on a new one
  std::uint32_t unauthenticated_rate = 30;      // is refused by chance, so many of 100
  std::uint32_t unauthenticated_full = 600;     // and from here on always
  bool log_to_stderr = true;
  PathText log_file;  // empty when log_to_stderr
  SandboxMode sandbox = SandboxMode::kEnforce;
  int landlock_abi_cap = 0;  // 0: none
};
static_assert(std::is_trivially_copyable_v<Settings>);

inline constexpr std::uint32_t kSettingsLayout =
    0x50530000U + static_cast<std::uint32_t>(sizeof(Settings) % 0xffffU);

// UserLookup turns names into ids and aliases into what is there, so that the parser stays pure; numbers
// never reach it.
struct UserLookup {
  bool (*user)(const char* name, uid_t& uid, gid_t& primary) = nullptr;
  bool (*group)(const char* name, gid_t& gid) = nullptr;
  // which halves of a pair are in the directory (EN-4); null: both are taken to be there
  void (*pair)(const char* directory, const char* alias, bool& has_key, bool& has_certificate) = nullptr;
};

// ParsedSettings is the outcome of one file: every error in it, not only the first.
struct ParsedSettings {
  Settings settings;
  std::vector<Error> errors;  // empty: settings may be used
};

// parse_settings reads the text of a configuration file. Pure: no file is touched, no name asked but
// through `lookup`. An unknown key's error suggests the nearest known one.
[[nodiscard]] ParsedSettings parse_settings(std::string_view text, std::string_view file,
                                            const UserLookup& lookup);

// mail_domains_of returns the domains whose mail is ours: the host's own name and each mail-domain.
[[nodiscard]] std::vector<std::string> mail_domains_of(const Settings& settings);

// encrypts: whether anything is encrypted, so that there is a tls module.
[[nodiscard]] constexpr bool encrypts(const Settings& settings) {
  return settings.encryption.suites != 0;
}

// tls_file returns the path of half a pair: "key" or "crt".
[[nodiscard]] std::string tls_file(const Settings& settings, std::string_view half);

// places_of says where the places of sandbox profiles are under these settings.
[[nodiscard]] std::vector<PlacedPath> places_of(const Settings& settings);

}  // namespace postern::daemon
