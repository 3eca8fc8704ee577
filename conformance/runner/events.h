// SPDX-License-Identifier: BSD-2-Clause
// The event stream: every report is made from it and from nothing else. events.schema.json is its schema.
#ifndef POSTERN_CONFORMANCE_RUNNER_EVENTS_H_
#define POSTERN_CONFORMANCE_RUNNER_EVENTS_H_

#include <iosfwd>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace postern::conformance {

// Sink: something that turns events into a report. on() is called once per event, in order; the last event
// is "summary".
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual void on(const nlohmann::json& event) = 0;
};

// EventStream: hands each event to every sink.
class EventStream {
 public:
  void add(std::unique_ptr<Sink> sink) { sinks_.push_back(std::move(sink)); }
  void emit(const nlohmann::json& event);
  // note: an event that is only text for a person.
  void note(const std::string& text);

 private:
  std::vector<std::unique_ptr<Sink>> sinks_;
};

// The sinks. `out` outlives the sink.
std::unique_ptr<Sink> make_json_lines_sink(std::ostream& out);
std::unique_ptr<Sink> make_tap_sink(std::ostream& out);
std::unique_ptr<Sink> make_junit_sink(std::ostream& out);
// make_terminal_sink: progress (redrawn in place if `interactive`), each trouble in full, a summary table.
std::unique_ptr<Sink> make_terminal_sink(std::ostream& out, bool interactive, bool quiet);

// dump_line: `event` on one line, whatever octets its texts hold.
std::string dump_line(const nlohmann::json& event);

// result_name: the row's id, and the variant in brackets where there is one.
std::string result_name(const nlohmann::json& result);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_EVENTS_H_
