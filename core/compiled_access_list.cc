// SPDX-License-Identifier: BSD-2-Clause
#include "compiled_access_list.h"

#include <algorithm>
#include <array>

#include "compiled_index.h"

namespace postern {

using detail::kNowhere;
using detail::Position;

// Index: what the list is compiled to.
class CompiledAccessList::Index {
 public:
  explicit Index(std::span<const Entry> list) {
    make_room(list);
    for (std::size_t i = 0; i < list.size(); ++i) insert(list[i], static_cast<Position>(i));
  }

  // The steps, as kernel.h has them.
  Decision decide(const Client& client, std::span<const Text> names) const noexcept {
    if (empty_) return {Verdict::kAllow, Step::kEmptyList, {}, {}};          // AD-1
    if (none_ != kNowhere) return {Verdict::kDeny, Step::kNone, none_, {}};  // AD-2
    const Position address = address_match(client);
    if (address != kNowhere) return {Verdict::kAllow, Step::kAddress, address, {}};  // AD-3
    return decide_by_names(names);
  }

  bool asks_for_names(const Client& client) const noexcept {
    return none_ == kNowhere && !names_.empty() && address_match(client) == kNowhere;
  }

  std::size_t octets() const noexcept {
    return sizeof *this + patterns_.octets() + prefixes_.octets() + names_.octets();
  }

 private:
  void make_room(std::span<const Entry> list) {
    std::array<std::size_t, kDomainName + 1> count{};
    std::size_t name_octets = 0;
    for (const Entry& entry : list) {
      ++count[entry.kind];
      if (entry.kind == kDomainName) name_octets += entry.name.length;
    }
    empty_ = count[kBlank] == list.size();
    patterns_.make_room(count[kIpPattern]);
    prefixes_.make_room(count[kIpv6Prefix]);
    names_.make_room(count[kDomainName], name_octets);
  }

  void insert(const Entry& entry, Position position) {
    switch (entry.kind) {
      case kNone:
        none_ = std::min(none_, position);
        break;
      case kIpPattern:
        patterns_.insert(entry.address, position);
        break;
      case kIpv6Prefix:
        prefixes_.insert(entry.address, entry.prefix_length, position);
        break;
      case kDomainName:
        names_.insert(entry.name, position);
        break;
      case kBlank:
      case kMalformed:  // AD-G8
        break;
    }
  }

  Position address_match(const Client& client) const noexcept {
    const kernel::Client& asking = client.kernel();
    return asking.is_ipv6 ? prefixes_.lowest_match(asking.address) : patterns_.lowest_match(asking.address);
  }

  // AD-4: the lowest entry, then the first name within it (AD-C8).
  Decision decide_by_names(std::span<const Text> names) const noexcept {
    Position lowest = kNowhere;
    std::size_t deciding = 0;
    for (std::size_t i = 0; !names_.empty() && i < names.size(); ++i) {
      const Position match = names_.lowest_match(kernel::without_trailing_dot(names[i]));
      if (match >= lowest) continue;
      lowest = match;
      deciding = i;
    }
    if (lowest == kNowhere) return {Verdict::kDeny, Step::kNoMatch, {}, {}};  // AD-5
    return {Verdict::kAllow, Step::kName, lowest, deciding};
  }

  bool empty_ = true;
  Position none_ = kNowhere;
  detail::PatternIndex patterns_;
  detail::PrefixIndex prefixes_;
  detail::NameIndex names_;
};

CompiledAccessList::CompiledAccessList(std::span<const Entry> list) : index_(std::make_unique<Index>(list)) {}
CompiledAccessList::CompiledAccessList(CompiledAccessList&&) noexcept = default;
CompiledAccessList& CompiledAccessList::operator=(CompiledAccessList&&) noexcept = default;
CompiledAccessList::~CompiledAccessList() = default;

Decision CompiledAccessList::decide(const Client& client, std::span<const Text> names) const noexcept {
  return index_->decide(client, names);
}

bool CompiledAccessList::asks_for_names(const Client& client) const noexcept {
  return index_->asks_for_names(client);
}

std::size_t CompiledAccessList::octets() const noexcept {
  return sizeof *this + index_->octets();
}

}  // namespace postern
