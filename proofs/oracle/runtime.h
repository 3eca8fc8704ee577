// SPDX-License-Identifier: BSD-2-Clause
//
// runtime.h: what the parts of the oracle share. Not for its users.
#pragma once

#include <string>
#include <string_view>

namespace postern::oracle {

// ask hands `octets` to the OCaml function registered as `function`, and returns the octets it answers.
// Throws std::runtime_error if there is none of that name, or the model raised an exception.
std::string ask(const char* function, std::string_view octets);

}  // namespace postern::oracle
