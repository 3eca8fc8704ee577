// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/supervisor.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "daemon/dispatcher/restarts.h"
#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/sandbox.h"

namespace postern::daemon {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kGraceNsec = 5'000'000'000U;
constexpr milliseconds kIdle{60'000};
constexpr char kWithoutHelper[] = "mail to maildrops not yet known waits until the service is restarted";

struct Module {
  const Program* program;
  std::vector<int> descriptors;
  pid_t pid = 0;                            // 0: not running
  std::optional<std::uint64_t> start_nsec;  // when it is to be started
  Restarts restarts;
};

class Supervisor {
 public:
  Supervisor(const Dropped& dropped, const Signals& signals, const Programs& programs, Wiring& wiring)
      : dropped_(dropped),
        signals_(signals),
        log_(wiring.lines.first.get()),
        deliver_(wiring.deliver),
        helper_(wiring.helper),
        lifeline_(wiring.lifeline.first) {
    const int null = wiring.null.get();
    const int errors = instrumented_calls().empty() ? null : 2;
    const int settings = wiring.settings.get();
    const bool encrypts = wiring.tls_key.is_open();
    const int encrypt = encrypts ? wiring.encrypt.first.get() : null;
    const int expected = encrypts ? wiring.expected.first.get() : null;
    // In the order of `handed`; null: its keepers have no use for it (PV-6).
    const auto serving = [&](const std::vector<Listener>& listeners, int questions, int mailboxes,
                             int incoming, int active, int told) {
      std::vector<int> all{null,      null,     errors, settings, log_, questions, wiring.accounts.get(),
                           mailboxes, incoming, active, encrypt,  told};
      for (const Listener& listener : listeners) all.push_back(listener.number());
      return all;
    };
    const auto serving_mailboxes = [&](const std::vector<Listener>& listeners) {
      return serving(listeners, wiring.questions.first.get(), wiring.mailboxes.get(), null, null, expected);
    };
    modules_[0] = {&programs.logger,
                   {null, null, errors, settings, wiring.lines.second.get(), wiring.log_file.get()},
                   0,
                   0,
                   {}};
    modules_[1] = {
        &programs.resolver, {null, null, errors, settings, log_, wiring.questions.second.get()}, 0, 0, {}};
    const auto or_null = [null](const Fd& file) { return file.is_open() ? file.get() : null; };
    modules_[2] = {&programs.tls,
                   {null, null, errors, settings, log_, wiring.encrypt.second.get(), or_null(wiring.tls_key),
                    or_null(wiring.tls_certificate), or_null(wiring.tls_authorities),
                    or_null(wiring.tls_revocations), wiring.expected.second.get()},
                   0,
                   0,
                   {}};
    modules_[3] = {&programs.pop3, serving_mailboxes(wiring.pop3), 0, 0, {}};
    modules_[4] = {&programs.smtp,
                   serving(wiring.smtp, null, null, wiring.incoming.get(), wiring.active.get(), null),
                   0,
                   0,
                   {}};
    modules_[5] = {&programs.imap, serving_mailboxes(wiring.imap), 0, 0, {}};
    if (!encrypts) modules_[2].start_nsec.reset();
    if (wiring.pop3.empty()) modules_[3].start_nsec.reset();
    if (wiring.smtp.empty()) modules_[4].start_nsec.reset();
    if (wiring.imap.empty()) modules_[5].start_nsec.reset();
  }

  Exit run() {
    start_due();  // the logger first: what has been said is written
    reap();       // who ended before SIGCHLD was blocked is told of by no signal
    while (!exit_) {
      const int signal = signals_.wait_for(next_wait());
      if (signal == SIGTERM || signal == SIGINT) exit_ = Exit::kOk;
      if (signal == SIGHUP)
        say(LogLine("dispatcher", "hangup").with("note", "changes take effect on a restart"));
      reap();
      if (!exit_) start_due();
    }
    end_all();
    return *exit_;
  }

 private:
  // Standard error is the last resort of a dispatcher whose logger does not listen.
  void say(const LogLine& line) {
    if (log_line(log_, line).ok()) return;
    const std::string_view text = line.view();
    (void)std::fprintf(stderr, "posternd: the logger does not answer: %.*s\n", static_cast<int>(text.size()),
                       text.data());
  }

  void start_due() {
    for (Module& module : modules_) {
      if (!module.start_nsec || *module.start_nsec > monotonic_nsec()) continue;
      module.start_nsec.reset();
      const auto pid = start_program(dropped_, *module.program, module.descriptors);
      if (!pid.ok()) {
        say(LogLine("dispatcher", "cannot-start")
                .with("module", module.program->name)
                .with("why", pid.error().text()));
        plan_restart(module);
        continue;
      }
      module.pid = *pid;
      say(LogLine("dispatcher", "start")
              .with("module", module.program->name)
              .with("process", std::uint64_t(*pid)));
    }
  }

  milliseconds next_wait() const {
    milliseconds wait = kIdle;
    for (const Module& module : modules_)
      if (module.start_nsec) wait = std::min(wait, until(*module.start_nsec));
    return wait;
  }

  void reap() {
    while (const auto ended = reap_one()) {
      const auto module = std::ranges::find(modules_, ended->pid, &Module::pid);
      if (module == modules_.end()) {
        if (ended->pid == deliver_) note_deliver(*ended);
        if (!note_helper(*ended)) note_orphan(*ended);
        continue;
      }
      former_groups_.push_back(module->pid);
      module->pid = 0;
      say(LogLine("dispatcher", "end").with("module", module->program->name).with("end", ended->text()));
      if (!exit_ && ended->exit_status() == static_cast<int>(Exit::kConfig)) give_up(*module);
      if (!exit_) plan_restart(*module);
    }
  }

  // Nothing is lost: the queue remembers. But nothing is delivered either until the service starts again.
  void note_deliver(const Ended& ended) {
    deliver_ = 0;
    if (exit_) return;
    say(LogLine("dispatcher", "give-up").with("module", "postern-deliver").with("end", ended.text()));
    (void)std::fprintf(stderr, "posternd: the deliver supervisor has ended (%s): see the log; exit 75\n",
                       ended.text().c_str());
    exit_ = Exit::kTemporary;
  }

  // PV-5. Only root could start it again: what needs it fails for now until the service is restarted, loudly.
  bool note_helper(const Ended& ended) {
    if (helper_ == 0 || ended.pid != helper_) return false;
    helper_ = 0;
    if (exit_) return true;
    say(LogLine("dispatcher", "helper-gone").with("end", ended.text()).with("note", kWithoutHelper));
    (void)std::fprintf(stderr, "posternd: the maildrop helper has ended (%s): %s\n", ended.text().c_str(),
                       kWithoutHelper);
    return true;
  }

  // A session or keeper whose listener has ended before it.
  void note_orphan(const Ended& ended) {
    if (!ended.is_alarming()) return;
    say(LogLine("dispatcher", "child-killed")
            .with("process", std::uint64_t(ended.pid))
            .with("end", ended.text()));
  }

  // What it was given will not be better the next time.
  void give_up(const Module& module) {
    (void)std::fprintf(stderr, "posternd: %s cannot work with what it was given: see the log; exit 78\n",
                       module.program->name.c_str());
    exit_ = Exit::kConfig;
  }

  void plan_restart(Module& module) {
    module.start_nsec = module.restarts.ended(monotonic_nsec());
    if (module.start_nsec) return;
    say(LogLine("dispatcher", "give-up")
            .with("module", module.program->name)
            .with("why", "five ends in a minute"));
    (void)std::fprintf(stderr, "posternd: %s has ended five times within a minute: see the log; exit 75\n",
                       module.program->name.c_str());
    exit_ = Exit::kTemporary;
  }

  // The logger is last: what the others say at their end is written. Their groups hold their children.
  void end_all() {
    say(LogLine("dispatcher", "stop"));
    end_by_lifeline();
    for (std::size_t i = modules_.size(); i-- > 0;) end_group(modules_[i]);
    for (const pid_t group : former_groups_) kill_group(group);
  }

  // Closing the lifeline is all that can be done: whom root has started takes no signal from here (other ids,
  // and Landlock's scope).
  void end_by_lifeline() {
    const std::uint64_t deadline = monotonic_nsec() + kGraceNsec;
    lifeline_.reset();
    while ((deliver_ != 0 || helper_ != 0) && until(deadline).count() > 0) {
      (void)signals_.wait_for(milliseconds{100});
      reap();
    }
    if (deliver_ != 0) say(LogLine("dispatcher", "stop").with("why", "the deliver supervisor does not end"));
    if (helper_ != 0) say(LogLine("dispatcher", "stop").with("why", "the maildrop helper does not end"));
  }

  void kill_group(pid_t group) {
    if (auto killed = signal_group(group, SIGKILL); !killed.ok())
      say(LogLine("dispatcher", "stop").with("why", killed.error().text()));
  }

  void end_group(Module& module) {
    if (module.pid == 0) return;
    const pid_t group = module.pid;
    const std::uint64_t deadline = monotonic_nsec() + kGraceNsec;
    while (module.pid != 0 && until(deadline).count() > 0) {
      // Again and again: one that was started just now may not lead its group yet.
      if (auto told = signal_group(group, SIGTERM); !told.ok())
        say(LogLine("dispatcher", "stop").with("why", told.error().text()));
      (void)signals_.wait_for(milliseconds{100});
      reap();
    }
    kill_group(group);
  }

  const Dropped& dropped_;
  const Signals& signals_;
  int log_;
  pid_t deliver_;  // 0: it has ended
  pid_t helper_;   // 0: there is none, or it has ended
  Fd& lifeline_;
  std::array<Module, 6> modules_;
  std::vector<pid_t> former_groups_;  // sessions may outlive their listener
  std::optional<Exit> exit_;
};

}  // namespace

std::vector<int> deliver_descriptors(const Wiring& wiring) {
  const int null = wiring.null.get();
  return {null,
          null,
          instrumented_calls().empty() ? null : 2,
          wiring.settings.get(),
          wiring.lines.first.get(),
          wiring.maildrops.is_open() ? wiring.maildrops.get() : null,
          wiring.lifeline.second.get()};
}

Result<void> make_channels(Wiring& wiring) {
  auto lines = datagram_pair();
  if (!lines.ok()) return lines.take_error();
  auto questions = packet_pair();
  if (!questions.ok()) return questions.take_error();
  wiring.lines = std::move(lines).value();
  wiring.questions = std::move(questions).value();
  auto encrypt = packet_pair();
  if (!encrypt.ok()) return encrypt.take_error();
  wiring.encrypt = std::move(encrypt).value();
  auto expected = packet_pair();
  if (!expected.ok()) return expected.take_error();
  wiring.expected = std::move(expected).value();
  auto lifeline = packet_pair();
  if (!lifeline.ok()) return lifeline.take_error();
  wiring.lifeline = std::move(lifeline).value();
  if (auto named = name_senders(wiring.lines.second.get()); !named.ok()) return named;
  return limit_sending(wiring.lines.first.get(), milliseconds{1000});
}

Exit supervise(const Dropped& dropped, const Signals& signals, const Programs& programs, Wiring& wiring) {
  return Supervisor(dropped, signals, programs, wiring).run();
}

}  // namespace postern::daemon
