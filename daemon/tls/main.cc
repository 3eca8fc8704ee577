// SPDX-License-Identifier: BSD-2-Clause
// postern-tls: started by the dispatcher, never by hand.
#include "daemon/config/handover.h"
#include "daemon/logger/log.h"
#include "daemon/sys/credentials.h"
#include "daemon/tls/tls.h"

namespace {

using namespace postern::daemon;

// given: a file that is not in the settings is /dev/null.
Fd given(int number, const PathText& path) {
  Fd file(number);
  return path.view().empty() ? Fd() : std::move(file);
}

int refuse(const Error& error) {
  const bool said = log_line(handed::kLog, LogLine("tls", "end").with("why", error.text())).ok();
  return said ? static_cast<int>(error.exit) : static_cast<int>(Exit::kInputOutput);
}

}  // namespace

int main() {
  static Settings settings;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) return refuse(read.error());
  const Dropped dropped = Credentials::confirm(settings.mta_uid, settings.mta_gid, settings.started_as_root);
  if (!dropped.holds()) return refuse(Error{"not what it was", "tls", {}, 0, Exit::kSoftware});
  return run_tls(settings,
                 {Fd(handed::kLog), Fd(handed::kTlsRequests), Fd(handed::kTlsExpected), Fd(handed::kTlsKey),
                  Fd(handed::kTlsCertificate), given(handed::kTlsAuthorities, settings.tls_authorities),
                  given(handed::kTlsRevocations, settings.tls_revocations)});
}
