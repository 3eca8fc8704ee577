// SPDX-License-Identifier: BSD-2-Clause
// The command line of postern-conform.
#ifndef POSTERN_CONFORMANCE_RUNNER_COMMAND_LINE_H_
#define POSTERN_CONFORMANCE_RUNNER_COMMAND_LINE_H_

#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/runner/select.h"

namespace postern::conformance {

// UsageError: the command line makes no sense. what() says which word, and the cure.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  std::string verb;  // list, run, explain, lint, help, version, name-check
  Selection selection;
  std::vector<std::string> files;  // lint
  std::string spec_dir;
  std::string layer;
  std::string program;
  std::string adapter;
  std::vector<std::string> gives;
  std::vector<std::string> claims;
  std::string expect;
  std::string json_lines;
  std::string tap;
  std::string junit;
  std::string protocol;  // empty = the first that the adapter describes
  unsigned jobs = 16;
  unsigned deadline_ms = 0;  // 0 = the layer's own
  bool keep = false;
  bool quiet = false;
  bool json = false;
  std::string replay;  // the command line again, without selection and report files
};

// parse_command_line: `arguments` without the program's name; `self` is the name to replay under. Throws
// UsageError.
CommandLine parse_command_line(const std::vector<std::string>& arguments, const std::string& self);

// help_text: what --help prints, exit codes and verdicts included.
std::string help_text();

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_COMMAND_LINE_H_
