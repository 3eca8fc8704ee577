// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/queue.h"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <iostream>

#include "daemon/cli/account_trees.h"
#include "daemon/cli/exit_code.h"
#include "daemon/postoffice/queue.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

namespace options = boost::program_options;

constexpr const char* kUsage =
    "usage: postern queue ACTION [ID] --config FILE\n\n"
    "  list       every message that waits (active) or was given up (dead)\n"
    "  show ID    one message: its recipients, where each stands, and why\n"
    "  retry ID   try it again now\n\n";

std::string time_text(std::int64_t seconds) {
  std::array<char, kUtcStampLength> stamp{};
  write_utc_stamp(stamp, seconds, 0);
  return {stamp.data(), stamp.size()};
}

std::string sender_text(const Envelope& envelope) {
  return "<" + envelope.sender + ">";
}

std::string_view word_of(RecipientStatus status) {
  if (status == RecipientStatus::kWaiting) return "waiting";
  return status == RecipientStatus::kDone ? "done" : "failed";
}

int say(std::string_view text) {
  std::cout << text << std::flush;
  return std::cout ? kExitOk : kExitIo;
}

int complain(const Error& error) {
  std::cerr << "postern: " << error.text() << '\n';
  return static_cast<int>(error.exit);
}

Error no_such(const std::string& id) {
  return {"no message of this number is in the queue", id, "see postern queue list", 0, Exit::kNoInput};
}

// open_as_owner: root gives itself up before it touches what the MTA user may have put there.
Result<QueueDirectories> open_as_owner(const std::string& config) {
  const auto paths = paths_from_config(config);
  if (!paths.ok()) return paths.error();
  if (const auto trees = open_trees(*paths); !trees.ok()) return trees.error();
  const auto queue = open_directory((paths->postoffice + "/queue").c_str());
  if (!queue.ok()) return queue.error();
  return open_queue(queue->get());
}

Result<std::string> list_part(int directory, std::string_view part) {
  const auto ids = list_queue(directory);
  if (!ids.ok()) return ids.error();
  std::string text;
  for (const std::string& id : *ids) {
    const auto facts = look_at(directory, id);
    text += id + " " + std::string(part);
    if (!facts.ok()) text += " not readable: " + facts.error().text();
    if (facts.ok() && *facts) {
      const auto& states = (*facts)->states;
      const auto waits = std::ranges::count(states, RecipientStatus::kWaiting, &RecipientState::status);
      text += " " + time_text((*facts)->envelope.arrived) + " " + std::to_string((*facts)->envelope.size) +
              " octets from " + sender_text((*facts)->envelope) + " " + std::to_string(waits) + " of " +
              std::to_string(states.size()) + " recipients wait";
    }
    text += "\n";
  }
  return text;
}

int list(const QueueDirectories& queue) {
  const auto active = list_part(queue.active.get(), "active");
  if (!active.ok()) return complain(active.error());
  const auto dead = list_part(queue.dead.get(), "dead");
  if (!dead.ok()) return complain(dead.error());
  return say(*active + *dead);
}

std::string recipient_text(const std::string& account, const RecipientState& state) {
  std::string text = "  " + account + ": " + std::string(word_of(state.status)) + ", " +
                     std::to_string(state.attempts) + " attempts";
  if (state.next_attempt != 0) text += ", next " + time_text(state.next_attempt);
  return text + (state.reason.empty() ? "" : ": " + state.reason) + "\n";
}

int show(const QueueDirectories& queue, const std::string& id) {
  for (const Fd* part : {&queue.active, &queue.dead}) {
    const auto facts = look_at(part->get(), id);
    if (!facts.ok()) return complain(facts.error());
    if (!*facts) continue;
    const Envelope& envelope = (*facts)->envelope;
    std::string text = id + (part == &queue.dead ? " (given up)" : "") + "\n  arrived " +
                       time_text(envelope.arrived) + ", " + std::to_string(envelope.size) + " octets, from " +
                       sender_text(envelope) + "\n";
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i)
      text += recipient_text(envelope.recipients[i], (*facts)->states[i]);
    return say(text);
  }
  return complain(no_such(id));
}

// The supervisor sees the file being closed, and looks at it.
int retry(const QueueDirectories& queue, const std::string& id) {
  auto claimed = QueuedMessage::claim(queue.active.get(), id);
  if (!claimed.ok()) return complain(claimed.error());
  if (!*claimed) {
    const auto facts = look_at(queue.active.get(), id);
    return facts.ok() && *facts ? say(id + " is being delivered at this moment\n") : complain(no_such(id));
  }
  QueuedMessage& message = **claimed;
  for (std::size_t i = 0; i < message.states().size(); ++i) {
    RecipientState state = message.states()[i];
    if (state.status != RecipientStatus::kWaiting || state.next_attempt == 0) continue;
    state.next_attempt = 0;
    if (const auto recorded = message.record(i, state); !recorded.ok()) return complain(recorded.error());
  }
  return say(id + " is due now\n");
}

}  // namespace

int queue_main(const std::vector<std::string>& arguments) {
  options::options_description known("Options");
  known.add_options()("config", options::value<std::string>()->value_name("FILE"),
                      "the daemon's configuration")("help", "this text");
  options::options_description all;
  all.add(known).add_options()("action", options::value<std::string>()->default_value(""))(
      "id", options::value<std::string>()->default_value(""));
  options::positional_options_description positions;
  positions.add("action", 1).add("id", 1);
  options::variables_map given;
  options::store(options::command_line_parser(arguments).options(all).positional(positions).run(), given);
  if (given.count("help") != 0) {
    std::cout << kUsage << known;
    return say("");
  }
  const std::string action = given["action"].as<std::string>();
  const std::string id = given["id"].as<std::string>();
  const bool takes_id = action == "show" || action == "retry";
  if (given.count("config") == 0 || (action != "list" && !takes_id) || id.empty() == takes_id)
    return complain({"queue takes list, show ID or retry ID, and --config FILE",
                     {},
                     "see postern queue --help",
                     0,
                     Exit::kUsage});
  const auto queue = open_as_owner(given["config"].as<std::string>());
  if (!queue.ok()) return complain(queue.error());
  if (action == "list") return list(*queue);
  return action == "show" ? show(*queue, id) : retry(*queue, id);
}

}  // namespace postern::daemon
