// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "daemon/sys/fd.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

// At some eight new calls a year, eight years. Every number makes each filter longer, and a connection pays
// for two: the kernel compiles them anew.
constexpr int kNumbersToCome = 64;

struct FreeContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, FreeContext>;

Error filter_error(int code, const char* what) {
  return Error{std::string("seccomp: ") + what,
               {},
               "this kernel or libseccomp lacks what the sandbox needs; sandbox = best-effort goes without",
               -code,
               Exit::kUnavailable};
}

// A filter can be written on any kernel. Whether one can be entered is asked while best-effort still counts.
bool kernel_has_filters() {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0;
}

int newest_known_call() {
  int newest = 0;
  for (int number = 0; number < 1024; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name != nullptr) newest = number;
    std::free(name);
  }
  return newest;
}

int add_allowed(scmp_filter_ctx context, const AllowedCall& call) {
  std::array<scmp_arg_cmp, kMaxArgumentTests> tests{};
  for (unsigned i = 0; i < call.tests; ++i) {
    const ArgumentTest& test = call.test[i];
    tests[i].arg = test.index;
    tests[i].op = SCMP_CMP_MASKED_EQ;
    tests[i].datum_a = test.mask;
    tests[i].datum_b = test.value;
  }
  const int code = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, static_cast<int>(call.number), call.tests,
                                          tests.data());
  return code == -EEXIST ? 0 : code;
}

// clone3's argument lies in memory, where no filter can look.
int add_enosys(scmp_filter_ctx context) {
  int code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(ENOSYS), SYS_clone3, 0, nullptr);
  const int newest = newest_known_call();
  for (int number = newest + 1; code == 0 && number <= newest + kNumbersToCome; ++number)
    code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(ENOSYS), number, 0, nullptr);
  return code;
}

Result<Fd> program_file() {
  Fd file(memfd_create("filter", MFD_CLOEXEC));
  if (!file.is_open()) return system_error("cannot make a memory file for a filter");
  return file;
}

Result<FilterProgram> read_program(int file) {
  const off_t size = lseek(file, 0, SEEK_END);
  if (size <= 0 || size % static_cast<off_t>(sizeof(sock_filter)) != 0)
    return system_error("a filter of an odd size");
  FilterProgram program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (pread(file, program.data(), static_cast<std::size_t>(size), 0) != size)
    return system_error("cannot read a filter back");
  return program;
}

// write_program makes the program of `calls` in `file`.
Result<void> write_program(std::span<const AllowedCall> calls, int file) {
  if (!kernel_has_filters()) return filter_error(-errno, "this kernel has no filters that kill a process");
  const Context context(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (context == nullptr) return filter_error(-ENOMEM, "cannot begin");
  int code = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (code == 0) code = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (code != 0) return filter_error(code, "cannot set an attribute");
  for (const AllowedCall& call : calls)
    if (code = add_allowed(context.get(), call); code != 0) return filter_error(code, call.name);
  if (code = add_enosys(context.get()); code != 0) return filter_error(code, "newer calls");
  if (code = seccomp_export_bpf(context.get(), file); code != 0)
    return filter_error(code, "cannot write the program");
  return {};
}

}  // namespace

Result<FilterProgram> compile_filter(std::span<const AllowedCall> calls) {
  auto file = program_file();
  if (!file.ok()) return file.take_error();
  if (auto written = write_program(calls, file->get()); !written.ok()) return written.take_error();
  return read_program(file->get());
}

Result<FilterProgram> compile_filter_apart(std::span<const AllowedCall> calls) {
  auto file = program_file();
  if (!file.ok()) return file.take_error();
  const auto child = fork_process();
  if (!child.ok()) return child.error();
  if (*child == 0) {
    const auto written = write_program(calls, file->get());
    _exit(written.ok() ? 0 : written.error().errno_value);
  }
  int status = -1;
  while (waitpid(*child, &status, 0) < 0)
    if (errno != EINTR) return system_error("waiting for a filter");
  if (WIFSIGNALED(status)) return compile_filter(calls);  // killed: slower forks are better than no start
  if (status != 0) return filter_error(-WEXITSTATUS(status), "no program was made");
  return read_program(file->get());
}

Result<void> enter_filter(const FilterProgram& program) {
  sock_fprog description{};
  description.len = static_cast<unsigned short>(program.size());
  description.filter = const_cast<sock_filter*>(program.data());
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &description) != 0)
    return system_error("cannot install a seccomp filter", {},
                        "this kernel was built without seccomp filters", Exit::kUnavailable);
  return {};
}

}  // namespace postern::daemon
