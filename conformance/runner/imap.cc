// SPDX-License-Identifier: BSD-2-Clause
#include <strings.h>

#include "conformance/runner/dialogue.h"

namespace postern::conformance {
namespace {

constexpr std::string_view kTag = "p1 ";

// The words of IMAP have no case (RFC 3501, 9).
bool begins_with(std::string_view line, std::string_view word) {
  return line.size() >= word.size() && strncasecmp(line.data(), word.data(), word.size()) == 0;
}

// RFC 5530, 3
bool is_temporary(std::string_view words) {
  for (const std::string_view code : {"[UNAVAILABLE]", "[INUSE]", "[LIMIT]"}) {
    if (begins_with(words, code)) return true;
  }
  return false;
}

class ImapDialogue : public Dialogue {
 public:
  ImapDialogue(std::string account, std::string password)
      : account_(std::move(account)), password_(std::move(password)) {}

  Move on_line(std::string_view line) override {
    if (state_ == State::kGreeting) return on_greeting(line);
    if (begins_with(line, "* ")) return {};
    if (begins_with(line, "+")) return on_continuation();
    if (begins_with(line, kTag)) return on_result(line.substr(kTag.size()));
    return {"", false, LoginEnd::kGarbled};
  }

 private:
  enum class State { kGreeting, kCommand, kPassword };

  Move on_greeting(std::string_view line) {
    if (begins_with(line, "* PREAUTH")) return {"", false, LoginEnd::kEarly};
    if (begins_with(line, "* BYE")) return {"", false, LoginEnd::kTemporary};
    if (!begins_with(line, "* OK")) return {"", false, LoginEnd::kGarbled};
    state_ = State::kCommand;
    return {std::string(kTag) + "LOGIN \"" + account_ + "\" {" + std::to_string(password_.size()) + "}\r\n",
            false,
            {}};
  }

  Move on_continuation() {
    if (state_ != State::kCommand) return {"", false, LoginEnd::kGarbled};
    state_ = State::kPassword;
    return {password_ + "\r\n", true, {}};
  }

  Move on_result(std::string_view result) const {
    if (begins_with(result, "NO "))
      return {"", false, is_temporary(result.substr(3)) ? LoginEnd::kTemporary : LoginEnd::kRefused};
    if (!begins_with(result, "OK ")) return {"", false, LoginEnd::kGarbled};
    if (state_ != State::kPassword) return {"", false, LoginEnd::kEarly};
    return {"p2 LOGOUT\r\n", false, LoginEnd::kAllowed};
  }

  std::string account_;
  std::string password_;
  State state_ = State::kGreeting;
};

}  // namespace

std::unique_ptr<Dialogue> make_imap_dialogue(const std::string& account, const std::string& password) {
  return std::make_unique<ImapDialogue>(account, password);
}

}  // namespace postern::conformance
