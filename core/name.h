// SPDX-License-Identifier: BSD-2-Clause
//
// name.h: texts, what can be wrong with them, and what is a domain name (AD-G6). C11 and C++20 at once.
#pragma once

#include "language.h"

POSTERN_BEGIN_KERNEL

// Text: `length` octets, borrowed, of any value. Not terminated.
typedef struct Text {
  const char* octets;
  size_t length;
} Text;

// Why: what is wrong with a text, from a closed list (AD-G7). why_code() in entry.h has their names.
typedef enum Why {
  kSound,
  kShortForm,
  kLongForm,
  kLeadingZero,
  kOctetRange,
  kLeadingDot,
  kSlash,
  kWildcardChar,
  kEmptyLabel,
  kLabelLength,
  kNameLength,
  kHyphen,
  kNumericTld,
  kOctetNotAllowed,
  kIpv6Syntax,
  kPrefixLength,
  kHostBits,
  kMappedPrefix
} Why;

// Fault: `why` and where, in octets from the beginning of the text. {kSound, 0} means nothing is wrong.
typedef struct Fault {
  Why why;
  size_t offset;
} Fault;

POSTERN_FN bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

// fold: ASCII case only, whatever the locale (AD-G6).
POSTERN_FN char fold(char octet) {
  return octet >= 'A' && octet <= 'Z' ? (char)(octet + ('a' - 'A')) : octet;
}

POSTERN_FN bool is_name_octet(char octet) {
  const char folded = fold(octet);
  return (folded >= 'a' && folded <= 'z') || is_digit(octet) || octet == '-' || octet == '_';
}

// without_trailing_dot: `name` less one trailing dot, if it has one (AD-G6).
POSTERN_FN Text without_trailing_dot(Text name) {
  const bool dotted = name.length > 0 && name.octets[name.length - 1] == '.';
  const Text bare = {name.octets, dotted ? name.length - 1 : name.length};
  return bare;
}

// may_follow: a domain name may have `octet` behind `before`; its beginning is as behind a dot (AD-G6).
POSTERN_FN bool may_follow(char before, char octet) {
  if (octet == '.') return before != '.' && before != '-';
  return is_name_octet(octet) && (octet != '-' || before != '.');
}

// are_labels: `text` is nothing but labels of a domain name, each with its dot (AD-G6). An empty one is.
POSTERN_FN bool are_labels(Text text) {
  size_t label = 0;  // where the label being read begins
  char before = '.';
  for (size_t i = 0; i < text.length; ++i) {
    const char octet = text.octets[i];
    if (!may_follow(before, octet)) return false;
    before = octet;
    if (octet != '.') continue;
    if (i - label > 63) return false;
    label = i + 1;
  }
  return before == '.';
}

POSTERN_FN Fault fault_at(Why why, size_t offset) {
  const Fault fault = {why, offset};
  return fault;
}

POSTERN_FN Why why_not_a_name_octet(char octet) {
  if (octet == '/') return kSlash;
  return octet == '*' || octet == '?' ? kWildcardChar : kOctetNotAllowed;
}

// domain_name_fault: the first fault of `name`, read from the left, as a domain name whose trailing dot
// has been dropped (AD-G6).
POSTERN_FN Fault domain_name_fault(Text name) {
  size_t label = 0;  // where the label being read begins
  bool only_digits = true;
  for (size_t i = 0; i < name.length; ++i) {
    const char octet = name.octets[i];
    if (i == 253) return fault_at(kNameLength, i);
    if (octet == '.') {
      if (i == label) return fault_at(i == 0 ? kLeadingDot : kEmptyLabel, i);
      if (name.octets[i - 1] == '-') return fault_at(kHyphen, i - 1);
      label = i + 1;
      only_digits = true;
      continue;
    }
    if (!is_name_octet(octet)) return fault_at(why_not_a_name_octet(octet), i);
    if (i - label == 63) return fault_at(kLabelLength, i);
    if (octet == '-' && i == label) return fault_at(kHyphen, i);
    only_digits = only_digits && is_digit(octet);
  }
  if (label == name.length) return fault_at(kEmptyLabel, name.length);
  if (name.octets[name.length - 1] == '-') return fault_at(kHyphen, name.length - 1);
  return only_digits ? fault_at(kNumericTld, label) : fault_at(kSound, 0);
}

POSTERN_END_KERNEL
