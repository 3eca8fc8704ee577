// SPDX-License-Identifier: BSD-2-Clause
// The scripted name server, asked over a socket with libldns on the other side.
#include "conformance/runner/name_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ldns/ldns.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postern::conformance {
namespace {

class NameServerTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(server_, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    socklen_t size = sizeof where_;
    getsockname(server_, reinterpret_cast<sockaddr*>(&where_), &size);
  }
  void TearDown() override { close(server_); }

  // "NOERROR a.test.", "NXDOMAIN", "SERVFAIL" or "silence".
  std::string ask(const std::string& name, ldns_rr_type type) {
    ldns_pkt* query =
        ldns_pkt_query_new(ldns_dname_new_frm_str(name.c_str()), type, LDNS_RR_CLASS_IN, LDNS_RD);
    uint8_t* wire = nullptr;
    size_t size = 0;
    ldns_pkt2wire(&wire, query, &size);
    ldns_pkt_free(query);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const timeval patience{0, 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sendto(fd, wire, size, 0, reinterpret_cast<sockaddr*>(&where_), sizeof where_);
    free(wire);
    unsigned char answer[4096];
    const ssize_t got = recv(fd, answer, sizeof answer, 0);
    close(fd);
    return got <= 0 ? "silence" : text_of(answer, static_cast<size_t>(got));
  }

  static std::string text_of(const unsigned char* wire, size_t size) {
    ldns_pkt* packet = nullptr;
    if (ldns_wire2pkt(&packet, wire, size) != LDNS_STATUS_OK) return "garbage";
    const ldns_lookup_table* code = ldns_lookup_by_id(ldns_rcodes, ldns_pkt_get_rcode(packet));
    std::string text = code->name;
    for (size_t i = 0; i < ldns_pkt_ancount(packet); ++i) {
      char* data = ldns_rdf2str(ldns_rr_rdf(ldns_rr_list_rr(ldns_pkt_answer(packet), i), 0));
      text += std::string(" ") + data;
      free(data);
    }
    ldns_pkt_free(packet);
    return text;
  }

  int server_ = -1;
  sockaddr_in where_{};
};

TEST_F(NameServerTest, SaysWhatTheWorldSays) {
  NameServer server({server_});
  NameData data;
  data.reverse["10.0.0.1"] = {LookupStatus::kOk, {"Rome.dispatch.test"}};
  data.reverse["10.0.0.2"] = {LookupStatus::kFail, {}};
  data.reverse["10.0.0.3"] = {LookupStatus::kTimeout, {"late.test"}};
  data.reverse["2001:db8::1"] = {LookupStatus::kOk, {"six.test"}};
  data.forward["rome.dispatch.test"] = {"10.0.0.1"};
  data.forward["six.test"] = {"2001:db8::1"};
  server.load(data);
  EXPECT_EQ(ask("1.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR), "NOERROR Rome.dispatch.test.");
  EXPECT_EQ(ask("2.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR), "SERVFAIL");
  EXPECT_EQ(ask("3.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR), "silence");
  EXPECT_EQ(ask("4.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR), "NXDOMAIN");
  EXPECT_EQ(ask(reverse_name("2001:db8::1"), LDNS_RR_TYPE_PTR), "NOERROR six.test.");
  EXPECT_EQ(ask("ROME.dispatch.TEST", LDNS_RR_TYPE_A), "NOERROR 10.0.0.1");
  EXPECT_EQ(ask("rome.dispatch.test", LDNS_RR_TYPE_AAAA), "NOERROR");
  EXPECT_EQ(ask("six.test", LDNS_RR_TYPE_AAAA), "NOERROR 2001:db8::1");
  EXPECT_EQ(ask("nobody.test", LDNS_RR_TYPE_A), "NXDOMAIN");
}

// AD-C7
TEST_F(NameServerTest, RemembersWhoWasAskedFor) {
  NameServer server({server_});
  server.load({});
  EXPECT_FALSE(server.was_asked("10.0.0.1"));
  ask("1.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR);
  EXPECT_TRUE(server.was_asked("10.0.0.1"));
  EXPECT_FALSE(server.was_asked("10.0.0.2"));
  server.forget_questions();
  EXPECT_FALSE(server.was_asked("10.0.0.1"));
}

}  // namespace
}  // namespace postern::conformance
