// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/settings.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "daemon/config/encryption.h"
#include "daemon/config/key_value.h"
#include "daemon/config/values.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

struct Reading {
  Settings& settings;
  const UserLookup& lookup;
  EncryptionWishes& wishes;
};

Taken take_user(Reading& reading, std::string_view value) {
  if (const auto number = whole_number<uid_t>(value)) {  // DT-1a: a number needs no passwd entry
    reading.settings.mta_uid = *number;
    return kTaken;
  }
  const std::string name(value);
  gid_t primary = 0;
  if (reading.lookup.user == nullptr || !reading.lookup.user(name.c_str(), reading.settings.mta_uid, primary))
    return Complaint{"names a user that does not exist", "create it, or write a number"};
  if (reading.settings.mta_gid == 0) reading.settings.mta_gid = primary;  // DT-1a
  return kTaken;
}

Taken take_group(const Reading& reading, std::string_view value, gid_t& out) {
  if (const auto number = whole_number<gid_t>(value)) {
    out = *number;
    return kTaken;
  }
  const std::string name(value);
  if (reading.lookup.group == nullptr || !reading.lookup.group(name.c_str(), out))
    return Complaint{"names a group that does not exist", "create it, or write a number"};
  return kTaken;
}

Taken take_lookup_user(Reading& reading, std::string_view value) {
  Settings& settings = reading.settings;
  if (const auto number = whole_number<uid_t>(value)) {
    settings.lookup_uid = settings.lookup_gid = *number;
  } else if (const std::string name(value);
             reading.lookup.user == nullptr ||
             !reading.lookup.user(name.c_str(), settings.lookup_uid, settings.lookup_gid)) {
    return Complaint{"names a user that does not exist", "create it, or write a number"};
  }
  if (settings.lookup_uid == 0 || settings.lookup_gid == 0)
    return Complaint{"is root, or in root's group", "name a user that has nothing, such as nobody"};
  return kTaken;
}

Taken take_mail_domain(Reading& reading, std::string_view value) {
  Settings& settings = reading.settings;
  if (settings.mail_domain_count == kMaxMailDomains)
    return Complaint{"is one domain too many", "name at most 64"};
  Taken refused = take_host(value, settings.mail_domains[settings.mail_domain_count]);
  if (!refused) ++settings.mail_domain_count;
  return refused;
}

Taken take_unauthenticated(Reading& reading, std::string_view value) {
  Settings& s = reading.settings;
  const std::size_t first = std::min(value.find(':'), value.size());
  const std::size_t last = std::min(value.rfind(':'), value.size());
  const auto start = whole_number<std::uint32_t>(value.substr(0, first));
  const auto full = whole_number<std::uint32_t>(value.substr(std::min(last + 1, value.size())));
  const auto rate =
      first < last ? whole_number<std::uint32_t>(value.substr(first + 1, last - first - 1)) : std::nullopt;
  if (!start || !rate || !full)
    return Complaint{"is not START:RATE:FULL", "write 200:30:600: from 200 on 30 of 100, from 600 on all"};
  if (*start < 1 || *start > *full || *full > 16384)
    return Complaint{"is not 1 <= START <= FULL <= 16384", "write a FULL that is no smaller than START"};
  if (*rate > 100) return Complaint{"has a RATE over 100", "write how many of 100 are refused"};
  s.unauthenticated_start = *start;
  s.unauthenticated_rate = *rate;
  s.unauthenticated_full = *full;
  return kTaken;
}

Taken take_imap_tls_listen(Reading& reading, std::string_view value) {
  Settings& s = reading.settings;
  const Taken taken = take_listen(value, s.imap_tls_listen, s.imap_tls_listen_count, tls::kEncryptedPort);
  if (!taken) reading.wishes.policy.encrypted_port = s.imap_tls_listen[s.imap_tls_listen_count - 1].port;
  return taken;
}

Taken take_log(Reading& reading, std::string_view value) {
  reading.settings.log_to_stderr = value == "stderr";
  if (reading.settings.log_to_stderr) return kTaken;
  return take_path(value, reading.settings.log_file);
}

constexpr std::pair<std::string_view, HostnameCheck> kChecks[] = {{"confirmed", HostnameCheck::kConfirmed},
                                                                  {"reverse", HostnameCheck::kReverse}};
constexpr std::pair<std::string_view, NameLookup> kLookups[] = {{"at-login", NameLookup::kAtLogin},
                                                                {"at-connect", NameLookup::kAtConnect}};
constexpr std::pair<std::string_view, SandboxMode> kSandboxes[] = {{"enforce", SandboxMode::kEnforce},
                                                                   {"best-effort", SandboxMode::kBestEffort}};

constexpr std::pair<std::string_view, tls::Encryption> kEncryptions[] = {
    {"off", tls::Encryption::kOff},
    {"optional", tls::Encryption::kOptional},
    {"required", tls::Encryption::kRequired}};
constexpr std::pair<std::string_view, bool> kOffers[] = {{"off", false}, {"optional", true}};
constexpr std::pair<std::string_view, tls::Authentication> kAuthentications[] = {
    {"password", tls::Authentication::kPassword},
    {"certificate", tls::Authentication::kCertificate},
    {"either", tls::Authentication::kEither}};

struct Key {
  std::string_view name;
  bool repeatable;
  bool required;
  Taken (*take)(Reading&, std::string_view);
};

constexpr Key kKeys[] = {
    {"mta-user", false, true, take_user},
    {"mta-group", false, false,
     [](Reading& r, std::string_view v) { return take_group(r, v, r.settings.mta_gid); }},
    {"executables", false, true,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.executables); }},
    {"postoffice", false, true,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.postoffice); }},
    {"mailbox", false, true, [](Reading& r, std::string_view v) { return take_path(v, r.settings.mailbox); }},
    {"module-digests", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.module_digests); }},
    {"pop3-listen", true, false,
     [](Reading& r, std::string_view v) {
       return take_listen(v, r.settings.pop3_listen, r.settings.pop3_listen_count);
     }},
    {"imap-listen", true, false,
     [](Reading& r, std::string_view v) {
       return take_listen(v, r.settings.imap_listen, r.settings.imap_listen_count);
     }},
    {"smtp-listen", true, false,
     [](Reading& r, std::string_view v) {
       return take_listen(v, r.settings.smtp_listen, r.settings.smtp_listen_count);
     }},
    {"pop3-tls-listen", true, false,
     [](Reading& r, std::string_view v) {
       return take_listen(v, r.settings.pop3_tls_listen, r.settings.pop3_tls_listen_count, 995);
     }},
    {"imap-tls-listen", true, false, take_imap_tls_listen},
    {"imap-encryption", false, false,
     [](Reading& r, std::string_view v) {
       return take_choice<tls::Encryption>(v, kEncryptions, r.wishes.policy.imap);
     }},
    {"pop-encryption", false, false,
     [](Reading& r, std::string_view v) {
       return take_optional<tls::Encryption>(v, kEncryptions, r.wishes.policy.pop);
     }},
    {"smtp-encryption", false, false,
     [](Reading& r, std::string_view v) { return take_optional<bool>(v, kOffers, r.wishes.policy.smtp); }},
    {"imap-authentication", false, false,
     [](Reading& r, std::string_view v) {
       return take_choice<tls::Authentication>(v, kAuthentications, r.wishes.policy.authentication);
     }},
    {"tls-directory", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.tls_directory); }},
    {"tls-alias", false, false,
     [](Reading& r, std::string_view v) { return take_alias(v, r.settings.tls_alias); }},
    {"tls-versions", false, false,
     [](Reading& r, std::string_view v) { return take_list(v, tls::parse_versions(v), r.wishes.versions); }},
    {"tls-ciphers", false, false,
     [](Reading& r, std::string_view v) { return take_list(v, tls::parse_suites(v), r.wishes.ciphers); }},
    {"tls-authorities", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.tls_authorities); }},
    {"tls-revocations", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.tls_revocations); }},
    {"hostname", false, false,
     [](Reading& r, std::string_view v) { return take_host(v, r.settings.hostname); }},
    {"mail-domain", true, false, take_mail_domain},
    {"message-size-limit", false, false,
     [](Reading& r, std::string_view v) {
       return take_size(v, 65'536, std::uint64_t{1} << 30U,
                        r.settings.message_size_limit);  // RFC 5321: 64 KiB
     }},
    {"maildrop-spool", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.maildrop_spool); }},
    {"maildrop-group", false, false,
     [](Reading& r, std::string_view v) { return take_group(r, v, r.settings.maildrop_group); }},
    {"maildrop-socket", false, false,
     [](Reading& r, std::string_view v) { return take_path(v, r.settings.maildrop_socket); }},
    {"maildrop-lookup-user", false, false, take_lookup_user},
    {"minimum-uid", false, false,
     [](Reading& r, std::string_view v) { return take_number(v, 1, 4294967294U, r.settings.minimum_uid); }},
    {"queue-lifetime", false, false,
     [](Reading& r, std::string_view v) {
       return take_duration(v, milliseconds{30LL * 86'400'000}, r.settings.queue_lifetime);
     }},
    {"hostname-check", false, false,
     [](Reading& r, std::string_view v) {
       return take_choice<HostnameCheck>(v, kChecks, r.settings.hostname_check);
     }},
    {"name-lookup", false, false,
     [](Reading& r, std::string_view v) {
       return take_choice<NameLookup>(v, kLookups, r.settings.name_lookup);
     }},
    {"lookup-deadline", false, false,
     [](Reading& r, std::string_view v) {
       return take_duration(v, milliseconds{60'000}, r.settings.lookup_deadline);
     }},
    {"refusal-quantum", false, false,
     [](Reading& r, std::string_view v) {
       return take_duration(v, milliseconds{60'000}, r.settings.refusal_quantum);
     }},
    {"hash-slots", false, false,
     [](Reading& r, std::string_view v) { return take_number(v, 1, 256, r.settings.hash_slots); }},
    {"max-connections", false, false,
     [](Reading& r, std::string_view v) { return take_number(v, 1, 16384, r.settings.max_connections); }},
    {"connections-per-address", false, false,
     [](Reading& r, std::string_view v) {
       return take_number(v, 1, 16384, r.settings.connections_per_address);
     }},
    {"unauthenticated-connections", false, false, take_unauthenticated},
    {"log", false, false, take_log},
    {"sandbox", false, false,
     [](Reading& r, std::string_view v) {
       return take_choice<SandboxMode>(v, kSandboxes, r.settings.sandbox);
     }},
    {"landlock-abi-cap", false, false,
     [](Reading& r, std::string_view v) {
       std::uint32_t cap = 0;
       const Taken taken = take_number(v, 2, 64, cap);
       r.settings.landlock_abi_cap = static_cast<int>(cap);
       return taken;
     }},
};

// The distance of Levenshtein, for texts of up to 32 octets.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::size_t, 33> row{};
  b = b.substr(0, 32);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string nearest_key(std::string_view name) {
  const auto closer = [name](const Key& a, const Key& b) {
    return edit_distance(name, a.name) < edit_distance(name, b.name);
  };
  return std::string(std::ranges::min_element(kKeys, closer)->name);
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view file, const UserLookup& lookup)
      : reader_(text, file), file_(file), reading_{parsed_.settings, lookup, wishes_} {}

  ParsedSettings run() {
    parsed_.settings.layout = kSettingsLayout;
    for (;;) {
      KeyValue line;
      auto more = reader_.next(line);
      if (!more.ok()) {
        parsed_.errors.push_back(more.take_error());
      } else if (!more.value()) {
        break;
      } else {
        take(line);
      }
    }
    check_whole();
    return std::move(parsed_);
  }

 private:
  void complain(std::size_t line, std::string what, std::string cure) {
    parsed_.errors.push_back(reader_.error_at(line, std::move(what), std::move(cure)));
  }

  void take(const KeyValue& line) {
    const auto key = std::ranges::find(kKeys, line.key, &Key::name);
    if (key == std::end(kKeys))
      return complain(line.line, "'" + std::string(line.key) + "' is no key of this file",
                      "did you mean '" + nearest_key(line.key) + "'?");
    std::size_t& first = seen_[static_cast<std::size_t>(key - std::begin(kKeys))];
    if (first != 0 && !key->repeatable)
      return complain(line.line,
                      "'" + std::string(line.key) + "' was set in line " + std::to_string(first) + " already",
                      "remove one of the two");
    if (first == 0) first = line.line;
    if (const Taken refused = key->take(reading_, line.value))
      complain(line.line, "'" + std::string(line.value) + "' " + refused->what, refused->cure);
  }

  void check_whole() {
    for (std::size_t i = 0; i < std::size(kKeys); ++i)
      if (kKeys[i].required && seen_[i] == 0)
        parsed_.errors.push_back(Error{"'" + std::string(kKeys[i].name) + "' is missing", std::string(file_),
                                       "add a line: " + std::string(kKeys[i].name) + " = ...", 0,
                                       Exit::kConfig});
    const Settings& s = parsed_.settings;
    if (s.pop3_listen_count + s.pop3_tls_listen_count + s.imap_listen_count + s.imap_tls_listen_count +
            s.smtp_listen_count ==
        0)
      parsed_.errors.push_back(Error{"no port is listened on", std::string(file_),
                                     "add a line: pop3-listen = [::]:110, or another service's", 0,
                                     Exit::kConfig});
    if (s.smtp_listen_count != 0 && s.hostname.view().empty())
      parsed_.errors.push_back(Error{"'smtp-listen' needs a 'hostname'", std::string(file_),
                                     "add a line: hostname = mail.example.org", 0, Exit::kConfig});
    check_maildrops();
    check_quantum();
    if (parsed_.errors.empty()) check_encryption();
  }

  // EN-1 to EN-6. The reason is told in the line of the setting to blame, if there is one.
  void check_encryption() {
    Settings& s = parsed_.settings;
    const tls::PolicyVerdict verdict = decide_encryption(s, wishes_, reading_.lookup);
    s.encryption = verdict.plan;
    if (verdict.reason != tls::PolicyReason::kPlan) {
      const tls::PolicyText text = tls::reason_text(verdict.reason);
      const auto key = std::ranges::find(kKeys, text.setting, &Key::name);
      const std::size_t line =
          key == std::end(kKeys) ? 0 : seen_[static_cast<std::size_t>(key - std::begin(kKeys))];
      Error error = reader_.error_at(line, std::string(text.setting) + " " + std::string(text.what),
                                     std::string(text.cure));
      if (line == 0) error.place = file_;
      return parsed_.errors.push_back(std::move(error));
    }
    if (s.pop3_tls_listen_count != 0 && !s.encryption.pop.encrypted_port)
      parsed_.errors.push_back(Error{"pop3-tls-listen is there, but POP3 is not encrypted",
                                     std::string(file_), "set pop-encryption = optional or required", 0,
                                     Exit::kConfig});
  }

  // PV-4: of the daemon Unix-Deliver alone is in group mail.
  void check_maildrops() {
    Settings& s = parsed_.settings;
    if (s.maildrop_spool.view().empty() && !s.maildrop_socket.view().empty())
      parsed_.errors.push_back(Error{"'maildrop-socket' needs a 'maildrop-spool'", std::string(file_),
                                     "add a line: maildrop-spool = /var/mail", 0, Exit::kConfig});
    if (s.maildrop_spool.view().empty()) return;
    if (s.maildrop_group == 0)
      if (const Taken missing = take_group(reading_, "mail", s.maildrop_group))
        parsed_.errors.push_back(Error{"maildrop-group is missing, and 'mail' " + missing->what,
                                       std::string(file_), "add a line: maildrop-group = ...", 0,
                                       Exit::kConfig});
    if (s.maildrop_group != 0 && s.maildrop_group == s.mta_gid)
      parsed_.errors.push_back(
          Error{"maildrop-group is the MTA's own group: every module would be in it (PV-4)",
                std::string(file_), "give the MTA user a group of its own", 0, Exit::kConfig});
    if (s.lookup_uid == s.mta_uid)
      parsed_.errors.push_back(Error{"maildrop-lookup-user is the MTA user", std::string(file_),
                                     "name another user that has nothing, such as nobody", 0, Exit::kConfig});
  }

  // AD-L2: an answer at the first multiple of the quantum tells nothing only if all work fits into one.
  void check_quantum() {
    const Settings& s = parsed_.settings;
    if (s.refusal_quantum.count() != 0 && s.refusal_quantum < s.lookup_deadline)
      parsed_.errors.push_back(Error{
          "refusal-quantum (" + std::to_string(s.refusal_quantum.count()) +
              "ms) is shorter than lookup-deadline (" + std::to_string(s.lookup_deadline.count()) +
              "ms): refusals would tell that a look-up was made",
          std::string(file_), "make refusal-quantum longer or lookup-deadline shorter", 0, Exit::kConfig});
    if (s.lookup_deadline.count() == 0)
      parsed_.errors.push_back(Error{"lookup-deadline is 0: no name could ever be found", std::string(file_),
                                     "write at least 1ms", 0, Exit::kConfig});
  }

  KeyValueReader reader_;
  std::string_view file_;
  ParsedSettings parsed_;
  EncryptionWishes wishes_;
  Reading reading_;
  std::array<std::size_t, std::size(kKeys)> seen_{};
};

}  // namespace

ParsedSettings parse_settings(std::string_view text, std::string_view file, const UserLookup& lookup) {
  return Parser(text, file, lookup).run();
}

std::vector<std::string> mail_domains_of(const Settings& settings) {
  std::vector<std::string> domains{std::string(settings.hostname.view())};
  for (std::uint32_t i = 0; i < settings.mail_domain_count; ++i)
    domains.emplace_back(settings.mail_domains[i].view());
  return domains;
}

std::vector<PlacedPath> places_of(const Settings& settings) {
  std::vector<PlacedPath> places{
      {Place::kAccounts, std::string(settings.postoffice.view()) + "/accounts"},
      {Place::kMailboxes, std::string(settings.mailbox.view())},
      {Place::kQueueIncoming, std::string(settings.postoffice.view()) + "/queue/incoming"},
      {Place::kQueueActive, std::string(settings.postoffice.view()) + "/queue/active"},
      {Place::kQueueDead, std::string(settings.postoffice.view()) + "/queue/dead"},
      {Place::kExecutables, std::string(settings.executables.view())},
  };
  for (const char* path :
       {"/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/run/nscd", "/run/systemd/resolve",
        "/run/systemd/userdb", "/run/resolvconf", "/usr/share/libc-bin"})
    places.push_back({Place::kNameService, path});
  if (!settings.maildrop_spool.view().empty())
    places.push_back({Place::kMaildropSpool, std::string(settings.maildrop_spool.view())});
  return places;
}

}  // namespace postern::daemon
