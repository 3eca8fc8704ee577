// SPDX-License-Identifier: BSD-2-Clause
// The POP3 session: RFC 1939 (without APOP), CAPA of RFC 2449, STLS of RFC 2595, AUTH of RFC 5034 (PLAIN and
// EXTERNAL), response codes of RFC 2449 and RFC 3206.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/pop3/command.h"
#include "daemon/pop3/keeper_port.h"
#include "daemon/session/client_stream.h"
#include "daemon/session/encryption.h"

namespace postern::daemon {

// kPop3Lines: a line may end with LF alone, as people type them.
inline constexpr LineRule kPop3Lines{kPop3LineLimit, false};

// Pop3Session is one connection's protocol, before and after login alike. It knows no file and no address:
// what it wants it asks of the keeper. Messages marked by DELE are removed at QUIT and at no other end.
class Pop3Session {
 public:
  // All must outlive the session.
  Pop3Session(ClientStream& client, KeeperPort& keeper, SessionEncryption& encryption)
      : client_(client), keeper_(keeper), encryption_(encryption) {}

  // run greets and answers until the client quits, goes, or is silent for too long.
  void run();

  // handle answers one command line; false when the session has ended.
  [[nodiscard]] bool handle(std::string_view line);

 private:
  enum class State : uint8_t { kAuthorization, kTransaction, kEnded };

  [[nodiscard]] uint64_t deadline() const;
  void carry_out(const Pop3Command& command);
  void authorize(const Pop3Command& command);
  void transact(const Pop3Command& command);

  void capabilities();
  void start_tls();
  void authenticate(const Pop3Command& command);
  void respond(bool by_certificate, std::string_view response);
  void external(std::string_view account);
  void plain(std::string_view message);
  [[nodiscard]] bool has_certificate();
  void no_passwords();
  void user(std::string_view name);
  void pass(std::string_view password);
  void log_in(std::string_view account, std::string_view password);
  void answered(const Result<LoginAnswer>& answer);
  void logged_in(const LoginAnswer& answer);
  void login_failed(ReplyStatus status);
  void stat();
  void list(uint32_t message);
  void unique_ids(uint32_t message);
  void retrieve(uint32_t message);
  void top(uint32_t message, uint32_t lines);
  void mark(uint32_t message);
  void reset();
  void quit();
  void update();

  template <class Encoder>
  void stream(uint32_t message, Encoder& encoder);
  template <class Put>
  void scan(uint32_t message, std::string_view title, Put put);
  [[nodiscard]] bool has(uint32_t message);
  void ok(std::string_view text);
  void error(std::string_view text);
  void give_up();
  void abandon();

  ClientStream& client_;
  KeeperPort& keeper_;
  SessionEncryption& encryption_;
  State state_ = State::kAuthorization;
  std::string account_;  // of the last USER; empty if the last command was another
  unsigned logins_ = 0;
  std::optional<bool> certificate_;  // whether one was shown; not asked for yet
  uint64_t login_deadline_ = 0;
  std::vector<bool> marked_;  // one for each message
  uint32_t kept_ = 0;         // messages that are not marked
  uint64_t kept_octets_ = 0;
};

}  // namespace postern::daemon
