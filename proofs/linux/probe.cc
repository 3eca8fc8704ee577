// SPDX-License-Identifier: BSD-2-Clause
//
// probe: executed by exec_test.cc; writes its securebits as an octet and its /proc/self/status to standard
// output.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

int main() {
  char text[4096];
  const int status = open("/proc/self/status", O_RDONLY);
  text[0] = static_cast<char>(prctl(PR_GET_SECUREBITS));
  const ssize_t got = status < 0 ? -1 : read(status, text + 1, sizeof text - 1);
  if (got <= 0) return 1;
  return write(STDOUT_FILENO, text, static_cast<size_t>(got) + 1) == got + 1 ? 0 : 1;
}
