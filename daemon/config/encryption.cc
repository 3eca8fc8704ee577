// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/config/encryption.h"

namespace postern::daemon {

tls::PolicyVerdict decide_encryption(const Settings& settings, const EncryptionWishes& wishes,
                                     const UserLookup& lookup) {
  const std::string directory(settings.tls_directory.view());
  const std::string name(settings.tls_alias.view());
  tls::Alias alias{name, true, true};
  if (lookup.pair != nullptr && !name.empty())
    lookup.pair(directory.c_str(), name.c_str(), alias.has_key, alias.has_certificate);
  // EN-4: a name of which neither half is there is no alias.
  const bool is_there = !directory.empty() && (alias.has_key || alias.has_certificate);
  tls::PolicySettings asked = wishes.policy;
  asked.alias = name;
  if (is_there) asked.aliases = {&alias, 1};
  if (wishes.versions) asked.versions = *wishes.versions;
  if (wishes.ciphers) asked.ciphers = *wishes.ciphers;
  asked.has_authorities = !settings.tls_authorities.view().empty();
  asked.has_revocations = !settings.tls_revocations.view().empty();
  tls::PolicyVerdict verdict = tls::decide_policy(asked);
  verdict.word = verdict.successor = {};  // they were told in their line
  return verdict;
}

std::string tls_file(const Settings& settings, std::string_view half) {
  return std::string(settings.tls_directory.view()) + "/" + std::string(settings.tls_alias.view()) + "." +
         std::string(half);
}

}  // namespace postern::daemon
