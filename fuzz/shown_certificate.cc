// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of any names of a certificate at most one counts: that of the first field that has any, if it is the
// only one there, of its string type, and a mailbox or a user id, read a second time (EN-2); their order does
// not matter; decode(choose(n)) = choose(n), and what is decoded from anybody's packet is whole in every
// octet. Input: names (an octet for field and coding, an octet for the length, the octets), or, behind 0xff,
// a packet.
#include <cstring>
#include <string>

#include "fuzz/law.h"
#include "fuzz/shown_certificate.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_choice(const std::vector<CertificateName>& names) {
  const ShownCertificate shown = choose_name(names);
  const CertificateName* one = only_one(names);
  const bool named = shown.what() == ShownOutcome::kMailAddress || shown.what() == ShownOutcome::kUserId;
  hold(shown.what() != ShownOutcome::kNone, "a certificate was shown");
  hold((shown.what() == ShownOutcome::kNameless) == names.empty(), "nameless without names alone");
  hold((shown.what() == ShownOutcome::kSeveral) == (one == nullptr && !names.empty()), "several are refused");
  hold(named == !shown.text().empty(), "a name with an outcome that has one");
  if (named) {
    hold(shown.text() == one->octets, "the name of the field that decides");
    const bool id = one->field == NameField::kSubjectUserId;
    hold(id == (shown.what() == ShownOutcome::kUserId), "its kind is its field's");
    hold(id ? is_plain(shown.text(), '!') : may_be_address(shown.text()) && is_plain(shown.text(), ' '),
         "no control octet, NUL or blank");
    hold(one->coding != NameCoding::kOther && (one->coding == NameCoding::kIa5) == !id, "its string type");
  }
  std::vector<CertificateName> turned(names.rbegin(), names.rend());
  const ShownCertificate again = choose_name(turned);
  hold(std::memcmp(&again, &shown, sizeof shown) == 0, "their order does not matter");
  const auto decoded = decode_shown_certificate({reinterpret_cast<const char*>(&shown), sizeof shown});
  hold(decoded && std::memcmp(&*decoded, &shown, sizeof shown) == 0, "decode(choose(n)) = choose(n)");
}

void check_packet(std::string_view packet) {
  const auto shown = decode_shown_certificate({packet.data(), packet.size()});
  if (!shown) return;
  hold(packet.size() == sizeof *shown && std::memcmp(&*shown, packet.data(), sizeof *shown) == 0,
       "whole in every octet");
  hold(!outcome_code(shown->what()).empty(), "an outcome that has a name");
  hold(shown->text().find('\0') == std::string_view::npos && shown->text().size() <= kShownNameLimit,
       "a text without NUL");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = octets_of(data, size);
  if (!input.empty() && input[0] == '\xff') {
    check_packet(input.substr(1));
  } else {
    check_choice(names_of(input));
  }
  return 0;
}
