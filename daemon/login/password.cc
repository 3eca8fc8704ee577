// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/login/password.h"

#include <crypt.h>
#include <string.h>

#include <algorithm>
#include <array>

#include "daemon/pop3/command.h"
#include "daemon/sys/anonymous_memory.h"

namespace postern::daemon {
namespace {

// Scratch is crypt's work space, overwritten before it is given back. Without memory it hashes nothing.
class Scratch {
 public:
  Scratch() : memory_(AnonymousMemory::make_private(sizeof(crypt_data))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (memory_.ok()) explicit_bzero(memory_->get(), sizeof(crypt_data));
  }
  // hash: null if it cannot be done.
  [[nodiscard]] const char* hash(const char* phrase, const char* setting) {
    if (!memory_.ok()) return nullptr;
    return ::crypt_r(phrase, setting, static_cast<crypt_data*>(memory_->get()));
  }

 private:
  Result<AnonymousMemory> memory_;
};

// Terminated is a secret with a NUL behind it, as crypt wants it.
class Terminated {
 public:
  explicit Terminated(std::string_view text) { text.copy(octets_.data(), octets_.size() - 1); }
  Terminated(const Terminated&) = delete;
  Terminated& operator=(const Terminated&) = delete;
  ~Terminated() { explicit_bzero(octets_.data(), octets_.size()); }
  [[nodiscard]] const char* get() const { return octets_.data(); }

 private:
  std::array<char, CRYPT_MAX_PASSPHRASE_SIZE> octets_{};
};

bool fits(std::string_view text) {
  return text.size() < CRYPT_MAX_PASSPHRASE_SIZE && text.find('\0') == std::string_view::npos;
}

// same: in a time that depends on the lengths alone.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

bool is_password(std::string_view password) {
  const auto is_control = [](char octet) {
    return static_cast<unsigned char>(octet) < 0x20 || octet == 0x7F;
  };
  return !password.empty() && password.size() <= kPop3TextLimit &&
         std::none_of(password.begin(), password.end(), is_control);
}

// stand_in: a setting of the default method and cost. Its salt is known and guards nothing.
std::string stand_in() {
  constexpr std::array<char, 32> kSalt{};
  char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};
  const HashMethod method;
  if (::crypt_gensalt_rn(method.prefix.c_str(), method.cost, kSalt.data(), static_cast<int>(kSalt.size()),
                         setting, sizeof setting) == nullptr) {
    return {};
  }
  return setting;
}

}  // namespace

bool password_matches(std::string_view password, std::string_view hash) {
  if (!fits(password) || !fits(hash) || hash.empty()) return false;
  const Terminated phrase(password);
  const Terminated setting(hash);
  Scratch scratch;
  const char* made = scratch.hash(phrase.get(), setting.get());
  return made != nullptr && made[0] != '*' && same(made, hash);
}

bool spend_hash(std::string_view password) {
  const bool matches = password_matches(password, stand_in());
  return matches && false;
}

Result<std::string> hash_password(std::string_view password, const HashMethod& method) {
  if (!is_password(password)) {
    return Error{"this password could not be given in a login",
                 {},
                 "use 1 to " + std::to_string(kPop3TextLimit) + " octets, none of them a control octet",
                 0,
                 Exit::kData};
  }
  char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};
  if (::crypt_gensalt_rn(method.prefix.c_str(), method.cost, nullptr, 0, setting, sizeof setting) ==
      nullptr) {
    return system_error("crypt cannot hash with method '" + method.prefix + "' at this cost", "crypt_gensalt",
                        "see crypt(5) for methods and their costs", Exit::kUsage);
  }
  const Terminated phrase(password);
  Scratch scratch;
  const char* made = scratch.hash(phrase.get(), setting);
  if (made == nullptr || made[0] == '*') return system_error("crypt cannot hash", "crypt_r");
  return std::string(made);
}

}  // namespace postern::daemon
