// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <thread>

namespace postern::conformance {
namespace {

constexpr size_t kMaxLine = size_t{4} << 20U;
constexpr size_t kKeptDiagnostics = 2000;

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe", errno);
  return {ends[0], ends[1]};
}

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

void set_non_blocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 3600000));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// SpawnPlan: which descriptors the child gets, where it runs; one posix_spawn.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    sigset_t defaults;
    sigemptyset(&defaults);
    posix_spawnattr_setsigmask(&attributes_, &defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void give(int ours, int theirs) { posix_spawn_file_actions_adddup2(&actions_, ours, theirs); }
  void append_to(const std::string& file, int theirs) {
    posix_spawn_file_actions_addopen(&actions_, theirs, file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  void run_in(const std::string& directory) {
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }

  pid_t spawn(std::vector<std::string> arguments, const std::vector<std::string>& additions) {
    std::vector<std::string> environment = additions;
    for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, arguments[0].c_str(), &actions_, &attributes_,
                                  pointers(arguments).data(), pointers(environment).data());
    if (error != 0) fail(arguments[0], error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

ExitStatus status_of(int wait_status) {
  ExitStatus status;
  if (WIFEXITED(wait_status)) status.code = WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status)) status.signal = WTERMSIG(wait_status);
  return status;
}

// Waits until `pid`, a child, ends; false at the deadline.
bool wait_until(pid_t pid, Clock::time_point deadline, ExitStatus& status) {
  for (Milliseconds pause{1};; pause = std::min(pause * 2, Milliseconds{20})) {
    int wait_status = 0;
    const pid_t ended = waitpid(pid, &wait_status, WNOHANG);
    if (ended == pid) {
      status = status_of(wait_status);
      return true;
    }
    if (ended < 0 && errno != EINTR) return true;
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

// Appends what is there to `text`; false once the other end is closed.
bool read_some(int fd, std::string& text) {
  char chunk[65536];
  const ssize_t got = read(fd, chunk, sizeof chunk);
  if (got > 0) text.append(chunk, static_cast<size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

void ignore_broken_pipes() {
  signal(SIGPIPE, SIG_IGN);
}

std::string ExitStatus::text() const {
  if (signal != 0) return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  return "exit " + std::to_string(code);
}

ChildProgram::ChildProgram(const std::string& command) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  SpawnPlan plan;
  plan.give(in.read_end, 0);
  plan.give(out.write_end, 1);
  plan.give(err.write_end, 2);
  pid_ = plan.spawn({"/bin/sh", "-c", "exec " + command}, {});
  close_fd(in.read_end);
  close_fd(out.write_end);
  close_fd(err.write_end);
  in_ = in.write_end;
  out_ = out.read_end;
  err_ = err.read_end;
  for (const int fd : {in_, out_, err_}) set_non_blocking(fd);
}

ChildProgram::~ChildProgram() {
  end();
}

void ChildProgram::close_all() {
  close_fd(in_);
  close_fd(out_);
  close_fd(err_);
}

void ChildProgram::drain_diagnostics() {
  const size_t before = diagnostics_.size();
  if (err_ >= 0 && !read_some(err_, diagnostics_)) close_fd(err_);
  if (diagnostics_.size() == before) return;
  if (diagnostics_.size() > kKeptDiagnostics) diagnostics_.erase(0, diagnostics_.size() - kKeptDiagnostics);
}

bool ChildProgram::write_line(std::string_view line, Clock::time_point deadline) {
  const std::string text = std::string(line) + "\n";
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t wrote = write(in_, text.data() + sent, text.size() - sent);
    if (wrote > 0) sent += static_cast<size_t>(wrote);
    if (wrote < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (wrote >= 0) continue;
    pollfd waiting{in_, POLLOUT, 0};
    if (poll(&waiting, 1, left_ms(deadline)) == 0) return false;
  }
  return true;
}

ChildProgram::Read ChildProgram::read_line(std::string& line, Clock::time_point deadline) {
  while (true) {
    if (const size_t lf = buffer_.find('\n'); lf != std::string::npos) {
      line = buffer_.substr(0, lf);
      buffer_.erase(0, lf + 1);
      return Read::kLine;
    }
    if (buffer_.size() > kMaxLine) return Read::kEnd;
    pollfd waiting[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
    if (poll(waiting, 2, left_ms(deadline)) == 0) return Read::kTimeOut;
    drain_diagnostics();
    if (waiting[0].revents != 0 && !read_some(out_, buffer_)) return Read::kEnd;
  }
}

void ChildProgram::abandon() {
  if (!status_) kill(-pid_, SIGKILL);
}

ExitStatus ChildProgram::end() {
  if (status_) return *status_;
  close_fd(in_);
  ExitStatus status;
  if (!wait_until(pid_, Clock::now() + Milliseconds{200}, status)) {
    kill(-pid_, SIGKILL);
    wait_until(pid_, Clock::now() + Milliseconds{5000}, status);
  }
  drain_diagnostics();
  close_all();
  status_ = status;
  return status;
}

namespace {

// Feeds the input and gathers the output until the program itself ends, or the deadline.
void converse(pid_t pid, int in, int out, const RunRequest& request, RunResult& result) {
  const Clock::time_point deadline = Clock::now() + request.deadline;
  const int ended = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  size_t sent = 0;
  bool open = true;
  while (Clock::now() < deadline) {
    if (sent == request.input.size()) close_fd(in);
    pollfd waiting[3] = {{ended, POLLIN, 0}, {open ? out : -1, POLLIN, 0}, {in, POLLOUT, 0}};
    if (poll(waiting, 3, left_ms(deadline)) < 0) continue;
    if (waiting[1].revents != 0) open = read_some(out, result.output);
    if (waiting[2].revents != 0) {
      const ssize_t wrote = write(in, request.input.data() + sent, request.input.size() - sent);
      if (wrote > 0) sent += static_cast<size_t>(wrote);
      if (wrote < 0 && errno != EAGAIN) close_fd(in);
    }
    if (waiting[0].revents != 0) break;
  }
  for (size_t before = 0; open && before != result.output.size();) {
    before = result.output.size();
    open = read_some(out, result.output);
    if (result.output.size() != before) before = 0;
  }
  close_fd(in);
  int ended_fd = ended;
  close_fd(ended_fd);
}

}  // namespace

RunResult run_program(const RunRequest& request) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  SpawnPlan plan;
  plan.give(in.read_end, 0);
  plan.give(out.write_end, 1);
  if (!request.diagnostics_file.empty()) plan.append_to(request.diagnostics_file, 2);
  if (!request.directory.empty()) plan.run_in(request.directory);
  const pid_t pid = plan.spawn(request.arguments, request.environment);
  close_fd(in.read_end);
  close_fd(out.write_end);
  set_non_blocking(in.write_end);
  set_non_blocking(out.read_end);
  RunResult result;
  converse(pid, in.write_end, out.read_end, request, result);
  close_fd(out.read_end);
  if (!wait_until(pid, Clock::now() + Milliseconds{50}, result.status)) {
    result.timed_out = true;
    kill(-pid, SIGKILL);
    wait_until(pid, Clock::now() + Milliseconds{5000}, result.status);
  }
  return result;
}

bool process_lives(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return false;
  const size_t name_end = text.rfind(')');
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] != 'Z' &&
         text[name_end + 2] != 'X';
}

void end_process(pid_t pid, Milliseconds grace) {
  if (pid <= 1 || kill(pid, SIGTERM) != 0) return;
  for (const auto deadline = Clock::now() + grace; Clock::now() < deadline && process_lives(pid);) {
    std::this_thread::sleep_for(Milliseconds{10});
  }
  if (process_lives(pid)) kill(pid, SIGKILL);
}

void become_subreaper() {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

namespace {

volatile pid_t working_child = -1;

extern "C" void stop_child(int) {
  kill(working_child, SIGKILL);
}

}  // namespace

std::optional<int> run_in_child(const std::function<int()>& work) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) fail("fork", errno);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(1);
    become_subreaper();
    _exit(work());
  }
  // Told to stop, the parent still cleans up.
  working_child = child;
  for (const int stop : {SIGINT, SIGTERM, SIGHUP}) signal(stop, stop_child);
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) continue;
  end_left_behind();
  const ExitStatus status = status_of(wait_status);
  return status.signal == 0 ? std::optional(status.code) : std::nullopt;
}

size_t end_left_behind() {
  size_t ended = 0;
  const std::string self = std::to_string(getpid());
  for (int round = 0; round < 50; ++round) {
    std::ifstream children("/proc/" + self + "/task/" + self + "/children");
    std::vector<pid_t> left;
    for (pid_t pid = 0; children >> pid;) left.push_back(pid);
    if (left.empty()) break;
    for (const pid_t pid : left) {
      if (process_lives(pid)) ++ended;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  return ended;
}

}  // namespace postern::conformance
