// SPDX-License-Identifier: BSD-2-Clause
#ifndef POSTERN_CONFORMANCE_RUNNER_JSON_NUMBER_H_
#define POSTERN_CONFORMANCE_RUNNER_JSON_NUMBER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace postern::conformance {

// number_in: the whole number that `value` is. A number that does not fit is not another one, nor is a
// fraction, nor true. (Not printed: it may be nested without end.) Throws std::runtime_error.
inline int64_t number_in(const nlohmann::json& value, int64_t least, int64_t most, const std::string& what) {
  if (!value.is_number_integer() || value < least || value > most) {
    throw std::runtime_error(what + ": no whole number from " + std::to_string(least) + " to " +
                             std::to_string(most));
  }
  return value.get<int64_t>();
}

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_JSON_NUMBER_H_
