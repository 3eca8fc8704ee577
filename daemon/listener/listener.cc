// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/listener/listener.h"

#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory_resource>
#include <optional>
#include <string>
#include <utility>

#include "daemon/config/handover.h"
#include "daemon/listener/connection_table.h"
#include "daemon/listener/login_notes.h"
#include "daemon/listener/penalties.h"
#include "daemon/listener/profile.h"
#include "daemon/listener/refusal_counts.h"
#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/tls/handoff.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxHeld = 64;
constexpr std::size_t kHeapOfAChild = 262'144;          // an IMAP session has 130,000 at its login
constexpr std::size_t kFirstWatched = 2;                // descriptors before the listening ones
constexpr std::uint64_t kPauseNsec = 200'000'000;       // after accept(2) failed for want of something
constexpr std::uint64_t kRefusalsSaid = 1'000'000'000;  // one line a second tells of those that were refused

enum class Role : std::uint8_t { kSession, kKeeper };

// Child is one living session or keeper.
struct Child {
  pid_t pid = 0;  // 0: free
  Role role = Role::kSession;
  std::uint64_t number = 0;
  sockaddr_storage peer = {};
};

// Held is an accepted connection of a place that is slowed.
struct Held {
  AcceptedConnection connection;
  std::uint64_t number = 0;
  bool encrypted = false;
  std::uint64_t due_nsec = 0;
};

// Apart, for what is on the stack where children are forked is on theirs as long as they live.
[[gnu::noinline]] int ended_by(const Error& error, int log, std::string_view role) {
  const auto said = log_line(log, LogLine(role, "end").with("why", error.text()));
  return static_cast<int>(said.ok() ? error.exit : Exit::kInputOutput);
}

// octets_of_books: what a Loop has for itself.
std::size_t octets_of_books(const Settings& settings) {
  return settings.max_connections * (2 * sizeof(Child) + ConnectionTable::kRowOctets) +
         kMaxHeld * sizeof(Held) + sizeof(Penalties) + 4 * alignof(std::max_align_t);
}

// Loop is a listener's life. Its books, in `own`, are none of its children's business, who would also keep a
// copy of each page that changes here while they live.
class Loop {
 public:
  Loop(const Settings& settings, const Dropped& dropped, const ModuleSpec& module, ListenerChannels channels,
       AnonymousMemory own)
      : settings_(settings),
        dropped_(dropped),
        module_(module),
        channels_(std::move(channels)),
        own_(std::move(own)),
        table_({settings.max_connections, settings.connections_per_address, settings.unauthenticated_start,
                settings.unauthenticated_rate, settings.unauthenticated_full},
               &books_),
        children_(std::size_t{2} * settings.max_connections, &books_) {
    held_.reserve(kMaxHeld);
    role_ = std::string(module.name) + "-listener";
  }

  int run() {
    if (auto ready = prepare(); !ready.ok()) return fail(ready.error());
    if (auto said = say(LogLine(role_, "ready")); !said.ok()) return static_cast<int>(said.error().exit);
    while (!status_) {
      const auto turned = turn();
      if (!turned.ok()) return fail(turned.error());
    }
    return *status_;
  }

 private:
  Result<void> say(const LogLine& line) { return log_line(channels_.log.get(), line); }

  int fail(const Error& error) { return ended_by(error, channels_.log.get(), role_); }

  Result<void> prepare() {
    auto signals = Signals::block_for_poll();
    if (!signals.ok()) return signals.take_error();
    signals_ = std::move(signals).value();
    auto slots = lock_file("hash-slots");
    if (!slots.ok()) return slots.take_error();
    hash_slots_ = std::move(slots).value();
    auto logins = login_notes_pair();
    if (!logins.ok()) return logins.take_error();
    logins_ = std::move(logins).value();
    if (auto counts = prepare_counts(); !counts.ok()) return counts;
    return enter_cage();
  }

  Result<void> prepare_counts() {
    auto memory = AnonymousMemory::make_shared(sizeof(RefusalCounts));
    if (!memory.ok()) return memory.take_error();
    refusals_ = std::move(memory).value();
    std::uint64_t secret = 0;
    if (getrandom(&secret, sizeof secret, 0) != static_cast<ssize_t>(sizeof secret))
      return system_error("cannot get a random number");
    counts().seed(secret);
    return {};
  }

  RefusalCounts& counts() { return *static_cast<RefusalCounts*>(refusals_.get()); }

  Result<void> enter_cage() {
    const auto places = places_of(settings_);
    const SandboxOptions options{settings_.sandbox, settings_.landlock_abi_cap, places, true};
    const std::array<const SandboxProfile*, 2> children{module_.session, module_.keeper};
    for (const SandboxProfile* child : children)
      if (auto ready = prepare_sandbox(*child, options); !ready.ok()) return ready;
    if (auto ready = prepare_sandbox(kListenerProfile, options, children); !ready.ok()) return ready;
    return enter_sandbox(kListenerProfile);
  }

  // One turn of the loop: wait, then signals, then logins, then held connections, then new ones. In this
  // order: a note of a process that has been reaped is read before another can get its id.
  Result<void> turn() {
    std::vector<pollfd> watched{{signals_.get(), POLLIN, 0}, {logins_.second.get(), POLLIN, 0}};
    const std::uint64_t now = monotonic_nsec();
    if (may_accept(now))
      for (const Listener& listener : channels_.listeners) watched.push_back({listener.number(), POLLIN, 0});
    const auto limit = next_wake(now);
    if (ppoll(watched.data(), watched.size(), limit ? &*limit : nullptr, nullptr) < 0 && errno != EINTR)
      return system_error("ppoll");
    if (auto taken = take_signals(); !taken.ok() || status_) return taken;
    take_logins();
    serve_held(monotonic_nsec());
    for (std::size_t i = kFirstWatched; i < watched.size(); ++i)
      if (watched[i].revents != 0)
        if (auto accepted = accept_one(i - kFirstWatched); !accepted.ok()) return accepted;
    return {};
  }

  bool may_accept(std::uint64_t now) const {
    return now >= paused_until_nsec_ && table_.size() < settings_.max_connections;
  }

  std::optional<timespec> next_wake(std::uint64_t now) const {
    std::uint64_t wake = paused_until_nsec_ > now ? paused_until_nsec_ : 0;
    for (const Held& one : held_)
      if (wake == 0 || one.due_nsec < wake) wake = one.due_nsec;
    if (wake == 0) return std::nullopt;
    const std::uint64_t left = wake > now ? wake - now : 0;
    return timespec{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
  }

  Result<void> take_signals() {
    while (const int signal = Signals::take(signals_.get())) {
      if (signal == SIGTERM || signal == SIGINT) return end_all();
      if (signal != SIGCHLD) continue;
      while (const auto ended = reap_one())
        if (auto noted = note(*ended); !noted.ok()) return noted;
    }
    return {};
  }

  // At most as many as there may be connections, so that one keeper cannot keep us here.
  void take_logins() {
    for (std::uint32_t i = 0; i < settings_.max_connections; ++i) {
      const auto taken = take_login_note(logins_.second.get());
      if (!taken) return;
      const auto child = std::ranges::find(children_, taken->keeper, &Child::pid);
      if (taken->keeper != 0 && child != children_.end() && child->role == Role::kKeeper)
        heed(taken->note, *child);
    }
  }

  void heed(const LoginNote& note, const Child& keeper) {
    const AddressKey place = key_of(keeper.peer);
    if (note.kind == LoginNoteKind::kTry) return counts().tried(place, note.account, monotonic_nsec());
    counts().good(place, note.account, monotonic_nsec());
    table_.logged_in(keeper.number);
  }

  // SIGTERM is blocked here: it ends everybody of the group but this process, which ends by itself.
  Result<void> end_all() {
    status_ = 0;
    return signal_group(0, SIGTERM);
  }

  Result<void> note(const Ended& ended) {
    const auto child = std::ranges::find(children_, ended.pid, &Child::pid);
    if (child == children_.end()) return {};
    const Child gone = *child;
    *child = Child{};
    table_.release(gone.number);
    if (ended.status == 0) return {};
    LogLine line(role_, ended.is_alarming() ? "child-killed" : "child-failed");
    line.with("child", gone.role == Role::kSession ? "session" : "keeper").with("end", ended.text());
    line.with("connection", gone.number).with("peer", address_text(gone.peer));
    if (ended.is_alarming()) record_death(gone, line);
    return say(line);
  }

  void record_death(const Child& gone, LogLine& line) {
    const std::uint64_t now = monotonic_nsec();
    const AddressKey place = key_of(gone.peer);
    penalties_.record(place, now);
    const auto delay = std::chrono::duration_cast<std::chrono::seconds>(penalties_.delay(place, now));
    line.with("slowed-by-seconds", static_cast<std::uint64_t>(delay.count()));
    if (penalties_.deaths(now) >= kDeathsOfAListener) status_ = static_cast<int>(Exit::kTemporary);
  }

  Result<void> accept_one(std::size_t number) {
    const bool encrypted = number >= channels_.listeners.size() - channels_.encrypted;
    auto accepted = channels_.listeners[number].accept(dropped_);
    const std::uint64_t now = monotonic_nsec();
    if (!accepted.ok()) return accept_failed(accepted.error(), now);
    const AddressKey place = key_of(accepted->peer);
    const Admission admission = table_.admit(place, draw());
    if (admission != Admission::kServed)
      return refuse(std::move(accepted).value(), encrypted, admission, now);
    const auto delay = penalties_.delay(place, now);
    if (delay.count() != 0 && held_.size() == kMaxHeld) return {};  // closed: it has had its chances
    table_.begin(++number_, place);
    if (delay.count() == 0) return serve(std::move(accepted).value(), number_, encrypted);
    held_.push_back(
        {std::move(accepted).value(), number_, encrypted, now + static_cast<std::uint64_t>(delay.count())});
    return {};
  }

  // draw returns a number from 0 to 99 by chance; 99, the kindest, if there is none to be had.
  static std::uint32_t draw() {
    std::uint32_t random = 0;
    const bool had = getrandom(&random, sizeof random, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof random);
    return had ? random % 100 : 99;
  }

  // No process is spent on it, and nothing is read. On an encrypted port there are no words to be had.
  Result<void> refuse(AcceptedConnection connection, bool encrypted, Admission why, std::uint64_t now) {
    const std::string peer = address_text(connection.peer);
    say_and_close(std::move(connection), encrypted ? std::string_view() : module_.busy);
    ++refused_;
    if (now < refusals_said_nsec_ + kRefusalsSaid) return {};
    LogLine line(role_, "connection-refused");
    line.with("why", admission_name(why)).with("peer", peer);
    line.with("refused", std::exchange(refused_, 0));
    refusals_said_nsec_ = now;
    return say(line);
  }

  // The network's own troubles end one connection; ours are said and waited out.
  Result<void> accept_failed(const Error& error, std::uint64_t now) {
    const int why = error.errno_value;
    if (why == 0) return error;
    if (why != EMFILE && why != ENFILE && why != ENOBUFS && why != ENOMEM) return {};
    paused_until_nsec_ = now + kPauseNsec;
    return say(LogLine(role_, "accept-failed").with("why", error.text()));
  }

  void serve_held(std::uint64_t now) {
    for (auto one = held_.begin(); one != held_.end();) {
      if (one->due_nsec > now) {
        ++one;
        continue;
      }
      // If it cannot be served the client sees its connection close.
      (void)serve(std::move(one->connection), one->number, one->encrypted).ok();
      one = held_.erase(one);
    }
  }

  Result<void> serve(AcceptedConnection connection, std::uint64_t number, bool encrypted) {
    const ConnectionRecord record{connection.peer, connection.local, number, monotonic_nsec(), encrypted};
    auto served = start_processes(record, std::move(connection.socket));
    table_.release(number);  // from now on its processes hold it
    return served;
  }

  Result<void> start_processes(ConnectionRecord record, Fd client) {
    auto pair = packet_pair();
    if (!pair.ok()) return cannot_serve(pair.error());
    Fd certificate;
    if (auto asked = ask_for_certificate(client.get(), record, certificate); !asked.ok())
      return cannot_serve(asked.error());
    if (record.encrypted)
      if (auto sent = send_to_tls(client, record.number); !sent.ok()) return cannot_serve(sent.error());
    auto session = fork_bare_process();
    if (!session.ok()) return cannot_serve(session.error());
    if (*session == 0) be_session(record, std::move(client), std::move(pair->first));
    add({*session, Role::kSession, record.number, record.peer});
    auto keeper = fork_bare_process();
    if (!keeper.ok()) return cannot_serve(keeper.error());  // the session sees its channel close
    if (*keeper == 0) be_keeper(record, std::move(pair->second), std::move(certificate));
    add({*keeper, Role::kKeeper, record.number, record.peer});
    return {};
  }

  // PV-7: before tls has the client's socket; so it knows whom to tell of the certificate.
  Result<void> ask_for_certificate(int client, ConnectionRecord& record, Fd& certificate) {
    if (!channels_.expected.is_open()) return {};
    auto number = socket_number(client);
    if (!number.ok()) return number.take_error();
    record.socket = number.value();
    if (!record.encrypted) return {};  // at STARTTLS the keeper asks
    auto expected = expect_certificate(channels_.expected.get(), record.socket);
    if (!expected.ok()) return expected.take_error();
    certificate = std::move(expected).value();
    return {};
  }

  // send_to_tls puts in the client's place what tls makes of it.
  Result<void> send_to_tls(Fd& client, std::uint64_t number) {
    auto pair = stream_pair();
    if (!pair.ok()) return pair.take_error();
    const TlsRequest request = make_tls_request(module_.name, number);
    if (auto sent = hand_to_tls(channels_.tls.get(), request, client.get(), pair->first.get()); !sent.ok())
      return sent;
    client = std::move(pair->second);
    return {};
  }

  Result<void> cannot_serve(const Error& error) {
    paused_until_nsec_ = monotonic_nsec() + kPauseNsec;
    return say(LogLine(role_, "cannot-serve").with("why", error.text()));
  }

  void add(const Child& child) {
    const auto free = std::ranges::find(children_, 0, &Child::pid);
    *free = child;  // the table has counted: there is one
    table_.hold(child.number);
  }

  // What a child keeps is all it has: everything else is closed before its first act.
  template <std::size_t N>
  void keep_only(const std::array<int, N>& wanted) {
    Signals::restore_defaults();
    std::vector<int> kept(wanted.begin(), wanted.end());
    const auto rulesets = sandbox_descriptors();
    kept.insert(kept.end(), rulesets.begin(), rulesets.end());
    if (!close_all_except(kept).ok()) _exit(static_cast<int>(Exit::kSystem));
  }

  bool offers_starttls(const ConnectionRecord& record) const {
    return !record.encrypted && module_.offers_starttls != nullptr && module_.offers_starttls(settings_);
  }

  [[noreturn]] void be_session(const ConnectionRecord& record, Fd client, Fd keeper) {
    SessionChannels channels{std::move(client), std::move(keeper), Fd(channels_.log.release()),
                             offers_starttls(record) ? Fd(channels_.tls.release()) : Fd()};
    refusals_ = {};
    keep_only(
        std::array{channels.client.get(), channels.keeper.get(), channels.log.get(), channels.tls.get()});
    _exit(module_.run_session(settings_, record, std::move(channels)));
  }

  [[noreturn]] void be_keeper(const ConnectionRecord& record, Fd session, Fd certificate) {
    KeeperChannels channels{std::move(session),
                            Fd(channels_.log.release()),
                            Fd(channels_.resolver.release()),
                            Fd(channels_.accounts.release()),
                            Fd(channels_.mailboxes.release()),
                            Fd(channels_.incoming.release()),
                            Fd(channels_.active.release()),
                            Fd(hash_slots_.release()),
                            Fd(logins_.first.release()),
                            std::move(refusals_),
                            Fd(channels_.expected.release()),
                            std::move(certificate)};
    if (!channels.refusals.forbid_writing().ok()) _exit(static_cast<int>(Exit::kSystem));
    keep_only(std::array{channels.session.get(), channels.log.get(), channels.resolver.get(),
                         channels.accounts.get(), channels.mailboxes.get(), channels.incoming.get(),
                         channels.active.get(), channels.hash_slots.get(), channels.logins.get(),
                         channels.expected.get(), channels.certificate.get()});
    _exit(module_.run_keeper(settings_, record, std::move(channels)));
  }

  const Settings& settings_;
  const Dropped& dropped_;
  const ModuleSpec& module_;
  ListenerChannels channels_;
  std::string role_;
  Fd signals_;
  Fd hash_slots_;
  SocketPair logins_;         // from the keepers
  AnonymousMemory refusals_;  // RefusalCounts
  AnonymousMemory own_;
  std::pmr::monotonic_buffer_resource books_{own_.get(), own_.size()};
  ConnectionTable table_;
  std::pmr::vector<Child> children_;
  std::pmr::vector<Held> held_{&books_};
  Penalties& penalties_ = *std::pmr::polymorphic_allocator<>(&books_).new_object<Penalties>();
  std::uint64_t number_ = 0;
  std::uint64_t paused_until_nsec_ = 0;
  std::uint64_t refused_ = 0;  // and not yet said
  std::uint64_t refusals_said_nsec_ = 0;
  std::optional<int> status_;
};

}  // namespace

int run_listener(const Settings& settings, const Dropped& dropped, const ModuleSpec& module,
                 ListenerChannels channels) {
  auto own = AnonymousMemory::make_uninherited(octets_of_books(settings));
  if (!own.ok()) return ended_by(own.error(), channels.log.get(), module.name);
  reserve_heap(kHeapOfAChild);
  return Loop(settings, dropped, module, std::move(channels), std::move(own).value()).run();
}

int listener_main(const ModuleSpec& module) {
  static Settings settings;
  Fd log(handed::kLog);
  Error error;
  if (auto read = read_settings(handed::kSettings, settings); !read.ok()) {
    error = read.take_error();
  } else {
    const Dropped dropped =
        Credentials::confirm(settings.mta_uid, settings.mta_gid, settings.started_as_root);
    ListenerChannels channels{std::move(log),
                              Fd(handed::kResolver),
                              Fd(handed::kAccounts),
                              Fd(handed::kMailboxes),
                              Fd(handed::kIncoming),
                              Fd(handed::kActive),
                              {},
                              module.tls_endpoints == nullptr ? 0 : module.tls_endpoints(settings).size(),
                              {}};
    Fd tls(handed::kTls);
    if (encrypts(settings)) channels.tls = std::move(tls);
    Fd expected(handed::kExpected);
    if (module.takes_certificates != nullptr && module.takes_certificates(settings))
      channels.expected = std::move(expected);
    const auto count = static_cast<int>(module.endpoints(settings).size() + channels.encrypted);
    for (int i = 0; i < count && error.what.empty(); ++i) {
      auto adopted = Listener::adopt(dropped, Fd(handed::kFirstListener + i));
      if (adopted.ok())
        channels.listeners.push_back(std::move(adopted).value());
      else
        error = adopted.take_error();
    }
    if (error.what.empty()) return run_listener(settings, dropped, module, std::move(channels));
    log = std::move(channels.log);
  }
  return ended_by(error, log.get(), module.name);
}

}  // namespace postern::daemon
