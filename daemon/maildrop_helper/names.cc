// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/names.h"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "daemon/maildrop_helper/profile.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kWho = "postern-maildrop-helper: names";

NameAnswer look_up(const MaildropQuestion& question) {
  static std::array<char, 65536> room;
  NameAnswer answer{question.ticket, NameStatus::kFailed, 0};
  const std::string name(login_of(question));
  passwd entry{};
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) != 0) return answer;
  if (found == nullptr) {
    answer.status = NameStatus::kUnknown;
    return answer;
  }
  answer.status = name == found->pw_name ? NameStatus::kFound : NameStatus::kOtherName;
  answer.uid = found->pw_uid;
  return answer;
}

Result<void> cage(const Settings& settings) {
  constexpr int kKept[] = {kHelperNames};
  if (auto step = close_all_except(kKept); !step.ok()) return step;
  const Dropped dropped = Credentials::drop_for_good(settings.lookup_uid, settings.lookup_gid);
  if (!dropped.holds()) return Error{"not what it was", "names", {}, 0, Exit::kSoftware};
  const auto places = places_of(settings);
  const SandboxOptions options{settings.sandbox, settings.landlock_abi_cap, places};
  if (auto step = prepare_sandbox(kHelperNamesProfile, options); !step.ok()) return step;
  if (auto step = forbid_file_growth(); !step.ok()) return step;
  for (const int pipe_end : {kHelperReady, 2})
    if (instrumented_calls().empty() && dup2(0, pipe_end) != pipe_end)
      return system_error("giving up the pipe to the dispatcher");
  return enter_sandbox(kHelperNamesProfile);
}

}  // namespace

void run_names(const Settings& settings) {
  if (auto caged = cage(settings); !caged.ok()) end_process(kWho, caged.error());
  for (;;) {
    std::array<char, sizeof(MaildropQuestion)> packet{};
    const ssize_t got = recv(kHelperNames, packet.data(), packet.size(), 0);
    if (got <= 0) _exit(0);
    const auto question = decode_question({packet.data(), static_cast<std::size_t>(got)});
    if (!question) _exit(static_cast<int>(Exit::kData));
    const NameAnswer answer = look_up(*question);
    if (send(kHelperNames, &answer, sizeof answer, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof answer))
      _exit(0);
  }
}

}  // namespace postern::daemon
