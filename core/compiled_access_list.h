// SPDX-License-Identifier: BSD-2-Clause
//
// compiled_access_list.h: the answers of decide() for large lists, in a time that does not depend on the
// number of entries as long as they fit the processor's caches. For the few entries of one account
// decide() is the better choice.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "client.h"
#include "decide.h"
#include "entry.h"

namespace postern {

// CompiledAccessList is a copy of an access list in a form made for searching: equal to decide() in
// verdict, step, entry and name. Immutable, so that threads may share it; decides without allocation.
// Size: 13 octets an address, 18 and its text a name, and beside them 3 KiB (from 16,384 IP patterns on,
// 259 KiB). A moved-from list may only be destroyed or assigned to.
class CompiledAccessList {
 public:
  // Linear in the list. The list and the texts that it borrows may go afterwards. Requires fewer than
  // 2^32 - 1 entries, and fewer than 2^32 octets in all their names with 5 for each.
  explicit CompiledAccessList(std::span<const Entry> list);
  CompiledAccessList(CompiledAccessList&&) noexcept;
  CompiledAccessList& operator=(CompiledAccessList&&) noexcept;
  ~CompiledAccessList();

  Decision decide(const Client& client, std::span<const Text> names) const noexcept;
  bool asks_for_names(const Client& client) const noexcept;

  // decide_lazily: as the function of that name (AD-C7).
  template <std::invocable Lookup>
  requires std::convertible_to<std::invoke_result_t<Lookup>, std::span<const Text>> Decision
  decide_lazily(const Client& client, Lookup&& lookup)
  const {
    if (!asks_for_names(client)) return decide(client, {});
    return decide(client, std::forward<Lookup>(lookup)());
  }

  // octets: the memory that the list takes.
  std::size_t octets() const noexcept;

 private:
  class Index;
  std::unique_ptr<const Index> index_;
};

}  // namespace postern
