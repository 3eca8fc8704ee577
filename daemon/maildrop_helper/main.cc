// SPDX-License-Identifier: BSD-2-Clause
// postern-maildrop-helper: started by the dispatcher while it is root, or by a service manager with --config
// FILE for a connection to its socket; never by hand; no set-uid bit. In its cage it is uid 0 with CAP_CHOWN
// and group mail and nothing else, and allocates no memory (PV-5).
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "daemon/config/handover.h"
#include "daemon/logger/log.h"
#include "daemon/maildrop_helper/create.h"
#include "daemon/maildrop_helper/names.h"
#include "daemon/maildrop_helper/profile.h"
#include "daemon/maildrop_helper/unit.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sandbox.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kWho = "postern-maildrop-helper";
constexpr timeval kNamesPatience{5, 0};

// Never waits: whoever does not read answers gets none.
template <class Packet>
bool put(int socket, const Packet& packet) {
  return send(socket, &packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(sizeof packet);
}

bool say(const LogLine& line) {
  return send(kHelperLog, line.view().data(), line.view().size(), MSG_NOSIGNAL) >= 0;
}

// Without its child the helper is of no use: it ends, and the dispatcher says so.
[[noreturn]] void end_without_names() {
  const bool said = say(LogLine("maildrop-helper", "end").with("why", "the look-up of names has ended"));
  _exit(static_cast<int>(said ? Exit::kUnavailable : Exit::kInputOutput));
}

// The ticket is the helper's own: an asker who uses one twice gets no other user's answer. One to an earlier
// question, which came too late, is passed over.
NameAnswer ask_names(MaildropQuestion question) {
  static std::uint64_t tickets = 0;
  question.ticket = ++tickets;
  const NameAnswer failed{question.ticket, NameStatus::kFailed, 0};
  if (!put(kHelperNames, question)) {
    if (errno == EAGAIN) return failed;
    end_without_names();
  }
  for (;;) {
    NameAnswer answer;
    const ssize_t got = recv(kHelperNames, &answer, sizeof answer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return failed;
    if (got != static_cast<ssize_t>(sizeof answer)) end_without_names();
    if (answer.ticket == question.ticket) return answer;
  }
}

Made make_for(const MaildropQuestion& question, const Settings& settings) {
  const std::string_view name = login_of(question);
  if (const auto fault = permission::login_name_fault(name))
    return {MaildropTrouble::kNone, *fault, "", 0, 0};
  const NameAnswer known = ask_names(question);
  if (known.status == NameStatus::kFailed) return {MaildropTrouble::kNoLookUp, {}, "", 0, 0};
  std::optional<permission::UnixUser> user;
  if (known.status == NameStatus::kFound) user = {name, known.uid};
  if (known.status == NameStatus::kOtherName) user = {"", known.uid};
  return make_maildrop(kHelperSpool, {settings.mta_uid, settings.maildrop_group, settings.minimum_uid}, name,
                       user);
}

// MD-5: logged. What could not be logged is told as a temporary failure: the next question finds it as it is.
MaildropAnswer tell(const MaildropQuestion& question, const Made& made) {
  const MaildropAnswer answer{question.ticket, made.trouble, made.reason, {}, made.user};
  const char* const events[] = {"created", "exists", "refused", "temporary"};
  LogLine line("maildrop-helper", events[static_cast<std::size_t>(answer.outcome())]);
  line.with("reason", answer.text());
  if (*made.step != '\0') line.with("call", made.step);
  if (made.errno_value != 0) line.with("why", strerrordesc_np(made.errno_value));
  if (say(line.said("login", login_of(question)))) return answer;
  return {question.ticket, MaildropTrouble::kSystem, {}, {}, 0};
}

// False: the dispatcher is gone, or wants this process gone. It cannot send it a signal: that is in the way
// of its own Landlock, and it is not root's any more.
bool wait_for_question() {
  pollfd waited[] = {{kHelperRequests, POLLIN, 0}, {kHelperLifeline, POLLIN, 0}};
  while (ppoll(waited, std::size(waited), nullptr, nullptr) < 0)
    if (errno != EINTR) return false;
  return waited[1].revents == 0;
}

// Ends with the lifeline, and when every asker is gone.
[[noreturn]] void serve(const Settings& settings) {
  while (wait_for_question()) {
    std::array<char, sizeof(MaildropQuestion) + 1>
        packet{};  // one more: a longer packet is seen to be longer
    const ssize_t got = recv(kHelperRequests, packet.data(), packet.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) _exit(got == 0 ? 0 : static_cast<int>(Exit::kInputOutput));
    const auto question = decode_question({packet.data(), static_cast<std::size_t>(got)});
    const Made malformed{MaildropTrouble::kMalformed, {}, "", 0, 0};
    const MaildropAnswer answer =
        question ? tell(*question, make_for(*question, settings)) : tell(MaildropQuestion{}, malformed);
    if (!put(kHelperRequests, answer) && errno != EAGAIN)
      _exit(errno == EPIPE ? 0 : static_cast<int>(Exit::kInputOutput));
  }
  _exit(0);
}

// The spool is opened once and held: what its path leads to later does not matter (MD-5).
Result<void> hold_spool(const Settings& settings) {
  auto spool = open_spool(std::string(settings.maildrop_spool.view()), settings.maildrop_group);
  if (!spool.ok()) return spool.take_error();
  return move_descriptor(std::move(spool).value(), kHelperSpool);
}

Result<void> fork_names(const Settings& settings) {
  static auto pair = packet_pair();  // the spare end is closed with all else
  if (!pair.ok()) return pair.take_error();
  const auto child = fork_process();
  if (!child.ok()) return child.error();
  const int end = *child == 0 ? pair->second.get() : pair->first.get();
  if (end != kHelperNames && dup2(end, kHelperNames) != kHelperNames)
    return system_error("moving a descriptor");
  if (*child == 0) run_names(settings);
  if (setsockopt(kHelperNames, SOL_SOCKET, SO_RCVTIMEO, &kNamesPatience, sizeof kNamesPatience) != 0)
    return system_error("limiting a wait");
  return {};
}

Result<void> cage(const Settings& settings) {
  constexpr int kKept[] = {kHelperSpool, kHelperLog, kHelperRequests, kHelperLifeline, kHelperNames};
  if (auto step = close_all_except(kKept); !step.ok()) return step;
  Credentials::keep_chown_only(settings.maildrop_group);
  const SandboxProfile& profile = maildrop_helper_profile(settings.maildrop_group);
  const PlacedPath places[] = {{Place::kMaildropSpool, "/proc/self/fd/" + std::to_string(kHelperSpool)}};
  const SandboxOptions options{settings.sandbox, settings.landlock_abi_cap, places};
  if (auto step = prepare_sandbox(profile, options); !step.ok()) return step;
  if (auto step = forbid_file_growth(); !step.ok()) return step;
  return enter_sandbox(profile);
}

void tell_dispatcher(std::string_view text, bool works) {
  const bool said = write(kHelperReady, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!said || !works) _exit(static_cast<int>(Exit::kUnavailable));
}

// In the cage, by the calls of a real creation. What is wrong goes to the dispatcher, which prints it.
void prove_it_works(const Settings& settings) {
  if (ask_names(*make_question(1, "root")).status == NameStatus::kFailed)
    tell_dispatcher("the name service does not answer", false);
  const Made made = probe_spool(kHelperSpool, settings.lookup_uid, settings.maildrop_group);
  if (made.trouble == MaildropTrouble::kNone) return tell_dispatcher(kHelperWorks, true);
  const char* const why = made.errno_value == 0 ? "" : strerrordesc_np(made.errno_value);
  std::array<char, 128> text{};
  (void)std::snprintf(text.data(), text.size(), "%s: %s", made.step, why);
  tell_dispatcher(text.data(), false);
}

Result<void> take_up(Settings& settings, const char* config) {
  if (auto step =
          config == nullptr ? read_settings(handed::kSettings, settings) : take_up_unit(config, settings);
      !step.ok())
    return step;
  if (auto step = Credentials::forbid_new_privileges(); !step.ok()) return step;
  if (auto step = limit_resources(16); !step.ok()) return step;
  if (auto step = hold_spool(settings); !step.ok()) return step;
  if (auto step = fork_names(settings); !step.ok()) return step;
  return cage(settings);
}

}  // namespace
}  // namespace postern::daemon

int main(int argc, char** argv) {
  using namespace postern::daemon;
  static Settings settings;
  const bool is_unit = argc == 3 && std::string_view(argv[1]) == "--config";
  if (auto ready = take_up(settings, is_unit ? argv[2] : nullptr); !ready.ok())
    end_process(kWho, ready.error());
  prove_it_works(settings);
  serve(settings);
}
