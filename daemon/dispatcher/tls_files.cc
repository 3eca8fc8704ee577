// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/tls_files.h"

#include "daemon/sys/files.h"
#include "daemon/tls/revocations.h"

namespace postern::daemon {
namespace {

constexpr mode_t kNobodyElse = 077;
constexpr mode_t kNobodyWrites = 022;
constexpr std::size_t kMaxRevocations = std::size_t{4} << 20U;

Result<void> open_one(const std::string& path, mode_t forbidden, StartedAs started, Fd& out) {
  if (started == StartedAs::kRoot)
    if (auto owned = check_owned_by_root(path); !owned.ok()) return owned;
  auto opened = open_kept(path.c_str(), forbidden);
  if (!opened.ok()) return opened.take_error();
  out = std::move(opened).value();
  return {};
}

}  // namespace

Result<void> open_tls_files(const Settings& settings, StartedAs started, Wiring& wiring) {
  if (!encrypts(settings)) return {};
  if (auto step = open_one(tls_file(settings, "key"), kNobodyElse, started, wiring.tls_key); !step.ok())
    return step;
  if (auto step = open_one(tls_file(settings, "crt"), kNobodyWrites, started, wiring.tls_certificate);
      !step.ok())
    return step;
  const std::pair<const PathText*, Fd*> more[] = {{&settings.tls_authorities, &wiring.tls_authorities},
                                                  {&settings.tls_revocations, &wiring.tls_revocations}};
  for (const auto& [path, file] : more)
    if (!path->view().empty())
      if (auto step = open_one(path->c_str(), kNobodyWrites, started, *file); !step.ok()) return step;
  return {};
}

std::vector<std::string> check_tls_files(const Settings& settings, StartedAs started) {
  Wiring wiring;
  if (auto opened = open_tls_files(settings, started, wiring); !opened.ok()) return {opened.error().text()};
  if (!wiring.tls_revocations.is_open()) return {};
  const std::string path(settings.tls_revocations.view());
  const auto pem = read_at(wiring.tls_revocations.get(), 0, kMaxRevocations, path);
  if (!pem.ok()) return {pem.error().text()};
  const auto good = for_each_revocations(*pem, path, [](X509_CRL&) { return Result<void>(); });
  if (!good.ok()) return {good.error().text()};
  return {};
}

}  // namespace postern::daemon
