// SPDX-License-Identifier: BSD-2-Clause
// Which name of a client's certificate counts (EN-2), and the packet in which tls tells it to the client's
// keeper. Pure. Whoever got the certificate from an authority may have chosen these names: they are not
// trusted to be well formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace postern::daemon {

// NameField: where a name stands. In this order: the first that is there decides, whatever is in the others.
enum class NameField : std::uint8_t {
  kAlternativeAddress,  // rfc822Name of subjectAltName
  kSubjectAddress,      // emailAddress of the subject (RFC 2985)
  kSubjectUserId,       // UID of the subject (RFC 4519)
};
inline constexpr std::size_t kNameFields = 3;

// NameCoding: the ASN.1 type of its string.
enum class NameCoding : std::uint8_t { kIa5, kPrintable, kUtf8, kOther };

struct CertificateName {
  NameField field;
  NameCoding coding;
  std::string_view octets;
};

// ShownOutcome: what a certificate comes to.
enum class ShownOutcome : std::uint32_t {
  kNone = 1,     // the client has shown none
  kMailAddress,  // `name` is a mailbox (RFC 5321)
  kUserId,       // `name` is printable ASCII
  kNameless,     // there is no name in any of the fields
  kSeveral,      // the field that decides has more than one
  kUnusable,  // it is of another string type, or not what the field must have; NUL is in it; it is too long
};

inline constexpr std::size_t kShownNameLimit = 254;

// ShownCertificate is one packet from tls to a keeper. What a field does not use is zero.
struct ShownCertificate {
  std::uint32_t outcome = static_cast<std::uint32_t>(ShownOutcome::kNone);
  std::uint32_t name_length = 0;
  char name[256] = {};

  [[nodiscard]] ShownOutcome what() const { return static_cast<ShownOutcome>(outcome); }
  [[nodiscard]] std::string_view text() const { return {name, name_length}; }
};
static_assert(std::is_trivially_copyable_v<ShownCertificate> &&
              std::has_unique_object_representations_v<ShownCertificate>);

// choose_name: the one name that counts, or why there is none. The names are of a certificate that was
// verified. Total; their order does not matter.
[[nodiscard]] ShownCertificate choose_name(std::span<const CertificateName> names);

// decode_shown_certificate reads one packet. Total; an answer only for what choose_name can have made, or for
// "none".
[[nodiscard]] std::optional<ShownCertificate> decode_shown_certificate(std::span<const char> packet);

// outcome_code: its permanent name in the log ("several-names").
[[nodiscard]] std::string_view outcome_code(ShownOutcome outcome);

}  // namespace postern::daemon
