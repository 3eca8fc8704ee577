// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/audit/process_facts.h"

#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

namespace postern::conformance {
namespace {

namespace fs = std::filesystem;

std::string proc(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

enum class Reach { kListens, kOutside, kLocal };

// Sockets of the network namespace of a process, by inode.
class SocketTables {
 public:
  explicit SocketTables(pid_t pid) : pid_(pid) { load(); }

  // A socket that no table has, now that it is looked for, is of another kind, or TCP and not connected yet:
  // it could be.
  Reach reach_of(std::uint64_t inode) {
    if (!known_.contains(inode)) load();
    const auto found = known_.find(inode);
    return found == known_.end() ? Reach::kOutside : found->second;
  }

 private:
  void load() {
    known_.clear();
    for (const char* table : {"net/tcp", "net/tcp6"})
      for (const ProcSocket& one : read(table, SocketFamily::kInet))
        known_[one.inode] = one.state == kTcpListen ? Reach::kListens : Reach::kOutside;
    for (const auto& [table, family] :
         {std::pair{"net/unix", SocketFamily::kUnix}, std::pair{"net/netlink", SocketFamily::kNetlink}})
      for (const ProcSocket& one : read(table, family)) known_.emplace(one.inode, Reach::kLocal);
  }
  std::vector<ProcSocket> read(const char* table, SocketFamily family) const {
    return parse_proc_sockets(text_of(proc(pid_, table)), family);
  }

  pid_t pid_;
  std::map<std::uint64_t, Reach> known_;
};

void count_socket(std::string_view target, SocketTables& tables, Held& held) {
  std::uint64_t inode = 0;
  target.remove_prefix(std::string_view("socket:[").size());
  (void)std::from_chars(target.data(), target.data() + target.size(), inode);
  switch (tables.reach_of(inode)) {
    case Reach::kListens:
      ++held.listening;
      break;
    case Reach::kOutside:
      ++held.connected;
      break;
    case Reach::kLocal:
      ++held.local;
  }
}

void count_path(const std::string& descriptor, const std::string& target, Held& held) {
  struct stat info {};
  if (stat(descriptor.c_str(), &info) != 0) return;  // closed meanwhile
  if (target.starts_with("/memfd:")) {
    ++held.memory;
    return;
  }
  if (target == "/dev/null") return;
  held.paths.push_back(target);
  ++(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) ? held.files : held.devices);
}

// False: the process has gone, or does not let itself be looked at.
bool count_descriptors(pid_t pid, SocketTables& tables, Held& held) {
  std::error_code failed;
  for (fs::directory_iterator one(proc(pid, "fd"), failed), end; !failed && one != end;
       one.increment(failed)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(one->path(), gone);
    if (gone) continue;
    if (target.starts_with("socket:["))
      count_socket(target, tables, held);
    else if (target.starts_with("/"))
      count_path(one->path(), target, held);
    else
      ++held.others;
  }
  return !failed;
}

// The kernel gives /proc files of what is not dumpable to root:root.
bool is_dumpable(pid_t pid) {
  struct stat info {};
  return stat(proc(pid, "environ").c_str(), &info) != 0 || info.st_uid != 0 || info.st_gid != 0;
}

bool is_root_root(const permission::Credentials& is) {
  return is.user.effective == permission::kRoot && is.group.effective == permission::kRoot;
}

std::optional<SeenProcess> see(pid_t pid, SocketTables& tables) {
  const auto status = parse_proc_status(text_of(proc(pid, "status")));
  if (!status) return std::nullopt;
  SeenProcess seen;
  seen.pid = pid;
  seen.status = *status;
  const std::string line = text_of(proc(pid, "cmdline"));
  seen.program = fs::path(line.substr(0, line.find('\0'))).filename();
  std::error_code gone;
  seen.executable = fs::read_symlink(proc(pid, "exe"), gone);
  if (gone) return std::nullopt;
  seen.dumpable = is_dumpable(pid) || is_root_root(status->credentials);
  if (!count_descriptors(pid, tables, seen.held)) return std::nullopt;
  return seen;
}

std::multimap<pid_t, pid_t> children_of_all() {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const char* const end = name.data() + name.size();
    if (std::from_chars(name.data(), end, pid).ptr != end) continue;
    const auto status = parse_proc_status(text_of(proc(pid, "status")));
    if (status) children.emplace(static_cast<pid_t>(status->parent), pid);
  }
  return children;
}

}  // namespace

std::vector<SeenProcess> see_tree(pid_t top) {
  const auto children = children_of_all();
  SocketTables tables(top);
  std::vector<pid_t> pids{top};
  std::vector<SeenProcess> seen;
  for (std::size_t i = 0; i < pids.size(); ++i) {
    for (auto [child, end] = children.equal_range(pids[i]); child != end; ++child)
      pids.push_back(child->second);
    if (auto one = see(pids[i], tables)) seen.push_back(std::move(*one));
  }
  if (seen.empty() || seen.front().pid != top)
    throw AuditError("cannot look at process " + std::to_string(top) +
                     ". Give the server's first process, and run this as root");
  return seen;
}

}  // namespace postern::conformance
