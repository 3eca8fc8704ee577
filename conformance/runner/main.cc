// SPDX-License-Identifier: BSD-2-Clause
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

#include "conformance/audit/audit_command.h"
#include "conformance/runner/command_line.h"
#include "conformance/runner/dialogue.h"
#include "conformance/runner/explain.h"
#include "conformance/runner/live_layer.h"
#include "conformance/runner/name_check.h"
#include "conformance/runner/printable.h"
#include "conformance/runner/pure_layer.h"

namespace postern::conformance {
namespace {

namespace fs = std::filesystem;

fs::path self_path() {
  return fs::read_symlink("/proc/self/exe");
}

fs::path spec_dir(const CommandLine& line) {
  if (!line.spec_dir.empty()) return line.spec_dir;
  if (const char* from_environment = std::getenv("POSTERN_SPEC_DIR")) return from_environment;
  const fs::path installed = self_path().parent_path() / "../share/postern/spec";
  return fs::exists(POSTERN_SPEC_DIR) ? fs::path(POSTERN_SPEC_DIR) : installed;
}

// A bare name is one of the adapters that come along.
fs::path adapter_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return fs::absolute(name);
  for (const char* place : {"../adapters", "../selftest", "../libexec/postern/adapters"}) {
    const fs::path path = self_path().parent_path() / place / name;
    if (fs::exists(path)) return fs::canonical(path);
  }
  throw UsageError("no adapter '" + name + "' comes along. Give a path, with a slash");
}

// Scratch: a directory of ours for one run.
class Scratch {
 public:
  explicit Scratch(bool keep) : keep_(keep) {
    std::string pattern = base() + "/postern-conform.XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr)
      throw NetworkError("no scratch directory in " + pattern + ". Set TMPDIR");
    path_ = pattern;
    // A server that gives root up must still reach its own files.
    chmod(path_.c_str(), 0711);
    fs::create_directory(path_ / "state");
    chmod((path_ / "state").c_str(), 0711);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (keep_) {
      std::cerr << "scratch directory kept: " << path_.string() << '\n';
    } else {
      fs::remove_all(path_, ignored);
    }
  }
  const fs::path& path() const { return path_; }

 private:
  // What root executes lies in root's directories up to / (DT-3): /tmp is nobody's.
  static std::string base() {
    if (geteuid() == 0 && fs::is_directory("/run")) return "/run";
    const char* directory = std::getenv("TMPDIR");
    return directory != nullptr ? directory : "/tmp";
  }

  bool keep_;
  fs::path path_;
};

// Reports: the files and the terminal behind one event stream.
class Reports {
 public:
  explicit Reports(const CommandLine& line) {
    const bool stdout_taken = line.json_lines == "-" || line.tap == "-" || line.junit == "-";
    if (!line.json_lines.empty()) events_.add(make_json_lines_sink(open(line.json_lines)));
    if (!line.tap.empty()) events_.add(make_tap_sink(open(line.tap)));
    if (!line.junit.empty()) events_.add(make_junit_sink(open(line.junit)));
    events_.add(make_terminal_sink(stdout_taken ? std::cerr : std::cout,
                                   isatty(stdout_taken ? STDERR_FILENO : STDOUT_FILENO) == 1, line.quiet));
  }
  EventStream& events() { return events_; }

 private:
  std::ostream& open(const std::string& file) {
    if (file == "-") return std::cout;
    files_.push_back(std::make_unique<std::ofstream>(file, std::ios::binary));
    if (!*files_.back())
      throw UsageError("cannot write " + file + ". Give a file in a directory that exists");
    return *files_.back();
  }

  std::vector<std::unique_ptr<std::ofstream>> files_;
  EventStream events_;
};

Expectations expectations_for(const CommandLine& line, const fs::path& adapter) {
  if (line.expect == "none") return {};
  if (!line.expect.empty()) return Expectations::load(line.expect);
  const fs::path beside = adapter.string() + ".expect.json";
  if (!adapter.empty() && fs::exists(beside)) return Expectations::load(beside);
  return {};
}

Claims claims_for_program(const CommandLine& line) {
  Claims claims;
  claims.gives.insert(line.gives.begin(), line.gives.end());
  for (const std::string& claim : line.claims) {
    if (claim == "hardening") claims.hardening = true;
    if (claim == "extension") claims.extension = true;
    if (claim == "dialect") claims.our_dialect = true;
  }
  return claims;
}

std::vector<Case> pure_cases(const std::vector<Case>& cases) {
  std::vector<Case> pure;
  for (const Case& c : cases) {
    if (!c.is_login()) pure.push_back(c);
  }
  return pure;
}

int run_pure_layer(const CommandLine& line, const Suite& suite, Recorder& recorder,
                   const std::string& program) {
  const std::vector<Case> cases = pure_cases(select(suite.cases, line.selection));
  PureOptions options;
  options.program = program;
  if (line.deadline_ms != 0) options.deadline = Milliseconds{line.deadline_ms};
  recorder.start(cases.size(), suite.spec_dir.string());
  run_pure(cases, options, recorder);
  return static_cast<int>(recorder.finish());
}

// protocol_of: the one asked for, or the first that the adapter speaks and the runner knows.
std::string protocol_of(const CommandLine& line, const Description& server) {
  std::string spoken;
  for (const std::string& protocol : server.protocols) {
    const bool known = std::ranges::find(kProtocols, protocol) != std::end(kProtocols);
    if (known && (line.protocol.empty() || line.protocol == protocol)) return protocol;
    spoken += " " + protocol;
  }
  throw UsageError("--protocol " + line.protocol + ": the adapter describes" +
                   (spoken.empty() ? " none" : spoken));
}

// What breaks after the start belongs to the summary as well.
int act_out(const CommandLine& line, const Suite& suite, Recorder& recorder, const Description& server,
            const fs::path& executable, const fs::path& scratch) {
  const std::vector<Case> cases = select(suite.cases, line.selection);
  LiveOptions options;
  options.self = self_path().string();
  options.protocol = line.protocol;
  options.at_once = line.jobs;
  if (line.deadline_ms != 0) options.deadline = Milliseconds{line.deadline_ms};
  recorder.start(cases.size(), suite.spec_dir.string());
  try {
    const PrivateNetwork network(scratch, source_addresses(cases), !line.keep);
    const Adapter adapter(executable, scratch / "state");
    run_live(cases, options, server, adapter, network, recorder);
  } catch (const ExpectationError&) {
    throw;
  } catch (const std::runtime_error& e) {
    recorder.harness_error(e.what());
  }
  if (const size_t left = end_left_behind(); left > 0) {
    recorder.events().note(std::to_string(left) + " processes were left behind by the adapter, and ended");
  }
  return static_cast<int>(recorder.finish());
}

// The namespaces are the child's: the scratch directory is removed from outside of them.
int run_live_layer(const CommandLine& line, const Suite& suite, Recorder& recorder, const Description& server,
                   const fs::path& executable) {
  const Scratch scratch(line.keep);
  const auto code = run_in_child([&] {
    try {
      return act_out(line, suite, recorder, server, executable, scratch.path());
    } catch (const ExpectationError& e) {
      std::cerr << "postern-conform: expectation file " << e.what() << '\n';
      return static_cast<int>(ExitCode::kUsage);
    }
  });
  return code.value_or(static_cast<int>(ExitCode::kHarness));
}

int run(const CommandLine& line) {
  const Suite suite = load_suite(spec_dir(line));
  Reports reports(line);
  const bool whole = line.selection.is_everything();
  if (!line.program.empty()) {
    Recorder recorder(reports.events(), expectations_for(line, ""), claims_for_program(line),
                      {"pure", line.program, "", line.replay, whole});
    return run_pure_layer(line, suite, recorder, line.program);
  }
  const fs::path executable = adapter_path(line.adapter);
  const Description server = Adapter(executable, "").describe();
  const std::string layer = line.layer.empty() ? server.layer : line.layer;
  if (layer != server.layer)
    throw UsageError("this adapter is of the " + server.layer + " layer. Leave --layer out");
  Recorder recorder(reports.events(), expectations_for(line, executable), server.claims,
                    {layer, server.name, server.version, line.replay, whole});
  if (layer == "pure")
    return run_pure_layer(line, suite, recorder, shell_word(executable.string()) + " decide");
  CommandLine live = line;
  live.protocol = protocol_of(line, server);
  return run_live_layer(live, suite, recorder, server, executable);
}

int explain(const CommandLine& line) {
  const Suite suite = load_suite(spec_dir(line));
  for (const Case& c : suite.cases) {
    if (c.id != line.selection.ids[0]) continue;
    explain_case(c, suite, std::cout);
    return 0;
  }
  throw UsageError("no row '" + line.selection.ids[0] + "'. `postern-conform list` prints the ids");
}

int lint(const CommandLine& line) {
  for (const std::string& file : line.files) {
    Expectations::load(file);
    std::cout << file << ": ok\n";
  }
  return 0;
}

int dispatch(const CommandLine& line) {
  if (line.verb == "help") std::cout << help_text();
  if (line.verb == "version") std::cout << "postern-conform " POSTERN_VERSION "\n";
  if (line.verb == "list") {
    list_cases(select(load_suite(spec_dir(line)).cases, line.selection), line.json, std::cout);
  }
  if (line.verb == kNameCheckCommand) return serve_name_check(std::cin, std::cout);
  if (line.verb == "explain") return explain(line);
  if (line.verb == "lint") return lint(line);
  if (line.verb == "run") return run(line);
  return 0;
}

int guarded(const std::vector<std::string>& arguments, const std::string& self) {
  const auto usage = static_cast<int>(ExitCode::kUsage);
  const auto harness = static_cast<int>(ExitCode::kHarness);
  try {
    return dispatch(parse_command_line(arguments, self));
  } catch (const UsageError& e) {
    std::cerr << "postern-conform: " << e.what() << '\n';
    return usage;
  } catch (const ExpectationError& e) {
    std::cerr << "postern-conform: expectation file " << e.what() << '\n';
    return usage;
  } catch (const std::exception& e) {
    std::cerr << "postern-conform: " << e.what() << '\n';
    return harness;
  }
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  postern::conformance::ignore_broken_pipes();
  postern::conformance::become_subreaper();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "audit")  // options of its own
    return postern::conformance::audit_main({arguments.begin() + 1, arguments.end()});
  return postern::conformance::guarded(arguments, argv[0]);
}
