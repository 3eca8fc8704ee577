// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/events.h"

#include <ostream>

namespace postern::conformance {
namespace {

class JsonLinesSink : public Sink {
 public:
  explicit JsonLinesSink(std::ostream& out) : out_(out) {}
  void on(const nlohmann::json& event) override { out_ << dump_line(event) << '\n' << std::flush; }

 private:
  std::ostream& out_;
};

// TAP 13: trouble is "not ok"; what was expected by a file is a TODO; what did not run is a SKIP.
class TapSink : public Sink {
 public:
  explicit TapSink(std::ostream& out) : out_(out) { out_ << "TAP version 13\n" << std::flush; }

  void on(const nlohmann::json& event) override {
    if (event.at("event") == "result") result(event);
    if (event.at("event") == "summary") out_ << "1.." << count_ << '\n' << std::flush;
  }

 private:
  void result(const nlohmann::json& event) {
    const std::string verdict = event.at("verdict");
    const bool good =
        verdict != "fail" && verdict != "time-out" && verdict != "crash" && verdict != "harness-error";
    out_ << (good ? "ok " : "not ok ") << ++count_ << " - " << one_line(result_name(event));
    if (verdict == "unimplemented" || verdict == "skipped") {
      out_ << " # SKIP " << verdict << ": " << one_line(event.at("got"));
    } else if (!good && event.at("as_expected").get<bool>()) {
      out_ << " # TODO " << one_line(event.at("expectation").at("reason"));
    } else if (verdict != "pass") {
      out_ << " (" << verdict << (event.at("choice") == "" ? "" : " ")
           << event.at("choice").get<std::string>() << ')';
    }
    out_ << '\n';
    if (!good) details(event);
  }

  void details(const nlohmann::json& event) {
    out_ << "  ---\n";
    for (const char* key : {"verdict", "expected", "got", "replay"}) {
      out_ << "  " << key << ": " << nlohmann::json(event.at(key)).dump() << '\n';
    }
    out_ << "  ...\n";
  }

  static std::string one_line(std::string text) {
    for (char& c : text) c = c == '\n' || c == '#' ? ' ' : c;
    return text;
  }

  std::ostream& out_;
  size_t count_ = 0;
};

}  // namespace

void EventStream::emit(const nlohmann::json& event) {
  // What a server says may hold any octets; every sink gets UTF-8.
  const nlohmann::json clean = nlohmann::json::parse(dump_line(event));
  for (const auto& sink : sinks_) sink->on(clean);
}

void EventStream::note(const std::string& text) {
  emit({{"event", "note"}, {"text", text}});
}

std::string dump_line(const nlohmann::json& event) {
  return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string result_name(const nlohmann::json& result) {
  const std::string variant = result.at("variant");
  return result.at("id").get<std::string>() + (variant.empty() ? "" : " (" + variant + ")");
}

std::unique_ptr<Sink> make_json_lines_sink(std::ostream& out) {
  return std::make_unique<JsonLinesSink>(out);
}

std::unique_ptr<Sink> make_tap_sink(std::ostream& out) {
  return std::make_unique<TapSink>(out);
}

}  // namespace postern::conformance
