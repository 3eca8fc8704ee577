// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(s)) = s for every status of a process, whatever other lines stand around it; a status that
// is taken from any text comes back the same, and never without one of its lines; of a table of sockets as
// many are taken as lines have an inode, and none twice over. Input: the octets of a status; a text.
#include "fuzz/proc_text.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::conformance;
using postern::permission::Ids;

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
