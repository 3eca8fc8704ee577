// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/audit/audit_command.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <optional>

#include "conformance/runner/command_line.h"
#include "conformance/runner/verdict.h"

namespace postern::conformance {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using permission::Id;
using Words = std::vector<std::string>;

constexpr const char* kIntroduction =
    R"(postern-conform audit --pid N --user U --group G [OPTION]…
Every process of a running server, as the kernel shows it: ids (real/effective/saved/file system, one number where
they are the same), groups, capability sets, no_new_privs, seccomp, open descriptors by kind, and by how many ways it gets
back to root; judged by the permission model (PV-2 to PV-6). Must be run as root.

)";

constexpr const char* kExit = R"(
Exit codes:
  0  nothing is wrong
  1  each finding was printed
  2  usage
  3  the server cannot be looked at
)";

po::options_description known_options() {
  po::options_description options("Options", 100);
  const auto word = [] { return po::value<std::string>()->value_name("ID"); };
  const auto words = [](const char* name) { return po::value<Words>()->composing()->value_name(name); };
  options.add_options()("pid", po::value<pid_t>()->value_name("N"), "the server's first process")  //
      ("user", word(), "who all processes should be: a name or a number")("group", word(),
                                                                          "and their group")        //
      ("mail-group", word(), "the group beside it of those that deliver (default: none)")           //
      ("lookup-user", word()->default_value("65534"), "who the maildrop helper's child should be")  //
      ("lookup-group", word()->default_value("65534"), "and its group")                             //
      ("role", words("PROGRAM=ROLE"),
       "what a program is, by the name it was started with; postern's are known. Roles: dispatcher, "
       "listener, "
       "session, keeper, resolver, logger, tls, limits, deliver-supervisor, maildrop-helper")  //
      ("root-reads", words("PATH"),
       "what root executes or parses, beside the first program: configuration")  //
      ("as-user", po::bool_switch(),
       "it was started by an ordinary user: groups and bounding set as they are")  //
      ("json", po::bool_switch(), "one object a process, with all that is known")("help", "this text");
  return options;
}

std::optional<Id> number_of(const std::string& text) {
  Id number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

Id user_of(const std::string& text) {
  if (const auto number = number_of(text)) return *number;
  const passwd* const known = getpwnam(text.c_str());
  if (known == nullptr) throw UsageError("no user '" + text + "'. Give a name that there is, or a number");
  return known->pw_uid;
}

Id group_of(const std::string& text) {
  if (const auto number = number_of(text)) return *number;
  const group* const known = getgrnam(text.c_str());
  if (known == nullptr) throw UsageError("no group '" + text + "'. Give a name that there is, or a number");
  return known->gr_gid;
}

permission::Role role_named(const std::string& word) {
  for (const permission::RoleRule& rule : permission::kRoleRules)
    if (rule.name == word) return rule.role;
  throw UsageError("--role: '" + word + "' is no role. See audit --help");
}

permission::Kind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return permission::Kind::kDirectory;
  return S_ISLNK(mode) ? permission::Kind::kLink : permission::Kind::kFile;
}

permission::Object object_at(const fs::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0)
    throw AuditError("cannot look at " + path.string() +
                     ". Run this as root, in the server's mount namespace");
  return {kind_of(info.st_mode), info.st_uid, info.st_gid, static_cast<std::uint16_t>(info.st_mode & 07777U),
          info.st_nlink};
}

RootsPath chain_to(const fs::path& path) {
  RootsPath roots{path.string(), {}};
  fs::path step;
  for (const fs::path& one : path) roots.chain.push_back(object_at(step /= one));
  return roots;
}

AuditSite site_of(const po::variables_map& given) {
  for (const char* option : {"pid", "user", "group"})
    if (!given.contains(option))
      throw UsageError(std::string("audit needs --") + option + ". See audit --help");
  const auto text = [&](const char* option) { return given[option].as<std::string>(); };
  AuditSite site;
  site.ids.mta_user = user_of(text("user"));
  site.ids.mta_group = group_of(text("group"));
  site.ids.mail_group = given.contains("mail-group") ? group_of(text("mail-group")) : site.ids.mta_group;
  site.ids.name_user = user_of(text("lookup-user"));
  site.ids.name_group = group_of(text("lookup-group"));
  site.ids.started_as_root = !given["as-user"].as<bool>();
  site.roles = our_roles();
  for (const std::string& word : given.contains("role") ? given["role"].as<Words>() : Words{}) {
    const std::size_t equals = std::min(word.find('='), word.size());
    site.roles[word.substr(0, equals)] = role_named(word.substr(std::min(equals + 1, word.size())));
  }
  return site;
}

// DT-3: what root has executed is what runs as root now, and the first program.
void add_roots_paths(AuditSite& site, const std::vector<SeenProcess>& tree, const Words& more) {
  if (!site.ids.started_as_root) return;
  std::vector<fs::path> paths;
  for (const std::string& path : more) paths.push_back(fs::canonical(path));
  for (const SeenProcess& process : tree) {
    const bool roots =
        process.pid == tree.front().pid || process.status.credentials.user.real == permission::kRoot;
    if (roots && std::ranges::find(paths, fs::path(process.executable)) == paths.end())
      paths.emplace_back(process.executable);
  }
  for (const fs::path& path : paths) site.roots.push_back(chain_to(path));
}

int audit(const Words& arguments) {
  const po::options_description known = known_options();
  po::variables_map given;
  const po::positional_options_description none;
  po::store(po::command_line_parser(arguments).options(known).positional(none).run(), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << kIntroduction << known << kExit;
    return static_cast<int>(ExitCode::kAsExpected);
  }
  AuditSite site = site_of(given);
  const auto tree = see_tree(given["pid"].as<pid_t>());
  add_roots_paths(site, tree, given.contains("root-reads") ? given["root-reads"].as<Words>() : Words{});
  const auto all = judge(tree, site);
  (given["json"].as<bool>() ? print_json : print_table)(all, std::cout);
  const bool good = std::ranges::all_of(all, &JudgedProcess::conforms);
  return static_cast<int>(good ? ExitCode::kAsExpected : ExitCode::kUnexpected);
}

int complain(const std::string& what, ExitCode code) {
  std::cerr << "postern-conform audit: " << what << '\n';
  return static_cast<int>(code);
}

}  // namespace

int audit_main(const Words& arguments) {
  try {
    return audit(arguments);
  } catch (const UsageError& e) {
    return complain(e.what(), ExitCode::kUsage);
  } catch (const po::error& e) {
    return complain(std::string(e.what()) + ". See audit --help", ExitCode::kUsage);
  } catch (const std::exception& e) {
    return complain(e.what(), ExitCode::kHarness);
  }
}

}  // namespace postern::conformance
