// SPDX-License-Identifier: BSD-2-Clause
// Adapter for tcp_wrappers (libwrap), pure layer: `describe`, and `decide`, which speaks the protocol of
// `postern decide`. Each row becomes a private pair of tables; hosts_ctl gives the verdict.
//
// How an entry is written: a.b.0.0 as net/mask; an inner zero as a glob, a.*.*.d; 0.0.0.0 as its two halves,
// for /0 matches nobody; a domain d as "d .d"; an IPv6 prefix as [p]/n. `none` is an empty allow table, the
// empty list ALL. A trailing dot and the case of a name are left as they are. libwrap is told the client's
// first name only, as its own look-up would. `unimplemented`: malformed entries, and names that are words of
// its language.
#include <tcpd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "conformance/adapters/adapter_kit.h"
#include "conformance/spec/octets.h"

// tcpd.h leaves them to the program.
extern "C" {
int allow_severity = 6;
int deny_severity = 4;
}

namespace postern::conformance {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// libwrap's type for texts it does not change.
char* mutable_text(std::string& text) {
  return text.data();
}

class Tables {
 public:
  Tables() {
    std::string pattern = (fs::temp_directory_path() / "tcp_wrappers.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch directory in " + pattern);
    directory_ = pattern;
    allow_ = (directory_ / "hosts.allow").string();
    deny_ = (directory_ / "hosts.deny").string();
    write_text(deny_, "ALL: ALL\n");
    hosts_allow_table = mutable_text(allow_);
    hosts_deny_table = mutable_text(deny_);
  }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;
  ~Tables() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  bool decide(const std::string& rules, std::string name, std::string address) {
    write_text(allow_, rules.empty() ? "" : "mail: " + rules + "\n");
    std::string daemon = "mail";
    std::string user = STRING_UNKNOWN;
    return hosts_ctl(mutable_text(daemon), mutable_text(name), mutable_text(address), mutable_text(user)) !=
           0;
  }

 private:
  fs::path directory_;
  std::string allow_;
  std::string deny_;
};

std::string pattern_rule(const SortedList::Pattern& p) {
  if (p.length == 0) return "0.0.0.0/128.0.0.0 128.0.0.0/128.0.0.0";
  if (!p.inner_zero && p.length == 32) return p.text;
  std::string rule;
  std::string mask;
  for (const int octet : p.octets) {
    rule += (rule.empty() ? "" : ".") + (octet == 0 && p.inner_zero ? "*" : std::to_string(octet));
    mask += (mask.empty() ? "" : ".") + std::string(octet == 0 ? "0" : "255");
  }
  return p.inner_zero ? rule : rule + "/" + mask;
}

bool is_word_of_the_language(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"all", "local", "known", "unknown", "paranoid", "except", "of"}) {
    if (name == word) return true;
  }
  return false;
}

struct Rendered {
  std::string rules;
  std::string unimplemented;
};

Rendered render(const SortedList& list) {
  if (!list.malformed.empty()) return {"", "a malformed entry is never passed on"};
  if (list.none) return {"", ""};
  if (list.empty()) return {"ALL", ""};
  std::string rules;
  for (const SortedList::Pattern& p : list.patterns) rules += pattern_rule(p) + " ";
  for (const SortedList::Prefix& p : list.prefixes)
    rules += "[" + p.address + "]/" + std::to_string(p.length) + " ";
  for (const std::string& name : list.names) {
    if (is_word_of_the_language(name)) return {"", "'" + name + "' is a word of the hosts_access language"};
    rules += name + " ." + name + " ";
  }
  return {rules, ""};
}

// The server's socket code unwraps a mapped address before libwrap sees it (sock_host).
std::string as_seen(const std::string& ip) {
  return ip.rfind("::ffff:", 0) == 0 && ip.find('.') != std::string::npos ? ip.substr(7) : ip;
}

json answer(Tables& tables, const json& request) {
  const json& id = request.at("id");
  const Rendered rendered = render(sort_list(octets_of(request.at("list"))));
  if (!rendered.unimplemented.empty()) return {{"id", id}, {"unimplemented", rendered.unimplemented}};
  const std::vector<std::string> names = octets_of(request.at("names"));
  const std::string name = names.empty() ? STRING_UNKNOWN : names[0];
  const bool allow = tables.decide(rendered.rules, name, as_seen(request.at("ip")));
  return {{"id", id}, {"verdict", allow ? "allow" : "deny"}};
}

json describe(const json&) {
  return {{"name", "tcp_wrappers"}, {"version", "7.6"}, {"layer", "pure"}};
}

int decide() {
  Tables tables;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(tables, parse_json_strictly(line)).dump() << std::endl;
  }
  return std::cout ? 0 : 74;
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  using namespace postern::conformance;
  if (argc == 2 && std::strcmp(argv[1], "decide") == 0) {
    try {
      return decide();
    } catch (const std::exception& e) {
      std::cerr << "tcp_wrappers: " << e.what() << '\n';
      return 70;
    }
  }
  return run_adapter(argc, argv, {{"describe", describe}});
}
