// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/audit/proc_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace postern::conformance {
namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// All of `word`, in `base`, and nothing else: no sign, no blank.
template <class Number>
bool read_number(std::string_view word, Number& number, int base = 10) {
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, number, base);
  return read.ec == std::errc{} && read.ptr == end;
}

bool read_ids(std::string_view value, permission::Ids& ids) {
  const auto words = words_of(value);
  return words.size() == 4 && read_number(words[0], ids.real) && read_number(words[1], ids.effective) &&
         read_number(words[2], ids.saved) && read_number(words[3], ids.file_system);
}

bool read_groups(std::string_view value, permission::Groups& groups) {
  groups = {};
  for (const std::string_view word : words_of(value)) {
    permission::Id id = 0;
    if (!read_number(word, id)) return false;
    groups.add(id);
  }
  return true;
}

bool read_set(std::string_view value, permission::CapabilitySet& set) {
  return value.size() == 16 && read_number(value, set, 16);
}

bool read_flag(std::string_view value, bool& flag) {
  flag = value == "1";
  return flag || value == "0";
}

using ReadField = bool (*)(std::string_view, ProcStatus&);
struct Field {
  std::string_view name;
  ReadField read;
};

constexpr Field kFields[] = {
    {"PPid", [](std::string_view v, ProcStatus& s) { return read_number(v, s.parent); }},
    {"Uid", [](std::string_view v, ProcStatus& s) { return read_ids(v, s.credentials.user); }},
    {"Gid", [](std::string_view v, ProcStatus& s) { return read_ids(v, s.credentials.group); }},
    {"Groups", [](std::string_view v, ProcStatus& s) { return read_groups(v, s.credentials.groups); }},
    {"CapInh", [](std::string_view v, ProcStatus& s) { return read_set(v, s.credentials.inheritable); }},
    {"CapPrm", [](std::string_view v, ProcStatus& s) { return read_set(v, s.credentials.permitted); }},
    {"CapEff", [](std::string_view v, ProcStatus& s) { return read_set(v, s.credentials.effective); }},
    {"CapBnd", [](std::string_view v, ProcStatus& s) { return read_set(v, s.credentials.bounding); }},
    {"CapAmb", [](std::string_view v, ProcStatus& s) { return read_set(v, s.credentials.ambient); }},
    {"NoNewPrivs",
     [](std::string_view v, ProcStatus& s) { return read_flag(v, s.credentials.no_new_privs); }},
    {"Seccomp",
     [](std::string_view v, ProcStatus& s) { return read_number(v, s.seccomp) && s.seccomp <= 2; }},
    {"Threads", [](std::string_view v, ProcStatus& s) { return read_number(v, s.threads); }},
};

std::string_view trimmed(std::string_view value) {
  while (value.starts_with('\t') || value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

// Where the inode stands, by word; and the state of an inet socket.
constexpr std::size_t kStateWord = 3;
constexpr std::size_t inode_word(SocketFamily family) {
  return family == SocketFamily::kUnix ? 6 : 9;
}

}  // namespace

std::optional<ProcStatus> parse_proc_status(std::string_view text) {
  ProcStatus status;
  std::array<bool, std::size(kFields)> seen{};
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::string_view name = line.substr(0, line.find(':'));
    for (std::size_t i = 0; i < std::size(kFields); ++i) {
      if (name != kFields[i].name || name.size() == line.size()) continue;
      if (seen[i] || !kFields[i].read(trimmed(line.substr(name.size() + 1)), status)) return std::nullopt;
      seen[i] = true;
    }
  }
  for (const bool one : seen)
    if (!one) return std::nullopt;
  return status;
}

std::vector<ProcSocket> parse_proc_sockets(std::string_view text, SocketFamily family) {
  std::vector<ProcSocket> sockets;
  const std::size_t inode = inode_word(family);
  (void)take_line(text);  // the heading
  while (!text.empty()) {
    const auto words = words_of(take_line(text));
    ProcSocket socket;
    if (words.size() <= inode || !read_number(words[inode], socket.inode) || socket.inode == 0) continue;
    if (family == SocketFamily::kInet && !read_number(words[kStateWord], socket.state, 16)) continue;
    sockets.push_back(socket);
  }
  return sockets;
}

}  // namespace postern::conformance
