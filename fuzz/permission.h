// SPDX-License-Identifier: BSD-2-Clause
// What the targets on permissions have in common: values of the model out of octets, few ids so that they
// meet.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/permission_model/exec.h"
#include "core/permission_model/file_access.h"
#include "fuzz/law.h"

namespace fuzz {

using namespace postern::permission;

inline constexpr Id kMta = 101, kMail = 8, kUser = 1000;

// Octets gives the input octet by octet; zeros when it has ended.
class Octets {
 public:
  explicit Octets(std::string_view text) : text_(text) {}

  [[nodiscard]] bool more() const { return !text_.empty(); }
  std::uint8_t octet() {
    if (text_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(text_.front());
    text_.remove_prefix(1);
    return first;
  }
  bool flag() { return (octet() & 1U) != 0; }
  std::uint16_t mode() { return static_cast<std::uint16_t>((octet() << 8U | octet()) & 07777); }
  Id id() {
    constexpr Id kIds[] = {kRoot, kMta, kMail, kUser, 1001, kUnchanged};
    return kIds[octet() % std::size(kIds)];
  }
  Ids ids() { return {id(), id(), id(), id()}; }
  Groups groups() {
    Groups groups{};
    for (unsigned left = octet() % 4; left > 0; --left) groups.add(id());
    return groups;
  }
  CapabilitySet capabilities() {
    constexpr CapabilitySet kSets[] = {0,
                                       kAllCapabilities,
                                       set_of(Capability::kChown),
                                       set_of(Capability::kSetuid) | set_of(Capability::kSetgid),
                                       set_of(Capability::kSetpcap),
                                       set_of(Capability::kDacOverride),
                                       set_of(Capability::kDacReadSearch),
                                       set_of(Capability::kFowner)};
    return kSets[octet() % std::size(kSets)];
  }

 private:
  std::string_view text_;
};

// dropped: what every process of the daemon but the helper is after the start (PV-2).
inline Credentials dropped() {
  Credentials is{all_four(kMta), all_four(kMta), groups_of(kMta)};
  is.effective = is.permitted = is.bounding = 0;
  is.securebits = kDroppedSecurebits;
  is.no_new_privs = true;
  return is;
}

// start, call: a state, and a call with its arguments; any that can be said.
inline Credentials start(Octets& input) {
  const unsigned which = input.octet() % 3;
  if (which == 0) return {};
  if (which == 1) return dropped();
  Credentials is{input.ids(), input.ids(), input.groups()};
  is.permitted = input.capabilities();
  is.effective = is.permitted & input.capabilities();
  is.inheritable = input.capabilities();
  is.bounding = input.capabilities();
  is.ambient = is.permitted & is.inheritable;
  is.securebits = input.octet();
  is.no_new_privs = input.flag();
  return is;
}

inline ProgramFile program(Octets& input) {
  ProgramFile file{input.id(), input.id(), input.mode()};
  file.on_nosuid = input.flag();
  file.has_capabilities = input.flag();
  file.permitted = input.capabilities();
  file.inheritable = input.capabilities();
  file.effective = input.flag();
  return file;
}

inline Call call(Octets& input) {
  Call call{static_cast<CallName>(input.octet() % kCallWords.size())};
  switch (call.name) {
    case CallName::kSetgroups:
      call.groups = input.groups();
      break;
    case CallName::kExec:
      call.file = program(input);
      break;
    case CallName::kCapset:
    case CallName::kDropBounding:
    case CallName::kRaiseAmbient:
      for (auto& set : call.argument) set = input.capabilities();
      break;
    case CallName::kSetSecurebits:
    case CallName::kKeepCapabilities:
      call.argument[0] = input.octet();
      break;
    default:
      for (auto& id : call.argument) id = input.id();
  }
  return call;
}

}  // namespace fuzz
