// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/oracle/credentials.h"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proofs/oracle/runtime.h"

namespace postern::oracle {
namespace {

using permission::Call;
using permission::CallName;
using permission::Credentials;
using permission::Groups;
using permission::Id;
using permission::Ids;
using permission::ProgramFile;

// kArguments: how many a call has, in the order of CallName; setgroups and exec have their own.
constexpr std::array<std::size_t, 17> kArguments = {0, 3, 3, 2, 2, 1, 1, 1, 1, 3, 1, 1, 1, 1, 0, 0, 0};

// Question: what credentials_glue.ml reads.
class Question {
 public:
  Question(const Credentials& before, const Call& call) {
    add(before);
    number(static_cast<std::size_t>(call.name));
    if (call.name == CallName::kSetgroups) {
      add(call.groups);
    } else if (call.name == CallName::kExec) {
      add(call.file);
    } else {
      for (std::size_t i = 0; i < kArguments.at(static_cast<std::size_t>(call.name)); ++i)
        number(call.argument[i]);
    }
  }

  const std::string& octets() const noexcept { return octets_; }

 private:
  void number(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) octets_ += static_cast<char>(number >> shift & 0xFF);
  }
  void add(const Ids& ids) {
    for (const Id id : {ids.real, ids.effective, ids.saved, ids.file_system}) number(id);
  }
  void add(const Groups& groups) {
    if (groups.overflow) throw std::length_error("oracle: groups beyond the model's limit");
    number(groups.count);
    for (std::size_t i = 0; i < groups.count; ++i) number(groups.id[i]);
  }
  void add(const ProgramFile& file) {
    const bool set_uid = (file.mode & permission::kSetUid) != 0;
    const bool set_gid =
        (file.mode & permission::kSetGid) != 0 && (file.mode & permission::kGroupExecute) != 0;
    for (const std::uint64_t field :
         {std::uint64_t{file.owner}, std::uint64_t{file.group}, std::uint64_t{set_uid},
          std::uint64_t{set_gid}, std::uint64_t{file.on_nosuid}, std::uint64_t{file.has_capabilities},
          file.permitted, file.inheritable, std::uint64_t{file.effective}})
      number(field);
  }
  void add(const Credentials& state) {
    add(state.user);
    add(state.group);
    add(state.groups);
    for (const permission::CapabilitySet set :
         {state.effective, state.permitted, state.inheritable, state.bounding, state.ambient})
      number(set);
    number(state.securebits);
    number(state.no_new_privs);
  }

  std::string octets_;
};

// Reader: of what credentials_glue.ml writes.
class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}

  Credentials state() {
    Credentials state;
    state.user = ids();
    state.group = ids();
    state.groups = Groups{};
    for (std::uint64_t left = number(); left > 0; --left) state.groups.add(id());
    for (permission::CapabilitySet* set :
         {&state.effective, &state.permitted, &state.inheritable, &state.bounding, &state.ambient})
      *set = number();
    state.securebits = static_cast<permission::Securebits>(number());
    state.no_new_privs = number() != 0;
    if (!rest_.empty()) throw std::runtime_error("oracle: octets behind the answer");
    return state;
  }

 private:
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (std::size_t i = 8; i-- > 0;) number = number << 8 | static_cast<unsigned char>(rest_.at(i));
    rest_.remove_prefix(8);
    return number;
  }
  Id id() { return static_cast<Id>(number()); }
  Ids ids() {
    Ids ids;
    for (Id* id_of : {&ids.real, &ids.effective, &ids.saved, &ids.file_system}) *id_of = id();
    return ids;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<Credentials> call_answer(const Credentials& before, const Call& call) {
  const std::string octets = ask("postern_oracle_call", Question(before, call).octets());
  if (octets.empty()) return std::nullopt;
  return Reader(octets).state();
}

bool has_call(const Call& call) noexcept {
  switch (call.name) {
    case CallName::kSetuid:
    case CallName::kSetgid:
    case CallName::kSetfsuid:
    case CallName::kSetfsgid:
      return call.argument[0] != permission::kUnchanged;
    default:
      return true;
  }
}

}  // namespace postern::oracle
