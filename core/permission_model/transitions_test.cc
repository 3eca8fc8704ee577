// SPDX-License-Identifier: BSD-2-Clause
// PV-2: each call asks for its own capability and for no other. Found wanting by mutants that asked for a
// neighbour.
#include "core/permission_model/transitions.h"

#include <gtest/gtest.h>

#include "core/permission_model/maildrop_rules.h"

namespace postern::permission {
namespace {

constexpr Id kUser = 1000;
constexpr Id kOther = 2000;

// An ordinary user with one capability, effective.
constexpr Credentials with_only(unsigned capability) {
  Credentials made;
  made.user = {kUser, kUser, kUser, kUser};
  made.group = {kUser, kUser, kUser, kUser};
  made.effective = made.permitted = CapabilitySet{1} << capability;
  return made;
}

// takes: `call` succeeds with `needed` and with no other capability.
template <typename Call>
void takes(Capability needed, const char* name, Call call) {
  for (unsigned capability = 0; capability <= kLastCapability; ++capability) {
    const bool expected = capability == static_cast<unsigned>(needed);
    EXPECT_EQ(call(with_only(capability)).error == CallError::kNone, expected) << name << ' ' << capability;
  }
}

TEST(Transitions, EachCallAsksForItsOwnCapability) {
  using C = Credentials;
  takes(Capability::kSetuid, "setuid", [](const C& old) { return setuid(old, kOther); });
  takes(Capability::kSetuid, "setreuid", [](const C& old) { return setreuid(old, kOther, kOther); });
  takes(Capability::kSetuid, "setresuid",
        [](const C& old) { return setresuid(old, kOther, kOther, kOther); });
  takes(Capability::kSetgid, "setgid", [](const C& old) { return setgid(old, kOther); });
  takes(Capability::kSetgid, "setregid", [](const C& old) { return setregid(old, kOther, kOther); });
  takes(Capability::kSetgid, "setresgid",
        [](const C& old) { return setresgid(old, kOther, kOther, kOther); });
  takes(Capability::kSetgid, "setgroups", [](const C& old) { return setgroups(old, Groups{}); });
  takes(Capability::kSetpcap, "securebits",
        [](const C& old) { return set_securebits(old, securebit::kNoRoot); });
}

// MD-4: every octet, as the first and as the second of a login name.
TEST(LoginName, EveryOctet) {
  for (int octet = 0; octet < 256; ++octet) {
    const char name[] = {'a', static_cast<char>(octet)};
    const bool first = (octet >= 'a' && octet <= 'z') || octet == '_';
    const bool later = first || (octet >= '0' && octet <= '9') || octet == '.' || octet == '-';
    EXPECT_EQ(!login_name_fault({name + 1, 1}).has_value(), first) << octet;
    EXPECT_EQ(!login_name_fault({name, 2}).has_value(), later) << octet;
  }
}

}  // namespace
}  // namespace postern::permission
