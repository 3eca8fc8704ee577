// SPDX-License-Identifier: BSD-2-Clause
// posternd: the dispatcher.
#include <boost/program_options.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "daemon/dispatcher/processes_table.h"
#include "daemon/dispatcher/start.h"

#ifndef POSTERN_VERSION
#define POSTERN_VERSION "unknown"
#endif

namespace {

namespace options = boost::program_options;
using postern::daemon::Exit;

int status(Exit exit) {
  return static_cast<int>(exit);
}

int print(const std::string& text, Exit exit) {
  std::cout << text << std::flush;
  return status(std::cout ? exit : Exit::kInputOutput);
}

options::options_description described() {
  options::options_description all(
      "posternd: a small mail daemon with access domains\n\nusage: posternd --config FILE "
      "[--check | --processes | --deliver]\n\noptions");
  auto add = all.add_options();
  add("config", options::value<std::string>()->value_name("FILE"), "the configuration");
  add("check", "look at configuration, trees and modules, say what is wrong, start nothing");
  add("processes", "print what each process may do, as it is enforced, and start nothing");
  add("deliver", "only deliver, as a unit of its own that is in group mail: see maildrop-socket");
  add("help", "print this");
  add("version", "print the version");
  return all;
}

int run_check(const std::string& config) {
  const auto findings = postern::daemon::check(config);
  for (const std::string& finding : findings) std::cerr << "posternd: " << finding << '\n';
  if (!findings.empty()) return status(Exit::kConfig);
  return print("posternd: " + config + ": good\n", Exit::kOk);
}

int run_processes(const std::string& config) {
  const auto started = postern::daemon::Credentials::started_as();
  if (!started.ok()) {
    std::cerr << "posternd: " << started.error().text() << '\n';
    return status(started.error().exit);
  }
  const auto loaded = postern::daemon::load(config, started.value());
  for (const auto& error : loaded.errors) std::cerr << "posternd: " << error.text() << '\n';
  if (!loaded.errors.empty()) return status(Exit::kConfig);
  return print(postern::daemon::processes_table(loaded.settings), Exit::kOk);
}

int run(int argc, char** argv) {
  const auto all = described();
  options::variables_map given;
  options::store(options::command_line_parser(argc, argv).options(all).positional({}).run(), given);
  if (given.count("help") != 0) {
    std::cout << all;
    return print("", Exit::kOk);
  }
  if (given.count("version") != 0) return print("posternd " POSTERN_VERSION "\n", Exit::kOk);
  if (given.count("config") == 0 ||
      given.count("check") + given.count("processes") + given.count("deliver") > 1) {
    std::cerr << "posternd: give --config FILE, and one of --check, --processes and --deliver at most; see "
                 "--help\n";
    return status(Exit::kUsage);
  }
  const std::string config = std::filesystem::absolute(given["config"].as<std::string>()).lexically_normal();
  if (given.count("check") != 0) return run_check(config);
  if (given.count("processes") != 0) return run_processes(config);
  using postern::daemon::Part;
  return status(postern::daemon::run(config, given.count("deliver") != 0 ? Part::kDeliver : Part::kAll));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const options::error& error) {
    std::cerr << "posternd: " << error.what() << "; see --help\n";
    return status(Exit::kUsage);
  } catch (const std::exception& error) {
    std::cerr << "posternd: " << error.what() << '\n';
    return status(Exit::kSoftware);
  }
}
