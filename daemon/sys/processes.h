// SPDX-License-Identifier: BSD-2-Clause
// Processes: forked, started from the very octets that were checked, reaped, ended.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/sys/credentials.h"
#include "daemon/sys/fd.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// end_process prints the error on standard error and ends this process with the error's status.
[[noreturn]] void end_process(std::string_view program, const Error& error);

// fork_process returns the child's process id, or 0 in the child. Requires one thread.
[[nodiscard]] Result<pid_t> fork_process();

// fork_bare_process does the same for what is forked for each connection: nothing is run that libraries want
// run after a fork, so fewer pages are copied. Not for a process with OpenSSL in it.
[[nodiscard]] Result<pid_t> fork_bare_process();

// reserve_heap moves the heap's end so that `octets` are free there, for children that are forked later: each
// that has to move it itself pays for a call and two pages more. To be called before much else.
void reserve_heap(std::size_t octets);

// Ended is one child that has ended.
struct Ended {
  pid_t pid = 0;
  int status = 0;  // as waitpid(2) gives it

  // signal returns the signal that ended it, or 0.
  [[nodiscard]] int signal() const noexcept;
  [[nodiscard]] int exit_status() const noexcept;  // -1 if a signal ended it
  // is_alarming: it was ended by a signal that speaks of an attack or a defect (SIGSYS, SIGSEGV, SIGBUS,
  // SIGILL, SIGABRT).
  [[nodiscard]] bool is_alarming() const noexcept;
  // text returns "signal SIGSYS" or "exit 71".
  [[nodiscard]] std::string text() const;
};

// reap_one takes one child that has ended; nothing if none has.
[[nodiscard]] std::optional<Ended> reap_one();

// Program is what a module is started from.
struct Program {
  std::string name;  // argv[0], shown by ps
  Fd sealed;         // memory file with exactly the octets that were checked
  Fd held;           // the file they were read from: used where the system forbids executing memory files
  bool notes_termination = false;  // SIGTERM waits until the program itself has called note_termination
};

// start_program forks, and in the child: a process group of its own; SIGTERM when its parent dies; default
// signals; descriptors[i] becomes descriptor i, all others are closed by the exec; an empty environment; the
// program. Requires root to be gone. A child that cannot get that far exits with EX_OSERR.
[[nodiscard]] Result<pid_t> start_program(const Dropped& dropped, const Program& program,
                                          std::span<const int> descriptors);

// become_program turns this process, a child just forked of `parent`, into the program, as start_program's
// child does. One that a service manager has started may do so as well.
[[noreturn]] void become_program(const Dropped& dropped, const Program& program,
                                 std::span<const int> descriptors, pid_t parent);

// start_root_program is the same for the one program that stays root's (PV-5): before the drop. Requires a
// Program of open_root_program.
[[nodiscard]] Result<pid_t> start_root_program(const Program& program, std::span<const int> descriptors);

// open_root_program opens a program that root may execute: root's, 0755, in directories of root's (DT-3).
[[nodiscard]] Result<Program> open_root_program(const std::string& path);

// Signals blocks the signals a supervising process waits for, and waits for them.
class Signals {
 public:
  // block blocks SIGCHLD, SIGTERM, SIGINT and SIGHUP, and ignores SIGPIPE (children inherit that).
  [[nodiscard]] static Result<Signals> block();
  // block_children blocks SIGCHLD alone.
  [[nodiscard]] static Result<Signals> block_children();
  // wait_for returns the next signal, or 0 when `patience` has passed.
  [[nodiscard]] int wait_for(std::chrono::milliseconds patience) const;
  // block_for_poll blocks as block does, and opens a descriptor that becomes readable with each of them.
  [[nodiscard]] static Result<Fd> block_for_poll();
  // take reads one signal from that descriptor; 0 if there is none.
  [[nodiscard]] static int take(int descriptor);
  // note_termination makes SIGTERM be noted instead of ending this process. It is delivered only while
  // wait_readable waits.
  [[nodiscard]] static Result<void> note_termination();
  // wait_readable waits until `descriptor` can be read (true) or SIGTERM was noted (false).
  [[nodiscard]] static bool wait_readable(int descriptor);
  // restore_defaults puts the defaults back in a child. `blocked`: but this signal waits still; 0: none does.
  static void restore_defaults(int blocked = 0);

 private:
  [[nodiscard]] static Result<Signals> block_these(std::span<const int> signals);
  explicit Signals(const sigset_t& set) noexcept : set_(set) {}
  sigset_t set_;
};

// signal_group sends `signal` to every process of a group; a group that is gone is no error.
[[nodiscard]] Result<void> signal_group(pid_t group, int signal);

// adopt_orphans makes this process the parent of its grandchildren whose own parent has ended.
[[nodiscard]] Result<void> adopt_orphans();

// clean_slate forgets the environment, sets umask 077 and goes to /.
[[nodiscard]] Result<void> clean_slate();

// forbid_file_growth: no file grows by this process (RLIMIT_FSIZE 0).
[[nodiscard]] Result<void> forbid_file_growth();

// limit_memory: the address space of this process, and of those it forks, is `octets` at most, for good. A
// limit that is tighter already stays. Makes prlimit64(2) of RLIMIT_AS alone.
[[nodiscard]] Result<void> limit_memory(std::size_t octets);

// limit_resources: no core dumps, `descriptors` open at most.
[[nodiscard]] Result<void> limit_resources(unsigned descriptors);

}  // namespace postern::daemon
