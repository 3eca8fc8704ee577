// SPDX-License-Identifier: BSD-2-Clause
// Adapter for postern's own daemon: trees made by postern-setup in the state directory, accounts written by
// `postern account import` with the cheapest hash, refusal-quantum off. Claims everything, and acts out
// AD-G8 twice: the normal writer refuses a malformed list; written raw, it must admit nobody by it.
//
// The programs are those of the build or installation the adapter lies in; POSTERN_BUILD names another build.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "conformance/adapters/adapter_kit.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kPop3Port = 41110;
constexpr int kImapPort = 41143;
constexpr int kExitDataRefused = 65;

fs::path build_directory() {
  if (const char* build = std::getenv("POSTERN_BUILD")) return build;
  return fs::read_symlink("/proc/self/exe").parent_path() / "../..";
}

std::string program(const char* in_build) {
  const fs::path path = build_directory() / in_build;
  if (access(path.c_str(), X_OK) != 0)
    throw CannotDo("no " + path.string() + ". Build the daemon, or set POSTERN_BUILD");
  return fs::canonical(path).string();
}

fs::path state_of(const json& request) {
  return request.at("state").get<std::string>();
}
fs::path config_of(const fs::path& state) {
  return state / "p/etc/postern.conf";
}

// Runs a program to its end with `input`; its output; its exit code into `code`.
std::string output_of(const std::vector<std::string>& arguments, const fs::path& scratch,
                      const std::string& input, int& code) {
  write_text(scratch / "input", input);
  std::string command;
  for (const std::string& argument : arguments) command += "'" + argument + "' ";
  command += "<'" + (scratch / "input").string() + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + arguments[0]);
  std::string output;
  char chunk[4096];
  for (size_t got = 0; (got = fread(chunk, 1, sizeof chunk, pipe)) > 0;) output.append(chunk, got);
  const int status = pclose(pipe);
  code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

json describe(const json&) {
  return {{"name", "postern"},
          {"version", POSTERN_VERSION},
          {"layer", "live"},
          {"protocols", {"pop3", "imap"}},
          {"settings", {"hostname-check"}},
          {"claims", {"hardening", "extension", "dialect"}},
          {"judges_lists", true},
          {"raw", true}};
}

void set_up(const fs::path& state) {
  const std::string build = fs::canonical(build_directory()).string();
  std::vector<std::string> arguments = {program("daemon/setup/postern-setup"),
                                        "--prefix",
                                        (state / "p").string(),
                                        "--build",
                                        build,
                                        "--pop3-listen",
                                        "[::]:" + std::to_string(kPop3Port),
                                        "--imap-listen",
                                        "[::]:" + std::to_string(kImapPort)};
  // Ids that no account has: nothing is created on the machine.
  if (geteuid() == 0) arguments.insert(arguments.end(), {"--user", "64111", "--group", "64111"});
  int code = 0;
  const std::string said = output_of(arguments, state, "", code);
  if (code != 0) throw std::runtime_error("postern-setup: exit " + std::to_string(code) + ": " + said);
}

// The configuration of postern-setup with `settings` in place of its own.
void configure(const fs::path& file, const std::map<std::string, std::string>& settings) {
  std::ifstream in(file);
  std::ostringstream text;
  for (std::string line; std::getline(in, line);) {
    const std::string key = line.substr(0, line.find_first_of(" =\t"));
    if (!settings.contains(key)) text << line << '\n';
  }
  for (const auto& [key, value] : settings) text << key << " = " << value << '\n';
  in.close();
  std::ofstream out(file);
  out << text.str();
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

int start_daemon(const fs::path& state) {
  const std::string daemon = (state / "p/sbin/posternd").string();
  const std::string config = config_of(state).string();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid != 0) return pid;
  const int log = open((state / "posternd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(log, 1);
  dup2(log, 2);
  setsid();
  execl(daemon.c_str(), "posternd", "--config", config.c_str(), nullptr);
  _exit(127);
}

// The name server of the suite that keeps silent costs a second: the deadline is only there for a machine
// that is busy with other things.
json start(const json& request) {
  const fs::path state = state_of(request);
  if (!fs::exists(config_of(state))) set_up(state);
  std::map<std::string, std::string> settings = {
      {"refusal-quantum", "0"}, {"lookup-deadline", "5s"}, {"hostname-check", "confirmed"}};
  for (const auto& [name, value] : request.at("settings").items()) settings[name] = value.get<std::string>();
  configure(config_of(state), settings);
  const int pid = start_daemon(state);
  write_text(state / "pid", std::to_string(pid) + "\n");
  return {{"endpoints", {{"pop3", {{"port", kPop3Port}}}, {"imap", {{"port", kImapPort}}}}}, {"pids", {pid}}};
}

// The writer's own answers for `lines`.
json import(const fs::path& state, const std::string& lines, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {program("daemon/cli/postern"),
                                        "account",
                                        "import",
                                        "--config",
                                        config_of(state).string(),
                                        "--hash",
                                        "sha512crypt",
                                        "--cost",
                                        "cheapest"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  int code = 0;
  std::istringstream output(output_of(arguments, state, lines, code));
  if (code != 0 && code != kExitDataRefused)
    throw std::runtime_error("postern account import: exit " + std::to_string(code));
  json results = json::array();
  for (std::string line; std::getline(output, line);) {
    results.push_back(json::parse(line));
    if (results.back().at("status") == "failed") throw std::runtime_error("postern account import: " + line);
  }
  return results;
}

json apply(const json& request) {
  std::string normal;
  std::string raw;
  for (const json& account : request.at("accounts")) {
    const json line = {{"account", account.at("account")},
                       {"password", account.at("password")},
                       {"access", account.at("list")}};
    (account.value("raw", false) ? raw : normal) += line.dump() + "\n";
  }
  json results = import(state_of(request), normal, {"--replace"});
  if (raw.empty()) return {{"results", results}};
  for (const json& result : import(state_of(request), raw, {"--raw"})) results.push_back(result);
  return {{"results", results}};
}

json stop(const json& request) {
  end_and_wait(read_pid(state_of(request) / "pid"), 5000);
  return json::object();
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  using namespace postern::conformance;
  return run_adapter(argc, argv,
                     {{"describe", describe}, {"start", start}, {"apply", apply}, {"stop", stop}});
}
