// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/keeper/protocol.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "daemon/keeper/request_table.h"

namespace postern::daemon {
namespace {

using Kind = RequestKind;

std::span<const char> octets_of(const Request& request) {
  return {reinterpret_cast<const char*>(&request), sizeof request};
}

bool decodes(const Request& request) {
  Request out;
  return decode_request(octets_of(request), out);
}

Request login_request(std::string_view account, std::string_view password) {
  Request request;
  EXPECT_TRUE(fill_login(request, account, password));
  return request;
}

std::vector<Request> good_requests() {
  return {login_request("alice", "secret"),
          login_request(std::string(kPop3TextLimit, 'a'), std::string(kPop3TextLimit, '\xFF')),
          make_request(Kind::kDescribe, 1),
          make_request(Kind::kOpen, UINT32_MAX),
          make_request(Kind::kRemove, 2),
          make_request(Kind::kUpdate),
          make_request(Kind::kQuit)};
}

TEST(Request, WholeOnesPassAsTheyAre) {
  for (const Request& request : good_requests()) {
    Request out;
    ASSERT_TRUE(decode_request(octets_of(request), out));
    EXPECT_EQ(account_of(out), account_of(request));
    EXPECT_EQ(password_of(out), password_of(request));
    EXPECT_EQ(out.message, request.message);
  }
}

TEST(Request, OtherSizesAreRefused) {
  Request out;
  const std::vector<char> octets(2 * sizeof(Request), '\0');
  for (size_t size = 0; size <= octets.size(); ++size) {
    EXPECT_FALSE(decode_request({octets.data(), size}, out)) << size;
  }
}

// Every octet of a request without text counts: set any of them and it is refused, or means another message.
TEST(Request, NoOctetIsUnchecked) {
  for (const Request& request : good_requests()) {
    if (request.kind == static_cast<uint32_t>(Kind::kLogin)) continue;
    for (size_t i = sizeof request.kind; i < sizeof request; ++i) {
      Request changed = request;
      reinterpret_cast<char*>(&changed)[i] ^= 1;
      const bool is_message = i < 2 * sizeof(uint32_t) && request.message != 0;
      EXPECT_EQ(decodes(changed), is_message && changed.message != 0) << i;
    }
  }
}

TEST(Request, EveryKindOutsideTheListIsRefused) {
  for (uint32_t kind = 0; kind < 512; ++kind) {
    const bool plain =
        kind >= static_cast<uint32_t>(Kind::kUpdate) && kind <= static_cast<uint32_t>(Kind::kExternal);
    Request request;
    request.kind = kind;
    EXPECT_EQ(decodes(request), plain) << kind;
    const bool about_message =
        kind >= static_cast<uint32_t>(Kind::kDescribe) && kind <= static_cast<uint32_t>(Kind::kRemove);
    request.message = 1;
    EXPECT_EQ(decodes(request), about_message) << kind;
  }
}

TEST(Request, TextIsExact) {
  const auto changed = [](void (*change)(Request&)) {
    Request request = login_request("alice", "secret");
    change(request);
    return decodes(request);
  };
  EXPECT_TRUE(changed([](Request&) {}));
  EXPECT_FALSE(changed([](Request& r) { r.account_length = 0; }));
  EXPECT_FALSE(changed([](Request& r) { r.account_length = 4; }));
  EXPECT_FALSE(changed([](Request& r) { r.account_length = 6; }));
  EXPECT_FALSE(changed([](Request& r) { r.password_length = kPop3TextLimit + 1; }));
  EXPECT_FALSE(changed([](Request& r) { r.password_length = UINT32_MAX; }));
  EXPECT_FALSE(changed([](Request& r) { r.password[2] = '\0'; }));
  EXPECT_FALSE(changed([](Request& r) { r.account[kPop3TextLimit - 1] = 'x'; }));
  EXPECT_FALSE(changed([](Request& r) { r.message = 1; }));
}

TEST(Request, TextThatNoLineCouldHoldIsNoLogin) {
  Request request;
  const std::string longer(kPop3TextLimit + 1, 'x');
  EXPECT_FALSE(fill_login(request, longer, "p"));
  EXPECT_FALSE(fill_login(request, "a", longer));
  EXPECT_FALSE(fill_login(request, "", "p"));
  EXPECT_FALSE(fill_login(request, "a", ""));
}

TEST(Request, WipedIsZero) {
  Request request = login_request("alice", "secret");
  wipe(request);
  for (const char octet : octets_of(request)) EXPECT_EQ(octet, '\0');
}

TEST(Reply, OnlyWholeOnesPass) {
  Reply reply;
  const auto passes = [&reply] {
    return decode_reply({reinterpret_cast<const char*>(&reply), sizeof reply}).has_value();
  };
  EXPECT_FALSE(passes());
  reply.kind = 2;
  reply.status = 1;
  EXPECT_TRUE(passes());
  reply.status = 6;
  EXPECT_FALSE(passes());
  reply.status = 1;
  reply.unique_id_length = 2;
  EXPECT_FALSE(passes());
  reply.unique_id[0] = 'a';
  reply.unique_id[1] = '\r';
  EXPECT_FALSE(passes());
  reply.unique_id[1] = 'b';
  EXPECT_TRUE(passes());
  reply.unique_id_length = kUniqueIdLimit + 1;
  EXPECT_FALSE(passes());
}

// The table once more, the slow way: what a list of requests may be.
bool permitted(const std::vector<Kind>& requests, size_t login_at) {
  size_t logins[2] = {};  // by password, by certificate
  size_t asked[2] = {};   // kExpect, kShown
  bool in = false;
  for (size_t i = 0; i < requests.size(); ++i) {
    const bool last = i + 1 == requests.size();
    switch (requests[i]) {
      case Kind::kExpect:
      case Kind::kShown:
        if (in || ++asked[requests[i] == Kind::kShown ? 1 : 0] > 1) return false;
        break;
      case Kind::kLogin:
      case Kind::kExternal:
        if (in || ++logins[requests[i] == Kind::kExternal ? 1 : 0] > 3) return false;
        in = i == login_at;
        break;
      case Kind::kQuit:
        if (!last) return false;
        break;
      case Kind::kUpdate:
        if (!in || !last) return false;
        break;
      default:
        if (!in) return false;
    }
  }
  return true;
}

// Every sequence of up to 5 requests, with a login that succeeds at any of them or never.
TEST(RequestGate, EverySequence) {
  std::vector<std::vector<Kind>> sequences{{}};
  for (size_t begin = 0, round = 0; round < 5; ++round) {
    const size_t end = sequences.size();
    for (; begin < end; ++begin) {
      for (const RequestRule& rule : kRequestTable) {
        sequences.push_back(sequences[begin]);
        sequences.back().push_back(rule.kind);
      }
    }
  }
  for (const std::vector<Kind>& sequence : sequences) {
    for (size_t login_at = 0; login_at <= sequence.size(); ++login_at) {
      RequestGate gate;
      bool admitted = true;
      for (size_t i = 0; i < sequence.size(); ++i) {
        admitted = gate.admit(sequence[i]) && admitted;
        const bool login = sequence[i] == Kind::kLogin || sequence[i] == Kind::kExternal;
        if (admitted && i == login_at && login) gate.logged_in();
      }
      ASSERT_EQ(admitted, permitted(sequence, login_at));
      if (!admitted) {
        ASSERT_EQ(gate.phase(), KeeperPhase::kEnded);
      }
    }
  }
}

// Once refused, refused for good.
TEST(RequestGate, ClosesForGood) {
  RequestGate gate;
  EXPECT_FALSE(gate.admit(Kind::kOpen));
  for (const RequestRule& rule : kRequestTable) EXPECT_FALSE(gate.admit(rule.kind));
  gate.logged_in();
  EXPECT_EQ(gate.phase(), KeeperPhase::kEnded);
}

}  // namespace
}  // namespace postern::daemon
