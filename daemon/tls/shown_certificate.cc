// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/shown_certificate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "daemon/smtp/command.h"

namespace postern::daemon {
namespace {

bool is_user_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char octet) { return octet > ' ' && octet <= '~'; });
}

bool is_usable(ShownOutcome what, std::string_view text) {
  if (text.size() > kShownNameLimit) return false;
  return what == ShownOutcome::kMailAddress ? is_smtp_mailbox(text) : is_user_id(text);
}

// RFC 5280, section 4.2.1.6, and RFC 2985: addresses are IA5String; RFC 4519: UID is a DirectoryString, of
// which the two that are used today are read.
bool has_its_coding(const CertificateName& name) {
  if (name.field != NameField::kSubjectUserId) return name.coding == NameCoding::kIa5;
  return name.coding == NameCoding::kPrintable || name.coding == NameCoding::kUtf8;
}

ShownCertificate without_name(ShownOutcome outcome) {
  ShownCertificate shown;
  shown.outcome = static_cast<std::uint32_t>(outcome);
  return shown;
}

ShownCertificate named_by(const CertificateName& name) {
  const auto what =
      name.field == NameField::kSubjectUserId ? ShownOutcome::kUserId : ShownOutcome::kMailAddress;
  if (!has_its_coding(name) || !is_usable(what, name.octets)) return without_name(ShownOutcome::kUnusable);
  ShownCertificate shown = without_name(what);
  shown.name_length = static_cast<std::uint32_t>(name.octets.copy(shown.name, kShownNameLimit));
  return shown;
}

bool has_name(ShownOutcome outcome) {
  return outcome == ShownOutcome::kMailAddress || outcome == ShownOutcome::kUserId;
}

}  // namespace

// EN-2
ShownCertificate choose_name(std::span<const CertificateName> names) {
  for (std::size_t i = 0; i < kNameFields; ++i) {
    const auto field = static_cast<NameField>(i);
    const auto count = std::ranges::count(names, field, &CertificateName::field);
    if (count > 1) return without_name(ShownOutcome::kSeveral);
    if (count == 1) return named_by(*std::ranges::find(names, field, &CertificateName::field));
  }
  return without_name(ShownOutcome::kNameless);
}

std::optional<ShownCertificate> decode_shown_certificate(std::span<const char> packet) {
  ShownCertificate shown;
  if (packet.size() != sizeof shown) return std::nullopt;
  std::memcpy(&shown, packet.data(), sizeof shown);
  if (shown.outcome < static_cast<std::uint32_t>(ShownOutcome::kNone) ||
      shown.outcome > static_cast<std::uint32_t>(ShownOutcome::kUnusable) ||
      shown.name_length > kShownNameLimit)
    return std::nullopt;
  const std::string_view rest(shown.name + shown.name_length, sizeof shown.name - shown.name_length);
  if (rest.find_first_not_of('\0') != std::string_view::npos) return std::nullopt;
  const bool whole = has_name(shown.what()) ? is_usable(shown.what(), shown.text()) : shown.name_length == 0;
  return whole ? std::optional(shown) : std::nullopt;
}

std::string_view outcome_code(ShownOutcome outcome) {
  constexpr std::array<std::string_view, 6> kCodes{"none",     "mail-address",  "user-id",
                                                   "nameless", "several-names", "unusable-name"};
  return kCodes[static_cast<std::size_t>(outcome) - 1];
}

}  // namespace postern::daemon
