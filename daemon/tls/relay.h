// SPDX-License-Identifier: BSD-2-Clause
// One encrypted connection: octets between a client, in TLS, and its session, in the clear.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace postern::daemon {

// RelayEnd: how it ended.
enum class RelayEnd : std::uint8_t {
  kOrderly,      // the session has ended, and the client was told
  kCutOff,       // the client went without saying so: what it sent last may be torn
  kNoHandshake,  // there was none within 30 s, or it failed
  kFailed,       // the client broke the protocol
  kStuck,        // the session has ended, and the client took nothing for 30 s
};

// kRelayPatienceNsec: how long a handshake may take, and a client that is told the end may take nothing.
inline constexpr std::uint64_t kRelayPatienceNsec = 30'000'000'000U;

// Relay holds at most one record each way: whoever sends faster than the other side takes waits. Both
// sockets and the connection stay the caller's. It makes recvfrom, sendto, ppoll and shutdown, and reads the
// clock.
class Relay {
 public:
  // `connection` is a fresh one of a server's context.
  Relay(SSL& connection, int client, int session, std::uint64_t patience_nsec = kRelayPatienceNsec);

  // shake_hands does the handshake: true if it is done.
  [[nodiscard]] bool shake_hands();
  // run relays to the end. Requires the handshake.
  [[nodiscard]] RelayEnd run();

 private:
  [[nodiscard]] bool send_records();
  [[nodiscard]] bool send_plain();
  [[nodiscard]] bool read_client();
  void read_session();
  [[nodiscard]] bool decrypt();
  [[nodiscard]] bool records_wait() const;
  [[nodiscard]] bool wait(short client_events, short session_events, std::uint64_t deadline_nsec);

  SSL& connection_;
  int client_;
  int session_;
  std::uint64_t patience_nsec_;
  BIO* reads_;
  BIO* writes_;
  short client_ready_ = 0;
  short session_ready_ = 0;
  bool client_done_ = false;  // it has said that it sends no more
  bool session_done_ = false;
  bool session_gone_ = false;  // but not all of what it said is read
  bool client_took_ = false;   // something, just now
  bool cut_off_ = false;
  std::size_t records_sent_ = 0;
  std::size_t records_end_ = 0;
  std::size_t plain_sent_ = 0;
  std::size_t plain_end_ = 0;
  std::array<char, 17'000> records_;  // to the client
  std::array<char, 16'384> plain_;    // to the session
};

}  // namespace postern::daemon
