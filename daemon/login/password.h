// SPDX-License-Identifier: BSD-2-Clause
// Passwords and their hashes, by libxcrypt.
#pragma once

#include <string>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// HashMethod is how new hashes are made: a prefix of crypt(5) and a cost of that method, 0 for its default.
struct HashMethod {
  std::string prefix = "$y$";  // yescrypt
  unsigned long cost = 0;
};

// password_matches: whether `hash` was made of `password`. Every failure (a hash of no known form, a NUL in
// the password, no memory) is false. Costs what the hash costs. What it used of memory is overwritten.
[[nodiscard]] bool password_matches(std::string_view password, std::string_view hash);

// spend_hash does the work of password_matches for an account there is not, with the method and cost that
// new accounts get (AD-L3). The answer is always false.
[[nodiscard]] bool spend_hash(std::string_view password);

// hash_password makes a hash with a fresh salt. An Error if the password is empty, longer than a POP3 line
// can hold, holds control octets, or the method is not known.
[[nodiscard]] Result<std::string> hash_password(std::string_view password, const HashMethod& method);

}  // namespace postern::daemon
