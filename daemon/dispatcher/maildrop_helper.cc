// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/maildrop_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/maildrop_helper/create.h"
#include "daemon/maildrop_helper/profile.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {
namespace {

constexpr int kPatience = 30'000;  // milliseconds

Result<Program> find_helper() {
  char* own = realpath("/proc/self/exe", nullptr);
  if (own == nullptr) return system_error("cannot find out where posternd lies");
  const std::string path(own);
  std::free(own);
  return open_root_program(path.substr(0, path.find_last_of('/')) + "/postern-maildrop-helper");
}

// Warnings may come before it: lines, for sandbox = best-effort is loud.
bool works(std::string_view said) {
  return said == kHelperWorks || said.ends_with("\n" + std::string(kHelperWorks));
}

// All that it has to say until it works, or has ended.
std::string said_by(int pipe_end) {
  std::string text;
  std::array<char, 512> octets{};
  for (pollfd waited{pipe_end, POLLIN, 0}; !works(text);) {
    const int ready = poll(&waited, 1, kPatience);
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t got = ready == 1 ? read(pipe_end, octets.data(), octets.size()) : 0;
    if (got <= 0) break;
    text.append(octets.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Result<void> wait_until_ready(int pipe_end) {
  std::string said = said_by(pipe_end);
  if (works(said)) {
    said.resize(said.size() - kHelperWorks.size());
    (void)std::fputs(said.c_str(), stderr);
    return {};
  }
  while (said.ends_with('\n')) said.pop_back();
  return Error{"the maildrop helper cannot work: " + said, "postern-maildrop-helper",
               "the spool must be root:mail 3775 on a file system with O_TMPFILE, and /proc mounted", 0,
               Exit::kUnavailable};
}

}  // namespace

Result<void> start_maildrop_helper(Wiring& wiring) {
  auto program = find_helper();
  if (!program.ok()) return program.take_error();
  auto requests = packet_pair();
  if (!requests.ok()) return requests.take_error();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
  const Fd ready(ends[0]);
  Fd says_so(ends[1]);
  // Standard error as well: it says what is wrong to the dispatcher, and holds no terminal afterwards.
  const int errors = instrumented_calls().empty() ? says_so.get() : 2;
  const int descriptors[] = {wiring.null.get(),
                             says_so.get(),
                             errors,
                             wiring.settings.get(),
                             wiring.lines.first.get(),
                             requests->second.get(),
                             wiring.lifeline.second.get()};
  const auto pid = start_root_program(*program, descriptors);
  if (!pid.ok()) return pid.error();
  says_so.reset();
  if (auto step = wait_until_ready(ready.get()); !step.ok()) return step;
  wiring.maildrops = std::move(requests->first);
  wiring.helper = *pid;
  return {};
}

std::vector<std::string> check_maildrop_helper(const Settings& settings) {
  std::vector<std::string> findings;
  const bool is_apart = !settings.maildrop_socket.view().empty();
  if (settings.maildrop_spool.view().empty() || (!settings.started_as_root && !is_apart)) return findings;
  if (const auto program = find_helper(); !program.ok()) findings.push_back(program.error().text());
  const auto spool = open_spool(std::string(settings.maildrop_spool.view()), settings.maildrop_group);
  if (!spool.ok()) findings.push_back(spool.error().text());
  return findings;
}

}  // namespace postern::daemon
