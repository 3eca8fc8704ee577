// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/client_certificate.h"

#include <utility>

#include "daemon/tls/handoff.h"

namespace postern::daemon {
namespace {

constexpr int kPatienceMs = 40'000;  // tls gives a handshake 30 s

}  // namespace

Result<void> ClientCertificate::expect() {
  if (!channels_.expected.is_open() || channels_.certificate.is_open()) return {};
  Result<Fd> told = expect_certificate(channels_.expected.get(), record_.socket);
  if (!told) return told.take_error();
  channels_.certificate = std::move(told).value();
  return {};
}

Result<ShownCertificate> ClientCertificate::shown() {
  if (told_) return *told_;
  if (!channels_.certificate.is_open()) return ShownCertificate{};
  Result<ShownCertificate> heard = hear_certificate(channels_.certificate.get(), kPatienceMs);
  if (!heard) return heard.take_error();
  told_ = heard.value();
  return *told_;
}

}  // namespace postern::daemon
