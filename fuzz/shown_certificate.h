// SPDX-License-Identifier: BSD-2-Clause
// EN-2, read a second time.
#pragma once

#include <algorithm>
#include <vector>

#include "daemon/tls/shown_certificate.h"

namespace fuzz {

using namespace postern::daemon;

inline std::vector<CertificateName> names_of(std::string_view rest) {
  std::vector<CertificateName> names;
  while (rest.size() >= 2 && names.size() < 8) {
    const auto kind = static_cast<unsigned char>(rest[0]);
    const std::size_t length = std::min<std::size_t>(static_cast<unsigned char>(rest[1]), rest.size() - 2);
    names.push_back({static_cast<NameField>(kind % kNameFields), static_cast<NameCoding>(kind / 4 % 4),
                     rest.substr(2, length)});
    rest.remove_prefix(2 + length);
  }
  return names;
}

// has_at: an address has one @ at least, with something on both sides, and no octet that could end a text.
inline bool may_be_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size();
}

inline bool is_plain(std::string_view text, char lowest) {
  return !text.empty() && text.size() <= 254 &&
         std::ranges::all_of(text, [lowest](char octet) { return octet >= lowest && octet <= '~'; });
}

inline const CertificateName* only_one(const std::vector<CertificateName>& names) {
  for (const NameField field :
       {NameField::kAlternativeAddress, NameField::kSubjectAddress, NameField::kSubjectUserId}) {
    const CertificateName* found = nullptr;
    unsigned count = 0;
    for (const CertificateName& name : names)
      if (name.field == field) found = &name, ++count;
#ifdef POSTERN_SEEDED_BUG
    count = std::min(count, 1U);  // the last of several
#endif
    if (count != 0) return count == 1 ? found : nullptr;
  }
  return nullptr;
}

}  // namespace fuzz
