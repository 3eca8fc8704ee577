// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::daemon {

// Pop3Verb: the commands of RFC 1939, RFC 2449, RFC 2595 and RFC 5034 that this server knows. APOP is not
// among them: it needs passwords in clear on the server's side.
enum class Pop3Verb : uint8_t {
  kUnknown,
  kUser,
  kPass,
  kStat,
  kList,
  kRetr,
  kDele,
  kNoop,
  kRset,
  kQuit,
  kTop,
  kUidl,
  kCapa,
  kStls,
  kAuth,
};

// Pop3Fault: why a line is not a command that can be carried out.
enum class Pop3Fault : uint8_t {
  kNone,
  kLineTooLong,
  kBadOctet,
  kUnknownCommand,
  kMissingArgument,
  kUnexpectedArgument,
  kBadNumber,
};

// Pop3Command: one parsed line. `text` borrows from the line and is set for USER, PASS and AUTH
// alone (its mechanism; `response` is what came with it, perhaps nothing); `message`
// is 1-based and 0 where the command names none; `lines` is TOP's second number. With a fault other than
// kNone only `verb` and `fault` mean anything.
struct Pop3Command {
  Pop3Verb verb = Pop3Verb::kUnknown;
  Pop3Fault fault = Pop3Fault::kUnknownCommand;
  std::string_view text;
  std::string_view response;
  uint32_t message = 0;
  uint32_t lines = 0;
};

// kPop3LineLimit: octets of a command line, its CRLF counted (RFC 2449, section 4).
inline constexpr size_t kPop3LineLimit = 255;

// kPop3TextLimit: octets of USER's or PASS's argument that a line can hold.
inline constexpr size_t kPop3TextLimit = kPop3LineLimit - 2 - 5;

// parse_pop3_command: what `line` (without its CRLF) asks for. Total: every string of octets has an answer,
// nothing is allocated, the line is read once. Keywords are matched in any ASCII case; arguments are parted
// by one or more spaces, but PASS takes all octets after its first space, spaces included (RFC 1939,
// section 7). Control octets are refused everywhere, octets above 0x7E outside USER and PASS.
Pop3Command parse_pop3_command(std::string_view line);

}  // namespace postern::daemon
