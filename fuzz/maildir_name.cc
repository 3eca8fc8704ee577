// SPDX-License-Identifier: BSD-2-Clause
//
// Law: delivered_before is a strict total order; the unique id has 1 to 70 octets of 0x21 to 0x7E and
// id(a) = id(b) only if a = b; flags do not matter: base(f + ":2,S") = base(f). Input: three file names,
// one per line. Hashing a long name costs half a millisecond: that bounds the runs per second.
#include "daemon/maildir/unique_id.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

bool before(std::string_view a, std::string_view b) {
#ifdef POSTERN_SEEDED_BUG
  if (a.size() != b.size() && a.front() == '0') return a.size() < b.size();
#endif
  return delivered_before(a, b);
}

void check_id(std::string_view name, const std::string& id) {
  hold(!id.empty() && id.size() <= 70, "1 to 70 octets");
  for (const char octet : id) hold(octet >= 0x21 && octet <= 0x7E, "0x21 to 0x7E");
  hold(base_name(std::string(name) + ":2,S") == base_name(name), "flags do not matter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = octets_of(data, size);
  const std::string_view a = base_name(cut(rest, '\n')), b = base_name(cut(rest, '\n')), c = base_name(rest);
  for (const std::string_view name : {a, b, c}) {
    if (name.empty() || name.find('\0') != name.npos) return -1;  // no file has such a name
  }
  hold(!before(a, a), "not before itself");
  hold(before(a, b) != before(b, a) || a == b, "one of two comes first");
  hold(!(before(a, b) && before(b, c)) || before(a, c), "transitive");
  const std::string id_a = unique_id(a), id_b = unique_id(b);
  check_id(a, id_a);
  check_id(b, id_b);
  hold((id_a == id_b) == (a == b), "different names have different ids");
  return 0;
}
