// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildir/unique_id.h"

#include <crypt.h>

#include <algorithm>
#include <memory>

namespace postern::daemon {
namespace {

constexpr size_t kLongestId = 70;
constexpr char kHashedMark = '~';

bool is_id(std::string_view base) {
  if (base.empty() || base.size() > kLongestId || base.front() == kHashedMark) return false;
  return std::all_of(base.begin(), base.end(), [](char octet) { return octet >= 0x21 && octet <= 0x7E; });
}

// hashed: the last '$'-parted field of crypt's answer, 43 octets of ./0-9A-Za-z.
std::string hashed(std::string_view base) {
  const auto scratch = std::make_unique<crypt_data>();
  const char* answer = ::crypt_r(std::string(base).c_str(), "$5$rounds=1000$uniqueid$", scratch.get());
  if (answer == nullptr || answer[0] == '*') return {};
  const std::string_view text = answer;
  return kHashedMark + std::string(text.substr(text.rfind('$') + 1));
}

bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

// leading_number: the digits `base` begins with, without leading zeros, to be compared as numbers.
std::string_view leading_number(std::string_view base) {
  size_t begin = 0;
  while (begin < base.size() && base[begin] == '0') ++begin;
  size_t end = begin;
  while (end < base.size() && is_digit(base[end])) ++end;
  return base.substr(begin, end - begin);
}

}  // namespace

std::string_view base_name(std::string_view file_name) {
  return file_name.substr(0, file_name.find(':'));
}

bool delivered_before(std::string_view a, std::string_view b) {
  const std::string_view first = leading_number(a);
  const std::string_view second = leading_number(b);
  if (first.size() != second.size()) return first.size() < second.size();
  if (first != second) return first < second;
  return a < b;
}

std::string unique_id(std::string_view base) {
  return is_id(base) ? std::string(base) : hashed(base);
}

}  // namespace postern::daemon
