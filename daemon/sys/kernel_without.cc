// SPDX-License-Identifier: BSD-2-Clause
// kernel-without seccomp|landlock PROGRAM [ARGUMENT...]: for tests. Runs PROGRAM on what looks like a kernel
// that was built without that layer: its calls answer as they do there. posternd itself has no way to leave a
// layer out.
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace {

// Where the caller may (CAP_SYS_ADMIN), no_new_privs is left to the program, as on any kernel.
int answer_as_a_kernel_without(std::string_view layer) {
  const scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  if (context == nullptr) return -ENOMEM;
  int code = geteuid() == 0 ? seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0) : 0;
  const std::uint32_t missing = SCMP_ACT_ERRNO(ENOSYS);
  if (layer == "landlock") {
    for (const int call :
         {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self)})
      if (code == 0) code = seccomp_rule_add(context, missing, call, 0);
  } else {
    if (code == 0) code = seccomp_rule_add(context, missing, SCMP_SYS(seccomp), 0);
    const scmp_arg_cmp old_way{0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0};
    if (code == 0)
      code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &old_way);
  }
  if (code == 0) code = seccomp_load(context);
  seccomp_release(context);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view layer = argc > 2 ? argv[1] : "";
  if (layer != "seccomp" && layer != "landlock") {
    (void)std::fputs("usage: kernel-without seccomp|landlock PROGRAM [ARGUMENT...]\n", stderr);
    return 64;
  }
  if (const int code = answer_as_a_kernel_without(layer); code != 0) {
    (void)std::fprintf(stderr, "kernel-without: no filter can be set here (%d)\n", -code);
    return 71;
  }
  (void)execv(argv[2], argv + 2);
  (void)std::perror(argv[2]);
  return 71;
}
