// SPDX-License-Identifier: BSD-2-Clause
// A process's status, as the kernel writes it.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "conformance/audit/proc_text.h"

namespace fuzz {

using namespace postern::conformance;
using namespace postern::permission;

inline std::string hex(std::uint64_t set) {
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; set >>= 4U) text[i] = "0123456789abcdef"[set & 15U];
  return text;
}

inline std::string print_ids(const Ids& ids) {
  std::string text = std::to_string(ids.real) + "\t" + std::to_string(ids.effective) + "\t";
#ifdef POSTERN_SEEDED_BUG
  return text + std::to_string(ids.effective) + "\t" + std::to_string(ids.file_system);
#else
  return text + std::to_string(ids.saved) + "\t" + std::to_string(ids.file_system);
#endif
}

// As the kernel writes it; `between` after each line.
inline std::string print(const ProcStatus& s, const std::string& between) {
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

inline ProcStatus status_of(std::string_view octets) {
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

}  // namespace fuzz
