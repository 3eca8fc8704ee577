// SPDX-License-Identifier: BSD-2-Clause
// The unique id of a message, from its file name: no list to keep, nothing to lose in a crash. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon {

// base_name: a Maildir file name without its flags (what follows the first ':'). It is given once, by who
// delivers, and stays for the message's life, also when other tools move it from new to cur or flag it.
[[nodiscard]] std::string_view base_name(std::string_view file_name);

// delivered_before: whether `a` comes before `b` in a listing: by the number a base name begins with (the
// second of delivery), then octet by octet. A total order on base names.
[[nodiscard]] bool delivered_before(std::string_view a, std::string_view b);

// unique_id: RFC 1939, section 7: 1 to 70 octets of 0x21 to 0x7E, the same in every session. It is the base
// name itself where that is such a text and does not begin with '~', and '~' with a SHA-256 hash of it
// (crypt(3)'s "$5$" form) otherwise: different names have different ids. Empty if the hash cannot be made.
[[nodiscard]] std::string unique_id(std::string_view base);

}  // namespace postern::daemon
