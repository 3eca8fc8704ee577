// SPDX-License-Identifier: BSD-2-Clause
// The start of the daemon, step by step in the order that PV-1 asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/dispatcher/digests.h"
#include "daemon/sys/credentials.h"
#include "daemon/sys/result.h"

namespace postern::daemon {

// Loaded is the configuration with what belongs to it.
struct Loaded {
  Settings settings;
  std::optional<std::vector<ModuleDigest>> digests;
  std::vector<Error> errors;  // empty: it can be used
  std::string notify;         // NOTIFY_SOCKET of the environment; empty: nobody waits for us
};

// load reads the configuration and the list of digests, and asks the name service for the MTA's ids. For
// StartedAs::kRoot every file must be root's (DT-3). For an ordinary user the ids are the caller's own.
[[nodiscard]] Loaded load(const std::string& config, StartedAs started);

// check answers for `posternd --check`: every finding about configuration, trees, modules and kernel. Starts
// nothing, binds nothing.
[[nodiscard]] std::vector<std::string> check(const std::string& config);

// Part is what of the daemon is to run here. With a maildrop-socket the deliver supervisor is a unit of its
// own, the only one in group mail (PV-4): kDeliver turns this process into it. kAll is the rest, then.
enum class Part { kAll, kDeliver };

// run is the daemon's life: it starts, serves and returns the exit status. Errors are printed on standard
// error.
[[nodiscard]] Exit run(const std::string& config, Part part);

}  // namespace postern::daemon
