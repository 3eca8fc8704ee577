// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever an adapter answers is read or refused, by AdapterError and nothing else; what is read is
// within its closed sets, an endpoint can be connected to, a process is one that may be watched, and each
// account asked for has its result. Input: the verb (octet mod 3), then the answer.
#include <algorithm>

#include "conformance/runner/adapter_answer.h"
#include "conformance/runner/address.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;

void check(const Description& d) {
  hold(d.layer == "live" || d.layer == "pure", "a layer is one of two");
  hold(!d.protocols.empty() && d.claims.gives_field("verdict"), "it speaks, and gives a verdict");
}

void check(const Started& started) {
  for (const auto& [protocol, at] : started.endpoints) {
    const auto four = socket_address(at.ipv4, at.port), six = socket_address(at.ipv6, at.port);
    hold(four && four->family() == AF_INET && six && six->family() == AF_INET6, "there is such an address");
    unsigned most = 65535;
#ifdef POSTERN_SEEDED_BUG
    most = 41100;
#endif
    hold(at.port >= 1 && at.port <= most, "there is such a port");
  }
  hold(std::ranges::all_of(started.pids, [](pid_t pid) { return pid > 1; }), "nobody's group, nor init");
}

void check(const std::map<std::string, Applied>& results) {
  hold(results.contains("c1") && results.contains("r2"), "each account has its result");
  for (const auto& [account, applied] : results)
    hold(applied.status == "applied" || applied.status == "refused-at-write" ||
             applied.status == "unimplemented",
         "a status is one of three");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  const std::string_view answer = octets_of(data + 1, size - 1);
  try {
    if (data[0] % 3 == 0) check(parse_description(answer));
    if (data[0] % 3 == 1) check(parse_started(answer));
    if (data[0] % 3 == 2) check(parse_applied(answer, {"c1", "r2"}));
    parse_stopped(answer);
  } catch (const AdapterError& error) {
    hold(error.what()[0] != '\0', "a refusal has its words");
  }
  return 0;
}
