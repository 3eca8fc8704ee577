// SPDX-License-Identifier: BSD-2-Clause
// Child processes: the runner's only contact with fork, exec, wait and kill.
#ifndef POSTERN_CONFORMANCE_RUNNER_PROCESS_H_
#define POSTERN_CONFORMANCE_RUNNER_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::conformance {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// ignore_broken_pipes: a write to a program that died is an error value, not a signal.
void ignore_broken_pipes();

// ExitStatus: how a process ended.
struct ExitStatus {
  int code = -1;  // exit code, or -1
  int signal = 0;
  // text: "exit 3" or "signal 11 (Segmentation fault)".
  std::string text() const;
};

// ChildProgram: a program spoken to by lines over its standard input and output. Owns the process: the
// destructor kills its process group.
class ChildProgram {
 public:
  // Starts `command` by /bin/sh in a process group of its own. Throws std::system_error.
  explicit ChildProgram(const std::string& command);
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;
  ~ChildProgram();

  enum class Read { kLine, kTimeOut, kEnd };

  // write_line: `line` and an LF. False if the program no longer reads, or not in time.
  bool write_line(std::string_view line, Clock::time_point deadline);
  // read_line: the next line, without its LF, into `line`.
  Read read_line(std::string& line, Clock::time_point deadline);
  // abandon: kills the program at once; it has had its time.
  void abandon();
  // end: kills the program if it still runs after 200 ms, and says how it ended. Idempotent.
  ExitStatus end();
  // diagnostics: the last 2,000 octets of its standard error.
  const std::string& diagnostics() const { return diagnostics_; }

 private:
  void close_all();
  void drain_diagnostics();

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string buffer_;
  std::string diagnostics_;
  std::optional<ExitStatus> status_;
};

// RunResult: a program that was run to its end.
struct RunResult {
  ExitStatus status;
  bool timed_out = false;
  std::string output;
};

struct RunRequest {
  std::vector<std::string> arguments;    // [0] is the file to execute
  std::string input;                     // its standard input
  std::string directory;                 // its working directory; empty = ours
  std::vector<std::string> environment;  // NAME=VALUE, besides ours
  std::string diagnostics_file;          // where its standard error is appended; empty = ours
  Milliseconds deadline{30000};
};

// run_program: runs it until it *itself* ends; a daemon it leaves behind may keep the output open. Killed at
// the deadline. Throws std::system_error if it cannot be started.
RunResult run_program(const RunRequest& request);

// end_process: SIGTERM, then SIGKILL after `grace`. `pid` may be no child of ours.
void end_process(pid_t pid, Milliseconds grace);

// process_lives: whether `pid` exists and is no zombie.
bool process_lives(pid_t pid);

// become_subreaper: what a daemon leaves behind becomes our child, so that reap_left_behind can end it.
void become_subreaper();
// end_left_behind: kills every child that is left; returns how many there were.
size_t end_left_behind();

// run_in_child: runs `work` in a forked child and gives its result; what the child leaves behind is ended.
// The caller keeps its own namespaces, and so can remove what the child had mounted. Nothing if the child was
// killed. The caller has one thread and nothing unwritten in its streams.
std::optional<int> run_in_child(const std::function<int()>& work);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_PROCESS_H_
