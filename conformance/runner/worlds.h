// SPDX-License-Identifier: BSD-2-Clause
// Worlds: rows are run in groups in which no address has two sets of names, so that one hosts file and one
// set of name-server data serve a whole group. Pure.
#ifndef POSTERN_CONFORMANCE_RUNNER_WORLDS_H_
#define POSTERN_CONFORMANCE_RUNNER_WORLDS_H_

#include <set>
#include <string>
#include <vector>

#include "conformance/runner/case.h"
#include "conformance/runner/name_server.h"

namespace postern::conformance {

struct World {
  std::vector<const Case*> cases;
  std::string hosts;               // the text of /etc/hosts
  NameData data;                   // what the name server says
  std::set<std::string> in_hosts;  // addresses whose names come from the hosts file: nobody sees who asks
};

// partition: every case in exactly one world; login cases share a world only if their addresses and their
// names differ, so that a question belongs to one case. The cases outlive the worlds.
std::vector<World> partition(const std::vector<const Case*>& cases);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_WORLDS_H_
