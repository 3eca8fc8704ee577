// SPDX-License-Identifier: BSD-2-Clause
//
// tls_policy.h: from the settings of encryption to a plan, or to the reason why there is none (EN-1 to EN-6).
// If several things are wrong, the first in the order of PolicyReason is the verdict's.
#pragma once

#include <optional>

#include "tls_lists.h"

namespace postern::tls {

enum class Encryption : std::uint8_t { kOff, kOptional, kRequired };            // EN-1
enum class Authentication : std::uint8_t { kPassword, kCertificate, kEither };  // EN-2

inline constexpr std::uint16_t kEncryptedPort = 220;  // EN-3

// Alias: a name and which halves of its pair are there (EN-4).
struct Alias {
  std::string_view name;
  bool has_key;
  bool has_certificate;
};

// PolicySettings: what was asked for. An empty text was not given.
struct PolicySettings {
  Encryption imap = Encryption::kOff;
  std::optional<Encryption> pop = {};  // nothing: as IMAP (EN-1)
  std::optional<bool> smtp = {};       // STARTTLS in SMTP; nothing: if IMAP or POP is encrypted
  Authentication authentication = Authentication::kPassword;
  std::uint16_t plain_port = 143;
  std::optional<std::uint16_t> encrypted_port = {};  // nothing: 220
  std::string_view alias = {};
  std::span<const Alias> aliases = {};
  std::optional<std::string_view> versions = {};
  std::optional<std::string_view> ciphers = {};
  bool has_authorities = false;  // certificates of those who may vouch for a client
  bool has_revocations = false;  // their list of revoked ones
};

enum class PolicyReason : std::uint8_t {
  kPlan,  // there is one
  kVersionsEmpty,
  kVersionUnknown,
  kVersionOld,
  kNoVersion,  // all were left out
  kSuitesEmpty,
  kSuiteUnknown,
  kSuiteOld,
  kNoSuite,              // none is left for the versions
  kVersionWithoutSuite,  // a version that was asked for has no suite
  kPortZero,
  kPortTaken,              // by the plain port
  kPortWithoutEncryption,  // a port, and encryption off
  kCertificateWithoutEncryption,
  kNoAuthorities,
  kRevocationsWithoutAuthorities,
  kNoAlias,
  kUnknownAlias,
  kAliasWithoutKey,
  kAliasWithoutCertificate,
  kRequiredWithoutEncryption,  // required, and a suite that does not encrypt
};
inline constexpr PolicyReason kLastPolicyReason = PolicyReason::kRequiredWithoutEncryption;

// PolicyText: a reason's permanent name, the setting to blame, what is so and what to do about it.
struct PolicyText {
  std::string_view code;
  std::string_view setting;
  std::string_view what;
  std::string_view cure;
};
PolicyText reason_text(PolicyReason reason) noexcept;

// ServicePlan: what IMAP or POP does.
struct ServicePlan {
  bool plain_login = true;      // a password may be sent without encryption
  bool starttls = false;        // offered on the plain port
  bool encrypted_port = false;  // there may be one
  bool password = true;
  bool certificate = false;
  friend constexpr bool operator==(const ServicePlan&, const ServicePlan&) = default;
};

struct Plan {
  ServicePlan imap;
  ServicePlan pop;
  bool smtp_starttls = false;
  std::uint16_t encrypted_port = 0;  // of IMAP; 0: none
  std::uint32_t versions = 0;        // 0, and no suite: no encryption at all
  std::uint32_t suites = 0;
  bool no_encryption = false;  // EN-6: the suite is among them, which is to be said loudly
  friend constexpr bool operator==(const Plan&, const Plan&) = default;
};

// PolicyVerdict: a plan, or the reason for none, with the word of a list to blame and its successor.
struct PolicyVerdict {
  PolicyReason reason = PolicyReason::kPlan;
  Plan plan = {};
  std::string_view word = {};
  std::string_view successor = {};
  friend constexpr bool operator==(const PolicyVerdict&, const PolicyVerdict&) = default;
};

// service_plan: EN-1, EN-2. Without encryption there is no certificate, so a password it is.
constexpr ServicePlan service_plan(Encryption encryption, Authentication authentication) noexcept {
  if (encryption == Encryption::kOff) return {};
  const bool password = authentication != Authentication::kCertificate;
  return {.plain_login = password && encryption == Encryption::kOptional,
          .starttls = true,
          .encrypted_port = true,
          .password = password,
          .certificate = authentication != Authentication::kPassword};
}

namespace detail {

constexpr PolicyVerdict refused(PolicyReason reason, const Chosen& chosen = {}) noexcept {
  return {reason, {}, chosen.word, chosen.successor};
}

// list_reason: `empty` is followed by the reasons for an unknown word and an old one.
constexpr PolicyReason list_reason(ListFault fault, PolicyReason empty) noexcept {
  return static_cast<PolicyReason>(static_cast<int>(empty) + static_cast<int>(fault) -
                                   static_cast<int>(ListFault::kEmpty));
}

// choose_protocol fills in versions and suites (EN-5, EN-6). OpenSSL keeps TLS 1.3's suites apart: a version
// without a suite must not be spoken.
constexpr std::optional<PolicyVerdict> choose_protocol(const PolicySettings& asked, Plan& plan) noexcept {
  Chosen versions{kAllVersions};
  if (asked.versions) versions = parse_versions(*asked.versions);
  if (versions.fault != ListFault::kNone)
    return refused(list_reason(versions.fault, PolicyReason::kVersionsEmpty), versions);
  if (versions.set == 0) return refused(PolicyReason::kNoVersion);
  Chosen suites{kAllSuites};
  if (asked.ciphers) suites = parse_suites(*asked.ciphers);
  if (suites.fault != ListFault::kNone)
    return refused(list_reason(suites.fault, PolicyReason::kSuitesEmpty), suites);
  plan.suites = suites.set & suites_of(versions.set);
  plan.versions = versions_of(plan.suites);
  if (plan.suites == 0) return refused(PolicyReason::kNoSuite);
  if (asked.versions && plan.versions != versions.set) return refused(PolicyReason::kVersionWithoutSuite);
  plan.no_encryption = (plan.suites & kNoEncryption) != 0;
  return std::nullopt;
}

// EN-3.
constexpr std::optional<PolicyReason> port_fault(const PolicySettings& asked) noexcept {
  if (!asked.encrypted_port)
    return asked.imap != Encryption::kOff && asked.plain_port == kEncryptedPort
               ? std::optional(PolicyReason::kPortTaken)
               : std::nullopt;
  if (*asked.encrypted_port == 0) return PolicyReason::kPortZero;
  if (*asked.encrypted_port == asked.plain_port) return PolicyReason::kPortTaken;
  if (asked.imap == Encryption::kOff) return PolicyReason::kPortWithoutEncryption;
  return std::nullopt;
}

// EN-2.
constexpr std::optional<PolicyReason> certificate_fault(const PolicySettings& asked) noexcept {
  const bool wanted = asked.authentication != Authentication::kPassword;
  if (wanted && asked.imap == Encryption::kOff) return PolicyReason::kCertificateWithoutEncryption;
  if (wanted && !asked.has_authorities) return PolicyReason::kNoAuthorities;
  if (asked.has_revocations && !asked.has_authorities) return PolicyReason::kRevocationsWithoutAuthorities;
  return std::nullopt;
}

// EN-4: also where nothing is encrypted, a name that is given must be that of a whole pair.
constexpr std::optional<PolicyReason> alias_fault(const PolicySettings& asked, bool needed) noexcept {
  if (asked.alias.empty()) return needed ? std::optional(PolicyReason::kNoAlias) : std::nullopt;
  for (const Alias& one : asked.aliases) {
    if (one.name != asked.alias) continue;
    if (!one.has_key) return PolicyReason::kAliasWithoutKey;
    return one.has_certificate ? std::nullopt : std::optional(PolicyReason::kAliasWithoutCertificate);
  }
  return PolicyReason::kUnknownAlias;
}

}  // namespace detail

// decide_policy: the plan that these settings ask for, or the first reason against it. Total. Linear in the
// lists and in the aliases. Views of the verdict are into `asked`.
constexpr PolicyVerdict decide_policy(const PolicySettings& asked) noexcept {
  const Encryption pop = asked.pop.value_or(asked.imap);
  const bool some = asked.imap != Encryption::kOff || pop != Encryption::kOff;
  Plan plan;
  if (const auto wrong = detail::choose_protocol(asked, plan)) return *wrong;
  if (const auto wrong = detail::port_fault(asked)) return detail::refused(*wrong);
  if (const auto wrong = detail::certificate_fault(asked)) return detail::refused(*wrong);
  plan.imap = service_plan(asked.imap, asked.authentication);
  plan.pop = service_plan(pop, asked.authentication);
  plan.smtp_starttls = asked.smtp.value_or(some);
  if (const auto wrong = detail::alias_fault(asked, some || plan.smtp_starttls))
    return detail::refused(*wrong);
  // EN-1, EN-6: the suite counts as no encryption.
  if (plan.no_encryption && (asked.imap == Encryption::kRequired || pop == Encryption::kRequired))
    return detail::refused(PolicyReason::kRequiredWithoutEncryption);
  if (!some && !plan.smtp_starttls) return {PolicyReason::kPlan, {}, {}, {}};
  plan.encrypted_port =
      plan.imap.encrypted_port ? asked.encrypted_port.value_or(kEncryptedPort) : std::uint16_t{0};
  return {PolicyReason::kPlan, plan, {}, {}};
}

}  // namespace postern::tls
