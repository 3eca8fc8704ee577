// SPDX-License-Identifier: BSD-2-Clause
#include <postern/decide.h>
#include <cstdio>
#include <string>

int main() {
  using namespace postern;
  constexpr Entry list[] = {parse_entry("dispatch.com"), parse_entry("128.123.45.0")};
  constexpr Text names[] = {text("rome.dispatch.com")};
  constexpr Decision by_name = decide(list, *parse_client("192.0.2.1"), names);
  static_assert(by_name.allowed() && by_name.step == Step::kName);
  std::printf("step %d, entry %zu; %s\n", static_cast<int>(by_name.step), *by_name.entry,
              std::string(why_code(parse_entry(".dispatch.com").fault.why)).c_str());
}
