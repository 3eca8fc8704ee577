// SPDX-License-Identifier: BSD-2-Clause
// What a session or a keeper that has been taken over may try: one row a try, and how it must end in the cage
// of each. The acts need nothing but the places in `here`.
#pragma once

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "daemon/sys/sandbox.h"

namespace postern::daemon {

// Here: what the acts are tried on. `passed` is a descriptor that somebody else has opened; `local` a Unix
// datagram socket; `beside` another process of the same user.
struct Here {
  std::string root;
  pid_t beside = -1;
  int passed = -1;
  int local = -1;
  std::string mailbox(const char* name) const { return root + "/mailboxes/" + name; }
  std::string acknowledged() const { return root + "/queue/active/message"; }
  std::string module() const { return root + "/executables/postern-module"; }
};
inline Here here;

// Try: `act` answers 0 if it was done, or errno. `ends`: in a session, POP3's keeper, SMTP's keeper: K killed
// by SIGSYS, A EACCES, N ENOSYS, D done. `possible`: without any cage an ordinary user can do it.
struct Try {
  const char* what;
  int (*act)();
  const char* ends;
  bool possible = true;
};

inline int errno_of(long answer) {
  return answer < 0 ? errno : 0;
}

inline int opens(const std::string& path, int flags) {
  return errno_of(openat(AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0600));
}

// As a keeper does after a login: from then on there is the one mailbox.
inline int another_mailbox() {
  const int own = openat(AT_FDCWD, here.mailbox("ann").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0 || !confine_to_directory(own, rights::kPop3Mailbox).ok()) return errno;
  return opens(here.mailbox("bob") + "/message", O_RDONLY);
}

inline sockaddr_un strangers_socket() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (void)(here.root + "/stranger").copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

inline int sends_to_a_stranger(bool by_message) {
  sockaddr_un address = strangers_socket();
  if (!by_message)
    return errno_of(
        sendto(here.local, "x", 1, MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), sizeof address));
  char octet = 'x';
  iovec part{&octet, 1};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return errno_of(sendmsg(here.local, &message, MSG_NOSIGNAL));
}

inline int disconnects() {
  sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  return errno_of(connect(here.local, &unspecified, sizeof unspecified));
}

inline int forks() {
  const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return errno_of(child);
}

inline int executes() {
  char name[] = "true";
  char* const words[] = {name, nullptr};
  return errno_of(execve("/bin/true", words, nullptr));
}

inline int moves_memory(long call) {
  char octet = 0;
  const iovec own{&octet, 1};
  const iovec theirs{here.root.data(), 1};  // a fork has it at the same place
  return errno_of(syscall(call, here.beside, &own, 1UL, &theirs, 1UL, 0UL));
}

inline int limits_another() {
  rlimit now{};
  return errno_of(prlimit(here.beside, RLIMIT_NOFILE, nullptr, &now));
}

inline int maps_code(int file) {
  void* const at = mmap(nullptr, 4096, PROT_READ | PROT_EXEC,
                        file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE, file, 0);
  return at == MAP_FAILED ? errno : 0;
}

inline int makes_code() {
  alignas(4096) static char page[4096];
  return errno_of(mprotect(page, sizeof page, PROT_READ | PROT_EXEC));
}

inline int renames_back() {
  return errno_of(syscall(SYS_renameat2, AT_FDCWD, here.acknowledged().c_str(), AT_FDCWD,
                          (here.root + "/queue/incoming/again").c_str(), 1U /* RENAME_NOREPLACE */));
}

inline constexpr int kMadeAnew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

inline const Try kTries[] = {
    // files
    {"open a file of the system", [] { return opens("/etc/passwd", O_RDONLY); }, "KAK"},
    {"open another account's mailbox", another_mailbox, "KAK"},
    {"open a message to write", [] { return opens(here.mailbox("ann") + "/message", O_WRONLY); }, "KKK"},
    {"read acknowledged mail", [] { return opens(here.acknowledged(), O_RDONLY); }, "KAK"},
    {"make a file in a mailbox", [] { return opens(here.mailbox("ann") + "/made", kMadeAnew); }, "KDA"},
    {"remove acknowledged mail", [] { return errno_of(unlinkat(AT_FDCWD, here.acknowledged().c_str(), 0)); },
     "KAA"},
    {"take acknowledged mail back", renames_back, "KKA"},
    {"remove an account",
     [] { return errno_of(unlinkat(AT_FDCWD, (here.root + "/accounts/ann").c_str(), 0)); }, "KAA"},
    {"make a link",
     [] { return errno_of(symlinkat("/etc", AT_FDCWD, (here.root + "/queue/active/link").c_str())); }, "KKK"},
    {"make a second name",
     [] {
       return errno_of(linkat(AT_FDCWD, here.acknowledged().c_str(), AT_FDCWD,
                              (here.root + "/queue/active/two").c_str(), 0));
     },
     "KKK"},
    {"chmod a module", [] { return errno_of(syscall(SYS_fchmodat, AT_FDCWD, here.module().c_str(), 0700)); },
     "KKK"},
    {"write a module", [] { return opens(here.module(), O_WRONLY); }, "KKK", false},
    {"watch files", [] { return errno_of(inotify_init1(IN_CLOEXEC)); }, "KKK"},
    // the network
    {"make a socket", [] { return errno_of(socket(AF_INET, SOCK_STREAM, 0)); }, "KKK"},
    {"make a local socket", [] { return errno_of(socket(AF_UNIX, SOCK_DGRAM, 0)); }, "KKK"},
    {"connect to nobody (AF_UNSPEC)", disconnects, "KKK"},
    {"connect to a stranger",
     [] {
       const sockaddr_un to = strangers_socket();
       return errno_of(connect(here.local, reinterpret_cast<const sockaddr*>(&to), sizeof to));
     },
     "KKK"},
    {"listen", [] { return errno_of(listen(here.local, 1)); }, "KKK", false},
    {"accept", [] { return errno_of(accept4(here.local, nullptr, nullptr, 0)); }, "KKK", false},
    {"send to a stranger", [] { return sends_to_a_stranger(false); }, "KKK"},
    {"send a message to a stranger", [] { return sends_to_a_stranger(true); }, "KDD"},
    // programs and processes
    {"execute", executes, "KKK"},
    {"fork", forks, "KKK"},
    {"fork by clone3", [] { return errno_of(syscall(SYS_clone3, nullptr, 0)); }, "NNN", false},
    {"trace", [] { return errno_of(ptrace(PTRACE_SEIZE, here.beside, nullptr, nullptr)); }, "KKK"},
    {"read another's memory", [] { return moves_memory(SYS_process_vm_readv); }, "KKK"},
    {"write another's memory", [] { return moves_memory(SYS_process_vm_writev); }, "KKK"},
    {"change another's limits", limits_another, "KKK"},
    // kill and its side doors; 0 and SIGURG harm nobody
    {"kill", [] { return errno_of(kill(here.beside, 0)); }, "KKK"},
    {"kill a thread", [] { return errno_of(syscall(SYS_tgkill, here.beside, here.beside, 0)); }, "KKK"},
    {"open a process", [] { return errno_of(syscall(SYS_pidfd_open, here.beside, 0)); }, "KKK"},
    {"signal an open process",
     [] { return errno_of(syscall(SYS_pidfd_send_signal, here.passed, 0, nullptr, 0)); }, "KKK", false},
    {"take another's descriptor", [] { return errno_of(syscall(SYS_pidfd_getfd, here.passed, 0, 0)); }, "KKK",
     false},
    {"F_SETOWN", [] { return errno_of(fcntl(here.local, F_SETOWN, here.beside)); }, "KKK"},
    {"O_ASYNC", [] { return errno_of(fcntl(here.local, F_SETFL, O_ASYNC)); }, "KKK"},
    {"F_SETSIG", [] { return errno_of(fcntl(here.local, F_SETSIG, SIGURG)); }, "KKK"},
    {"slow another down",
     [] { return errno_of(setpriority(PRIO_PROCESS, static_cast<id_t>(here.beside), 19)); }, "KKK"},
    // a descriptor that was passed
    {"lease what was passed", [] { return errno_of(fcntl(here.passed, F_SETLEASE, F_RDLCK)); }, "KKK"},
    {"be told of changes to it", [] { return errno_of(fcntl(here.passed, F_NOTIFY, DN_MODIFY)); }, "KKK",
     false},
    {"chmod what was passed", [] { return errno_of(fchmod(here.passed, 0666)); }, "KKK"},
    {"chown what was passed", [] { return errno_of(fchown(here.passed, getuid(), getgid())); }, "KKK"},
    {"truncate what was passed", [] { return errno_of(ftruncate(here.passed, 0)); }, "KKK", false},
    {"change its times", [] { return errno_of(futimens(here.passed, nullptr)); }, "KKK"},
    {"ioctl what was passed",
     [] {
       int n = 0;
       return errno_of(ioctl(here.passed, FIONBIO, &n));
     },
     "KKK"},
    {"map it as code", [] { return maps_code(here.passed); }, "KKK"},
    // itself
    {"map code", [] { return maps_code(-1); }, "KKK"},
    {"make code of data", makes_code, "KKK"},
    {"become root", [] { return errno_of(syscall(SYS_setresuid, 0, 0, 0)); }, "KKK", false},
    {"be readable again", [] { return errno_of(prctl(PR_SET_DUMPABLE, 1)); }, "KKK"},
    {"make a namespace", [] { return errno_of(unshare(CLONE_NEWUSER)); }, "KKK", false},
    {"make a memory file", [] { return errno_of(memfd_create("x", 0)); }, "KKK"},
    {"make a ring of calls", [] { return errno_of(syscall(SYS_io_uring_setup, 1, nullptr)); }, "KKK", false},
    {"load a kernel program", [] { return errno_of(syscall(SYS_bpf, 0, nullptr, 0)); }, "KKK", false},
};

}  // namespace postern::daemon
