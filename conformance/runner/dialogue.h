// SPDX-License-Identifier: BSD-2-Clause
// Dialogue: one login in one protocol, line by line. A new protocol is a new Dialogue and its name in
// kProtocols.
#ifndef POSTERN_CONFORMANCE_RUNNER_DIALOGUE_H_
#define POSTERN_CONFORMANCE_RUNNER_DIALOGUE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postern::conformance {

// LoginEnd: how a login ended.
enum class LoginEnd {
  kAllowed,
  kRefused,
  kTemporary,  // the server says that it cannot tell now
  kEarly,      // it answered before it had been asked
  kGarbled,    // an answer that is not of the protocol
  kClosed,     // it closed the connection instead of answering
  kTimedOut,
  kUnconnected  // no connection from that address
};

class Dialogue {
 public:
  Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  virtual ~Dialogue() = default;

  struct Move {
    std::string send;             // to be sent now, with its line end; empty without an end: read on
    bool secret = false;          // `send` holds the password: the server must be silent before it is sent
    std::optional<LoginEnd> end;  // the verdict is known
  };

  // on_line: what follows from one line of the server, given without its line end.
  virtual Move on_line(std::string_view line) = 0;
};

// make_pop3_dialogue: USER and PASS (RFC 1939); temporary failures by their response codes (RFC 2449, 3206).
std::unique_ptr<Dialogue> make_pop3_dialogue(const std::string& account, const std::string& password);

// make_imap_dialogue: LOGIN, the password as a literal, so that the server is silent once it has all but the
// password (RFC 3501); temporary failures by their response codes (RFC 5530).
std::unique_ptr<Dialogue> make_imap_dialogue(const std::string& account, const std::string& password);

// kProtocols: what make_dialogue knows.
inline constexpr std::string_view kProtocols[] = {"pop3", "imap"};

// make_dialogue: by a name out of kProtocols.
std::unique_ptr<Dialogue> make_dialogue(std::string_view protocol, const std::string& account,
                                        const std::string& password);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_DIALOGUE_H_
