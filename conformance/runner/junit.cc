// SPDX-License-Identifier: BSD-2-Clause
// JUnit XML: one suite per group; a failure that an expectation file expects is "skipped" with its reason.
#include <map>
#include <ostream>

#include "conformance/runner/events.h"

namespace postern::conformance {
namespace {

// XML 1.0 has no way to say most control octets, U+FFFE and U+FFFF: they become '?'. Requires UTF-8.
std::string xml(std::string text) {
  for (const char* never : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at; (at = text.find(never)) != std::string::npos;) text.replace(at, 3, "?");
  }
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

std::string wire_text(const nlohmann::json& wire) {
  std::string text;
  for (const auto& line : wire) {
    text += line.at("dir").get<std::string>() + " " + line.at("text").get<std::string>() + "\n";
  }
  return text;
}

struct Totals {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
  std::string cases;
};

class JunitSink : public Sink {
 public:
  explicit JunitSink(std::ostream& out) : out_(out) {}

  void on(const nlohmann::json& event) override {
    const std::string kind = event.at("event");
    if (kind == "start") server_ = event.at("server").at("name").get<std::string>();
    if (kind == "result") result(event);
    if (kind == "summary") write();
  }

 private:
  void result(const nlohmann::json& event) {
    Totals& suite = suites_[event.at("group")];
    ++suite.tests;
    suite.cases += "    <testcase classname=\"" + xml(server_ + "." + event.at("group").get<std::string>()) +
                   "\" name=\"" + xml(result_name(event)) + "\" time=\"" +
                   std::to_string(event.at("seconds").get<double>()) + "\">" + body(event, suite) +
                   "</testcase>\n";
  }

  static std::string body(const nlohmann::json& event, Totals& suite) {
    const std::string verdict = event.at("verdict");
    const std::string got = event.at("got");
    const bool trouble = verdict == "fail" || verdict == "time-out" || verdict == "crash";
    if (verdict == "unimplemented" || verdict == "skipped") {
      ++suite.skipped;
      return "<skipped message=\"" + xml(verdict + ": " + got) + "\"/>";
    }
    if (trouble && event.at("as_expected").get<bool>()) {
      ++suite.skipped;
      return "<skipped message=\"" +
             xml("expected " + verdict + ": " + event.at("expectation").at("reason").get<std::string>()) +
             "\"/>";
    }
    if (!trouble && verdict != "harness-error" && event.at("as_expected").get<bool>()) return "";
    const std::string element = verdict == "harness-error" ? "error" : "failure";
    ++(verdict == "harness-error" ? suite.errors : suite.failures);
    return "<" + element + " type=\"" + verdict + "\" message=\"" +
           xml("expected " + event.at("expected").get<std::string>() + "; got " + got) + "\">" +
           xml("replay: " + event.at("replay").get<std::string>() + "\n" + wire_text(event.at("wire"))) +
           "</" + element + ">";
  }

  void write() {
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"postern-conform\">\n";
    for (const auto& [group, suite] : suites_) {
      out_ << "  <testsuite name=\"" << xml(group) << "\" tests=\"" << suite.tests << "\" failures=\""
           << suite.failures << "\" errors=\"" << suite.errors << "\" skipped=\"" << suite.skipped << "\">\n"
           << suite.cases << "  </testsuite>\n";
    }
    out_ << "</testsuites>\n" << std::flush;
  }

  std::ostream& out_;
  std::string server_;
  std::map<std::string, Totals> suites_;
};

}  // namespace

std::unique_ptr<Sink> make_junit_sink(std::ostream& out) {
  return std::make_unique<JunitSink>(out);
}

}  // namespace postern::conformance
