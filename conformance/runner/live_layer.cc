// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/live_layer.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "conformance/runner/address.h"
#include "conformance/runner/name_check.h"
#include "conformance/runner/printable.h"
#include "conformance/runner/worlds.h"

namespace postern::conformance {
namespace {

using Kind = Outcome::Kind;

constexpr int kRetries = 2;
constexpr Milliseconds kPatience{10000};
constexpr const char* kPassword = "right-Pa55word";
constexpr const char* kWrongPassword = "wrong-Pa55word";

// Part: one case as one account. A malformed list that the server refuses where it is written is acted out a
// second time, written raw (AD-G8's second half).
struct Part {
  const Case* c = nullptr;
  bool raw = false;
  std::string account;
  LoginResult control;
  std::optional<Outcome> outcome;  // known; what is left to do is to record it
};

std::string account_name(char kind, size_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "%c%04zu", kind, number);
  return text;
}

bool is_malformed(const Case& c) {
  return !c.expected.malformed.empty();
}

// Why the case is not acted out with this server on this machine.
std::optional<Outcome> obstacle(const Case& c, const Description& server, const PrivateNetwork& network) {
  if (!c.pure_only.empty()) return Outcome::of(Kind::kSkipped, "pure only: " + c.pure_only);
  const std::string source = source_address(c.ip);
  if (source.empty() || network.lacking().contains(source)) {
    return Outcome::of(Kind::kSkipped, "not expressible here: the kernel does not let us have " + c.ip);
  }
  if (is_ipv6(source) ? !server.ipv6 : !server.ipv4) {
    return Outcome::of(Kind::kUnimplemented, "the server does not listen on that family");
  }
  if (is_malformed(c) && !server.judges_lists) {
    return Outcome::of(Kind::kUnimplemented,
                       "the list is malformed (AD-G7) and the server has no writer that judges it");
  }
  for (const auto& [name, value] : c.settings) {
    if (!server.settings.contains(name)) return Outcome::of(Kind::kUnimplemented, "no setting " + name);
  }
  return std::nullopt;
}

// What a control that was not admitted says about its row.
Outcome failed_control(const LoginResult& control) {
  const std::string words = "control (the same account from the same address, under an empty list): ";
  switch (control.end) {
    case LoginEnd::kTimedOut:
      return Outcome::of(Kind::kTimeOut, words + control.words);
    case LoginEnd::kEarly:
    case LoginEnd::kGarbled:
      return Outcome::of(Kind::kBroken, words + control.words);
    case LoginEnd::kRefused:
      return Outcome::of(Kind::kHarnessError,
                         words + "refused (" + control.words + "): a deny would say nothing");
    default:
      return Outcome::of(Kind::kHarnessError, words + control.words);
  }
}

Outcome outcome_of(const LoginResult& login) {
  switch (login.end) {
    case LoginEnd::kAllowed:
    case LoginEnd::kRefused: {
      Outcome outcome = Outcome::of(Kind::kObserved, "");
      outcome.observation.allow = login.end == LoginEnd::kAllowed;
      outcome.observation.words = login.words;
      return outcome;
    }
    case LoginEnd::kTimedOut:
      return Outcome::of(Kind::kTimeOut, login.words);
    case LoginEnd::kUnconnected:
      return Outcome::of(Kind::kHarnessError, login.words);
    case LoginEnd::kTemporary:
      return Outcome::of(Kind::kBroken, "a temporary failure: " + login.words);
    default:
      return Outcome::of(Kind::kBroken, login.words);
  }
}

// LiveBatch: both stages of the rows of one set of settings, against one start of the server.
class LiveBatch {
 public:
  LiveBatch(const LiveOptions& options, const Description& server, const Adapter& adapter,
            const PrivateNetwork& network, NameServer& names, Recorder& recorder)
      : options_(options),
        server_(server),
        adapter_(adapter),
        network_(network),
        names_(names),
        recorder_(recorder) {}

  void add(const Case& c) {
    Part part;
    part.c = &c;
    part.account = account_name('c', parts_.size());
    part.outcome = obstacle(c, server_, network_);
    const bool twice = !part.outcome && is_malformed(c) && server_.raw;
    if (part.outcome) recorder_.record(c, *part.outcome);
    if (!part.outcome) parts_.push_back(part);
    if (!twice) return;
    part.raw = true;
    part.account = account_name('r', parts_.size());
    parts_.push_back(part);
  }

  void run(const std::map<std::string, std::string>& settings) {
    if (parts_.empty()) return;
    started_ = adapter_.start(settings);
    if (!started_.endpoints.contains(options_.protocol)) {
      throw AdapterError("start: no endpoint for " + options_.protocol);
    }
    try {
      if (!wait_until_it_listens(network_, login_options(), kPatience)) {
        throw AdapterError("start: nothing listens on port " + std::to_string(login_options().port) +
                           " after 10 s. `--keep` keeps the server's log");
      }
      run_controls();
      apply_lists();
      run_worlds();
    } catch (...) {
      stop_quietly();
      throw;
    }
    adapter_.stop();
  }

 private:
  void stop_quietly() {
    try {
      adapter_.stop();
    } catch (const AdapterError&) {
      // The error that brought us here is the one to report.
    }
  }

  LoginOptions login_options() const {
    const Endpoint& endpoint = started_.endpoints.at(options_.protocol);
    LoginOptions login;
    login.protocol = options_.protocol;
    login.server_ipv4 = endpoint.ipv4;
    login.server_ipv6 = endpoint.ipv6;
    login.port = endpoint.port;
    login.at_once = options_.at_once;
    login.deadline = options_.deadline;
    return login;
  }

  bool server_lives() const { return std::all_of(started_.pids.begin(), started_.pids.end(), process_lives); }

  void run_controls() {
    std::vector<Account> accounts;
    std::vector<Login> logins;
    for (const Part& part : parts_) {
      accounts.push_back({part.account, kPassword, {}, false});
      logins.push_back({source_address(part.c->ip), part.account, kPassword});
    }
    network_.write_hosts("");
    names_.load({});
    for (const auto& [account, applied] : adapter_.apply(accounts)) {
      if (applied.status != "applied")
        throw AdapterError("apply: an empty list was not applied: " + applied.detail);
    }
    std::vector<LoginResult> results = log_in_all(network_, login_options(), logins);
    retry_temporary(logins, results);
    for (size_t i = 0; i < parts_.size(); ++i) {
      parts_[i].control = results[i];
      if (results[i].end != LoginEnd::kAllowed)
        settle(parts_[i], after_death(failed_control(results[i])), results[i]);
    }
  }

  // A server that died did not answer: whatever the login looked like, that is the finding.
  Outcome after_death(Outcome outcome) const {
    if (outcome.kind == Kind::kObserved || server_lives()) return outcome;
    return Outcome::of(Kind::kCrash, "a process of the server died; the login saw: " + outcome.detail);
  }

  void settle(Part& part, Outcome outcome, const LoginResult& login) {
    outcome.wire = login.wire;
    outcome.seconds = login.seconds;
    part.outcome = std::move(outcome);
  }

  void retry_temporary(const std::vector<Login>& logins, std::vector<LoginResult>& results) {
    for (int round = 0; round < kRetries; ++round) {
      std::vector<size_t> again;
      std::vector<Login> retried;
      for (size_t i = 0; i < results.size(); ++i) {
        if (results[i].end != LoginEnd::kTemporary) continue;
        again.push_back(i);
        retried.push_back(logins[i]);
      }
      if (again.empty()) return;
      const std::vector<LoginResult> fresh = log_in_all(network_, login_options(), retried);
      for (size_t i = 0; i < again.size(); ++i) results[again[i]] = fresh[i];
    }
  }

  void apply_lists() {
    std::vector<Account> accounts;
    for (const Part& part : parts_) {
      if (!part.outcome && part.c->known_account)
        accounts.push_back({part.account, kPassword, part.c->list, part.raw});
    }
    const std::map<std::string, Applied> applied = adapter_.apply(accounts);
    for (Part& part : parts_) {
      const auto found = applied.find(part.account);
      if (part.outcome || found == applied.end() || found->second.status == "applied") continue;
      const bool refused = found->second.status == "refused-at-write";
      part.outcome =
          Outcome::of(refused ? Kind::kRefusedAtWrite : Kind::kUnimplemented, found->second.detail);
    }
  }

  void run_worlds() {
    std::vector<const Case*> cases;
    for (const Part& part : parts_) {
      if (!part.outcome && std::find(cases.begin(), cases.end(), part.c) == cases.end())
        cases.push_back(part.c);
    }
    const std::vector<World> worlds = partition(cases);
    recorder_.events().note(std::to_string(worlds.size()) + " worlds for " + std::to_string(cases.size()) +
                            " rows, over " + options_.protocol);
    for (const World& world : worlds) run_world(world);
    compare_refusals();
    for (const Part& part : parts_) recorder_.record(*part.c, *part.outcome, part.raw ? "raw" : "");
  }

  void run_world(const World& world) {
    network_.write_hosts(world.hosts);
    names_.load(world.data);
    const std::map<std::string, std::string> skipped = check_names(world, options_.self);
    names_.forget_questions();
    std::vector<Part*> parts;
    for (Part& part : parts_) {
      if (part.outcome || std::find(world.cases.begin(), world.cases.end(), part.c) == world.cases.end())
        continue;
      const auto why = skipped.find(part.c->id);
      if (why != skipped.end()) {
        part.outcome = Outcome::of(Kind::kSkipped, why->second);
      } else {
        parts.push_back(&part);
      }
    }
    log_in(world, parts);
  }

  void log_in(const World& world, const std::vector<Part*>& parts) {
    std::vector<Login> logins;
    for (const Part* part : parts) {
      logins.push_back(
          {source_address(part->c->ip), part->account, part->c->right_password ? kPassword : kWrongPassword});
    }
    std::vector<LoginResult> results = log_in_all(network_, login_options(), logins);
    retry_temporary(logins, results);
    for (size_t i = 0; i < parts.size(); ++i) {
      Outcome outcome = after_death(outcome_of(results[i]));
      const std::string source = source_address(parts[i]->c->ip);
      if (parts[i]->c->is_login() && !world.in_hosts.contains(source)) {
        outcome.observation.asked = names_.was_asked(source);
      }
      settle(*parts[i], std::move(outcome), results[i]);
    }
  }

  // AD-L2: unknown account, wrong password and refused place are answered in the same words.
  void compare_refusals() {
    const auto cites = [](const Case& c) {
      return std::find(c.sentences.begin(), c.sentences.end(), "AD-L2") != c.sentences.end();
    };
    const auto refused = [](const Part& p) {
      return p.outcome && p.outcome->kind == Kind::kObserved && !p.outcome->observation.allow;
    };
    std::string words;
    for (const Part& part : parts_) {
      if (refused(part) && cites(*part.c) && (words.empty() || !part.c->right_password))
        words = part.outcome->observation.words;
    }
    for (Part& part : parts_) {
      if (!refused(part) || !cites(*part.c) || part.outcome->observation.words == words) continue;
      part.outcome->kind = Kind::kBroken;
      part.outcome->detail = "refused in other words (AD-L2): " + in_quotes(part.outcome->observation.words) +
                             " where another refusal is " + in_quotes(words);
    }
  }

  const LiveOptions& options_;
  const Description& server_;
  const Adapter& adapter_;
  const PrivateNetwork& network_;
  NameServer& names_;
  Recorder& recorder_;
  Started started_;
  std::vector<Part> parts_;
};

}  // namespace

std::set<std::string> source_addresses(const std::vector<Case>& cases) {
  std::set<std::string> addresses;
  for (const Case& c : cases) {
    const std::string source = source_address(c.ip);
    if (c.pure_only.empty() && !source.empty()) addresses.insert(source);
  }
  return addresses;
}

void run_live(const std::vector<Case>& cases, const LiveOptions& options, const Description& server,
              const Adapter& adapter, const PrivateNetwork& network, Recorder& recorder) {
  NameServer names(network.name_sockets());
  std::map<std::map<std::string, std::string>, std::unique_ptr<LiveBatch>> batches;
  for (const Case& c : cases) {
    auto& batch = batches[c.settings];
    if (!batch) batch = std::make_unique<LiveBatch>(options, server, adapter, network, names, recorder);
    batch->add(c);
  }
  for (const auto& [settings, batch] : batches) batch->run(settings);
}

}  // namespace postern::conformance
