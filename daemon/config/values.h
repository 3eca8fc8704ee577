// SPDX-License-Identifier: BSD-2-Clause
// How the values of settings are read: each take_ puts one into `out`, or says why it does not. For
// settings.cc.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/config/settings.h"

namespace postern::daemon {

// Complaint is why a value was not taken, and the cure; empty when it was.
struct Complaint {
  std::string what;
  std::string cure;
};
constexpr auto kTaken = std::nullopt;
using Taken = std::optional<Complaint>;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[nodiscard]] Taken take_number(std::string_view value, std::uint32_t low, std::uint32_t high,
                                std::uint32_t& out);
[[nodiscard]] Taken take_path(std::string_view value, PathText& out);
[[nodiscard]] Taken take_duration(std::string_view value, std::chrono::milliseconds high,
                                  std::chrono::milliseconds& out);
[[nodiscard]] Taken take_host(std::string_view value, HostText& out);
[[nodiscard]] Taken take_alias(std::string_view value, AliasText& out);

// take_listen adds an endpoint; `usual`: the port where none is written; 0: one must be.
[[nodiscard]] Taken take_listen(std::string_view value, Endpoint (&all)[kMaxEndpoints], std::uint32_t& count,
                                std::uint16_t usual = 0);

// take_size: octets, or with k or M behind.
[[nodiscard]] Taken take_size(std::string_view value, std::uint64_t low, std::uint64_t high,
                              std::uint64_t& out);

// take_list takes a list of versions or suites, of which core says what it chooses (EN-5).
[[nodiscard]] Taken take_list(std::string_view value, const tls::Chosen& chosen,
                              std::optional<std::string>& out);

template <class Choice>
[[nodiscard]] Taken take_choice(std::string_view value,
                                std::span<const std::pair<std::string_view, Choice>> choices, Choice& out) {
  std::string all;
  for (const auto& [word, choice] : choices) {
    if (value == word) {
      out = choice;
      return kTaken;
    }
    all += (all.empty() ? "" : " or ") + std::string(word);
  }
  return Complaint{"is none of the words this key takes", "write " + all};
}

template <class Choice>
[[nodiscard]] Taken take_optional(std::string_view value,
                                  std::span<const std::pair<std::string_view, Choice>> choices,
                                  std::optional<Choice>& out) {
  return take_choice<Choice>(value, choices, out.emplace());
}

}  // namespace postern::daemon
