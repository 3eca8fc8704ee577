// SPDX-License-Identifier: BSD-2-Clause
// The name check: before a world runs, a fresh process asks the C library what it says about each client, so
// that a row is run only if its names come back exactly.
#ifndef POSTERN_CONFORMANCE_RUNNER_NAME_CHECK_H_
#define POSTERN_CONFORMANCE_RUNNER_NAME_CHECK_H_

#include <iosfwd>
#include <map>
#include <string>

#include "conformance/runner/worlds.h"

namespace postern::conformance {

// kNameCheckCommand: the hidden verb of postern-conform under which the fresh process runs.
inline constexpr const char* kNameCheckCommand = "name-check";

// check_names: for each case of `world` that cannot be acted out, by id: why. Asks by running `self`.
std::map<std::string, std::string> check_names(const World& world, const std::string& self);

// serve_name_check: the fresh process: one JSON question per line from `in`, one answer per line to `out`.
int serve_name_check(std::istream& in, std::ostream& out);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_NAME_CHECK_H_
