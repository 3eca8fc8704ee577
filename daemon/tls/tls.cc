// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/tls/tls.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "daemon/listener/address_key.h"
#include "daemon/listener/penalties.h"
#include "daemon/logger/log.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"
#include "daemon/sys/processes.h"
#include "daemon/sys/sandbox.h"
#include "daemon/tls/client_names.h"
#include "daemon/tls/context.h"
#include "daemon/tls/expectations.h"
#include "daemon/tls/handoff.h"
#include "daemon/tls/profile.h"
#include "daemon/tls/relay.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20U;  // a list of revocations may be long
constexpr std::size_t kServices = 3;                     // each with max-connections

std::string_view name_of(RelayEnd end) {
  constexpr std::array<std::string_view, 5> kNames = {"orderly", "cut-off", "no-handshake", "failed",
                                                      "stuck"};
  return kNames[static_cast<std::size_t>(end)];
}

struct Worker {
  pid_t pid = 0;  // 0: free
  TlsRequest request;
  sockaddr_storage peer = {};
};

// demands_certificates: without one there is no login (EN-2), and so no handshake.
bool demands_certificates(const tls::Plan& plan) {
  return (plan.imap.certificate && !plan.imap.password) || (plan.pop.certificate && !plan.pop.password);
}

class Module {
 public:
  Module(const Settings& settings, TlsChannels channels)
      : settings_(settings),
        channels_(std::move(channels)),
        expected_(std::size_t{kServices} * settings.max_connections) {
    workers_.resize(kServices * settings.max_connections);
  }

  int run() {
    if (auto ready = prepare(); !ready.ok()) return fail(ready.error());
    while (!status_)
      if (auto turned = turn(); !turned.ok()) return fail(turned.error());
    return *status_;
  }

 private:
  Result<void> say(const LogLine& line) { return log_line(channels_.log.get(), line); }

  int fail(const Error& error) {
    const auto said = say(LogLine("tls", "end").with("why", error.text()));
    return static_cast<int>(said.ok() ? error.exit : Exit::kInputOutput);
  }

  Result<void> prepare() {
    auto signals = Signals::block_for_poll();
    if (!signals.ok()) return signals.take_error();
    signals_ = std::move(signals).value();
    ::tzset();  // at its first date the C library looks for a time zone's file, which it could not in the
                // cage
    if (auto caged = enter_cage(); !caged.ok()) return caged;
    if (auto made = make_ready(); !made.ok()) return made;
    LogLine line("tls", "ready");
    line.with("alias", settings_.tls_alias.view());
    // EN-6: loudly.
    if (settings_.encryption.no_encryption)
      line.with("WARNING", "NULL-SHA256 is on: a connection with it is not encrypted");
    return say(line);
  }

  Result<void> enter_cage() {
    const auto places = places_of(settings_);
    const SandboxOptions options{settings_.sandbox, settings_.landlock_abi_cap, places, true};
    const std::array<const SandboxProfile*, 1> children{&kTlsWorkerProfile};
    if (auto ready = prepare_sandbox(kTlsWorkerProfile, options); !ready.ok()) return ready;
    if (auto ready = prepare_sandbox(kTlsProfile, options, children); !ready.ok()) return ready;
    return enter_sandbox(kTlsProfile);
  }

  // PV-7: the key is read here, in the cage, and nowhere else.
  Result<void> make_ready() {
    if (auto ready = prepare_openssl(); !ready.ok()) return ready;
    TlsMaterial material;
    const std::array<std::pair<Fd*, std::string*>, 4> files{
        {{&channels_.key, &material.key},
         {&channels_.certificate, &material.certificate},
         {&channels_.authorities, &material.authorities},
         {&channels_.revocations, &material.revocations}}};
    for (const auto& [file, text] : files) {
      if (!file->is_open()) continue;
      auto read = read_at(file->get(), 0, kMaxFile, "a file of tls", Exit::kConfig);
      if (!read.ok()) return read.take_error();
      *text = std::move(read).value();
      file->reset();  // a fresh one reads it again: the dispatcher has it
    }
    auto context = make_context(settings_.encryption, material);
    if (!context.ok()) return context.take_error();
    context_ = std::move(context).value();
    return warm_up(*context_, settings_.encryption);
  }

  Result<void> turn() {
    std::array<pollfd, 3> watched{pollfd{signals_.get(), POLLIN, 0},
                                  pollfd{channels_.requests.get(), POLLIN, 0},
                                  pollfd{channels_.expected.get(), POLLIN, 0}};
    if (living_ == workers_.size()) watched[1].fd = -1;
    if (ppoll(watched.data(), watched.size(), nullptr, nullptr) < 0 && errno != EINTR)
      return system_error("ppoll");
    if (auto taken = take_signals(); !taken.ok() || status_) return taken;
    if ((watched[2].revents & POLLIN) != 0)
      if (auto taken = expected_.take(channels_.expected.get()); !taken.ok()) return taken;
    if ((watched[1].revents & POLLIN) != 0) return serve_next();
    if (((watched[1].revents | watched[2].revents) & ~POLLIN) != 0)
      return Error{"the channel of requests has closed", "tls", {}, 0, Exit::kSoftware};
    return {};
  }

  Result<void> take_signals() {
    while (const int signal = Signals::take(signals_.get())) {
      if (signal == SIGTERM || signal == SIGINT) {
        status_ = 0;
        return signal_group(0, SIGTERM);
      }
      if (signal != SIGCHLD) continue;
      while (const auto ended = reap_one())
        if (auto noted = note(*ended); !noted.ok()) return noted;
    }
    return {};
  }

  Result<void> note(const Ended& ended) {
    const auto worker = std::ranges::find(workers_, ended.pid, &Worker::pid);
    if (worker == workers_.end()) return {};
    const Worker gone = std::exchange(*worker, Worker{});
    --living_;
    if (ended.status == 0) return {};
    LogLine line("tls", ended.is_alarming() ? "worker-killed" : "worker-failed");
    line.with("end", ended.text()).with("service", gone.request.service);
    line.with("connection", gone.request.connection).with("peer", address_text(gone.peer));
    if (ended.is_alarming()) {
      deaths_.record(key_of(gone.peer), monotonic_nsec());
      if (deaths_.deaths(monotonic_nsec()) >= kDeathsOfAListener)
        status_ = static_cast<int>(Exit::kTemporary);
    }
    return say(line);
  }

  Result<void> serve_next() {
    auto received = receive_connection(channels_.requests.get());
    if (!received.ok()) return received.take_error();
    if (!received.value()) return {};
    TlsConnection connection = std::move(*received.value());
    // It was asked for before the connection was sent.
    if (auto taken = expected_.take(channels_.expected.get()); !taken.ok()) return taken;
    Fd keeper = expected_.of(connection.client.get());
    Worker worker{0, connection.request, {}};
    socklen_t length = sizeof worker.peer;
    // A peer that has gone already has no address; its worker sees that.
    if (getpeername(connection.client.get(), reinterpret_cast<sockaddr*>(&worker.peer), &length) != 0)
      worker.peer = {};
    auto pid = fork_process();
    if (!pid.ok())  // both see their connection close
      return say(LogLine("tls", "cannot-serve").with("why", pid.error().text()));
    if (*pid == 0) be_worker(worker, std::move(connection), std::move(keeper));
    worker.pid = *pid;
    *std::ranges::find(workers_, 0, &Worker::pid) = worker;  // turn() has counted: there is one
    ++living_;
    return {};
  }

  // What a worker keeps is all it has.
  [[noreturn]] void be_worker(const Worker& worker, TlsConnection connection, Fd keeper) {
    Signals::restore_defaults();
    std::vector<int> kept{connection.client.get(), connection.session.get(), channels_.log.get(),
                          keeper.get()};
    const auto rulesets = sandbox_descriptors();
    kept.insert(kept.end(), rulesets.begin(), rulesets.end());
    if (!close_all_except(kept).ok() || !enter_sandbox(kTlsWorkerProfile).ok())
      _exit(static_cast<int>(Exit::kSystem));
    _exit(work(worker, connection, std::move(keeper)));
  }

  // EN-2: a certificate is asked for where a keeper wants to hear of it, and nowhere else: not of who brings
  // mail, who may have one that is none of our authorities'.
  int work(const Worker& worker, const TlsConnection& connection, Fd keeper) {
    SSL* const ssl = SSL_new(context_.get());
    if (ssl == nullptr) return static_cast<int>(Exit::kSystem);
    if (keeper.is_open()) ask_for_certificate(*ssl, demands_certificates(settings_.encryption));
    Relay relay(*ssl, connection.client.get(), connection.session.get());
    LogLine line("tls-worker", "connection");
    line.with("service", worker.request.service).with("connection", worker.request.connection);
    line.with("client", address_text(worker.peer));
    if (!relay.shake_hands()) {
      line.with("end", name_of(RelayEnd::kNoHandshake));
      if (keeper.is_open()) line.with("certificate", verdict_on_certificate(*ssl));
    } else {
      line.with("version", SSL_get_version(ssl)).with("cipher", SSL_get_cipher_name(ssl));
      if (keeper.is_open()) tell_keeper(*ssl, std::move(keeper), line);
      line.with("end", name_of(relay.run()));
    }
    return say(line).ok() ? 0 : static_cast<int>(Exit::kInputOutput);
  }

  // PV-7: before the client's first octet goes to the session.
  static void tell_keeper(const SSL& connection, Fd keeper, LogLine& line) {
    const ShownCertificate shown = shown_by(connection);
    tell_certificate(keeper.get(), shown);
    line.with("certificate", outcome_code(shown.what()));
  }

  const Settings& settings_;
  TlsChannels channels_;
  Expectations expected_;
  Fd signals_;
  TlsContext context_;
  std::vector<Worker> workers_;
  std::size_t living_ = 0;
  Penalties deaths_;
  std::optional<int> status_;
};

}  // namespace

int run_tls(const Settings& settings, TlsChannels channels) {
  return Module(settings, std::move(channels)).run();
}

}  // namespace postern::daemon
