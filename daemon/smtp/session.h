// SPDX-License-Identifier: BSD-2-Clause
// The SMTP session: RFC 5321 for local recipients, SIZE (RFC 1870), 8BITMIME (RFC 6152), PIPELINING (RFC
// 2920), ENHANCEDSTATUSCODES (RFC 2034), STARTTLS (RFC 3207).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/session/client_stream.h"
#include "daemon/session/encryption.h"
#include "daemon/smtp/command.h"
#include "daemon/smtp/data.h"
#include "daemon/smtp/keeper_port.h"

namespace postern::daemon {

// kSmtpLines: CRLF ends a line, and nothing else.
inline constexpr LineRule kSmtpLines{kSmtpLineLimit, true};

inline constexpr unsigned kSmtpErrorLimit = 20;  // refused commands, unknown recipients among them

// SmtpSession is one connection's protocol. It knows no file and no address: what it wants it asks of the
// keeper. A message is acknowledged after the keeper's word that it lasts, and at no other time.
class SmtpSession {
 public:
  // `host` is what we call ourselves; `size_limit` in octets on the wire. All must outlive the session.
  SmtpSession(ClientStream& client, SmtpKeeperPort& keeper, SessionEncryption& encryption,
              std::string_view host, uint64_t size_limit)
      : client_(client), keeper_(keeper), encryption_(encryption), host_(host), size_limit_(size_limit) {}

  // run greets and answers until the client quits, goes, is silent for too long or errs too often.
  void run();

  // handle answers one command line; false when the session has ended.
  [[nodiscard]] bool handle(std::string_view line);

 private:
  enum class State : uint8_t { kNew, kIdle, kSender, kRecipients, kEnded };
  class Chunks;

  void carry_out(const SmtpCommand& command);
  void fault(SmtpFault fault);
  void hello(const SmtpCommand& command);
  void mail(const SmtpCommand& command);
  void rcpt(std::string_view mailbox);
  void data();
  void reset();
  void quit();
  void start_tls();
  void receive(SmtpDataDecoder& decoder, Chunks& chunks);
  void conclude(const SmtpDataDecoder& decoder, const Chunks& chunks);
  void commit(std::string_view last);
  [[nodiscard]] SmtpStatus ask(SmtpRequestKind kind, std::string_view text = {});
  void not_taken(SmtpStatus status);
  void reply(std::string_view text);
  void error(std::string_view text);
  void give_up();
  void end(std::string_view text);

  ClientStream& client_;
  SmtpKeeperPort& keeper_;
  SessionEncryption& encryption_;
  std::string_view host_;
  uint64_t size_limit_;
  State state_ = State::kNew;
  unsigned errors_ = 0;
  unsigned messages_ = 0;
  unsigned asked_ = 0;  // recipients, in this transaction
  std::string id_;      // of the last message that was committed
};

}  // namespace postern::daemon
