// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/audit_trees.h"

#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <iostream>

#include "daemon/cli/exit_code.h"
#include "daemon/cli/printable.h"
#include "daemon/dispatcher/trees.h"
#include "daemon/dispatcher/users.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

namespace options = boost::program_options;

constexpr std::size_t kConfigLimit = 1U << 20;

int complain(const Error& error) {
  std::cerr << "postern: " << error.text() << '\n';
  return static_cast<int>(error.exit);
}

// DT-3: what root parses at a start.
void audit_what_root_reads(const Settings& settings, const std::string& config,
                           std::vector<std::string>& findings) {
  for (const std::string& path : {config, std::string(settings.module_digests.view())}) {
    if (path.empty()) continue;
    const auto owned = check_owned_by_root(path);
    if (owned.ok()) continue;
    const std::string finding = owned.error().text();  // both may lie in the same directory
    if (std::ranges::find(findings, finding) == findings.end()) findings.push_back(finding);
  }
}

int audit(const std::string& config) {
  const auto text = read_file(config.c_str(), kConfigLimit);
  if (!text.ok()) return complain(text.error());
  ParsedSettings parsed = parse_settings(*text, config, system_users());
  for (const Error& error : parsed.errors) (void)complain(error);
  if (!parsed.errors.empty()) return static_cast<int>(parsed.errors.front().exit);
  const bool root = geteuid() == 0;
  if (!root) {  // whoever starts it as an ordinary user is the MTA user
    parsed.settings.mta_uid = geteuid();
    parsed.settings.mta_gid = getegid();
  }
  std::vector<std::string> findings = audit_trees(parsed.settings);
  if (root) audit_what_root_reads(parsed.settings, config, findings);
  for (const std::string& finding : findings) std::cout << printable(finding) << '\n';
  std::cout << findings.size() << " findings\n" << std::flush;
  if (!std::cout) return kExitIo;
  return findings.empty() ? kExitOk : static_cast<int>(Exit::kConfig);
}

}  // namespace

int audit_trees_main(const std::vector<std::string>& arguments) {
  options::options_description known("postern audit-trees: what in the three trees is not as it must be");
  known.add_options()("config", options::value<std::string>()->value_name("FILE"),
                      "the daemon's configuration")("help", "this text");
  options::variables_map given;
  const options::positional_options_description none;
  options::store(options::command_line_parser(arguments).options(known).positional(none).run(), given);
  if (given.count("help") != 0) {
    std::cout << known << "Exit: 0 nothing is wrong, 78 each finding was printed.\n" << std::flush;
    return std::cout ? kExitOk : kExitIo;
  }
  if (given.count("config") == 0)
    return complain(
        {"audit-trees takes --config FILE", {}, "see postern audit-trees --help", 0, Exit::kUsage});
  return audit(given["config"].as<std::string>());
}

}  // namespace postern::daemon
