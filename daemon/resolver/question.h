// SPDX-License-Identifier: BSD-2-Clause
// What goes between a keeper and the resolver: messages of fixed size, by one machine's own rules of layout.
//
// All keepers share one end of a SOCK_SEQPACKET pair, the resolver alone has the other and never writes to
// it. With each question comes the writing end of a pipe that the asking keeper made: the answer goes there,
// so that no keeper can read another one's question or answer.
#pragma once

#include <cstdint>

#include "daemon/resolver/client.h"

namespace postern::daemon {

// Address is a client's address: 4 octets of it count if is_ipv4, else 16.
struct Address {
  std::uint8_t octets[16] = {};
  std::uint8_t is_ipv4 = 0;
};

// Question is the one thing the resolver reads.
struct Question {
  std::uint64_t deadline_nsec = 0;  // CLOCK_MONOTONIC; the resolver's own deadline counts as well
  Address address;
};

// fold_address returns the address of a client, an IPv4-mapped one as IPv4 (AD-C1). False: no IP address.
[[nodiscard]] bool fold_address(const sockaddr_storage& client, Address& address);

// qualifies: the name is AD-G6 and no address text (AD-C5). One trailing dot is allowed.
[[nodiscard]] bool qualifies(std::string_view name);

// add_name appends a name, less its trailing dot, unless it does not qualify, is there already (ASCII case
// folded) or there are kMaxNames.
void add_name(ResolvedNames& names, std::string_view name);

// checked returns what counts of an answer that another process wrote: every name is looked at again.
[[nodiscard]] ResolvedNames checked(const ResolvedNames& answer);

}  // namespace postern::daemon
