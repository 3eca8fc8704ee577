// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/adapters/adapter_kit.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "conformance/spec/octets.h"
#include "core/entry.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

constexpr int kExitCannotDo = 89;
constexpr int kExitUsage = 64;

SortedList::Pattern pattern_of(const Entry& entry) {
  SortedList::Pattern pattern;
  pattern.text = std::string(print_entry(entry).view());
  std::sscanf(pattern.text.c_str(), "%d.%d.%d.%d", &pattern.octets[0], &pattern.octets[1], &pattern.octets[2],
              &pattern.octets[3]);
  bool number_behind = false;
  for (int i = 3; i >= 0; --i) {
    if (pattern.octets[i] != 0 && !number_behind) pattern.length = 8 * (i + 1);
    if (pattern.octets[i] != 0) number_behind = true;
    if (pattern.octets[i] == 0 && number_behind) pattern.inner_zero = true;
  }
  return pattern;
}

SortedList::Prefix prefix_of(const Entry& entry) {
  const std::string text(print_entry(entry).view());
  return {text.substr(0, text.find('/')), entry.prefix_length};
}

std::string trimmed(const std::string& value) {
  const size_t first = value.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

SortedList sort_list(const std::vector<std::string>& values) {
  SortedList sorted;
  for (const std::string& value : values) {
    const Entry entry = parse_entry(value);
    switch (entry.kind) {
      case Kind::kBlank:
        break;
      case Kind::kMalformed:
        sorted.malformed.push_back(value);
        break;
      case Kind::kNone:
        sorted.none = true;
        break;
      case Kind::kIpPattern:
        sorted.patterns.push_back(pattern_of(entry));
        break;
      case Kind::kIpv6Prefix:
        sorted.prefixes.push_back(prefix_of(entry));
        break;
      case Kind::kDomainName:
        sorted.names.push_back(trimmed(value));
        break;
    }
  }
  return sorted;
}

std::vector<std::string> octets_of(const json& list) {
  std::vector<std::string> values;
  for (const json& value : list) {
    const auto octets = octets_from_json(value);
    if (!octets) throw std::runtime_error("neither a string nor {\"hex\"}: " + value.dump());
    values.push_back(*octets);
  }
  return values;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::binary);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + fresh.string());
  }
  std::filesystem::rename(fresh, file);
}

int read_pid(const std::filesystem::path& file) {
  std::ifstream in(file);
  int pid = 0;
  in >> pid;
  return in ? pid : 0;
}

namespace {

// A process that has ended may be a zombie until whoever adopted it looks.
bool runs(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t name_end = text.rfind(')');
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] != 'Z';
}

}  // namespace

void end_and_wait(int pid, int patience_ms) {
  if (pid <= 1 || kill(pid, SIGTERM) != 0) return;
  for (int waited = 0; waited < patience_ms; waited += 20) {
    if (!runs(pid)) return;
    usleep(20000);
  }
  kill(pid, SIGKILL);
}

int run_adapter(int argc, char** argv, const std::map<std::string, Verb>& verbs) {
  const auto verb = argc > 1 ? verbs.find(argv[1]) : verbs.end();
  if (verb == verbs.end()) {
    std::cerr << "usage: " << argv[0] << " VERB <REQUEST.json; the verbs:";
    for (const auto& [name, action] : verbs) std::cerr << ' ' << name;
    std::cerr << '\n';
    return kExitUsage;
  }
  try {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const json request = text.find('{') == std::string::npos ? json::object() : parse_json_strictly(text);
    std::cout << verb->second(request).dump() << std::endl;
    return std::cout ? 0 : 1;
  } catch (const CannotDo& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return kExitCannotDo;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << verb->first << ": " << e.what() << '\n';
    return 1;
  }
}

}  // namespace postern::conformance
