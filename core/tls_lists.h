// SPDX-License-Identifier: BSD-2-Clause
//
// tls_lists.h: protocol versions and cipher suites, chosen from lists (EN-5, EN-6). A list is words parted by
// commas or blanks, in any ASCII case: `name` or `+name` takes one, `-name` leaves it out, `all` is all but
// the suite without encryption. The last word on a name counts. A list that takes nothing begins with all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace postern::tls {

// Version: bits of a set.
enum Version : std::uint32_t { kTls12 = 1, kTls13 = 2 };

// Suite: its name in OpenSSL and in IANA's registry (both are understood), and the version that it is for.
struct Suite {
  std::string_view name;
  std::string_view iana;
  Version version;
  bool encrypts;
};

// kSuites: in the order of preference; a set of suites has bit i for number i. EN-6: the one that only
// authenticates is last.
inline constexpr Suite kSuites[] = {
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", kTls13, true},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", kTls13, true},
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", kTls13, true},
    {"ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", kTls12, true},
    {"ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", kTls12, true},
    {"ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", kTls12, true},
    {"ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", kTls12, true},
    {"ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", kTls12, true},
    {"ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", kTls12, true},
    {"NULL-SHA256", "TLS_RSA_WITH_NULL_SHA256", kTls12, false},
};
inline constexpr std::size_t kSuiteCount = sizeof kSuites / sizeof kSuites[0];

// OldName: what there was once, and what has taken its place (EN-5).
struct OldName {
  std::string_view name;
  std::string_view successor;
};

inline constexpr OldName kOldVersions[] = {
    {"SSL2", "TLS1.2"}, {"SSL3", "TLS1.3"}, {"TLS1.0", "TLS1.2"}, {"TLS1.1", "TLS1.2"}};

// kOldSuites: the lists of 1997: SSL 2's six, SSL 3's six, those of FORTEZZA and FIPS.
inline constexpr OldName kOldSuites[] = {
    {"rc4", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"rc4export", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"rc2", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"rc2export", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"des", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"desede3", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"rsa_rc4_128_md5", "TLS_CHACHA20_POLY1305_SHA256"},
    {"rsa_3des_sha", "TLS_AES_256_GCM_SHA384"},
    {"rsa_des_sha", "TLS_AES_128_GCM_SHA256"},
    {"rsa_rc4_40_md5", "TLS_CHACHA20_POLY1305_SHA256"},
    {"rsa_rc2_40_md5", "TLS_AES_128_GCM_SHA256"},
    {"rsa_null_md5", "NULL-SHA256"},
    {"fortezza", "TLS_AES_128_GCM_SHA256"},
    {"fortezza_rc4_128_sha", "TLS_CHACHA20_POLY1305_SHA256"},
    {"fortezza_null", "NULL-SHA256"},
    {"fips_des_sha", "TLS_AES_128_GCM_SHA256"},
    {"fips_3des_sha", "TLS_AES_256_GCM_SHA384"},
    {"rsa_fips_des_sha", "TLS_AES_128_GCM_SHA256"},
    {"rsa_fips_3des_sha", "TLS_AES_256_GCM_SHA384"},
};

// ListFault: why a list is refused. Nothing is chosen then.
enum class ListFault : std::uint8_t { kNone, kEmpty, kUnknown, kOld };

// Chosen: a set, or the fault with the word to blame (a view into the list) and, for kOld, its successor.
struct Chosen {
  std::uint32_t set = 0;
  ListFault fault = ListFault::kNone;
  std::string_view word = {};
  std::string_view successor = {};
  friend constexpr bool operator==(const Chosen&, const Chosen&) = default;
};

namespace detail {

constexpr char lower(char octet) noexcept {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
}

constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

// take_word: the next word of `rest`, which loses it; empty: there is none.
constexpr std::string_view take_word(std::string_view& rest) noexcept {
  constexpr std::string_view kSeparators = ", \t";
  const std::size_t begin = rest.find_first_not_of(kSeparators);
  if (begin == std::string_view::npos) return rest = {};
  rest.remove_prefix(begin);
  const std::string_view word = rest.substr(0, rest.find_first_of(kSeparators));
  rest.remove_prefix(word.size());
  return word;
}

constexpr bool leaves_out(std::string_view word) noexcept {
  return word.front() == '-';
}

constexpr std::string_view name_in(std::string_view word) noexcept {
  return word.front() == '+' || word.front() == '-' ? word.substr(1) : word;
}

// begins_with_all: whether the list takes nothing, so that what it leaves out is left out of all.
constexpr bool begins_with_all(std::string_view list) noexcept {
  for (auto word = take_word(list); !word.empty(); word = take_word(list))
    if (!leaves_out(word)) return false;
  return true;
}

constexpr std::string_view successor_of(std::string_view name, std::span<const OldName> old) noexcept {
  for (const OldName& one : old)
    if (same_word(name, one.name)) return one.successor;
  return {};
}

// choose: `bits_of(name)` is 0 for a name that is none of the list's own.
constexpr Chosen choose(std::string_view list, std::uint32_t all, std::span<const OldName> old,
                        std::uint32_t (*bits_of)(std::string_view)) noexcept {
  Chosen chosen{begins_with_all(list) ? all : 0};
  std::size_t words = 0;
  for (auto word = take_word(list); !word.empty(); word = take_word(list), ++words) {
    const std::string_view name = name_in(word);
    const std::uint32_t bits = same_word(name, "all") ? all : bits_of(name);
    const std::string_view successor = successor_of(name, old);
    if (bits == 0 && successor.empty()) return {0, ListFault::kUnknown, word, {}};
    // EN-5: what is gone can be left out, and not asked for.
    if (bits == 0 && !leaves_out(word)) return {0, ListFault::kOld, word, successor};
    chosen.set = leaves_out(word) ? chosen.set & ~bits : chosen.set | bits;
  }
  if (words == 0) return {0, ListFault::kEmpty, {}, {}};
  return chosen;
}

constexpr std::uint32_t version_bits(std::string_view name) noexcept {
  if (same_word(name, "TLS1.2")) return kTls12;
  return same_word(name, "TLS1.3") ? kTls13 : std::uint32_t{0};
}

constexpr std::uint32_t suite_bits(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kSuiteCount; ++i)
    if (same_word(name, kSuites[i].name) || same_word(name, kSuites[i].iana)) return std::uint32_t{1} << i;
  return 0;
}

}  // namespace detail

inline constexpr std::uint32_t kAllVersions = kTls12 | kTls13;

// kAllSuites: EN-6: the suite without encryption is never part of all.
inline constexpr std::uint32_t kAllSuites = [] {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < kSuiteCount; ++i)
    if (kSuites[i].encrypts) all |= std::uint32_t{1} << i;
  return all;
}();
inline constexpr std::uint32_t kNoEncryption = std::uint32_t{1} << (kSuiteCount - 1);
static_assert(!kSuites[kSuiteCount - 1].encrypts && (kAllSuites & kNoEncryption) == 0);

// suites_of: all suites of these versions.
constexpr std::uint32_t suites_of(std::uint32_t versions) noexcept {
  std::uint32_t set = 0;
  for (std::size_t i = 0; i < kSuiteCount; ++i)
    if ((kSuites[i].version & versions) != 0) set |= std::uint32_t{1} << i;
  return set;
}

// versions_of: the versions that have one of these suites.
constexpr std::uint32_t versions_of(std::uint32_t suites) noexcept {
  std::uint32_t versions = 0;
  for (std::size_t i = 0; i < kSuiteCount; ++i)
    if ((suites >> i & 1U) != 0) versions |= kSuites[i].version;
  return versions;
}

// parse_versions, parse_suites: what a list chooses (EN-5). Total; linear in the list; borrows from it.
constexpr Chosen parse_versions(std::string_view list) noexcept {
  return detail::choose(list, kAllVersions, kOldVersions, detail::version_bits);
}
constexpr Chosen parse_suites(std::string_view list) noexcept {
  return detail::choose(list, kAllSuites, kOldSuites, detail::suite_bits);
}

}  // namespace postern::tls
