// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::daemon {

// SmtpVerb: the commands of RFC 5321 and RFC 3207 that this server knows. EXPN and TURN are not among them.
enum class SmtpVerb : uint8_t {
  kUnknown,
  kHelo,
  kEhlo,
  kMail,
  kRcpt,
  kData,
  kRset,
  kNoop,
  kVrfy,
  kHelp,
  kQuit,
  kStartTls,
};

// SmtpFault: why a line is not a command that can be carried out.
enum class SmtpFault : uint8_t {
  kNone,
  kLineTooLong,
  kBadOctet,
  kUnknownCommand,
  kMissingArgument,
  kUnexpectedArgument,
  kBadName,           // HELO's, EHLO's
  kBadPath,           // MAIL's, RCPT's
  kBadParameter,      // known, but not so
  kUnknownParameter,  // an extension that was not offered
};

// SmtpCommand: one parsed line. All views borrow from it. With a fault other than kNone only `verb` and
// `fault` mean anything.
struct SmtpCommand {
  SmtpVerb verb = SmtpVerb::kUnknown;
  SmtpFault fault = SmtpFault::kUnknownCommand;
  std::string_view name;         // HELO, EHLO: what the client calls itself
  std::string_view mailbox;      // MAIL, RCPT: the path's mailbox, without <>; empty: MAIL's null path
  std::optional<uint64_t> size;  // MAIL: RFC 1870
};

// kSmtpLineLimit: octets of a command line, its CRLF counted: RFC 5321, section 4.5.3.1.4, and what SIZE and
// BODY add (RFC 1870, section 3; RFC 6152, section 2).
inline constexpr size_t kSmtpLineLimit = 512 + 26 + 17;

inline constexpr size_t kSmtpNameLimit = 255;  // octets of HELO's argument
inline constexpr size_t kSmtpMailboxLimit =
    254;  // octets of a mailbox (RFC 5321, section 4.5.3.1.3, less <>)
inline constexpr size_t kSmtpLocalPartLimit = 64;

// parse_smtp_command: what `line` (without its CRLF) asks for. Total: every string of octets has an answer,
// nothing is allocated. Keywords in any ASCII case. Nothing but printable ASCII anywhere (no SMTPUTF8 is
// offered). Spaces are allowed between "FROM:" or "TO:" and the path, as real clients send them, and at the
// end. Source routes are read and dropped (RFC 5321, appendix C). "<postmaster>" needs no domain in RCPT.
SmtpCommand parse_smtp_command(std::string_view line);

// MailboxParts are the two sides of a mailbox's last @; without one `domain` is empty.
struct MailboxParts {
  std::string_view local;
  std::string_view domain;
};
[[nodiscard]] MailboxParts split_mailbox(std::string_view mailbox);

// is_smtp_mailbox: whether `text` is a mailbox: a dot-string or a quoted string, @, a domain or an address
// literal, within the limits.
[[nodiscard]] bool is_smtp_mailbox(std::string_view text);

// is_smtp_name: whether `text` is what a client may call itself: 1 to 255 of letters, digits and . - _ : [ ].
[[nodiscard]] bool is_smtp_name(std::string_view text);

}  // namespace postern::daemon
