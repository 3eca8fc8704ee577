// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>

#include "daemon/account/account_file.h"
#include "daemon/deliver/child.h"
#include "daemon/deliver/maildrops.h"
#include "daemon/deliver/order.h"
#include "daemon/deliver/queue_watch.h"
#include "daemon/deliver/schedule.h"
#include "daemon/deliver/unfinished.h"
#include "daemon/deliver/way_out.h"
#include "daemon/deliver/work.h"
#include "daemon/deliver/workers.h"
#include "daemon/logger/log.h"
#include "daemon/postoffice/queue.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

constexpr unsigned kMailboxWidth = 4;    // deliveries to one mailbox at a time; a maildrop: one
constexpr std::int64_t kLookAgain = 60;  // seconds
constexpr std::uint64_t kSecond = 1'000'000'000U;
constexpr std::uint64_t kEndPatience = 5 * kSecond;

std::int64_t seconds_now() {
  timespec now{};
  return clock_gettime(CLOCK_REALTIME, &now) == 0 ? now.tv_sec : 0;
}

class Supervisor {
 public:
  Supervisor(const Settings& settings, SupervisorChannels channels)
      : settings_(settings),
        channels_(std::move(channels)),
        maildrops_(settings, std::move(channels_.helper)),
        way_out_(settings, queue_, accounts_, channels_.log) {}

  Result<void> run() {
    if (auto ready = prepare(); !ready.ok()) return ready;
    say(LogLine("deliver", "ready").with("queued", std::uint64_t(suspects_.size())));
    while (!ended_ && maildrops_.helper_holds().ok())
      if (auto turned = turn(); !turned.ok()) return turned;
    end();
    return maildrops_.helper_holds();
  }

 private:
  // A logger that does not listen must not hold mail up.
  void say(const LogLine& line) const { (void)log_line(channels_.log, line).ok(); }

  // ---- the start ----

  Result<void> prepare() {
    auto signals = Signals::block_for_poll();
    if (!signals.ok()) return signals.take_error();
    signals_ = std::move(signals).value();
    if (auto opened = open_all(); !opened.ok()) return opened;
    remove_stale_locks();
    if (auto caged = enter_cage(); !caged.ok()) return caged;
    return look_through();
  }

  Result<void> open_all() {
    const std::string postoffice(settings_.postoffice.view());
    const auto queue = open_directory((postoffice + "/queue").c_str());
    if (!queue.ok()) return queue.error();
    auto parts = open_queue(queue->get());
    if (!parts.ok()) return parts.take_error();
    queue_ = std::move(parts).value();
    auto accounts = open_directory((postoffice + "/accounts").c_str());
    if (!accounts.ok()) return accounts.take_error();
    accounts_ = std::move(accounts).value();
    auto mailboxes = open_directory(settings_.mailbox.c_str());
    if (!mailboxes.ok()) return mailboxes.take_error();
    mailboxes_ = std::move(mailboxes).value();
    if (auto spool = maildrops_.open(); !spool.ok())
      say(LogLine("deliver", "no-maildrops").with("why", spool.error().text()));
    return watch_.begin(postoffice + "/queue/active");
  }

  // Our stale locks go before the cage closes; that of a maildrop where half a message may lie stays, for its
  // readers, until the delivery that mends it.
  void remove_stale_locks() {
    const auto torn = may_be_torn(queue_.active.get(), accounts_.get());
    const auto locks = torn.ok() ? maildrops_.remove_stale_locks(*torn) : torn.error();
    if (!locks.ok())
      say(LogLine("deliver", "spool").with("why", locks.error().text()));
    else if (*locks != 0)
      say(LogLine("deliver", "stale-locks").with("removed", std::uint64_t{*locks}));
  }

  Result<void> enter_cage() {
    const auto places = places_of(settings_);
    const SandboxOptions options{settings_.sandbox, settings_.landlock_abi_cap, places, true};
    const std::array<const SandboxProfile*, 2> children{&kDeliverMailboxProfile, &kDeliverMaildropProfile};
    for (const SandboxProfile* child : children)
      if (auto ready = prepare_sandbox(*child, options); !ready.ok()) return ready;
    if (auto ready = prepare_sandbox(kDeliverSupervisorProfile, options, children); !ready.ok()) return ready;
    return enter_sandbox(kDeliverSupervisorProfile);
  }

  // Who waits for more mail ends now, and is waited for; who delivers ends with us, and the queue remembers.
  void end() {
    way_out_.sync_by(UINT64_MAX);
    workers_.let_go(UINT64_MAX);
    const std::uint64_t deadline = monotonic_nsec() + kEndPatience;
    while (workers_.leaving() != 0 && monotonic_nsec() < deadline) {
      pollfd signals{signals_.get(), POLLIN, 0};
      const timespec moment{0, 100'000'000};
      if (ppoll(&signals, 1, &moment, nullptr) > 0) (void)Signals::take(signals_.get());
      while (const auto ended = reap_one()) (void)workers_.take(ended->pid);
    }
  }

  // look_through puts every message of the queue on the schedule. Whatever lies there without our having
  // heard of it may have been delivered by an attempt that we know nothing of. What keepers that were killed
  // have left goes.
  Result<void> look_through() {
    looked_through_ = seconds_now();
    const auto ids = list_queue(queue_.active.get());
    if (!ids.ok()) return ids.error();
    for (const std::string& id : *ids) {
      if (open_.contains(id) || schedule_.has(id)) continue;
      suspects_.insert(id);
      schedule_.add(id, 0);
    }
    const auto removed = recover_incoming(queue_.incoming.get());
    if (!removed.ok()) return removed.error();
    if (*removed != 0) say(LogLine("deliver", "unfinished").with("removed", std::uint64_t{*removed}));
    return {};
  }

  // ---- the loop ----

  Result<void> turn() {
    const std::int64_t now = seconds_now();
    while (const auto id = schedule_.take_due(now)) look(*id, now);
    start_what_may();
    workers_.let_go(monotonic_nsec());
    way_out_.sync_by(monotonic_nsec());
    if (auto waited = wait_for_something(); !waited.ok()) return waited;
    if (seconds_now() < looked_through_ + kLookAgain) return {};
    if (auto looked = look_through(); !looked.ok())
      say(LogLine("deliver", "queue").with("why", looked.error().text()));
    return {};
  }

  timespec patience() const {
    const std::int64_t now = seconds_now();
    const std::int64_t again = looked_through_ + kLookAgain;
    const std::int64_t wake = std::min(schedule_.next().value_or(again), again);
    std::uint64_t left = static_cast<std::uint64_t>(std::max<std::int64_t>(wake - now, 0)) * kSecond;
    const std::uint64_t mono = monotonic_nsec();
    for (const auto due : {way_out_.next_sync(), workers_.next_wake()})
      if (due) left = std::min(left, *due > mono ? *due - mono : 0);
    return {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  }

  Result<void> wait_for_something() {
    std::vector<pollfd> watched{
        {signals_.get(), POLLIN, 0}, {watch_.number(), POLLIN, 0}, {channels_.lifeline.get(), POLLIN, 0}};
    for (const Worker& one : workers_.all()) watched.push_back({one.channel.get(), POLLIN, 0});
    const timespec limit = patience();
    if (ppoll(watched.data(), watched.size(), &limit, nullptr) < 0 && errno != EINTR)
      return system_error("ppoll");
    ended_ = ended_ || watched[2].revents != 0;
    auto one = workers_.all().begin();
    for (std::size_t i = 3; i < watched.size(); ++i, ++one)
      if (watched[i].revents != 0) listen_to(*one);
    take_notices();
    take_signals();
    return {};
  }

  void take_signals() {
    while (const int signal = Signals::take(signals_.get())) {
      if (signal == SIGTERM || signal == SIGINT) ended_ = true;  // children end with us; the queue remembers
      if (signal != SIGCHLD) continue;
      while (const auto ended = reap_one()) note_end(*ended);
    }
  }

  // A message that was just put there is due at once, and known never to have been tried.
  void take_notices() {
    if (watch_.take([this](const std::string& id) {
          if (!open_.contains(id)) schedule_.add(id, 0);
        }))
      looked_through_ = 0;  // some were lost
  }

  // ---- one message ----

  void look(const std::string& id, std::int64_t now) {
    auto facts = look_at(queue_.active.get(), id);
    if (!facts.ok()) return look_failed(id, facts.error(), now);
    if (!*facts) return forget(id);
    Open open;
    std::int64_t later = 0;
    bool waits = false;
    for (std::size_t i = 0; i < (*facts)->states.size(); ++i) {
      const RecipientState& state = (*facts)->states[i];
      if (state.status != RecipientStatus::kWaiting) continue;
      waits = true;
      const Target target = target_of(accounts_.get(), (*facts)->envelope.recipients[i]);
      if (!target.maildrop_user.empty()) let_go(unfinished_.note(target.name, {id, i}, is_unfinished(state)));
      if (state.next_attempt > now) {
        later = later == 0 ? state.next_attempt : std::min(later, state.next_attempt);
        continue;
      }
      ++open.outstanding;
      const unsigned width = target.maildrop_user.empty() ? kMailboxWidth : 1;
      lanes_.add(target.name, Entry{id, i, target.maildrop_user}, width);
    }
    if (open.outstanding == 0 && waits) return schedule_.add(id, later);
    const bool is_over = open.outstanding == 0;
    open_.insert_or_assign(id, std::move(open));
    if (is_over) settle(id);  // a crash fell between the last state and the removal
  }

  // Not readable: kept for a person to look at, never dropped.
  void look_failed(const std::string& id, const Error& error, std::int64_t now) {
    const bool hopeless = error.exit == Exit::kData;
    if (hopeless && set_aside(queue_.active.get(), queue_.dead.get(), id).ok()) {
      forget(id);
      say(LogLine("deliver", "dead-letter").with("queue", id).with("why", error.text()));
      return;
    }
    say(LogLine("deliver", "cannot-read").with("queue", id).with("why", error.text()));
    schedule_.add(id, now + kLookAgain);
  }

  void forget(const std::string& id) {
    suspects_.erase(id);
    let_go(unfinished_.forget(id));
  }

  void start_what_may() {
    while (workers_.has_room()) {
      auto next = lanes_.take();
      if (!next) return;
      Open& open = open_.at(next->second.id);
      if (must_wait(next->first, next->second)) {
        hold_up(next->first, next->second.id);
      } else if (claim(next->second.id, open)) {
        deliver(next->first, std::move(next->second), *open.message);
      } else {
        done_with(next->first, next->second.id);
      }
    }
  }

  bool claim(const std::string& id, Open& open) {
    if (open.message) return true;
    auto claimed = QueuedMessage::claim(queue_.active.get(), id);
    if (claimed.ok()) open.message = std::move(*claimed);
    return open.message.has_value();
  }

  void deliver(const std::string& target, Entry entry, QueuedMessage& message) {
    if (message.states()[entry.recipient].status != RecipientStatus::kWaiting)
      return done_with(target, entry.id);
    std::optional<UnixUser> user;
    if (const auto refused = may_not(entry, message, user)) return note(target, entry, *refused);
    auto given = give(target, entry, message, user ? user->uid : 0);
    if (!given.ok()) note(target, entry, deferred(given.error()));
  }

  bool must_wait(const std::string& target, const Entry& entry) {
    return !entry.maildrop_user.empty() && unfinished_.holds_up(target, {entry.id, entry.recipient});
  }

  // hold_up: no attempt; it comes again when what is unfinished there is no more (let_go). Not even claimed:
  // that a claim is closed is a notice like any other, and would bring it back at once.
  void hold_up(const std::string& target, const std::string& id) {
    say(LogLine("deliver", "held-up").with("queue", id).with("target", target));
    open_.at(id).is_held_up = true;
    done_with(target, id);
  }

  void let_go(const Unfinished::Ids& ids) {
    for (const std::string& id : ids) {
      if (const auto open = open_.find(id); open != open_.end())
        open->second.is_held_up = false;
      else
        schedule_.add(id, 0);
    }
  }

  // may_not: why there is to be no attempt. Otherwise, for a maildrop, `user` is whose it is.
  std::optional<Outcome> may_not(const Entry& entry, const QueuedMessage& message,
                                 std::optional<UnixUser>& user) {
    const auto account = read_account(accounts_.get(), message.envelope().recipients[entry.recipient]);
    if (!account.ok()) return deferred(account.error());
    if (!*account) return failed("5.1.1", "there is no such account any more");
    if (entry.maildrop_user.empty()) return std::nullopt;
    auto found = maildrops_.find(entry.maildrop_user);
    if (!found.ok()) return deferred(found.error());
    user = std::move(found).value();
    return std::nullopt;
  }

  // give gives the message to a process that delivers to this target already, or else to a new one.
  Result<void> give(const std::string& target, const Entry& entry, const QueuedMessage& message, uid_t user) {
    const Envelope& envelope = message.envelope();
    // Deliver reads the message and cannot write it: a description of its own.
    const Fd text(openat(queue_.active.get(), entry.id.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!text.is_open()) return system_error("cannot open the message", entry.id);
    const RecipientState& state = message.states()[entry.recipient];
    const Letter letter{envelope.id, envelope.sender,          envelope.arrived,
                        text.get(),  message.message_offset(), envelope.size};
    const DeliverOrder order =
        order_of(letter, state.append, state.attempts > 0 || suspects_.contains(entry.id), user);
    const std::uint64_t now = monotonic_nsec();
    while (Worker* one = workers_.waiting_for(target, now)) {
      one->entry = entry;
      if (give_order(one->channel.get(), order, text.get()).ok()) return {};
      one->entry.reset();
      one->channel.reset();  // it has ended
    }
    auto started = start(target, envelope.recipients[entry.recipient], entry.maildrop_user);
    if (!started.ok()) return started.take_error();
    if (auto given = give_order(started->channel.get(), order, text.get()); !given.ok()) return given;
    started->entry = entry;
    workers_.add(std::move(started).value());
    return {};
  }

  Result<Worker> start(const std::string& target, const std::string& account, const std::string& user) {
    auto pair = packet_pair();
    if (!pair.ok()) return pair.take_error();
    const Assignment assignment{account, user, mailboxes_.get(), maildrops_.spool()};
    const auto pid = fork_process();
    if (!pid.ok()) return pid.error();
    if (*pid == 0) run_deliver(assignment, std::move(pair->second));
    return Worker{*pid, std::move(pair->first), target, monotonic_nsec()};
  }

  // ---- what deliver says, and its end ----

  // Who speaks out of turn is not listened to any more: it has its alarm.
  void listen_to(Worker& one) {
    DeliverPacket packet;
    const ssize_t got = recv(one.channel.get(), &packet, sizeof packet, MSG_DONTWAIT);
    if (got < 0) return;
    if (got != static_cast<ssize_t>(sizeof packet) || !one.entry) return one.channel.reset();
    if (packet.kind == DeliverPacket::Kind::kOutcome) return note_outcome(one, packet.outcome);
    const bool begins = packet.kind == DeliverPacket::Kind::kRecord;
    if (!begins && packet.kind != DeliverPacket::Kind::kUndone) return;
    const bool is_written = record_append(*one.entry, begins ? std::optional(packet.append) : std::nullopt);
    const char answer = is_written ? 'k' : 'n';
    (void)send(one.channel.get(), &answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT);  // one that is gone needs none
  }

  // After a failure the next attempt is a fresh process's.
  void note_outcome(Worker& one, const Outcome& outcome) {
    const Entry entry = Workers::take_work(one, monotonic_nsec());
    if (outcome.verdict != Verdict::kDelivered) one.channel.reset();
    note(one.target, entry, outcome);
  }

  bool record_append(const Entry& entry, const std::optional<AppendRecord>& append) {
    QueuedMessage& message = *open_.at(entry.id).message;
    RecipientState state = message.states()[entry.recipient];
    state.append = append;
    return message.write_record(entry.recipient, state).ok();
  }

  void note_end(const Ended& ended) {
    if (Worker* one = workers_.find(ended.pid); one != nullptr && one->channel.is_open())
      listen_to(*one);  // its last word may still be on the way
    const auto gone = workers_.take(ended.pid);
    if (!gone) return;
    const std::string id = gone->entry ? gone->entry->id : "none";
    if (ended.status != 0)
      say(LogLine("deliver", ended.is_alarming() ? "child-killed" : "child-failed")
              .with("queue", id)
              .with("end", ended.text()));
    if (!gone->entry) return;
    suspects_.insert(id);
    note(gone->target, *gone->entry,
         deferred(Error{"the delivery ended early: " + ended.text(), gone->target, "it is tried again", EIO,
                        Exit::kTemporary}));
  }

  // note makes the outcome last, and says it.
  void note(const std::string& target, const Entry& entry, const Outcome& outcome) {
    QueuedMessage& message = *open_.at(entry.id).message;
    const std::int64_t now = seconds_now();
    const bool too_old = now - message.envelope().arrived > settings_.queue_lifetime.count() / 1000;
    const RecipientState state = state_after(message.states()[entry.recipient], outcome, now, too_old);
    const auto recorded = make_last(message, entry.recipient, state);
    let_go(unfinished_.note(target, {entry.id, entry.recipient},
                            is_unfinished(message.states()[entry.recipient])));
    LogLine line("deliver", "delivery");
    line.with("queue", entry.id).with("account", message.envelope().recipients[entry.recipient]);
    line.with("target", target).with("outcome", word_of(state.status)).with("status", outcome.status);
    if (state.status != RecipientStatus::kDone)
      line.with("attempts", state.attempts).with("why", outcome.text);
    if (!recorded.ok()) suspects_.insert(entry.id);
    if (!recorded.ok()) line.with("not-recorded", recorded.error().text());
    say(line);
    done_with(target, entry.id);
  }

  // Of a message that leaves the queue now the last state need not be written: it is removed (G7).
  static Result<void> make_last(QueuedMessage& message, std::size_t recipient, const RecipientState& state) {
    const auto& states = message.states();
    const auto is_done = [&](const RecipientState& one) {
      return &one == &states[recipient] || one.status == RecipientStatus::kDone;
    };
    if (state.status != RecipientStatus::kDone || !std::ranges::all_of(states, is_done))
      return message.record(recipient, state);
    message.mark(recipient, state);
    return {};
  }

  void done_with(const std::string& target, const std::string& id) {
    lanes_.ended(target);
    if (--open_.at(id).outstanding == 0) settle(id);
  }

  // settle: no delivery of this message is under way. It stays while one recipient waits.
  void settle(const std::string& id) {
    Open& open = open_.at(id);
    std::int64_t again = seconds_now() + kLookAgain;
    const bool is_untouched = open.is_held_up && !open.message;
    if (!is_untouched && claim(id, open)) {
      const auto& states = open.message->states();
      const bool waits =
          std::ranges::any_of(states, [](const auto& s) { return s.status == RecipientStatus::kWaiting; });
      if (!waits && way_out_.leave(*open.message)) {
        forget(id);
        open_.erase(id);
        return;
      }
      if (!waits) suspects_.insert(id);  // what was not recorded is found to be delivered (G7)
      const std::int64_t after = open.is_held_up ? seconds_now() : -1;
      for (const RecipientState& state : states)
        if (state.status == RecipientStatus::kWaiting && state.next_attempt > after)
          again = std::min(again, state.next_attempt);
    }
    open_.erase(id);
    schedule_.add(id, std::max(again, seconds_now() + 1));
  }

  const Settings& settings_;
  SupervisorChannels channels_;
  Fd signals_;
  QueueWatch watch_;
  QueueDirectories queue_;
  Fd accounts_;
  Fd mailboxes_;
  Maildrops maildrops_;
  Schedule schedule_;
  Lanes<Entry> lanes_;
  std::map<std::string, Open> open_;
  Unfinished unfinished_;
  std::set<std::string> suspects_;  // may have been delivered by an attempt that left no word
  Workers workers_;
  WayOut way_out_;
  std::int64_t looked_through_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<void> run_deliver_supervisor(const Settings& settings, SupervisorChannels channels) {
  return Supervisor(settings, std::move(channels)).run();
}

}  // namespace postern::daemon
