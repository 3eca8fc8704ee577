// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/start.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "daemon/config/handover.h"
#include "daemon/dispatcher/maildrop_helper.h"
#include "daemon/dispatcher/ports.h"
#include "daemon/dispatcher/profile.h"
#include "daemon/dispatcher/supervisor.h"
#include "daemon/dispatcher/tls_files.h"
#include "daemon/dispatcher/trees.h"
#include "daemon/dispatcher/users.h"
#include "daemon/sys/files.h"
#include "daemon/sys/notify.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{1} << 20U;
constexpr unsigned kDescriptors = 4096;

void complain(const std::string& text) {
  (void)std::fprintf(stderr, "posternd: %s\n", text.c_str());
}

Exit refused(const Error& error) {
  complain(error.text());
  return error.exit;
}

// What root reads must be root's (DT-3).
Result<std::string> read_trusted(const std::string& path, StartedAs started) {
  if (started == StartedAs::kRoot)
    if (auto owned = check_owned_by_root(path); !owned.ok()) return owned.take_error();
  return read_file(path.c_str(), kMaxConfig);
}

void load_digests(Loaded& loaded, StartedAs started) {
  const std::string path(loaded.settings.module_digests.view());
  if (path.empty() && started == StartedAs::kRoot)
    loaded.errors.push_back(Error{"module-digests is missing: root starts no module without it",
                                  {},
                                  "run postern-setup, which writes the list and the key",
                                  0,
                                  Exit::kConfig});
  if (path.empty()) return;
  auto text = read_trusted(path, started);
  if (!text.ok()) return loaded.errors.push_back(text.take_error());
  auto digests = parse_digests(*text, path);
  if (!digests.ok()) return loaded.errors.push_back(digests.take_error());
  loaded.digests = std::move(digests).value();
}

void settle_ids(Loaded& loaded, StartedAs started) {
  Settings& settings = loaded.settings;
  settings.started_as_root = started == StartedAs::kRoot;
  if (settings.hash_slots == 0) settings.hash_slots = std::max(1U, std::thread::hardware_concurrency());
  if (started == StartedAs::kUser) {
    settings.mta_uid = geteuid();
    settings.mta_gid = getegid();
    return;
  }
  if (auto able = Credentials::can_become(settings.mta_uid, settings.mta_gid); !able.ok())
    loaded.errors.push_back(able.take_error());
  if (!settings.maildrop_socket.view().empty())
    loaded.errors.push_back(Error{"maildrop-socket is for a start without root", "maildrop-socket",
                                  "User= in the service unit, and start or check as that user; or drop that "
                                  "line, and posternd starts the helper itself",
                                  0, Exit::kConfig});
}

// Passed sockets are not for root: whoever passes them has bound them.
Result<std::vector<std::string>> names_of_passed(StartedAs started) {
  const PassedWords words = PassedWords::of_environment();
  if (started == StartedAs::kUser || words.count == nullptr) return passed_names(words, getpid());
  return Error{"started as root with LISTEN_FDS: one or the other", "environment",
               "User= in the service unit; or no socket units, and posternd binds its ports itself", 0,
               Exit::kUsage};
}

// The program that root runs must be root's as well (DT-3).
Result<void> check_own_program(StartedAs started) {
  if (started != StartedAs::kRoot) return {};
  return check_owned_by_root("/proc/self/exe");
}

// Taken before the environment is forgotten: who wants to be told when the ports listen.
std::string notify_socket() {
  const char* const named = std::getenv("NOTIFY_SOCKET");
  return named == nullptr ? std::string() : named;
}

// Hold is what this process was started as and with.
struct Hold {
  StartedAs started;
  std::vector<PassedSocket> passed;  // none: the ports are ours to bind
};

Result<Hold> take_hold() {
  auto started = Credentials::started_as();
  if (!started.ok()) return started.take_error();
  const auto names = names_of_passed(*started);
  if (!names.ok()) return names.error();
  if (auto step = open_standard_descriptors(); !step.ok()) return step.take_error();
  if (auto step = close_all_from(kFirstPassed + static_cast<unsigned>(names->size())); !step.ok())
    return step.take_error();
  auto passed = own_passed(*names);
  if (!passed.ok()) return passed.take_error();
  if (auto step = check_own_program(*started); !step.ok()) return step.take_error();
  if (auto step = clean_slate(); !step.ok()) return step.take_error();
  if (auto step = limit_resources(kDescriptors); !step.ok()) return step.take_error();
  return Hold{*started, std::move(passed).value()};
}

Result<Fd> open_the_log(const Settings& settings, StartedAs started) {
  if (settings.log_to_stderr) {
    Fd copy(fcntl(2, F_DUPFD_CLOEXEC, 3));
    if (!copy.is_open()) return system_error("cannot duplicate standard error");
    return copy;
  }
  const std::string path(settings.log_file.view());
  const std::string directory = path.substr(0, std::max<std::size_t>(path.find_last_of('/'), 1));
  if (started == StartedAs::kRoot)
    if (auto owned = check_owned_by_root(directory); !owned.ok()) return owned.take_error();
  return open_log(path.c_str());
}

Result<Programs> load_programs(const Loaded& loaded) {
  struct Wanted {
    const char* name;
    Program Programs::*place;
    bool is_needed = true;
  };
  const Settings& settings = loaded.settings;
  const Wanted all[] = {
      {"postern-logger", &Programs::logger},
      {"postern-resolver", &Programs::resolver},
      {"postern-pop3", &Programs::pop3, settings.pop3_listen_count + settings.pop3_tls_listen_count != 0},
      {"postern-smtp", &Programs::smtp, settings.smtp_listen_count != 0},
      {"postern-imap", &Programs::imap, settings.imap_listen_count + settings.imap_tls_listen_count != 0},
      {"postern-tls", &Programs::tls, encrypts(settings)},
  };
  const auto* digests = loaded.digests ? &*loaded.digests : nullptr;
  Programs programs;
  for (const Wanted& one : all) {
    if (!one.is_needed) continue;
    auto program = load_program(settings, one.name, digests);
    if (!program.ok()) return program.take_error();
    programs.*one.place = std::move(program).value();
  }
  programs.logger.notes_termination = true;  // however early it is ended, it writes what lies there
  return programs;
}

Result<void> check_the_trees(const Settings& settings) {
  std::string all;
  for (const std::string& finding : check_trees(settings)) all += "\n  " + finding;
  if (all.empty()) return {};
  return Error{"the trees are not as they must be:" + all + "\n",
               {},
               "run postern-setup again, or correct them",
               0,
               Exit::kConfig};
}

Result<Wiring> wire(const Settings& settings, Fd log) {
  Wiring wiring;
  wiring.log_file = std::move(log);
  wiring.null.reset(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!wiring.null.is_open()) return system_error("cannot open", "/dev/null");
  auto sealed = seal_settings(settings);
  if (!sealed.ok()) return sealed.take_error();
  wiring.settings = std::move(sealed).value();
  if (auto made = make_channels(wiring); !made.ok()) return made.take_error();
  return wiring;
}

Result<void> open_trees(const Settings& settings, Wiring& wiring) {
  const std::string postoffice(settings.postoffice.view());
  const std::pair<std::string, Fd*> directories[] = {{postoffice + "/accounts", &wiring.accounts},
                                                     {settings.mailbox.c_str(), &wiring.mailboxes},
                                                     {postoffice + "/queue/incoming", &wiring.incoming},
                                                     {postoffice + "/queue/active", &wiring.active}};
  for (const auto& [path, descriptor] : directories) {
    auto opened = open_directory(path.c_str());
    if (!opened.ok()) return opened.take_error();
    *descriptor = std::move(opened).value();
  }
  return {};
}

Result<Program> load_deliver(const Loaded& loaded) {
  return load_program(loaded.settings, "postern-deliver", loaded.digests ? &*loaded.digests : nullptr);
}

// The deliver supervisor makes its own drop, to the MTA user in group mail, before the dispatcher makes its.
// PV-4
Result<void> start_deliver_as_root(const Loaded& loaded, Wiring& wiring) {
  const auto program = load_deliver(loaded);
  if (!program.ok()) return program.error();
  const Settings& settings = loaded.settings;
  const gid_t mail = settings.maildrop_group == 0 ? kNoGroup : settings.maildrop_group;
  const pid_t parent = getpid();
  const auto pid = fork_process();
  if (!pid.ok()) return pid.error();
  if (*pid == 0) {
    wiring.lifeline.first.reset();
    const Dropped dropped = Credentials::drop_for_good(settings.mta_uid, settings.mta_gid, mail);
    become_program(dropped, *program, deliver_descriptors(wiring), parent);
  }
  wiring.deliver = *pid;
  wiring.lifeline.second.reset();
  return {};
}

Result<void> start_deliver_as_user(const Loaded& loaded, const Dropped& dropped, Wiring& wiring) {
  const auto program = load_deliver(loaded);
  if (!program.ok()) return program.error();
  const auto pid = start_program(dropped, *program, deliver_descriptors(wiring));
  if (!pid.ok()) return pid.error();
  wiring.deliver = *pid;
  return {};
}

Result<void> prepare_cage(const Settings& settings) {
  const auto places = places_of(settings);
  const SandboxOptions options{settings.sandbox, settings.landlock_abi_cap, places};
  return prepare_sandbox(kDispatcherProfile, options, module_profiles());
}

// Everything after the drop. `bound` or `listeners` has the sockets: root's are not listening yet (PV-1a).
Exit serve(const Loaded& loaded, const Dropped& dropped, Wiring wiring, std::vector<BoundSocket> bound,
           std::vector<Listener> listeners) {
  const auto programs = load_programs(loaded);
  if (!programs.ok()) return refused(programs.error());
  if (auto step = open_trees(loaded.settings, wiring); !step.ok()) return refused(step.error());
  if (auto step = adopt_orphans(); !step.ok()) return refused(step.error());
  const auto signals = Signals::block();
  if (!signals.ok()) return refused(signals.error());
  if (auto step = prepare_cage(loaded.settings); !step.ok()) return refused(step.error());
  auto started = listen_on(dropped, std::move(bound));
  if (!started.ok()) return refused(started.error());
  std::ranges::move(*started, std::back_inserter(listeners));
  hand_out(loaded.settings, std::move(listeners), wiring);
  if (auto told = tell_service_manager(loaded.notify, "READY=1"); !told.ok()) complain(told.error().text());
  if (auto step = enter_sandbox(kDispatcherProfile); !step.ok()) return refused(step.error());
  return supervise(dropped, *signals, *programs, wiring);
}

// PV-1. The helper comes before the deliver supervisor, which asks it.
Exit run_as_root(const Loaded& loaded) {
  auto bound = bind_ports(loaded.settings);
  if (!bound.ok()) return refused(bound.error());
  if (auto step = Credentials::forbid_new_privileges(); !step.ok()) return refused(step.error());
  auto log = open_the_log(loaded.settings, StartedAs::kRoot);
  if (!log.ok()) return refused(log.error());
  auto wiring = wire(loaded.settings, std::move(log).value());
  if (!wiring.ok()) return refused(wiring.error());
  if (auto good = check_the_trees(loaded.settings); !good.ok()) return refused(good.error());
  if (!loaded.settings.maildrop_spool.view().empty())
    if (auto step = start_maildrop_helper(*wiring); !step.ok()) return refused(step.error());
  if (auto step = start_deliver_as_root(loaded, *wiring); !step.ok()) return refused(step.error());
  wiring->maildrops.reset();  // nobody else asks
  if (auto step = open_tls_files(loaded.settings, StartedAs::kRoot, *wiring); !step.ok())
    return refused(step.error());
  const Dropped dropped = Credentials::drop_for_good(loaded.settings.mta_uid, loaded.settings.mta_gid);
  return serve(loaded, dropped, std::move(wiring).value(), std::move(bound).value(), {});
}

// PV-4: who is in group mail, and who is not, where nobody here can change that.
Result<void> check_membership(const Settings& settings, Part part) {
  const bool is_wanted = part == Part::kDeliver;
  if (settings.maildrop_socket.view().empty() || Credentials::is_member(settings.maildrop_group) == is_wanted)
    return {};
  return Error{is_wanted ? "the deliver supervisor is not in group mail"
                         : "posternd is in group mail: every module would be (PV-4)",
               "maildrop-group",
               is_wanted ? "SupplementaryGroups=mail in postern-deliver.service"
                         : "no SupplementaryGroups= in postern.service, and the MTA user not in that group",
               0, Exit::kConfig};
}

Result<void> start_deliver_unless_apart(const Loaded& loaded, const Dropped& dropped, Wiring& wiring) {
  if (!loaded.settings.maildrop_socket.view().empty()) return {};
  if (!loaded.settings.maildrop_spool.view().empty())
    complain("WARNING: maildrop-spool without root or a maildrop-socket: no maildrop can be made");
  return start_deliver_as_user(loaded, dropped, wiring);
}

// Ports that anyone may bind: listening follows at once, lest somebody else binds them too. Those that were
// passed may be listening already: connections wait, nobody accepts before the modules start.
Exit run_as_user(const Loaded& loaded, std::vector<PassedSocket> passed) {
  complain("WARNING: started as uid " + std::to_string(loaded.settings.mta_uid) +
           ", not as root: there is nothing to drop, and all processes run as this user");
  if (auto good = check_membership(loaded.settings, Part::kAll); !good.ok()) return refused(good.error());
  auto log = open_the_log(loaded.settings, StartedAs::kUser);
  if (!log.ok()) return refused(log.error());
  const Dropped dropped = Credentials::drop_nothing();
  auto bound = passed.empty() ? bind_ports(loaded.settings) : match_ports(loaded.settings, std::move(passed));
  if (!bound.ok()) return refused(bound.error());
  auto listeners = listen_on(dropped, std::move(bound).value());
  if (!listeners.ok()) return refused(listeners.error());
  auto wiring = wire(loaded.settings, std::move(log).value());
  if (!wiring.ok()) return refused(wiring.error());
  if (auto good = check_the_trees(loaded.settings); !good.ok()) return refused(good.error());
  if (auto step = start_deliver_unless_apart(loaded, dropped, *wiring); !step.ok())
    return refused(step.error());
  if (auto step = open_tls_files(loaded.settings, StartedAs::kUser, *wiring); !step.ok())
    return refused(step.error());
  return serve(loaded, dropped, std::move(wiring).value(), {}, std::move(listeners).value());
}

// With no dispatcher above it: what that would give it is null, its life ends by SIGTERM, and its own last
// resort is standard error.
Exit become_deliver(const Loaded& loaded, const Hold& hold) {
  const Settings& settings = loaded.settings;
  if (hold.started == StartedAs::kRoot || !hold.passed.empty() || settings.maildrop_socket.view().empty())
    return refused(Error{"--deliver is for a unit of its own",
                         {},
                         "User=, no sockets, and a maildrop-socket in the configuration; otherwise posternd "
                         "delivers without it",
                         0,
                         Exit::kUsage});
  if (auto good = check_membership(settings, Part::kDeliver); !good.ok()) return refused(good.error());
  const Dropped dropped = Credentials::drop_nothing();
  if (auto good = check_the_trees(settings); !good.ok()) return refused(good.error());
  const auto program = load_deliver(loaded);
  if (!program.ok()) return refused(program.error());
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!null.is_open()) return refused(system_error("cannot open", "/dev/null"));
  const auto sealed = seal_settings(settings);
  if (!sealed.ok()) return refused(sealed.error());
  const auto lifeline = never_readable();
  if (!lifeline.ok()) return refused(lifeline.error());
  const int none = null.get();
  const int descriptors[] = {none, none, 2, sealed->get(), none, none, lifeline->get()};
  become_program(dropped, *program, descriptors, getppid());
}

void warn_of_weakness(const Loaded& loaded) {
  if (!loaded.digests) complain("WARNING: no module-digests: modules are started unchecked");
  if (loaded.settings.sandbox == SandboxMode::kBestEffort)
    complain("WARNING: sandbox = best-effort: whatever this kernel lacks is left out");
  if (loaded.settings.refusal_quantum.count() == 0)
    complain("WARNING: refusal-quantum = 0: the time a refusal takes tells why (AD-L2 is off)");
  if (loaded.settings.encryption.no_encryption)
    complain("WARNING: tls-ciphers has NULL-SHA256: a connection with it is not encrypted (EN-6)");
  if (!instrumented_calls().empty())
    complain("WARNING: an instrumented build: its sandbox is wider, and nothing is claimed of it");
}

std::vector<std::string> texts_of(const std::vector<Error>& errors) {
  std::vector<std::string> texts;
  for (const Error& error : errors) texts.push_back(error.text());
  return texts;
}

}  // namespace

Loaded load(const std::string& config, StartedAs started) {
  Loaded loaded;
  auto text = read_trusted(config, started);
  if (!text.ok()) {
    loaded.errors.push_back(text.take_error());
    return loaded;
  }
  ParsedSettings parsed = parse_settings(*text, config, system_users());
  loaded.settings = parsed.settings;
  loaded.errors = std::move(parsed.errors);
  if (!loaded.errors.empty()) return loaded;
  settle_ids(loaded, started);
  load_digests(loaded, started);
  return loaded;
}

std::vector<std::string> check(const std::string& config) {
  const auto started = Credentials::started_as();
  if (!started.ok()) return {started.error().text()};
  const Loaded loaded = load(config, *started);
  if (!loaded.errors.empty()) return texts_of(loaded.errors);
  std::vector<std::string> findings = check_trees(loaded.settings);
  if (const auto programs = load_programs(loaded); !programs.ok())
    findings.push_back(programs.error().text());
  if (const auto deliver = load_deliver(loaded); !deliver.ok()) findings.push_back(deliver.error().text());
  if (const auto cage = prepare_cage(loaded.settings); !cage.ok()) findings.push_back(cage.error().text());
  std::ranges::move(check_maildrop_helper(loaded.settings), std::back_inserter(findings));
  std::ranges::move(check_tls_files(loaded.settings, *started), std::back_inserter(findings));
  return findings;
}

Exit run(const std::string& config, Part part) {
  std::string notify = notify_socket();
  auto hold = take_hold();
  if (!hold.ok()) return refused(hold.error());
  Loaded loaded = load(config, hold->started);
  loaded.notify = std::move(notify);
  for (const Error& error : loaded.errors) complain(error.text());
  if (!loaded.errors.empty()) return loaded.errors.front().exit;
  warn_of_weakness(loaded);
  if (part == Part::kDeliver) return become_deliver(loaded, *hold);
  return hold->started == StartedAs::kRoot ? run_as_root(loaded)
                                           : run_as_user(loaded, std::move(hold->passed));
}

}  // namespace postern::daemon
