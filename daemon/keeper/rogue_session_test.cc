// SPDX-License-Identifier: BSD-2-Clause
// What a session that has been taken over may try on its keeper.
#include <poll.h>

#include "daemon/keeper/connection_fixture.h"

namespace postern::daemon {
namespace {

struct Packet {
  std::string octets;
  bool take_answer = true;
};

Packet packet(const Request& request) {
  return {std::string(reinterpret_cast<const char*>(&request), sizeof request)};
}
Packet login_packet(const char* account, const char* password) {
  Request request;
  EXPECT_TRUE(fill_login(request, account, password));
  return packet(request);
}

class RogueSessionTest : public ConnectionTest {
 protected:
  // end_of sends the packets to a fresh keeper and returns how it ended.
  int end_of(const std::vector<Packet>& packets) {
    pid_t keeper = -1;
    Fd channel = start_keeper(keeper);
    for (const Packet& one : packets) {
      (void)::send(channel.get(), one.octets.data(), one.octets.size(), MSG_NOSIGNAL);
      if (!one.take_answer) continue;
      char buffer[256];
      if (::recv(channel.get(), buffer, sizeof buffer, 0) <= 0) break;
    }
    if (!packets.empty() && !packets.back().take_answer) {
      pollfd gone{channel.get(), 0, 0};  // the keeper hangs up by itself, or not at all
      EXPECT_EQ(::poll(&gone, 1, 5'000), 1);
    }
    channel.reset();
    return status_of(keeper);
  }
};

const int kOutOfTurn = static_cast<int>(Exit::kSoftware);

TEST_F(RogueSessionTest, BeforeLoginThereIsLoginAndQuit) {
  EXPECT_EQ(end_of({}), 0);
  EXPECT_EQ(end_of({packet(make_request(RequestKind::kQuit))}), 0);
  for (const RequestKind kind : {RequestKind::kDescribe, RequestKind::kOpen, RequestKind::kRemove}) {
    EXPECT_EQ(end_of({packet(make_request(kind, 1))}), kOutOfTurn);
  }
  EXPECT_EQ(end_of({packet(make_request(RequestKind::kUpdate))}), kOutOfTurn);
  EXPECT_NE(log_line_heard().find("event=keeper-ended connection=7 client=192.0.2.7"), std::string::npos);
}

TEST_F(RogueSessionTest, PacketsThatAreNoRequests) {
  EXPECT_EQ(end_of({{"x"}}), kOutOfTurn);
  EXPECT_EQ(end_of({{std::string(sizeof(Request), '\xFF')}}), kOutOfTurn);
  EXPECT_EQ(end_of({{packet(make_request(RequestKind::kQuit)).octets + "x"}}), kOutOfTurn);
  EXPECT_EQ(end_of({{std::string(100'000, '\0')}}), kOutOfTurn);
}

TEST_F(RogueSessionTest, FourthLogin) {
  settings_.refusal_quantum = milliseconds(0);
  const Packet wrong = login_packet("nobody", "secret");
  EXPECT_EQ(end_of({wrong, wrong, wrong}), 0);
  EXPECT_EQ(end_of({wrong, wrong, wrong, wrong}), kOutOfTurn);
}

TEST_F(RogueSessionTest, AfterLoginThereIsTheOneMailbox) {
  add("carol", "secret", {});
  deliver("carol", "new/1.a", "A: 1\n\n");
  const Packet login = login_packet("carol", "secret");
  const Packet open = packet(make_request(RequestKind::kOpen, 1));
  const Packet remove = packet(make_request(RequestKind::kRemove, 1));
  EXPECT_EQ(end_of({login, open, open}), 0);
  EXPECT_EQ(end_of({login, login}), kOutOfTurn);
  EXPECT_EQ(end_of({login, packet(make_request(RequestKind::kOpen, 2))}), kOutOfTurn);
  EXPECT_EQ(end_of({login, remove, remove}), kOutOfTurn);
  EXPECT_TRUE(fs::exists(Trees::root / "mailboxes/carol/new/1.a"));
}

// One descriptor in flight: whoever asks again before taking the answer is ended.
TEST_F(RogueSessionTest, AnswersMustBeTaken) {
  add("carol", "secret", {});
  deliver("carol", "new/1.a", "A: 1\n\n");
  Packet open = packet(make_request(RequestKind::kOpen, 1));
  open.take_answer = false;
  EXPECT_EQ(end_of({login_packet("carol", "secret"), open, open}), kOutOfTurn);
}

// PV-6: a hundred are asked for and none is received: at the second the keeper is gone, and with it what it
// held.
TEST_F(RogueSessionTest, AHundredDescriptorsNeverReceived) {
  add("carol", "secret", {});
  deliver("carol", "new/1.a", "A: 1\n\n");
  Packet open = packet(make_request(RequestKind::kOpen, 1));
  open.take_answer = false;
  std::vector<Packet> packets{login_packet("carol", "secret")};
  packets.insert(packets.end(), 100, open);
  EXPECT_EQ(end_of(packets), kOutOfTurn);
}

// AD-L2: nothing can be had by speaking while a refusal waits for its instant.
TEST_F(RogueSessionTest, ImpatienceEndsTheKeeper) {
  Packet wrong = login_packet("nobody", "secret");
  wrong.take_answer = false;
  EXPECT_EQ(end_of({wrong, wrong}), kOutOfTurn);
}

}  // namespace
}  // namespace postern::daemon
