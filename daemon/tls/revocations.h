// SPDX-License-Identifier: BSD-2-Clause
// Lists of revoked certificates: read at the start, and in force then.
#pragma once

#include <openssl/x509.h>

#include <functional>
#include <string>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// for_each_revocations gives each list in `pem` to `use`, which borrows it. Error: there is none, or one is
// stale or not yet in force. `path` is for the Error.
[[nodiscard]] Result<void> for_each_revocations(std::string_view pem, std::string_view path,
                                                const std::function<Result<void>(X509_CRL&)>& use);

// openssl_error makes an Error of the library's queue, which is empty then.
[[nodiscard]] Error openssl_error(std::string what, std::string place, std::string cure);

}  // namespace postern::daemon
