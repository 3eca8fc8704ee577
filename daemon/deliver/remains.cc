// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/remains.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

class Comparison {
 public:
  Comparison(int file, std::uint64_t from) : file_(file), at_(from) {}

  Result<void> add(std::string_view octets) {
    if (octets.empty() || differs_) return {};
    const auto there = read_at(file_, at_, octets.size(), "what was delivered");
    if (!there.ok()) return there.error();
    const auto equal = static_cast<std::size_t>(std::ranges::mismatch(*there, octets).in1 - there->begin());
    at_ += equal;
    differs_ = equal < octets.size();
    return {};
  }

  [[nodiscard]] bool differs() const { return differs_; }
  [[nodiscard]] std::uint64_t end() const { return at_; }  // of what is equal

 private:
  int file_;
  std::uint64_t at_;
  bool differs_ = false;
};

Result<bool> only_nuls(int file, std::uint64_t from) {
  constexpr std::size_t kPiece = 16384;
  for (;; from += kPiece) {
    const auto piece = read_at(file, from, kPiece, "what was delivered");
    if (!piece.ok()) return piece.error();
    if (piece->find_first_not_of('\0') != std::string::npos) return false;
    if (piece->size() < kPiece) return true;
  }
}

}  // namespace

Result<Remains> remains_of(int file, std::uint64_t from,
                           const std::function<Result<void>(const Sink&)>& give) {
  Comparison comparison(file, from);
  const auto given = give([&](std::string_view octets) { return comparison.add(octets); });
  if (!given.ok()) return given.error();
  if (!comparison.differs()) return Remains::kAll;
  const auto torn = only_nuls(file, comparison.end());
  if (!torn.ok()) return torn.error();
  return *torn ? Remains::kPart : Remains::kNothing;
}

}  // namespace postern::daemon
