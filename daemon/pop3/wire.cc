// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/pop3/wire.h"

namespace postern::daemon {

void WireSize::add(std::span<const char> octets) {
  for (const char octet : octets) {
    if (octet == '\n' && last_ != '\r') ++octets_;
    last_ = octet;
  }
  octets_ += octets.size();
}

uint64_t WireSize::total() const {
  return last_ == '\n' ? octets_ : octets_ + 2;
}

}  // namespace postern::daemon
