// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/outcome.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace postern::daemon {
namespace {

void put(std::span<char> field, std::string_view text) {
  const std::size_t length = std::min(text.size(), field.size() - 1);
  std::ranges::transform(text.substr(0, length), field.begin(), [](char c) { return c < ' ' ? ' ' : c; });
  field[length] = '\0';
}

Outcome make(Verdict verdict, std::string_view status, std::string_view text) {
  Outcome outcome;
  outcome.verdict = verdict;
  put(outcome.status, status);
  put(outcome.text, text);
  return outcome;
}

std::string_view status_of(int why) {
  switch (why) {
    case 0:
      return "4.3.5";
    case EBUSY:
      return "4.2.0";
    case EDQUOT:
      return "4.2.2";
    case ENOSPC:
      return "4.3.1";
    default:
      return "4.3.0";
  }
}

}  // namespace

Outcome delivered() {
  return make(Verdict::kDelivered, "2.0.0", "delivered");
}

Outcome failed(std::string_view status, std::string_view why) {
  return make(Verdict::kFailed, status, why);
}

std::string reason_of(const Outcome& outcome, std::size_t limit) {
  std::string text = std::string(outcome.status) + " " + outcome.text;
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.substr(0, limit);
}

Outcome deferred(const Error& error) {
  return make(Verdict::kDeferred, status_of(error.errno_value), error.text());
}

}  // namespace postern::daemon
