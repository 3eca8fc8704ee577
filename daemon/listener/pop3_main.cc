// SPDX-License-Identifier: BSD-2-Clause
// postern-pop3: started by the dispatcher, never by hand.
#include "daemon/listener/listener.h"
#include "daemon/pop3/module.h"

int main() {
  return postern::daemon::listener_main(postern::daemon::kPop3Module);
}
