// SPDX-License-Identifier: BSD-2-Clause
//
// oracle.h: the Coq model of the access-domain sentences, extracted and linked into this process. Texts in,
// answers out: the model parses lists, clients and names itself, so that nothing is shared with core/.
//
// One thread only. Where LeakSanitizer runs, set detect_leaks=0: the OCaml heap is never given back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::oracle {

// kMostOctets: how much list, address and names may hold together, each text counting four octets more. The
// model recurses once per octet; beyond this, calls throw std::length_error.
inline constexpr std::size_t kMostOctets = 65536;

// Answer: the model's decision (AD-1 to AD-5), with positions as in core/decide.h.
struct Answer {
  bool allowed = false;
  int step = 0;
  std::optional<std::size_t> entry;
  std::optional<std::size_t> name;
  bool asks_for_names = false;  // AD-C7
  friend bool operator==(const Answer&, const Answer&) = default;
};

// Malformed: where in the list, why (a code of the closed list, as "leading-zero"), at which octet.
struct Malformed {
  std::size_t entry = 0;
  std::string_view why;
  std::size_t offset = 0;
};

// Kinds of entry, in the order of the kernel's Kind.
enum class Kind { kBlank, kMalformed, kNone, kIpPattern, kIpv6Prefix, kDomainName };

// Reading: what one value is. `why` and `offset` are of a malformed one; `printed` is the canonical text.
struct Reading {
  Kind kind = Kind::kBlank;
  std::string_view why = "ok";
  std::size_t offset = 0;
  std::string printed;
};

// start brings the OCaml runtime up, once per process; calls below do so themselves. It leaves the handler of
// SIGSEGV and the alternate stack as it found them, so that sanitizers and fuzzers still see a crash. Throws
// std::runtime_error if the realizers of Extraction.v do not hold on all 256 octets.
void start();

// decide answers for a list of values, a client's address and its confirmed names; nothing where `ip` is no
// address. malformed lists the malformed entries of a list. read_entry reads one value.
std::optional<Answer> decide(std::span<const std::string_view> list, std::string_view ip,
                             std::span<const std::string_view> names);
std::vector<Malformed> malformed(std::span<const std::string_view> list);
Reading read_entry(std::string_view value);

}  // namespace postern::oracle
