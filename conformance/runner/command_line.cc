// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/command_line.h"

#include <boost/program_options.hpp>
#include <set>
#include <sstream>

#include "conformance/runner/dialogue.h"
#include "conformance/runner/name_check.h"
#include "conformance/runner/printable.h"

namespace postern::conformance {
namespace {

namespace po = boost::program_options;

constexpr const char* kIntroduction =
    R"(postern-conform: holds a mail server, or a program that decides, to the table of access domains.

  postern-conform run --program 'COMMAND ARGS' [ID-GLOB…]   pure layer: JSON lines over a pipe
  postern-conform run --adapter ADAPTER [ID-GLOB…]          live layer: real logins in a private network
  postern-conform list [ID-GLOB…]                           the rows
  postern-conform explain ID                                one row in full
  postern-conform lint FILE…                                check expectation files
  postern-conform audit --pid N --user U --group G          the processes of a running server (audit --help)

)";

constexpr const char* kContract = R"(
Verdicts (never folded into fewer):
  pass              the answer is the row's
  fail              it is another
  refused-at-write  a malformed list was refused where it is written: a pass of that row
  choice            a dialect row: which choice the server makes
  yes, no           a hardening or extension row that the server does not claim
  unimplemented     the server or its adapter cannot express the row
  skipped           the row cannot be acted out on this machine; the reason is given
  time-out, crash   no answer in time; the program or a server process died
  harness-error     the harness or the adapter broke: nothing is known about the server

Exit codes (when several apply: 2, 3, 1, 4, 0):
  0  as expected
  1  a row failed, timed out or crashed, or an expectation is stale or was not met
  2  usage
  3  harness error
  4  nothing reached pass or fail
)";

po::options_description visible_options(CommandLine& line) {
  po::options_description options("Options", 100);
  const auto text = [](std::string& target) { return po::value(&target)->value_name("X"); };
  const auto many = [](std::vector<std::string>& target) {
    return po::value(&target)->composing()->value_name("X");
  };
  options.add_options()("help", "this text")("version", "the version")                                      //
      ("only", many(line.selection.ids), "rows by id or glob; the same as words without an option")         //
      ("sentence", many(line.selection.sentences), "rows that cite a sentence, e.g. AD-3")                  //
      ("group", many(line.selection.groups), "rows of a group: spec, hardening, extension, dialect:POINT")  //
      ("table", many(line.selection.tables), "rows of a table: access-domain, login")                       //
      ("layer", text(line.layer), "pure or live; default: what --program or the adapter is for")            //
      ("program", text(line.program), "pure layer: the command to put the rows to")                         //
      ("gives", po::value<std::string>()->value_name("LIST"),
       "fields that --program gives: verdict,step,entry,name,malformed")  //
      ("claims", po::value<std::string>()->value_name("LIST"),
       "what --program claims: hardening,extension,dialect")                                         //
      ("adapter", text(line.adapter), "an adapter executable, or the name of one that comes along")  //
      ("expect", text(line.expect), "expectation file; 'none' for no file beside the adapter")       //
      ("jsonl", text(line.json_lines), "write the event stream to a file ('-' = standard output)")   //
      ("tap", text(line.tap), "write TAP 13 to a file")("junit", text(line.junit),
                                                        "write JUnit XML to a file")  //
      ("spec", text(line.spec_dir),
       "folder of the tables; default: $POSTERN_SPEC_DIR or the one built in")                         //
      ("protocol", text(line.protocol), "live layer: pop3 or imap; default: the adapter's first")      //
      ("jobs", po::value(&line.jobs)->value_name("N"), "live layer: logins at once (16)")              //
      ("deadline", po::value(&line.deadline_ms)->value_name("MS"), "per row (pure 5000, live 10000)")  //
      ("keep", po::bool_switch(&line.keep), "keep the scratch directory, print its name")              //
      ("quiet", po::bool_switch(&line.quiet), "only trouble and the last line")                        //
      ("json", po::bool_switch(&line.json), "list: one JSON object per row");
  return options;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream in(list);
  for (std::string word; std::getline(in, word, ',');) words.push_back(word);
  return words;
}

void check_words(const std::vector<std::string>& words, const std::set<std::string>& known,
                 const char* option) {
  for (const std::string& word : words) {
    if (known.contains(word)) continue;
    std::string all;
    for (const std::string& k : known) all += (all.empty() ? "" : ", ") + k;
    throw UsageError(std::string(option) + ": '" + word + "' is none of " + all);
  }
}

void check(const CommandLine& line) {
  check_words({line.verb}, {"run", "list", "explain", "lint", kNameCheckCommand, "help", "version"}, "verb");
  check_words(line.gives, {"verdict", "step", "entry", "name", "malformed"}, "--gives");
  check_words(line.claims, {"hardening", "extension", "dialect"}, "--claims");
  if (!line.layer.empty()) check_words({line.layer}, {"pure", "live"}, "--layer");
  if (!line.protocol.empty())
    check_words({line.protocol}, {std::begin(kProtocols), std::end(kProtocols)}, "--protocol");
  if (line.verb == "run" && line.program.empty() == line.adapter.empty()) {
    throw UsageError("run needs --program or --adapter, and only one of them");
  }
  if (!line.program.empty() && line.layer == "live")
    throw UsageError("--program is of the pure layer; the live layer needs --adapter");
  if (line.jobs == 0) throw UsageError("--jobs: at least 1");
  if (line.verb == "explain" && line.selection.ids.size() != 1)
    throw UsageError("explain needs one row id; `list` prints them");
  if (line.verb == "lint" && line.files.empty()) throw UsageError("lint needs a file");
}

std::string replay_of(const CommandLine& line, const std::string& self) {
  std::string text = shell_word(self) + " run";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += std::string(" ") + option + " " + shell_word(value);
  };
  const auto joined = [](const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ",") + word;
    return list;
  };
  add("--layer", line.layer);
  add("--program", line.program);
  add("--gives", joined(line.gives));
  add("--claims", joined(line.claims));
  add("--adapter", line.adapter);
  add("--protocol", line.protocol);
  add("--expect", line.expect);
  add("--spec", line.spec_dir);
  if (line.deadline_ms != 0) add("--deadline", std::to_string(line.deadline_ms));
  return text;
}

void take_words(const po::variables_map& values, CommandLine& line) {
  std::vector<std::string> words;
  if (values.contains("words")) words = values["words"].as<std::vector<std::string>>();
  if (values.contains("help")) line.verb = "help";
  if (values.contains("version")) line.verb = "version";
  if (words.empty() && line.verb.empty()) throw UsageError("no verb. Say run, list, explain or lint");
  if (!line.verb.empty()) return;
  line.verb = words.front();
  words.erase(words.begin());
  std::vector<std::string>& target = line.verb == "lint" ? line.files : line.selection.ids;
  target.insert(target.end(), words.begin(), words.end());
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, const std::string& self) {
  CommandLine line;
  po::options_description options = visible_options(line);
  po::options_description hidden;
  hidden.add_options()("words", po::value<std::vector<std::string>>());
  po::options_description all;
  all.add(options).add(hidden);
  po::positional_options_description positions;
  positions.add("words", -1);
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(positions).run(), values);
    po::notify(values);
  } catch (const po::error& e) {
    throw UsageError(std::string(e.what()) + ". See --help");
  }
  take_words(values, line);
  if (values.contains("gives")) line.gives = split(values["gives"].as<std::string>());
  if (values.contains("claims")) line.claims = split(values["claims"].as<std::string>());
  check(line);
  line.replay = replay_of(line, self);
  return line;
}

std::string help_text() {
  CommandLine unused;
  std::ostringstream text;
  text << kIntroduction << visible_options(unused) << kContract;
  return text.str();
}

}  // namespace postern::conformance
