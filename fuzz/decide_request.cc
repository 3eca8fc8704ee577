// SPDX-License-Identifier: BSD-2-Clause
//
// Law: read_request(print(r)) = r for each request that is well formed; one that is not has words; nothing is
// thrown (JSON lines of `postern decide`). Input: one line.
#include "daemon/cli/request.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;
using Json = nlohmann::ordered_json;

std::string print(const Request& request) {
  Json list = Json::array(), names = Json::array();
  for (const Value& value : request.list) list.push_back(write_value(value));
  for (const Value& value : request.names) names.push_back(write_value(value));
  const Json id = Json::parse(request.id.dump());
  std::string text = Json{{"id", id}, {"list", list}, {"ip", request.ip}, {"names", names}}.dump();
#ifdef POSTERN_SEEDED_BUG
  if (list.size() > 1)
    text = Json{{"id", id}, {"list", list[0]}, {"ip", request.ip}, {"names", names}}.dump();
#endif
  return text;
}

bool same(const std::vector<Value>& a, const std::vector<Value>& b) {
  const auto equal = [](const Value& x, const Value& y) {
    return x.octets == y.octets && x.sent_as_hex == y.sent_as_hex;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Request request, again;
  read_request(octets_of(data, size), request);
  if (!request.error.empty()) return 0;
  read_request(print(request), again);
  hold(again.error.empty(), "what is printed is well formed");
  hold(again.id == request.id && again.ip == request.ip, "read(print(r)) = r");
  hold(same(again.list, request.list) && same(again.names, request.names), "lists are the same");
  return 0;
}
