// SPDX-License-Identifier: BSD-2-Clause
// What a session may ask its keeper, and what it is told: fixed-size records, one per packet. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "daemon/pop3/command.h"

namespace postern::daemon {

enum class RequestKind : uint32_t {
  kLogin = 1,  // account and password -> is it so, and how much is there
  kDescribe,   // message -> its size and unique id
  kOpen,       // message -> a descriptor to read it from
  kRemove,     // message -> is marked; goes with kUpdate
  kUpdate,     // removes what is marked; the keeper's last answer
  kQuit,       // ends the keeper; nothing is removed; the last answer
  kExpect,     // the client's socket is about to go to tls: the keeper wants to hear of a certificate
  kShown,      // -> kOk: there is a certificate to log in by, or kRefused; waits for the handshake's end
  kExternal,   // account, or none -> as kLogin, by the certificate
};

// Request is one packet to the keeper. Text is not terminated; what a field does not use is zero.
struct Request {
  uint32_t kind = 0;
  uint32_t message = 0;  // 1-based
  uint32_t account_length = 0;
  uint32_t password_length = 0;
  char account[kPop3TextLimit] = {};
  char password[kPop3TextLimit] = {};
};
static_assert(std::is_trivially_copyable_v<Request> && std::has_unique_object_representations_v<Request>);
// No padding: every octet of a request is checked.

enum class ReplyStatus : uint32_t {
  kOk = 1,
  kRefused,    // kLogin, kExternal: unknown account, wrong password, refused place: one answer (AD-L2)
  kInUse,      // kLogin: another session has the mailbox
  kGone,       // kOpen: somebody else removed the message
  kTemporary,  // something of ours failed; the log has it
};

inline constexpr size_t kUniqueIdLimit = 70;  // RFC 1939, section 7

// Reply is one packet to the session; kOpen's kOk carries one descriptor with it.
struct Reply {
  uint32_t kind = 0;    // of the request
  uint32_t status = 0;  // ReplyStatus
  uint32_t count = 0;   // kLogin: messages; kUpdate: messages that could not be removed
  uint32_t unique_id_length = 0;
  uint64_t octets = 0;  // kLogin: of all messages; kDescribe: of this one (RFC 1939: on the wire)
  char unique_id[72] = {};
};
static_assert(std::has_unique_object_representations_v<Reply>);

// decode_request reads one packet into `request` (in place, so that a password is copied no more than it
// must). Total; true only for a request that is whole in every octet: exact size, a known kind, a message
// number exactly where the kind has one, text exactly where it has text, no NUL in it, zero elsewhere.
[[nodiscard]] bool decode_request(std::span<const char> packet, Request& request);

// decode_reply reads one packet on the session's side, as strictly.
[[nodiscard]] std::optional<Reply> decode_reply(std::span<const char> packet);

// make_request makes a request about `message` (0: about none).
[[nodiscard]] Request make_request(RequestKind kind, uint32_t message = 0);

// fill_external makes `request` a kExternal; `account` may be empty. False: it is longer than a line can
// hold.
[[nodiscard]] bool fill_external(Request& request, std::string_view account);

// fill_login makes `request` a kLogin. False: the text is empty or longer than a command line can hold.
[[nodiscard]] bool fill_login(Request& request, std::string_view account, std::string_view password);

[[nodiscard]] std::string_view account_of(const Request& request);
[[nodiscard]] std::string_view password_of(const Request& request);
[[nodiscard]] std::string_view unique_id_of(const Reply& reply);

// wipe overwrites a request, which may hold a password.
void wipe(Request& request);

}  // namespace postern::daemon
