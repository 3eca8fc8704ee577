// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/dialogue.h"

namespace postern::conformance {
namespace {

bool is_ok(std::string_view line) {
  return line.substr(0, 3) == "+OK";
}
bool is_error(std::string_view line) {
  return line.substr(0, 4) == "-ERR";
}

bool is_temporary(std::string_view line) {
  for (const std::string_view code : {"[SYS/", "[IN-USE]", "[LOGIN-DELAY]"}) {
    if (line.find(code) != std::string_view::npos) return true;
  }
  return false;
}

class Pop3Dialogue : public Dialogue {
 public:
  Pop3Dialogue(std::string account, std::string password)
      : account_(std::move(account)), password_(std::move(password)) {}

  Move on_line(std::string_view line) override {
    if (!is_ok(line) && !is_error(line)) return {"", false, LoginEnd::kGarbled};
    if (is_error(line)) return {"", false, is_temporary(line) ? LoginEnd::kTemporary : LoginEnd::kRefused};
    switch (state_) {
      case State::kGreeting:
        state_ = State::kUser;
        return {"USER " + account_ + "\r\n", false, {}};
      case State::kUser:
        state_ = State::kPass;
        return {"PASS " + password_ + "\r\n", true, {}};
      case State::kPass:
        break;
    }
    return {"QUIT\r\n", false, LoginEnd::kAllowed};
  }

 private:
  enum class State { kGreeting, kUser, kPass };
  std::string account_;
  std::string password_;
  State state_ = State::kGreeting;
};

}  // namespace

std::unique_ptr<Dialogue> make_pop3_dialogue(const std::string& account, const std::string& password) {
  return std::make_unique<Pop3Dialogue>(account, password);
}

}  // namespace postern::conformance
