// SPDX-License-Identifier: BSD-2-Clause
// What the targets on decisions have in common: list, NUL, address (text, or 4 or 16 octets), NUL, names.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "core/decide.h"
#include "fuzz/law.h"

// Question borrows the input. `client` is empty where the address is none.
struct Question {
  std::vector<postern::Entry> list;
  std::optional<postern::Client> client;
  std::vector<postern::Text> names;
};

inline std::optional<postern::Client> client_of(std::string_view octets) {
  if (const auto client = postern::parse_client(octets)) return client;
  postern::Ipv6Address address{};
  if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
  std::ranges::copy(octets, address.begin());
  if (octets.size() == 16) return postern::Client::ipv6(address);
  return postern::Client::ipv4({address[0], address[1], address[2], address[3]});
}

inline Question question_of(const uint8_t* data, size_t size) {
  Question question;
  std::string_view rest = octets_of(data, size);
  for (std::string_view text = cut(rest, '\0'); !text.empty();)
    question.list.push_back(postern::parse_entry(cut(text, '\n')));
  question.client = client_of(cut(rest, '\0'));
  while (!rest.empty()) question.names.push_back(postern::text(cut(rest, '\n')));
  return question;
}
