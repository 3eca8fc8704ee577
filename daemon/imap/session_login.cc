// SPDX-License-Identifier: BSD-2-Clause
// LOGIN and AUTHENTICATE PLAIN (RFC 3501, sections 6.2.2 and 6.2.3; RFC 4616; RFC 4959).
#include <string.h>

#include "daemon/imap/search_text.h"
#include "daemon/imap/session.h"

namespace postern::daemon {

// AD-L2: unknown account, wrong password and refused place are kRefused and nothing else.
void ImapSession::login(const ImapCommand& command, std::string_view account, std::string_view password) {
  ++logins_;
  client_.flush();
  const auto answer = heard(keeper_.login(account, password));
  if (!answer) return;
  if (answer->ok()) {
    state_ = State::kIn;
    reader_.limit_literals(kImapLiteralLimit);
    return done(command, "logged in");
  }
  if (answer->status == ImapStatus::kRefused) {
    no(command, "[AUTHENTICATIONFAILED] login refused");
  } else {
    no(command, "[UNAVAILABLE] not now, try again later");
  }
  if (logins_ == kImapLogins) end("too many logins");
}

void ImapSession::authenticate(const ImapCommand& command) {
  if (command.first != "PLAIN") return no(command, "[CANNOT] no such mechanism");
  if (command.has_second)
    return plain(command, command.second == "=" ? "" : std::string_view(command.second));
  put("+ \r\n");
  std::optional<std::string> response = ask_line();
  if (!response) return bad(command, "line too long");
  plain(command, *response);
  explicit_bzero(response->data(), response->size());
}

// plain: [authorization id] NUL authentication id NUL password. Nobody acts for anybody else.
void ImapSession::plain(const ImapCommand& command, std::string_view response) {
  if (response == "*") return bad(command, "given up");
  std::optional<std::string> decoded = decode_base64(response);
  if (!decoded) return bad(command, "not base64");
  const std::string_view all = *decoded;
  const size_t first = all.find('\0');
  const size_t second = first == std::string_view::npos ? first : all.find('\0', first + 1);
  if (second == std::string_view::npos) return bad(command, "not as RFC 4616 has it");
  const std::string_view account = all.substr(first + 1, second - first - 1);
  const bool himself = first == 0 || all.substr(0, first) == account;
  login(command, himself ? account : "", all.substr(second + 1));
  explicit_bzero(decoded->data(), decoded->size());
}

}  // namespace postern::daemon
