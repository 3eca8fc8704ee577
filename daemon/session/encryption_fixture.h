// SPDX-License-Identifier: BSD-2-Clause
// For tests of sessions: connections that know no encryption, or that a test encrypts in the place of tls.
#pragma once

#include "daemon/session/encryption.h"

namespace postern::daemon {

struct NoEncryption {
  tls::ServicePlan plan;
  ConnectionRecord record;
  SessionChannels channels;
  SessionEncryption encryption{plan, "test", record, channels};
};

}  // namespace postern::daemon
