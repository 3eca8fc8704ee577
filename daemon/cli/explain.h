// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "core/client.h"
#include "daemon/cli/list_file.h"

namespace postern::daemon {

// Question: what `postern explain` is asked.
struct Question {
  std::string ip;                  // as typed
  std::vector<std::string> names;  // the client's confirmed names, in order
};

// explain is decide's answer for people: the verdict with its step and entry, then what became of each name
// and of each entry, those not even looked at included, with the cure of each malformed one. Octets are made
// printable.
std::string explain(const ListText& list, const Client& client, const Question& question);

}  // namespace postern::daemon
