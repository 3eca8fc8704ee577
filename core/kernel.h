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

// ---- Names --------------------------------------------------------------------------------------------

// is_within: `name` is `domain` or longer by whole labels on the left (AD-4). Neither has a trailing dot.
POSTERN_FN bool is_within(Text name, Text domain) {
  if (name.length < domain.length) return false;
  const size_t extra = name.length - domain.length;
  if (extra > 0 && name.octets[extra - 1] != '.') return false;
  for (size_t i = 0; i < domain.length; ++i) {
    if (fold(name.octets[extra + i]) != fold(domain.octets[i])) return false;
  }
  return true;
}

// qualifies: `name`, which is within a domain of an entry, is a domain name itself (AD-C5). As the entry's is
// one (AD-G6), only what `name` has before it is still to be read.
POSTERN_FN bool qualifies(Text name, Text domain) {
  const Text before = {name.octets, name.length - domain.length};
  return name.length <= 253 && are_labels(before);
}

// name_matches: the client's name is within the entry's (AD-4) and qualifies (AD-C5).
POSTERN_FN bool name_matches(const Entry* entry, Text client_name) {
  if (entry->kind != kDomainName) return false;
  const Text name = without_trailing_dot(client_name);
  return is_within(name, entry->name) && qualifies(name, entry->name);
}

// ---- Addresses ----------------------------------------------------------------------------------------

// octet_matches: a pattern's 0 is a wildcard (AD-G5).
POSTERN_FN bool octet_matches(uint8_t pattern, uint8_t octet) {
  return pattern == 0 || pattern == octet;
}

POSTERN_FN bool pattern_matches(const uint8_t pattern[4], const uint8_t address[4]) {
  for (size_t i = 0; i < 4; ++i) {
    if (!octet_matches(pattern[i], address[i])) return false;
  }
  return true;
}

// prefix_mask: the bits of octet `index` (0 to 15) that a prefix of `length` (0 to 128) bits covers.
POSTERN_FN uint8_t prefix_mask(uint8_t length, size_t index) {
  if (length >= 8 * (index + 1)) return 0xFF;
  if (length <= 8 * index) return 0;
  return (uint8_t)(0xFF << (8 * (index + 1) - length));
}

POSTERN_FN bool prefix_matches(const uint8_t prefix[16], uint8_t length, const uint8_t address[16]) {
  for (size_t i = 0; i < 16; ++i) {
    if (((prefix[i] ^ address[i]) & prefix_mask(length, i)) != 0) return false;
  }
  return true;
}

// address_matches: numbers are compared, and only with their own kind (AD-3, AD-C2, AD-G9).
POSTERN_FN bool address_matches(const Entry* entry, const Client* client) {
  if (client->is_ipv6) {
    return entry->kind == kIpv6Prefix &&
           prefix_matches(entry->address, entry->prefix_length, client->address);
  }
  return entry->kind == kIpPattern && pattern_matches(entry->address, client->address);
}

// ---- The steps ----------------------------------------------------------------------------------------
// Each search answers with the lowest position (AD-C8), or with `count` where there is none.

POSTERN_FN size_t first_entry(const Entry* list, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (list[i].kind != kBlank) return i;
  }
  return count;
}

POSTERN_FN size_t first_of_kind(const Entry* list, size_t count, Kind kind) {
  for (size_t i = 0; i < count; ++i) {
    if (list[i].kind == kind) return i;
  }
  return count;
}

POSTERN_FN size_t first_address_match(const Entry* list, size_t count, const Client* client) {
  for (size_t i = 0; i < count; ++i) {
    if (address_matches(&list[i], client)) return i;
  }
  return count;
}

POSTERN_FN size_t first_name_match(const Entry* entry, const Text* names, size_t name_count) {
  for (size_t i = 0; i < name_count; ++i) {
    if (name_matches(entry, names[i])) return i;
  }
  return name_count;
}

POSTERN_FN Decision decision(bool allowed, int step, size_t entry, size_t name) {
  const Decision made = {allowed, step, entry, name};
  return made;
}

// decide: the access-domain algorithm. Ranked by kind of entry, not by position in the list (AD-G1);
// a malformed entry is nothing but a reason why the list is not empty (AD-G8).
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
  for (size_t entry = 0; entry < count; ++entry) {
    const size_t name = first_name_match(&list[entry], names, name_count);
    if (name < name_count) return decision(true, 4, entry, name);
  }

  // AD-5: otherwise, deny.
  return decision(false, 5, count, name_count);
}

// asks_for_names: whether the verdict can depend on the client's names (AD-C7). Where it cannot, decide()
// gives the same answer with none.
POSTERN_FN bool asks_for_names(const Entry* list, size_t count, const Client* client) {
  return first_of_kind(list, count, kNone) == count && first_address_match(list, count, client) == count &&
         first_of_kind(list, count, kDomainName) < count;
}

POSTERN_END_KERNEL
