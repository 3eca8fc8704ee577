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

#ifdef POSTERN_WP
#include "wp/names.acsl"  // what the contracts below mean: proofs/wp/check
#endif

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

//@ assigns \nothing; ensures \result <==> digit(octet);
POSTERN_FN bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

// fold: ASCII case only, whatever the locale (AD-G6).
//@ assigns \nothing; ensures \result == folded(octet);
POSTERN_FN char fold(char octet) {
  return octet >= 'A' && octet <= 'Z' ? (char)(octet + ('a' - 'A')) : octet;
}

// is_same_letter: equal, or one letter in two cases (AD-G6). Most are equal, and are not folded.
//@ assigns \nothing; ensures \result <==> folded(a) == folded(b);
POSTERN_FN bool is_same_letter(char a, char b) {
  return a == b || fold(a) == fold(b);
}

//@ assigns \nothing; ensures \result <==> name_octet(octet);
POSTERN_FN bool is_name_octet(char octet) {
  const char folded = fold(octet);
  return (folded >= 'a' && folded <= 'z') || is_digit(octet) || octet == '-' || octet == '_';
}

// without_trailing_dot: `name` less one trailing dot, if it has one (AD-G6).
/*@ requires readable(name.octets, name.length); assigns \nothing;
    ensures \result.octets == name.octets && \result.length == bare(name); */
POSTERN_FN Text without_trailing_dot(Text name) {
  const bool dotted = name.length > 0 && name.octets[name.length - 1] == '.';
  const Text bare = {name.octets, dotted ? name.length - 1 : name.length};
  return bare;
}

// may_follow: a domain name may have `octet` behind `before`; its beginning is as behind a dot (AD-G6).
//@ assigns \nothing; ensures \result <==> follows(before, octet);
POSTERN_FN bool may_follow(char before, char octet) {
  if (octet == '.') return before != '.' && before != '-';
  if (octet == '-') return before != '.';
  return is_name_octet(octet);
}

// are_labels: `text` is nothing but labels of a domain name, each with its dot (AD-G6). An empty one is.
/*@ requires readable(text.octets, text.length); assigns \nothing;
    ensures \result <==> labels(text.octets, text.length); */
POSTERN_FN bool are_labels(Text text) {
  size_t label = 0;  // where the label being read begins
  char before = '.';
  /*@ loop invariant label <= i <= text.length;
      loop invariant before == (i == 0 ? '.' : text.octets[i - 1]);
      loop invariant i == 0 || text.octets[i - 1] == '.' ==> label == i;
      loop invariant \forall integer k; label <= k < i ==> text.octets[k] != '.';
      loop invariant neighbours(text.octets, i);
      loop invariant short_labels_until(text.octets, label);
      loop assigns i, label, before; loop variant text.length - i; */
  for (size_t i = 0; i < text.length; ++i) {
    const char octet = text.octets[i];
    if (!may_follow(before, octet)) return false;
    if (octet == '.') {
      // A long label ends here; the verifier looks for where it begins.
      //@ assert i - label > 63 ==> text.octets[label] != '.' && !short_labels(text.octets, text.length);
      if (i - label > 63) return false;
      label = i + 1;
    }
    before = octet;
  }
  //@ assert before == '.' ==> short_labels(text.octets, text.length);
  return before == '.';
}

//@ assigns \nothing; ensures \result.why == why && \result.offset == offset;
POSTERN_FN Fault fault_at(Why why, size_t offset) {
  const Fault fault = {why, offset};
  return fault;
}

//@ assigns \nothing; ensures \result != kSound;
POSTERN_FN Why why_not_a_name_octet(char octet) {
  if (octet == '/') return kSlash;
  return octet == '*' || octet == '?' ? kWildcardChar : kOctetNotAllowed;
}

// domain_name_fault: the first fault of `name`, read from the left, as a domain name whose trailing dot
// has been dropped (AD-G6).
/*@ requires readable(name.octets, name.length); assigns \nothing;
    ensures \result.offset <= name.length; */
POSTERN_FN Fault domain_name_fault(Text name) {
  size_t label = 0;  // where the label being read begins
  bool only_digits = true;
  /*@ loop invariant label <= i <= name.length && i <= 253 && (only_digits == 0 || only_digits == 1);
      loop assigns i, label, only_digits; loop variant name.length - i; */
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
