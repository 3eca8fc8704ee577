// SPDX-License-Identifier: BSD-2-Clause
//
// decide.h: the decision as C++ callers see it. kernel.h makes it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "client.h"
#include "entry.h"
#include "kernel.h"

namespace postern {

enum class Verdict : std::uint8_t { kDeny, kAllow };

// Step: which of the five steps decided.
enum class Step : std::uint8_t { kEmptyList = 1, kNone, kAddress, kName, kNoMatch };

// Decision: the verdict and its reason. `entry` is a position in the list as given, blanks counted
// (AD-C8); steps 1 and 5 have none. `name` is a position in the client's names; step 4 alone has one.
struct Decision {
  Verdict verdict = Verdict::kDeny;
  Step step = Step::kNoMatch;
  std::optional<std::size_t> entry;
  std::optional<std::size_t> name;

  constexpr bool allowed() const noexcept { return verdict == Verdict::kAllow; }
  friend constexpr bool operator==(const Decision&, const Decision&) = default;
};

// asks_for_names: whether the verdict can depend on the client's names (AD-C7).
constexpr bool asks_for_names(std::span<const Entry> list, const Client& client) noexcept {
  return kernel::asks_for_names(list.data(), list.size(), &client.kernel());
}

// decide holds an access list against a client and the names that the name service confirmed for it, in
// the service's order (AD-1 to AD-5). Total, never allocates; linear in entries and names.
constexpr Decision decide(std::span<const Entry> list, const Client& client,
                          std::span<const Text> names) noexcept {
  const kernel::Decision made =
      kernel::decide(list.data(), list.size(), &client.kernel(), names.data(), names.size());
  Decision decision = {made.allowed ? Verdict::kAllow : Verdict::kDeny, static_cast<Step>(made.step), {}, {}};
  if (made.entry < list.size()) decision.entry = made.entry;
  if (made.name < names.size()) decision.name = made.name;
  return decision;
}

// decide_lazily gives decide's answer, and calls `lookup` for the names only if the answer can depend on
// them, and then once (AD-C7). `lookup` returns a span of Text that lives until decide_lazily returns; an
// empty one where the look-up failed (AD-C6).
template <std::invocable Lookup>
requires std::convertible_to<std::invoke_result_t<Lookup>, std::span<const Text>>
constexpr Decision decide_lazily(std::span<const Entry> list, const Client& client, Lookup&& lookup) {
  if (!asks_for_names(list, client)) return decide(list, client, {});
  return decide(list, client, std::forward<Lookup>(lookup)());
}

// for_each_malformed calls `visit(position, fault)` for each malformed entry of the list (AD-G8).
template <std::invocable<std::size_t, Fault> Visit>
constexpr void for_each_malformed(std::span<const Entry> list, Visit&& visit) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].kind == kMalformed) visit(i, list[i].fault);
  }
}

}  // namespace postern
