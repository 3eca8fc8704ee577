// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/name_check.h"

#include <netdb.h>

#include <algorithm>
#include <future>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "conformance/runner/address.h"
#include "conformance/runner/printable.h"
#include "conformance/runner/process.h"
#include "conformance/spec/octets.h"

namespace postern::conformance {
namespace {

using nlohmann::json;

constexpr size_t kAtOnce = 16;  // a name server that keeps silent costs a second each

struct Question {
  std::string address;
  std::vector<std::string> names;
  std::vector<std::pair<std::string, bool>> confirmed;  // name → its forward look-up gives the address
};

// The names the C library gives for `address`: the name, then the aliases.
std::vector<std::string> names_of(const SocketAddress& address) {
  const bool ipv6 = address.family() == AF_INET6;
  const void* raw =
      ipv6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr)
           : &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr;
  std::vector<char> buffer(65536);
  hostent entry{};
  hostent* found = nullptr;
  int error = 0;
  if (gethostbyaddr_r(raw, ipv6 ? 16 : 4, address.family(), &entry, buffer.data(), buffer.size(), &found,
                      &error) != 0 ||
      found == nullptr) {
    return {};
  }
  std::vector<std::string> names{found->h_name};
  for (char** alias = found->h_aliases; *alias != nullptr; ++alias) names.emplace_back(*alias);
  return names;
}

bool gives_back(const std::string& name, const SocketAddress& address) {
  addrinfo hints{};
  hints.ai_family = address.family();
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return false;
  bool found = false;
  for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
    SocketAddress one;
    std::copy_n(reinterpret_cast<const char*>(i->ai_addr), i->ai_addrlen,
                reinterpret_cast<char*>(&one.storage));
    found = found || address_text(one) == address_text(address);
  }
  freeaddrinfo(list);
  return found;
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + in_quotes(name);
  return text.empty() ? "no name" : text;
}

// Empty if the name service says exactly what the row says.
std::string difference(const Question& question) {
  const auto address = socket_address(question.address, 0);
  if (!address) return "the client is no address";
  const std::vector<std::string> names = names_of(*address);
  if (names != question.names) {
    return "not expressible here: the name service gives " + list_text(names) + " for " +
           list_text(question.names);
  }
  for (const auto& [name, expected] : question.confirmed) {
    if (gives_back(name, *address) == expected) continue;
    return "not expressible here: the forward look-up of " + in_quotes(name) +
           (expected ? " does not give " : " gives ") + question.address + (expected ? " back" : "");
  }
  return "";
}

bool maps_to(const Case& c, const std::string& name) {
  for (const auto& [forward, addresses] : c.lookup.forward) {
    if (forward != name) continue;
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const std::string& a) { return source_address(a) == source_address(c.ip); });
  }
  return false;
}

json question_json(const Case& c) {
  json names = json::array();
  json confirmed = json::array();
  for (const std::string& name :
       c.lookup.status == LookupStatus::kOk ? c.lookup.names : std::vector<std::string>{}) {
    names.push_back(octets_to_json(name));
    confirmed.push_back({octets_to_json(name), maps_to(c, name)});
  }
  return {{"address", source_address(c.ip)}, {"names", names}, {"confirmed", confirmed}};
}

Question question_from(const json& line) {
  Question question;
  question.address = line.at("address");
  for (const json& name : line.at("names")) question.names.push_back(octets_from_json(name).value_or(""));
  for (const json& pair : line.at("confirmed")) {
    question.confirmed.emplace_back(octets_from_json(pair.at(0)).value_or(""), pair.at(1).get<bool>());
  }
  return question;
}

}  // namespace

std::map<std::string, std::string> check_names(const World& world, const std::string& self) {
  std::vector<std::string> questions;                 // each once
  std::vector<std::pair<std::string, size_t>> asked;  // case id → question
  for (const Case* c : world.cases) {
    const std::string line = question_json(*c).dump();
    const auto found = std::find(questions.begin(), questions.end(), line);
    asked.emplace_back(c->id, static_cast<size_t>(found - questions.begin()));
    if (found == questions.end()) questions.push_back(line);
  }
  RunRequest request;
  request.arguments = {self, kNameCheckCommand};
  request.deadline = Milliseconds{60000};
  for (const std::string& line : questions) request.input += line + "\n";
  std::istringstream output(run_program(request).output);
  std::vector<std::string> answers;
  for (std::string line; std::getline(output, line);) answers.push_back(json::parse(line).at("difference"));
  std::map<std::string, std::string> skipped;
  for (const auto& [id, question] : asked) {
    const std::string why = question < answers.size() ? answers[question] : "the name check ended early";
    if (!why.empty()) skipped.emplace(id, why);
  }
  return skipped;
}

int serve_name_check(std::istream& in, std::ostream& out) {
  std::vector<Question> questions;
  for (std::string line; std::getline(in, line);) questions.push_back(question_from(json::parse(line)));
  for (size_t first = 0; first < questions.size(); first += kAtOnce) {
    std::vector<std::future<std::string>> answers;
    for (size_t i = first; i < std::min(first + kAtOnce, questions.size()); ++i) {
      answers.push_back(std::async(std::launch::async, difference, std::cref(questions[i])));
    }
    for (auto& answer : answers) out << json{{"difference", answer.get()}}.dump() << '\n';
  }
  return out.flush() ? 0 : 74;
}

}  // namespace postern::conformance
