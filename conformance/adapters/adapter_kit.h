// SPDX-License-Identifier: BSD-2-Clause
// What adapters written in C++ have in common: the verbs, JSON on the standard descriptors, exit codes, and
// the sorting of a list's values into what a server may be able to say. See ../ADAPTERS.md.
#ifndef POSTERN_CONFORMANCE_ADAPTERS_ADAPTER_KIT_H_
#define POSTERN_CONFORMANCE_ADAPTERS_ADAPTER_KIT_H_

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace postern::conformance {

// CannotDo: the adapter cannot do what it is asked on this machine (exit 89); what() says why.
class CannotDo : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Verb = std::function<nlohmann::json(const nlohmann::json& request)>;

// run_adapter: main() of an adapter: argv[1] picks the verb. Answers, or explains on standard error.
int run_adapter(int argc, char** argv, const std::map<std::string, Verb>& verbs);

// SortedList: the values of one list by what they are (AD-G), blanks left out.
struct SortedList {
  struct Pattern {
    std::string text;         // four numbers
    int octets[4] = {};       // 0 = any
    bool inner_zero = false;  // a 0 before a number that is not 0
    int length = 0;           // bits before the trailing zeros; only without an inner zero
  };
  struct Prefix {
    std::string address;
    int length = 128;
  };
  bool none = false;
  std::vector<Pattern> patterns;
  std::vector<Prefix> prefixes;
  std::vector<std::string> names;      // as written, trimmed
  std::vector<std::string> malformed;  // as written

  bool empty() const {
    return !none && patterns.empty() && prefixes.empty() && names.empty() && malformed.empty();
  }
};

SortedList sort_list(const std::vector<std::string>& values);

// octets_of: a list of strings or {"hex"} objects as octets.
std::vector<std::string> octets_of(const nlohmann::json& list);

// write_text: replaces `file`, whole or not at all. Throws std::runtime_error.
void write_text(const std::filesystem::path& file, const std::string& text);

// read_pid: the number that `file` begins with; 0 if there is none.
int read_pid(const std::filesystem::path& file);

// end_and_wait: SIGTERM, then SIGKILL after `patience_ms`.
void end_and_wait(int pid, int patience_ms);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_ADAPTERS_ADAPTER_KIT_H_
