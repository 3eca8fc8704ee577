// SPDX-License-Identifier: BSD-2-Clause
#include "entry.h"

namespace postern {
namespace {

struct WhyText {
  std::string_view code;
  std::string_view cure;
};

// In the order of Why. Codes are permanent: vectors and reports cite them.
constexpr WhyText kWhyTexts[] = {
    {"ok", "Nothing is wrong."},
    {"short-form", "Write all four numbers; a network is written with zeros: 128.123.45.0."},
    {"long-form", "An IP pattern has four numbers and ends after the fourth."},
    {"leading-zero", "Drop the leading zeros: numbers are decimal, and 010 could be meant as 8 or as 10."},
    {"octet-range", "Each number of an IP pattern is 0 to 255."},
    {"leading-dot", "Drop the leading dot: dispatch.com stands for itself and every name within it."},
    {"slash", "Write a network with zeros instead of a slash: 128.123.45.0 covers 128.123.45.1 to .255."},
    {"wildcard-char",
     "Drop the wildcard: dispatch.com covers every name within it, 128.123.45.0 every host."},
    {"empty-label", "Two dots have nothing between them; write what is missing or drop one."},
    {"label-length", "A label between dots has at most 63 octets."},
    {"name-length", "A domain name has at most 253 octets."},
    {"hyphen", "A label neither begins nor ends with a hyphen."},
    {"numeric-tld", "The last label of a name is not a number; an address is four decimal numbers."},
    {"octet-not-allowed",
     "Names hold a-z, 0-9, hyphen, underscore and dots; write other letters in their xn-- form."},
    {"ipv6-syntax", "Write an IPv6 address as in 2001:db8::1, without zone or brackets."},
    {"prefix-length", "A prefix length is 0 to 128 in decimal, without leading zeros."},
    {"host-bits", "Set the bits behind the prefix length to zero, or write a longer prefix."},
    {"mapped-prefix", "Write the IPv4 form: 128.123.45.0 instead of ::ffff:128.123.45.0/120."},
};
static_assert(std::size(kWhyTexts) == kMappedPrefix + 1);

}  // namespace

std::string_view why_code(Why why) noexcept {
  return kWhyTexts[why].code;
}

std::string_view cure(Why why) noexcept {
  return kWhyTexts[why].cure;
}

}  // namespace postern
