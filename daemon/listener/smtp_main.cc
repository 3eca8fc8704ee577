// SPDX-License-Identifier: BSD-2-Clause
// postern-smtp: started by the dispatcher, never by hand.
#include "daemon/listener/listener.h"
#include "daemon/smtp/module.h"

int main() {
  return postern::daemon::listener_main(postern::daemon::kSmtpModule);
}
