// SPDX-License-Identifier: BSD-2-Clause
//
// kernel.h: what decides from where an account may be read. Everything else in postern leads to this file.
// Nothing here allocates, fails, keeps a pointer, or looks at more than its arguments. C11 and C++20 at
// once. Sentences (AD-...) are those of conformance/spec/SPEC.md.
#pragma once

#include "language.h"
#include "name.h"

POSTERN_BEGIN_KERNEL

typedef enum Kind { kBlank, kMalformed, kNone, kIpPattern, kIpv6Prefix, kDomainName } Kind;

// Entry: one value of an access list, parsed. A blank value keeps its place, so that positions in the
// list are positions in the list as given (AD-C8).
typedef struct Entry {
  Kind kind;
  Fault fault;            // kMalformed
  uint8_t address[16];    // kIpPattern: the first four; kIpv6Prefix: all, host bits zero
  uint8_t prefix_length;  // kIpv6Prefix: 0 to 128
  Text name;              // kDomainName: AD-G6, without a trailing dot, in any case
} Entry;

// Client: who asks. An IPv4-mapped address has become its IPv4 address before it gets here (AD-C1).
typedef struct Client {
  bool is_ipv6;
  uint8_t address[16];  // IPv4: the first four
} Client;

// Decision: the verdict and its reason. `entry` and `name` are positions in the arguments;
// at a step that has none they are the respective count.
typedef struct Decision {
  bool allowed;
  int step;  // 1 to 5, as in AD-1 to AD-5
  size_t entry;
  size_t name;
} Decision;

#ifdef POSTERN_WP
#include "wp/steps.acsl"  // what the contracts below mean: proofs/wp/check
#endif

// ---- Names --------------------------------------------------------------------------------------------

// is_within: `name` is `domain` or longer by whole labels on the left (AD-4). Neither has a trailing dot.
// Compared from the right, where names of other domains differ soonest.
/*@ requires readable(name.octets, name.length) && readable(domain.octets, domain.length); assigns \nothing;
    ensures \result <==> within(name.octets, name.length, domain.octets, domain.length); */
POSTERN_FN bool is_within(Text name, Text domain) {
  if (name.length < domain.length) return false;
  const size_t extra = name.length - domain.length;
  if (extra > 0 && name.octets[extra - 1] != '.') return false;
  /*@ loop invariant i <= domain.length;
      loop invariant \forall integer k; i <= k < domain.length ==>
        folded(name.octets[extra + k]) == folded(domain.octets[k]);
      loop assigns i; loop variant i; */
  for (size_t i = domain.length; i > 0; --i) {
    if (!is_same_letter(name.octets[extra + i - 1], domain.octets[i - 1])) return false;
  }
  return true;
}

// qualifies: `name`, which is within a domain of an entry, is a domain name itself (AD-C5). As the entry's is
// one (AD-G6), only what `name` has before it is still to be read.
/*@ requires readable(name.octets, name.length) && domain.length <= name.length; assigns \nothing;
    ensures \result <==> name.length <= 253 && labels(name.octets, name.length - domain.length); */
POSTERN_FN bool qualifies(Text name, Text domain) {
  const Text before = {name.octets, name.length - domain.length};
  return name.length <= 253 && are_labels(before);
}

// name_matches: the client's name is within the entry's (AD-4) and qualifies (AD-C5).
/*@ requires sound_entry(entry) && readable(client_name.octets, client_name.length); assigns \nothing;
    ensures \result <==> name_match(entry, client_name); */
POSTERN_FN bool name_matches(const Entry* entry, Text client_name) {
  if (entry->kind != kDomainName) return false;
  const Text name = without_trailing_dot(client_name);
  return is_within(name, entry->name) && qualifies(name, entry->name);
}

// ---- Addresses ----------------------------------------------------------------------------------------

// octet_matches: a pattern's 0 is a wildcard (AD-G5).
//@ assigns \nothing; ensures \result <==> (pattern == 0 || pattern == octet);
POSTERN_FN bool octet_matches(uint8_t pattern, uint8_t octet) {
  return pattern == 0 || pattern == octet;
}

/*@ requires \valid_read(pattern + (0 .. 3)) && \valid_read(address + (0 .. 3)); assigns \nothing;
    ensures \result <==> pattern_match(pattern, address); */
POSTERN_FN bool pattern_matches(const uint8_t pattern[4], const uint8_t address[4]) {
  /*@ loop invariant i <= 4 && \forall integer k; 0 <= k < i ==> pattern[k] == 0 || pattern[k] == address[k];
      loop assigns i; loop variant 4 - i; */
  for (size_t i = 0; i < 4; ++i) {
    if (!octet_matches(pattern[i], address[i])) return false;
  }
  return true;
}

// prefix_mask: the bits of octet `index` (0 to 15) that a prefix of `length` (0 to 128) bits covers.
/*@ requires length <= 128 && index <= 15; assigns \nothing;
    ensures \result == mask(length, index); */
POSTERN_FN uint8_t prefix_mask(uint8_t length, size_t index) {
  if (length >= 8 * (index + 1)) return 0xFF;
  if (length <= 8 * index) return 0;
  const uint8_t first_bits[8] = {0x00, 0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE};
  return first_bits[length - 8 * index];
}

/*@ requires \valid_read(prefix + (0 .. 15)) && \valid_read(address + (0 .. 15)) && length <= 128;
    assigns \nothing;
    ensures \result <==> prefix_match(prefix, length, address); */
POSTERN_FN bool prefix_matches(const uint8_t prefix[16], uint8_t length, const uint8_t address[16]) {
  /*@ loop invariant i <= 16 && \forall integer k; 0 <= k < i ==>
        (prefix[k] & mask(length, k)) == (address[k] & mask(length, k));
      loop assigns i; loop variant 16 - i; */
  for (size_t i = 0; i < 16; ++i) {
    const uint8_t mask = prefix_mask(length, i);
    if ((prefix[i] & mask) != (address[i] & mask)) return false;
  }
  return true;
}

// address_matches: numbers are compared, and only with their own kind (AD-3, AD-C2, AD-G9).
/*@ requires sound_entry(entry) && sound_client(client); assigns \nothing;
    ensures \result <==> address_match(entry, client); */
POSTERN_FN bool address_matches(const Entry* entry, const Client* client) {
  if (entry->kind == kIpPattern) return !client->is_ipv6 && pattern_matches(entry->address, client->address);
  return entry->kind == kIpv6Prefix && client->is_ipv6 &&
         prefix_matches(entry->address, entry->prefix_length, client->address);
}

// ---- The steps ----------------------------------------------------------------------------------------
// Each search answers with the lowest position (AD-C8), or with `count` where there is none.

/*@ requires sound_list(list, count); assigns \nothing;
    ensures \result <= count && (\result < count ==> list[\result].kind != kBlank);
    ensures \forall integer k; 0 <= k < \result ==> list[k].kind == kBlank; */
POSTERN_FN size_t first_entry(const Entry* list, size_t count) {
  /*@ loop invariant i <= count && \forall integer k; 0 <= k < i ==> list[k].kind == kBlank;
      loop assigns i; loop variant count - i; */
  for (size_t i = 0; i < count; ++i) {
    if (list[i].kind != kBlank) return i;
  }
  return count;
}

/*@ requires sound_list(list, count); assigns \nothing;
    ensures \result <= count && (\result < count ==> list[\result].kind == kind);
    ensures \forall integer k; 0 <= k < \result ==> list[k].kind != kind; */
POSTERN_FN size_t first_of_kind(const Entry* list, size_t count, Kind kind) {
  /*@ loop invariant i <= count && \forall integer k; 0 <= k < i ==> list[k].kind != kind;
      loop assigns i; loop variant count - i; */
  for (size_t i = 0; i < count; ++i) {
    if (list[i].kind == kind) return i;
  }
  return count;
}

/*@ requires sound_list(list, count) && sound_client(client); assigns \nothing;
    ensures \result <= count && (\result < count ==> address_match(list + \result, client));
    ensures \forall integer k; 0 <= k < \result ==> !address_match(list + k, client); */
POSTERN_FN size_t first_address_match(const Entry* list, size_t count, const Client* client) {
  /*@ loop invariant i <= count && \forall integer k; 0 <= k < i ==> !address_match(list + k, client);
      loop assigns i; loop variant count - i; */
  for (size_t i = 0; i < count; ++i) {
    if (address_matches(&list[i], client)) return i;
  }
  return count;
}

/*@ requires sound_entry(entry) && sound_names(names, name_count); assigns \nothing;
    ensures \result <= name_count && (\result < name_count ==> name_match(entry, names[\result]));
    ensures \forall integer k; 0 <= k < \result ==> !name_match(entry, names[k]);
    ensures \result < name_count <==> names_match(entry, names, name_count); */
POSTERN_FN size_t first_name_match(const Entry* entry, const Text* names, size_t name_count) {
  /*@ loop invariant i <= name_count && \forall integer k; 0 <= k < i ==> !name_match(entry, names[k]);
      loop assigns i; loop variant name_count - i; */
  for (size_t i = 0; i < name_count; ++i) {
    if (name_matches(entry, names[i])) return i;
  }
  return name_count;
}

/*@ assigns \nothing;
    ensures \result.allowed == allowed && \result.step == step;
    ensures \result.entry == entry && \result.name == name; */
POSTERN_FN Decision decision(bool allowed, int step, size_t entry, size_t name) {
  const Decision made = {allowed, step, entry, name};
  return made;
}

// decide: the access-domain algorithm. Ranked by kind of entry, not by position in the list (AD-G1);
// a malformed entry is nothing but a reason why the list is not empty (AD-G8).
/*@ requires sound_list(list, count) && sound_client(client) && sound_names(names, name_count);
    assigns \nothing;
    ensures steps: 1 <= \result.step <= 5;
    ensures verdict: \result.allowed <==> \result.step == 1 || \result.step == 3 || \result.step == 4;
    ensures AD_1: \result.step == 1 <==> no_entry(list, count);
    ensures AD_2: \result.step == 2 <==> has_none(list, count);
    ensures AD_3: \result.step == 3 <==> !has_none(list, count) && has_address(list, count, client);
    ensures AD_4: \result.step == 4 ==> !has_none(list, count) && !has_address(list, count, client);
    ensures AD_5: \result.step == 5 ==> !has_none(list, count) && !has_address(list, count, client) &&
      !has_name(list, count, names, name_count);
    ensures AD_C8_none: \result.step == 2 ==> \result.entry < count && list[\result.entry].kind == kNone &&
      !has_none(list, \result.entry);
    ensures AD_C8_address: \result.step == 3 ==> \result.entry < count &&
      address_match(list + \result.entry, client) && !has_address(list, \result.entry, client);
    ensures AD_C8_name: \result.step == 4 ==> \result.entry < count && \result.name < name_count &&
      name_match(list + \result.entry, names[\result.name]) &&
      !has_name(list, \result.entry, names, name_count) &&
      !names_match(list + \result.entry, names, \result.name); */
POSTERN_FN Decision decide(const Entry* list, size_t count, const Client* client, const Text* names,
                           size_t name_count) {
  // AD-1: no entry, allow.
  if (first_entry(list, count) == count) return decision(true, 1, count, name_count);

  // AD-2: any `none`, deny.
  const size_t none = first_of_kind(list, count, kNone);
  if (none < count) return decision(false, 2, none, name_count);

  // AD-3: any address entry that matches the client's address, allow.
  const size_t address = first_address_match(list, count, client);
  if (address < count) return decision(true, 3, address, name_count);

  // AD-4: any domain name that one of the client's names is within, allow.
  /*@ loop invariant entry <= count && !has_name(list, entry, names, name_count);
      loop assigns entry; loop variant count - entry; */
  for (size_t entry = 0; entry < count; ++entry) {
    const size_t name = first_name_match(&list[entry], names, name_count);
    if (name < name_count) return decision(true, 4, entry, name);
  }

  // AD-5: otherwise, deny.
  return decision(false, 5, count, name_count);
}

// asks_for_names: whether the verdict can depend on the client's names (AD-C7). Where it cannot, decide()
// gives the same answer with none.
/*@ requires sound_list(list, count) && sound_client(client); assigns \nothing;
    ensures \result <==> !has_none(list, count) && !has_address(list, count, client) &&
      \exists integer i; 0 <= i < count && list[i].kind == kDomainName; */
POSTERN_FN bool asks_for_names(const Entry* list, size_t count, const Client* client) {
  return first_of_kind(list, count, kNone) == count && first_address_match(list, count, client) == count &&
         first_of_kind(list, count, kDomainName) < count;
}

POSTERN_END_KERNEL
