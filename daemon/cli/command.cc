// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/command.h"

#include <unistd.h>
#include <boost/program_options.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <optional>

#include "daemon/cli/decide.h"
#include "daemon/cli/exit_code.h"
#include "daemon/cli/explain.h"
#include "daemon/cli/lint_command.h"
#include "daemon/cli/list_file.h"
#include "daemon/cli/printable.h"
#include "daemon/cli/queue.h"
#ifdef POSTERN_WITH_ACCOUNT
#include "daemon/cli/account.h"
#include "daemon/cli/audit_trees.h"
#endif

namespace postern::daemon {
namespace {

namespace options = boost::program_options;
using Arguments = std::vector<std::string>;

constexpr const char* kUsage =
    "usage: postern COMMAND [OPTION]...\n"
    "\n"
    "  decide               read JSON lines {\"id\":…,\"list\":[…],\"ip\":\"…\",\"names\":[…]}, answer each "
    "with verdict,\n"
    "                       step, entry, name and malformed entries\n"
    "  explain --list FILE --ip ADDRESS [--name HOST]...\n"
    "                       the same for people: which step, which entry, what was not even looked at\n"
    "  lint FILE            what is wrong or surprising in an access list\n"
    "  account ...          accounts and their access lists: postern account --help\n"
    "  queue ...            mail that waits for its delivery: postern queue --help\n"
    "  audit-trees ...      what in the three trees is not as it must be: postern audit-trees --help\n"
    "  --help               this text; after a command, that command's options\n"
    "  --version            the version\n"
    "\n"
    "FILE has one entry per line; - is standard input.\n"
    "Exit: 0 done, 64 wrong command line, 65 malformed input, 66 no such file, 70 defect, 74 read or write "
    "error,\n"
    "      78 the configuration or the trees are wrong.\n";

constexpr const char* kDecideUsage =
    "usage: postern decide < REQUESTS > ANSWERS\n"
    "\n"
    "A request is one line: {\"id\":ANY,\"list\":[VALUE...],\"ip\":\"ADDRESS\",\"names\":[VALUE...]}\n"
    "  names are the client's confirmed names, in order; VALUE is a string or {\"hex\":\"OCTETS\"}.\n"
    "The answer: {\"id\":ANY,\"verdict\":\"allow|deny\",\"step\":1-5,\"entry\":N|null,\"name\":VALUE|null,\n"
    "             \"malformed\":[{\"entry\":N,\"why\":\"CODE\",\"detail\":\"TEXT\"}...]}\n"
    "  or {\"id\":ANY|null,\"error\":\"TEXT\"} for a bad line, of which 1 MiB is the longest.\n"
    "Exit: 0 all lines were good, 65 some line was bad, 74 read or write error.\n";

int usage_error(const std::string& what) {
  std::cerr << "postern: " << printable(what) << "; see postern --help\n";
  return kExitUsage;
}

// say writes the result of a command. A full disk or a closed pipe is not a success.
int say(const std::string& what, int code = kExitOk) {
  std::cout << what << std::flush;
  if (std::cout.good()) return code;
  std::cerr << "postern: cannot write to standard output; free some space or keep the reader running\n";
  return kExitIo;
}

bool asks_for_help(const Arguments& arguments) {
  return arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h");
}

std::optional<ListText> open_list(const std::string& path) {
  std::optional<ListText> list = read_list_file(path);
  if (!list) std::cerr << "postern: cannot read " << printable(path) << ": " << std::strerror(errno) << "\n";
  return list;
}

int run_decide(const Arguments& arguments) {
  if (asks_for_help(arguments)) return say(kDecideUsage);
  if (!arguments.empty()) return usage_error("decide takes no argument: requests come on standard input");
  const int code = decide_stream(STDIN_FILENO, STDOUT_FILENO);
  if (code == kExitIo)
    std::cerr << "postern: decide: reading or writing failed: " << std::strerror(errno) << "\n";
  return code;
}

options::options_description explain_options() {
  options::options_description all("postern explain: why a client is allowed or denied");
  auto add = all.add_options();
  add("list", options::value<std::string>()->required()->value_name("FILE"),
      "the access list, one entry per line");
  add("ip", options::value<std::string>()->required()->value_name("ADDRESS"), "the client's address");
  add("name", options::value<Arguments>()->value_name("HOST"),
      "a confirmed name of the client; may be repeated");
  add("help", "this text");
  return all;
}

int run_explain(const Arguments& arguments) {
  const options::options_description known = explain_options();
  if (asks_for_help(arguments)) {
    std::cout << known;
    return say("");
  }
  options::variables_map given;
  const options::positional_options_description no_positional;
  options::store(options::command_line_parser(arguments).options(known).positional(no_positional).run(),
                 given);
  options::notify(given);
  Question question{given["ip"].as<std::string>(), {}};
  if (given.count("name") > 0) question.names = given["name"].as<Arguments>();
  const std::optional<Client> client = parse_client(question.ip);
  if (!client)
    return usage_error("--ip " + question.ip + " is not an address: write four decimal numbers or IPv6 text");
  const std::optional<ListText> list = open_list(given["list"].as<std::string>());
  return list ? say(explain(*list, *client, question)) : kExitNoInput;
}

int run_lint(const Arguments& arguments) {
  if (asks_for_help(arguments)) return say(lint_help());
  if (arguments.size() != 1) return usage_error("lint takes one file");
  const std::optional<ListText> list = open_list(arguments[0]);
  if (!list) return kExitNoInput;
  const LintReport report = lint_report(*list, printable(arguments[0]));
  return say(report.text, report.any_malformed ? kExitData : kExitOk);
}

int run_account([[maybe_unused]] const Arguments& arguments) {
#ifdef POSTERN_WITH_ACCOUNT
  return account_main(arguments);
#else
  std::cerr << "postern: account is not part of this build; build with POSTERN_BUILD_DAEMON=ON\n";
  return kExitUsage;
#endif
}

int run_queue([[maybe_unused]] const Arguments& arguments) {
#ifdef POSTERN_WITH_ACCOUNT
  return queue_main(arguments);
#else
  std::cerr << "postern: queue is not part of this build; build with POSTERN_BUILD_DAEMON=ON\n";
  return kExitUsage;
#endif
}

int run_audit_trees([[maybe_unused]] const Arguments& arguments) {
#ifdef POSTERN_WITH_ACCOUNT
  return audit_trees_main(arguments);
#else
  std::cerr << "postern: audit-trees is not part of this build; build with POSTERN_BUILD_DAEMON=ON\n";
  return kExitUsage;
#endif
}

}  // namespace

int run_command(const Arguments& arguments) {
  if (arguments.empty()) return usage_error("a command is missing");
  const std::string& command = arguments[0];
  const Arguments rest(arguments.begin() + 1, arguments.end());
  try {
    if (command == "--help" || command == "-h" || command == "help") return say(kUsage);
    if (command == "--version") return say("postern " POSTERN_VERSION "\n");
    if (command == "decide") return run_decide(rest);
    if (command == "explain") return run_explain(rest);
    if (command == "lint") return run_lint(rest);
    if (command == "account") return run_account(rest);
    if (command == "queue") return run_queue(rest);
    if (command == "audit-trees") return run_audit_trees(rest);
  } catch (const options::error& wrong) {
    return usage_error(command + ": " + wrong.what());
  }
  return usage_error("unknown command " + command);
}

}  // namespace postern::daemon
