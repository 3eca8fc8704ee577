// SPDX-License-Identifier: BSD-2-Clause
// postern-imap: started by the dispatcher, never by hand.
#include "daemon/imap/module.h"
#include "daemon/listener/listener.h"

int main() {
  return postern::daemon::listener_main(postern::daemon::kImapModule);
}
