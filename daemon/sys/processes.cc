// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/processes.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxHanded = 40;
constexpr int kAboveHanded = 64;
constexpr int kWaitedFor[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};

// In a child that cannot go on there is nobody to tell but whoever reads standard error.
[[noreturn]] void give_up(const Program& program, const char* step) {
  end_process("posternd", system_error(std::string("cannot start: ") + step, program.name));
}

int out_of_the_way(const Program& program, int descriptor) {
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, kAboveHanded);
  if (moved < 0) give_up(program, "moving a descriptor");
  return moved;
}

// The program's files, sealed and held. -1: it has none.
using ProgramFiles = std::array<int, 2>;

ProgramFiles move_program(const Program& program) {
  ProgramFiles files{program.sealed.get(), program.held.get()};
  for (int& file : files)
    if (file >= 0) file = out_of_the_way(program, file);
  return files;
}

// First all of them out of the way, then each to its place: a source may be another one's target.
void put_descriptors(const Program& program, std::span<const int> descriptors) {
  std::array<int, kMaxHanded> moved{};
  for (std::size_t i = 0; i < descriptors.size(); ++i) moved[i] = out_of_the_way(program, descriptors[i]);
  for (std::size_t i = 0; i < descriptors.size(); ++i)
    if (dup2(moved[i], static_cast<int>(i)) < 0) give_up(program, "handing over a descriptor");
  if (close_range(static_cast<unsigned>(descriptors.size()), ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    give_up(program, "close_range");
}

// Answers only if neither could be executed. A C program must see at least its name.
[[noreturn]] void execute(const Program& program, const ProgramFiles& files) {
  std::string name = program.name;
  std::array<char*, 2> arguments{name.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  for (const int file : files) {
    (void)syscall(SYS_execveat, file, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
    if (errno != EACCES && errno != EPERM) break;
  }
  give_up(program, "execveat");
}

[[noreturn]] void become(const Program& program, std::span<const int> descriptors, pid_t parent) {
  // A service manager's child leads a session, and so a group already.
  if (setpgid(0, 0) != 0 && errno != EPERM) give_up(program, "setpgid");
  if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) give_up(program, "PR_SET_PDEATHSIG");
  if (getppid() != parent) _exit(static_cast<int>(Exit::kTemporary));
  Signals::restore_defaults(program.notes_termination ? SIGTERM : 0);
  const ProgramFiles files = move_program(program);
  put_descriptors(program, descriptors);
  execute(program, files);
}

volatile sig_atomic_t termination_noted = 0;

void on_termination(int) {
  termination_noted = 1;
}

}  // namespace

void end_process(std::string_view program, const Error& error) {
  const std::string text = error.text();
  (void)std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(program.size()), program.data(), text.c_str());
  _exit(static_cast<int>(error.exit));
}

namespace {

Result<pid_t> forked(pid_t pid) {
  if (pid < 0)
    return system_error("fork", {}, "too many processes: lower max-connections or raise the limit",
                        Exit::kTemporary);
  return pid;
}

}  // namespace

Result<pid_t> fork_process() {
  return forked(fork());
}

Result<pid_t> fork_bare_process() {
  return forked(_Fork());
}

void reserve_heap(std::size_t octets) {
  constexpr std::size_t kGrowing = 120'000;  // more than is free, less than malloc maps apart
  if (mallopt(M_TOP_PAD, static_cast<int>(octets)) != 1) return;
  void* volatile grown = std::malloc(kGrowing);  // or the compiler leaves it out
  std::free(grown);                              // but for M_TOP_PAD
}

int Ended::signal() const noexcept {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
int Ended::exit_status() const noexcept {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Ended::is_alarming() const noexcept {
  const int by = signal();
  return by == SIGSYS || by == SIGSEGV || by == SIGBUS || by == SIGILL || by == SIGABRT;
}

std::string Ended::text() const {
  const int by = signal();
  if (by == 0) return "exit " + std::to_string(exit_status());
  const char* name = sigabbrev_np(by);
  return name == nullptr ? "signal " + std::to_string(by) : std::string("signal SIG") + name;
}

std::optional<Ended> reap_one() {
  Ended ended;
  ended.pid = waitpid(-1, &ended.status, WNOHANG);
  if (ended.pid <= 0) return std::nullopt;
  return ended;
}

Result<pid_t> start_program(const Dropped& dropped, const Program& program,
                            std::span<const int> descriptors) {
  if (!dropped.holds())
    return Error{"refused to start a module", program.name, "this is a defect, please report it", 0,
                 Exit::kSoftware};
  return start_root_program(program, descriptors);
}

Result<pid_t> start_root_program(const Program& program, std::span<const int> descriptors) {
  if (descriptors.size() > kMaxHanded)
    return Error{"too many descriptors", program.name, "this is a defect, please report it", 0,
                 Exit::kSoftware};
  const pid_t parent = getpid();
  auto pid = fork_process();
  if (pid.ok() && *pid == 0) become(program, descriptors, parent);
  return pid;
}

void become_program(const Dropped& dropped, const Program& program, std::span<const int> descriptors,
                    pid_t parent) {
  if (!dropped.holds() || descriptors.size() > kMaxHanded) give_up(program, "refused");
  become(program, descriptors, parent);
}

Result<Program> open_root_program(const std::string& path) {
  if (auto owned = check_owned_by_root(path); !owned.ok()) return owned.take_error();
  auto file = open_program(path.c_str(), 0, 0, 0755);
  if (!file.ok()) return file.take_error();
  return Program{path.substr(path.find_last_of('/') + 1), std::move(file).value(), Fd()};
}

Result<Signals> Signals::block() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  if (sigaction(SIGPIPE, &ignore, nullptr) != 0) return system_error("cannot ignore SIGPIPE");
  return block_these(kWaitedFor);
}

Result<Signals> Signals::block_children() {
  constexpr int kChild[] = {SIGCHLD};
  return block_these(kChild);
}

Result<Signals> Signals::block_these(std::span<const int> signals) {
  sigset_t set;
  (void)sigemptyset(&set);  // cannot fail
  for (const int one : signals)
    if (sigaddset(&set, one) != 0) return system_error("sigaddset");
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return system_error("cannot block signals");
  return Signals(set);
}

int Signals::wait_for(std::chrono::milliseconds patience) const {
  timespec limit{};
  limit.tv_sec = patience.count() / 1000;
  limit.tv_nsec = (patience.count() % 1000) * 1'000'000;
  const int got = sigtimedwait(&set_, nullptr, &limit);
  return got > 0 ? got : 0;
}

Result<Fd> Signals::block_for_poll() {
  const auto blocked = block();
  if (!blocked.ok()) return blocked.error();
  Fd made(signalfd(-1, &blocked->set_, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!made.is_open()) return system_error("signalfd");
  return made;
}

int Signals::take(int descriptor) {
  signalfd_siginfo info{};
  if (read(descriptor, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
  return static_cast<int>(info.ssi_signo);
}

Result<void> Signals::note_termination() {
  struct sigaction note {};
  note.sa_handler = on_termination;
  if (sigaction(SIGTERM, &note, nullptr) != 0) return system_error("cannot arrange for SIGTERM");
  constexpr int kTermination[] = {SIGTERM};
  auto blocked = block_these(kTermination);
  return blocked.ok() ? Result<void>{} : blocked.take_error();
}

bool Signals::wait_readable(int descriptor) {
  const sigset_t none{};
  pollfd ready{descriptor, POLLIN, 0};
  while (termination_noted == 0)
    if (ppoll(&ready, 1, nullptr, &none) > 0) return true;
  return false;
}

void Signals::restore_defaults(int blocked) {
  sigset_t set;
  if (sigemptyset(&set) != 0 || (blocked != 0 && sigaddset(&set, blocked) != 0) ||
      sigprocmask(SIG_SETMASK, &set, nullptr) != 0)
    _exit(static_cast<int>(Exit::kSystem));
}

Result<void> signal_group(pid_t group, int signal) {
  if (kill(-group, signal) != 0 && errno != ESRCH) return system_error("kill");
  return {};
}

Result<void> adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return system_error("PR_SET_CHILD_SUBREAPER");
  return {};
}

Result<void> clean_slate() {
  (void)umask(077);  // cannot fail
  if (clearenv() != 0) return system_error("clearenv");
  if (chdir("/") != 0) return system_error("cannot go to /");
  return {};
}

Result<void> forbid_file_growth() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_FSIZE, &none) != 0) return system_error("cannot forbid that files grow");
  return {};
}

Result<void> limit_memory(std::size_t octets) {
  rlimit memory{};
  if (getrlimit(RLIMIT_AS, &memory) != 0) return system_error("getrlimit");
  if (memory.rlim_max != RLIM_INFINITY && memory.rlim_max <= octets) return {};  // tighter already
  memory.rlim_cur = memory.rlim_max = octets;
  if (setrlimit(RLIMIT_AS, &memory) != 0) return system_error("cannot limit memory");
  return {};
}

Result<void> limit_resources(unsigned descriptors) {
  const rlimit no_core{0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return system_error("cannot forbid core dumps");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return system_error("getrlimit");
  if (files.rlim_max != RLIM_INFINITY && files.rlim_max < descriptors) return {};  // tighter already
  files.rlim_cur = files.rlim_max = descriptors;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return system_error("setrlimit");
  return {};
}

}  // namespace postern::daemon
