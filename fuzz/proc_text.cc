// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(s)) = s for every status of a process, whatever other lines stand around it; a status that
// is taken from any text comes back the same, and never without one of its lines; of a table of sockets as
// many are taken as lines have an inode, and none twice over. Input: the octets of a status; a text.
#include <algorithm>
#include <cstring>
#include <string>

#include "conformance/audit/proc_text.h"
#include "fuzz/law.h"

namespace {

using namespace postern::conformance;
using postern::permission::Ids;

std::string hex(std::uint64_t set) {
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; set >>= 4U) text[i] = "0123456789abcdef"[set & 15U];
  return text;
}

std::string print_ids(const Ids& ids) {
  std::string text = std::to_string(ids.real) + "\t" + std::to_string(ids.effective) + "\t";
#ifdef POSTERN_SEEDED_BUG
  return text + std::to_string(ids.effective) + "\t" + std::to_string(ids.file_system);
#else
  return text + std::to_string(ids.saved) + "\t" + std::to_string(ids.file_system);
#endif
}

// As the kernel writes it; `between` after each line.
std::string print(const ProcStatus& s, const std::string& between) {
  const auto& c = s.credentials;
  std::string groups;
  for (size_t i = 0; i < c.groups.count; ++i) groups += std::to_string(c.groups.id[i]) + " ";
  std::string text;
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"PPid", std::to_string(s.parent)},
                                    {"Uid", print_ids(c.user)},
                                    {"Gid", print_ids(c.group)},
                                    {"Groups", groups},
                                    {"Threads", std::to_string(s.threads)},
                                    {"CapInh", hex(c.inheritable)},
                                    {"CapPrm", hex(c.permitted)},
                                    {"CapEff", hex(c.effective)},
                                    {"CapBnd", hex(c.bounding)},
                                    {"CapAmb", hex(c.ambient)},
                                    {"NoNewPrivs", c.no_new_privs ? "1" : "0"},
                                    {"Seccomp", std::to_string(s.seccomp)}})
    text += std::string(name) + ":\t" + value + "\n" + between;
  return text;
}

ProcStatus status_of(std::string_view octets) {
  struct {
    std::uint32_t parent, ids[8], threads, groups[6];
    std::uint64_t sets[5];
    std::uint8_t count, flag, seccomp;
  } raw{};
  std::memcpy(&raw, octets.data(), std::min(octets.size(), sizeof raw));
  ProcStatus s;
  s.parent = raw.parent;
  s.threads = raw.threads;
  s.seccomp = raw.seccomp % 3;
  auto& c = s.credentials;
  c.user = {raw.ids[0], raw.ids[1], raw.ids[2], raw.ids[3]};
  c.group = {raw.ids[4], raw.ids[5], raw.ids[6], raw.ids[7]};
  for (int i = 0; i < raw.count % 7; ++i) c.groups.add(raw.groups[i]);
  c.inheritable = raw.sets[0];
  c.permitted = raw.sets[1];
  c.effective = raw.sets[2];
  c.bounding = raw.sets[3];
  c.ambient = raw.sets[4];
  c.no_new_privs = raw.flag % 2 == 1;
  return s;
}

void check_printed(const ProcStatus& s, std::string_view octets) {
  std::string name(octets.substr(0, 15));  // what a process may call itself; the kernel escapes line ends
  std::replace(name.begin(), name.end(), '\n', 'n');
  hold(parse_proc_status(print(s, "Name:\t" + name + "\n")) == s, "parse(print(s)) = s");
  const std::string text = print(s, "");
  const size_t line = octets.empty() ? 0U : static_cast<std::uint8_t>(octets[0]) % 12U;
  size_t from = 0;
  for (size_t i = 0; i < line; ++i) from = text.find('\n', from) + 1;
  std::string without = text;
  without.erase(from, text.find('\n', from) + 1 - from);
  hold(!parse_proc_status(without), "not without a line");
  hold(!parse_proc_status(text + text), "nor with one twice");
}

void check_sockets(std::string_view text) {
  for (const SocketFamily family : {SocketFamily::kInet, SocketFamily::kUnix, SocketFamily::kNetlink}) {
    const auto sockets = parse_proc_sockets(text, family);
    hold(sockets.size() <= static_cast<size_t>(std::count(text.begin(), text.end(), '\n')),
         "one a line, and no heading");
    for (const ProcSocket& one : sockets) {
      hold(one.inode != 0 && text.find(std::to_string(one.inode)) != text.npos,
           "an inode that is in the text");
      const std::string line = "h\n0: l r 0A q t r u o " + std::to_string(one.inode) + " 1\n";
      hold(parse_proc_sockets(line, SocketFamily::kInet) == std::vector<ProcSocket>{{one.inode, kTcpListen}},
           "and comes back");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets = octets_of(data, size);
  check_printed(status_of(octets), octets);
  check_sockets(octets);
  const auto taken = parse_proc_status(octets);
  if (taken && !taken->credentials.groups.overflow)
    hold(parse_proc_status(print(*taken, "")) == taken, "parse(print(parse(t))) = parse(t)");
  return 0;
}
