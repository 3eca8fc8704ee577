// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/decide.h"

#include <optional>
#include <utility>

#include "daemon/cli/exit_code.h"
#include "daemon/cli/line_stream.h"

namespace postern::daemon {
namespace {

using nlohmann::ordered_json;

void append_line(const ordered_json& object, std::string& out) {
  out += object.dump();
  out += '\n';
}

ordered_json error_answer(const nlohmann::json& id, const std::string& what) {
  return {{"id", id}, {"error", what}};
}

ordered_json position_or_null(const std::optional<std::size_t>& position) {
  return position ? ordered_json(*position) : ordered_json(nullptr);
}

ordered_json malformed_entries(std::span<const Entry> list) {
  ordered_json found = ordered_json::array();
  for_each_malformed(list, [&](std::size_t entry, Fault fault) {
    std::string detail = "offset " + std::to_string(fault.offset) + ": ";
    detail += cure(fault.why);
    found.push_back({{"entry", entry}, {"why", why_code(fault.why)}, {"detail", std::move(detail)}});
  });
  return found;
}

}  // namespace

ordered_json DecideSession::decided(const Client& client) {
  list_.clear();
  for (const Value& value : request_.list) list_.push_back(parse_entry(value.octets));
  names_.clear();
  for (const Value& name : request_.names) names_.push_back(text(name.octets));
  const Decision decision = decide(list_, client, names_);
  return {{"id", request_.id},
          {"verdict", decision.allowed() ? "allow" : "deny"},
          {"step", static_cast<int>(decision.step)},
          {"entry", position_or_null(decision.entry)},
          {"name", decision.name ? write_value(request_.names[*decision.name]) : ordered_json(nullptr)},
          {"malformed", malformed_entries(list_)}};
}

bool DecideSession::answer(std::string_view line, std::string& out) {
  read_request(line, request_);
  const std::optional<Client> client = parse_client(request_.ip);
  if (request_.error.empty() && !client) {
    request_.error =
        "\"ip\" is not an address; send four decimal numbers or IPv6 text, without zone or prefix";
  }
  const bool good = request_.error.empty();
  append_line(good ? decided(*client) : error_answer(request_.id, request_.error), out);
  return good;
}

void DecideSession::too_long(std::string& out) {
  append_line(error_answer(nullptr, "line over 1 MiB; send a shorter list"), out);
}

int decide_stream(int in, int out) {
  LineReader reader(in, kLongestLine);
  LineWriter writer(out);
  DecideSession session;
  bool all_good = true;
  for (;;) {
    const LineReader::Got got = reader.next(writer);
    if (writer.failed()) return kExitIo;
    if (got == LineReader::Got::kLine) {
      all_good = session.answer(reader.line(), writer.pending()) && all_good;
    } else if (got == LineReader::Got::kTooLong) {
      session.too_long(writer.pending());
      all_good = false;
    } else {
      if (!writer.flush() || got == LineReader::Got::kError) return kExitIo;
      return all_good ? kExitOk : kExitData;
    }
  }
}

}  // namespace postern::daemon
