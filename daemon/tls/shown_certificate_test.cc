// SPDX-License-Identifier: BSD-2-Clause
// EN-2, PV-7: which name counts, how a keeper hears of it, and that it hears of its own client's alone.
#include "daemon/tls/shown_certificate.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "daemon/sys/sockets.h"
#include "daemon/tls/expectations.h"

namespace postern::daemon {
namespace {

using enum NameField;
using enum NameCoding;
using Names = std::vector<CertificateName>;

std::string comes_to(const Names& names) {
  const ShownCertificate shown = choose_name(names);
  return std::string(outcome_code(shown.what())) + ":" + std::string(shown.text());
}

constexpr CertificateName kAlice{kAlternativeAddress, kIa5, "alice@mail.test"};
constexpr CertificateName kBob{kSubjectAddress, kIa5, "bob@mail.test"};
constexpr CertificateName kCarol{kSubjectUserId, kUtf8, "carol"};

TEST(ShownCertificate, TheFirstFieldThatIsThereDecides) {
  EXPECT_EQ(comes_to({kAlice, kBob, kCarol}), "mail-address:alice@mail.test");
  EXPECT_EQ(comes_to({kCarol, kBob, kAlice}), "mail-address:alice@mail.test");
  EXPECT_EQ(comes_to({kCarol, kBob}), "mail-address:bob@mail.test");
  EXPECT_EQ(comes_to({kCarol}), "user-id:carol");
  EXPECT_EQ(comes_to({{kSubjectUserId, kPrintable, "carol"}}), "user-id:carol");
  EXPECT_EQ(comes_to({}), "nameless:");
}

// What is wrong in the field that decides is not made good by another.
TEST(ShownCertificate, SeveralNamesAndUnusableOnesAreRefused) {
  using namespace std::string_view_literals;
  EXPECT_EQ(comes_to({kAlice, kAlice, kBob}), "several-names:");
  EXPECT_EQ(comes_to({kCarol, kCarol}), "several-names:");
  const std::string longest(250, 'a');
  for (const CertificateName& bad : Names{{kAlternativeAddress, kUtf8, "alice@mail.test"},
                                          {kAlternativeAddress, kOther, "alice@mail.test"},
                                          {kAlternativeAddress, kIa5, "alice@mail.test\0.evil.test"sv},
                                          {kAlternativeAddress, kIa5, "alice\0@mail.test"sv},
                                          {kAlternativeAddress, kIa5, "alice"},
                                          {kAlternativeAddress, kIa5, ""},
                                          {kAlternativeAddress, kIa5, "alice@mail.test\r\n"},
                                          {kSubjectAddress, kUtf8, "alice@mail.test"},
                                          {kSubjectUserId, kIa5, "alice"},
                                          {kSubjectUserId, kOther, "alice"},
                                          {kSubjectUserId, kUtf8, "al ice"},
                                          {kSubjectUserId, kUtf8, "alice\0"sv},
                                          {kSubjectUserId, kUtf8, "\xc3\xa4"},
                                          {kSubjectUserId, kUtf8, longest + "12345"}}) {
    EXPECT_EQ(comes_to({bad}), "unusable-name:") << bad.octets;
    const Names both{bad, kCarol};
    EXPECT_EQ(comes_to(both), bad.field == kSubjectUserId ? "several-names:" : "unusable-name:")
        << bad.octets;
  }
  EXPECT_EQ(comes_to({{kSubjectUserId, kUtf8, longest}}), "user-id:" + longest);
}

TEST(ShownCertificate, APacketIsWholeInEveryOctet) {
  const ShownCertificate good = choose_name(Names{kAlice});
  const auto decoded = [](const ShownCertificate& shown, std::size_t length = sizeof(ShownCertificate)) {
    return decode_shown_certificate({reinterpret_cast<const char*>(&shown), length}).has_value();
  };
  EXPECT_TRUE(decoded(good) && decoded(ShownCertificate{}));
  EXPECT_FALSE(decoded(good, sizeof good - 1) || decoded(good, 0));
  for (std::size_t i = 0; i < sizeof good; ++i) {
    ShownCertificate changed = good;
    reinterpret_cast<char*>(&changed)[i] = '\x80';
    EXPECT_FALSE(decoded(changed)) << i;
  }
  ShownCertificate named_none = good;
  named_none.outcome = static_cast<std::uint32_t>(ShownOutcome::kNone);
  EXPECT_FALSE(decoded(named_none));
}

SocketPair made(Result<SocketPair> pair) {
  EXPECT_TRUE(pair.ok());
  return std::move(pair).value();
}

std::uint64_t number_of(const Fd& socket) {
  const auto number = socket_number(socket.get());
  EXPECT_TRUE(number.ok());
  return number.value();
}

Fd expect(const SocketPair& channel, const Fd& client) {
  auto told = expect_certificate(channel.first.get(), number_of(client));
  EXPECT_TRUE(told.ok());
  return std::move(told).value();
}

// PV-7: a session that sends tls another socket than its client's, or a keeper that asks for another's, comes
// to nothing: what counts is the kernel's number.
TEST(Expectations, AKeeperHearsOfItsOwnClientAlone) {
  const SocketPair channel = made(packet_pair());
  const SocketPair one = made(stream_pair());
  const SocketPair other = made(stream_pair());
  const Fd keeper = expect(channel, one.first);
  Expectations expectations(8);
  ASSERT_TRUE(expectations.take(channel.second.get()).ok());
  EXPECT_FALSE(expectations.of(other.first.get()).is_open());
  EXPECT_FALSE(expectations.of(one.second.get()).is_open());
  const Fd copy(::fcntl(one.first.get(), F_DUPFD_CLOEXEC, 3));
  Fd tell = expectations.of(copy.get());  // the same socket, whatever its descriptor
  ASSERT_TRUE(tell.is_open());
  EXPECT_FALSE(expectations.of(one.first.get()).is_open());  // once
  tell_certificate(tell.get(), choose_name(Names{kAlice}));
  const auto heard = hear_certificate(keeper.get(), 10'000);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard.value().text(), "alice@mail.test");
}

TEST(Expectations, WhoseConnectionEndsBeforeHearsOfNone) {
  const SocketPair channel = made(packet_pair());
  const SocketPair client = made(stream_pair());
  const Fd keeper = expect(channel, client.first);
  {
    Expectations expectations(8);
    ASSERT_TRUE(expectations.take(channel.second.get()).ok());
    const Fd dropped = expectations.of(client.first.get());
  }
  const auto heard = hear_certificate(keeper.get(), 10'000);
  ASSERT_TRUE(heard.ok());
  EXPECT_EQ(heard.value().what(), ShownOutcome::kNone);
}

TEST(Expectations, WhatIsNoneIsAnErrorToTheKeeper) {
  for (const std::string packet : {"x", "alice"}) {
    const SocketPair pair = made(packet_pair());
    ASSERT_EQ(::send(pair.first.get(), packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
    EXPECT_FALSE(hear_certificate(pair.second.get(), 10'000).ok());
  }
}

// A keeper that was taken over cannot fill tls, nor hide what comes behind what is no expectation.
TEST(Expectations, AreBoundedAndDropTheDead) {
  const SocketPair channel = made(packet_pair());
  const SocketPair client = made(stream_pair());
  Expectations expectations(80);
  for (int i = 0; i < 500; ++i) {
    const Fd gone = expect(channel, client.first);
    ASSERT_TRUE(expectations.take(channel.second.get()).ok());
  }
  EXPECT_LE(expectations.size(), 80U);
  std::vector<Fd> living;
  for (int i = 0; i < 200; ++i) {
    living.push_back(expect(channel, client.first));
    ASSERT_TRUE(expectations.take(channel.second.get()).ok());
  }
  EXPECT_EQ(expectations.size(), 80U);
  Expectations others(8);
  ASSERT_EQ(::send(channel.first.get(), "x", 1, 0), 1);
  const Fd keeper = expect(channel, client.second);
  ASSERT_TRUE(others.take(channel.second.get()).ok());
  EXPECT_TRUE(others.of(client.second.get()).is_open());
}

}  // namespace
}  // namespace postern::daemon
