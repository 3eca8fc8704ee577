// SPDX-License-Identifier: BSD-2-Clause
// STARTTLS, LOGIN, AUTHENTICATE PLAIN and EXTERNAL (RFC 3501, section 6.2; RFC 4422; RFC 4616; RFC 4959).
#include "daemon/imap/session.h"
#include "daemon/session/base64.h"
#include "daemon/session/sasl_plain.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {

void ImapSession::put_capabilities() {
  put("CAPABILITY IMAP4rev1 LITERAL+ SASL-IR");
  if (state_ == State::kNew && encryption_.may_start()) put(" STARTTLS");
  put(encryption_.takes_passwords() ? " AUTH=PLAIN" : " LOGINDISABLED");
  if (has_certificate()) put(" AUTH=EXTERNAL");
  put(" ID ENABLE IDLE NAMESPACE CHILDREN SPECIAL-USE UIDPLUS MOVE UNSELECT ESEARCH");
}

// EN-2: the keeper knows, from tls, at the end of the handshake; it is asked before a login alone.
bool ImapSession::has_certificate() {
  if (!encryption_.may_have_certificate()) return false;
  if (!certificate_ && state_ == State::kNew) {
    const auto answer = heard(keeper_.shown());
    certificate_ = answer && answer->ok();
  }
  return certificate_.value_or(false);
}

// RFC 3501, section 6.2.1. Whoever can put octets into the plain connection must not have them taken for the
// client's in the encrypted one: what was sent with the command ends it, and nothing of before counts.
void ImapSession::start_tls(const ImapCommand& command) {
  if (!encryption_.may_start()) return bad(command, "no encryption to begin here");
  if (!unread_.empty() || client_.has_unread()) {
    bad(command, "octets behind STARTTLS");
    return end("octets behind STARTTLS");
  }
  if (encryption_.asks_for_certificates() && !heard(keeper_.expect())) return;
  done(command, "begin the handshake");
  if (!encryption_.start(client_)) state_ = State::kEnded;
  faults_ = 0;
}

// AD-L2: unknown account, wrong password and refused place are kRefused and nothing else.
void ImapSession::login(const ImapCommand& command, std::string_view account, std::string_view password) {
  // EN-1: alike for every name.
  if (!encryption_.takes_passwords()) {
    put(command.tag);
    put(encryption_.is_encrypted() ? " NO " : " NO [PRIVACYREQUIRED] ");
    put(encryption_.no_password_text());
    return put("\r\n");
  }
  ++logins_;
  client_.flush();
  logged_in(command, heard(keeper_.login(account, password)));
}

void ImapSession::logged_in(const ImapCommand& command, const std::optional<ImapAnswer>& answer) {
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
  const bool by_certificate = command.first == "EXTERNAL";
  if (by_certificate && !has_certificate()) return no(command, "[CANNOT] no certificate was shown here");
  if (!by_certificate && !encryption_.takes_passwords()) return login(command, "", "");
  if (!by_certificate && command.first != "PLAIN") return no(command, "[CANNOT] no such mechanism");
  const auto answer = by_certificate ? &ImapSession::external : &ImapSession::plain;
  if (command.has_second)
    return (this->*answer)(command, command.second == "=" ? "" : std::string_view(command.second));
  put("+ \r\n");
  std::optional<std::string> response = ask_line();
  if (!response) return bad(command, "line too long");
  (this->*answer)(command, *response);
  wipe(*response);
}

// external: who the client would be, or nothing (RFC 4422, appendix A). The keeper knows who it is.
void ImapSession::external(const ImapCommand& command, std::string_view response) {
  if (response == "*") return bad(command, "given up");
  const std::optional<std::string> decoded = decode_base64(response);
  if (!decoded) return bad(command, "not base64");
  ++logins_;
  client_.flush();
  logged_in(command, heard(keeper_.external(*decoded)));
}

void ImapSession::plain(const ImapCommand& command, std::string_view response) {
  if (response == "*") return bad(command, "given up");
  std::optional<std::string> decoded = decode_base64(response);
  if (!decoded) return bad(command, "not base64");
  const std::optional<PlainLogin> plain = parse_sasl_plain(*decoded);
  if (plain)
    login(command, plain->account, plain->password);
  else
    bad(command, "not as RFC 4616 has it");
  wipe(*decoded);
}

}  // namespace postern::daemon
