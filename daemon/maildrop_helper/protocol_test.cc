// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/maildrop_helper/protocol.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "daemon/maildrop_helper/client.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {
namespace {

bool is_login_name(std::string_view text) {
  return !permission::login_name_fault(text);
}

template <class Packet>
std::span<const char> octets_of(const Packet& packet) {
  return {reinterpret_cast<const char*>(&packet), sizeof packet};
}

// MD-4: every octet in every place of a name of one and of two.
TEST(LoginName, EveryNameOfOneAndTwoOctets) {
  const std::string first = "abcdefghijklmnopqrstuvwxyz_";
  const std::string later = first + "0123456789.-";
  for (int a = 0; a < 256; ++a) {
    const std::string one(1, static_cast<char>(a));
    const bool begins = first.find(one) != std::string::npos;
    ASSERT_EQ(is_login_name(one), begins) << a;
    for (int b = 0; b < 256; ++b) {
      const std::string two = one + static_cast<char>(b);
      ASSERT_EQ(is_login_name(two), begins && later.find(two[1]) != std::string::npos) << a << " " << b;
    }
  }
}

// MD-4
TEST(LoginName, LengthAndLockFiles) {
  EXPECT_FALSE(is_login_name(""));
  EXPECT_TRUE(is_login_name(std::string(kMaxLoginName, 'a')));
  EXPECT_FALSE(is_login_name(std::string(kMaxLoginName + 1, 'a')));
  EXPECT_FALSE(is_login_name("ann.lock"));
  EXPECT_TRUE(is_login_name("ann.locks"));
  EXPECT_TRUE(is_login_name("lock"));
  for (const char* bad : {"..", ".", "../x", "a/b", "Ann", "a b", "-rf", "0", "a$"})
    EXPECT_FALSE(is_login_name(bad)) << bad;
}

TEST(MaildropQuestion, IsDecodedAsItWasMade) {
  const auto made = make_question(7, "ann");
  ASSERT_TRUE(made);
  const auto read = decode_question(octets_of(*made));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ticket, 7U);
  EXPECT_EQ(login_of(*read), "ann");
  EXPECT_FALSE(make_question(0, "ann"));
  EXPECT_FALSE(make_question(7, "Ann"));
}

TEST(MaildropQuestion, EveryOctetIsChecked) {
  const MaildropQuestion good = *make_question(7, "ann");
  for (std::size_t size = 0; size < sizeof good; ++size)
    EXPECT_FALSE(decode_question(octets_of(good).first(size))) << size;
  const std::string longer(sizeof good + 1, 'a');
  EXPECT_FALSE(decode_question(longer));
  auto bad = good;
  bad.ticket = 0;
  EXPECT_FALSE(decode_question(octets_of(bad)));
  for (std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4}, std::uint64_t{33}, ~std::uint64_t{0}}) {
    bad = good;
    bad.length = length;
    EXPECT_FALSE(decode_question(octets_of(bad))) << length;
  }
  for (std::size_t i = good.length; i < kMaxLoginName; ++i) {
    bad = good;
    bad.login[i] = 'x';
    EXPECT_FALSE(decode_question(octets_of(bad))) << i;
  }
}

// Every octet that says something, with every value; the others must be 0. A user goes with a maildrop.
TEST(MaildropAnswer, IsATroubleOrACoreVerdict) {
  const auto is_read = [](const MaildropAnswer& answer) {
    return decode_answer(octets_of(answer)).has_value();
  };
  int outcomes[4] = {};
  for (unsigned trouble = 0; trouble < 256; ++trouble) {
    for (unsigned reason = 0; reason < 256; ++reason) {
      MaildropAnswer answer{
          1, static_cast<MaildropTrouble>(trouble), static_cast<MaildropReason>(reason), {}, 7};
      const bool with_user = is_read(answer);
      answer.user = 0;
      const bool without = is_read(answer);
      EXPECT_FALSE(with_user && without);
      if (!with_user && !without) continue;
      ++outcomes[static_cast<std::size_t>(answer.outcome())];
      EXPECT_EQ(answer.outcome() == MaildropOutcome::kTemporary, trouble != 0);
      EXPECT_EQ(with_user, answer.outcome() == MaildropOutcome::kCreated ||
                               answer.outcome() == MaildropOutcome::kExists);
      EXPECT_FALSE(answer.text().empty());
    }
  }
  const int reasons = static_cast<int>(permission::kLastMaildropReason) + 1;
  EXPECT_EQ(outcomes[static_cast<std::size_t>(MaildropOutcome::kTemporary)],
            static_cast<int>(kLastMaildropTrouble) * reasons);
  EXPECT_EQ(outcomes[static_cast<std::size_t>(MaildropOutcome::kCreated)], 1);
  EXPECT_EQ(outcomes[static_cast<std::size_t>(MaildropOutcome::kExists)], 1);
  EXPECT_EQ(outcomes[static_cast<std::size_t>(MaildropOutcome::kRefused)], reasons - 2);
  for (std::size_t i = 0; i < std::size(MaildropAnswer{}.zero); ++i) {
    MaildropAnswer answer;
    answer.zero[i] = 1;
    EXPECT_FALSE(is_read(answer)) << i;
  }
}

class Asking : public testing::Test {
 protected:
  static std::uint64_t soon() { return monotonic_nsec() + 50'000'000; }
  static void expect_gone(const MaildropAnswer& answer) {
    EXPECT_EQ(answer.outcome(), MaildropOutcome::kTemporary);
    EXPECT_EQ(answer.trouble, MaildropTrouble::kHelperIsGone);
  }
  // What ask_maildrop_helper gets to read: its ticket is not known before, so all of these are of another
  // one.
  void put(std::string_view octets) const {
    ASSERT_EQ(send(pair_.second.get(), octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
  }

  SocketPair pair_ = std::move(packet_pair().value());
};

TEST_F(Asking, WithoutAHelperItIsTemporary) {
  expect_gone(ask_maildrop_helper(-1, "ann", soon()));
  pair_.second.reset();
  expect_gone(ask_maildrop_helper(pair_.first.get(), "ann", soon()));
}

TEST_F(Asking, SilenceIsTemporary) {
  expect_gone(ask_maildrop_helper(pair_.first.get(), "ann", soon()));
  expect_gone(ask_maildrop_helper(pair_.first.get(), "ann", 0));
}

TEST_F(Asking, NonsenseAndAnswersToOthersAreTemporary) {
  put("nonsense");
  expect_gone(ask_maildrop_helper(pair_.first.get(), "ann", soon()));
  const MaildropAnswer others{1, MaildropTrouble::kNone, MaildropReason::kNoMaildrop, {}, 1000};
  put({octets_of(others).data(), sizeof others});
  expect_gone(ask_maildrop_helper(pair_.first.get(), "ann", soon()));
}

TEST_F(Asking, WhatIsNoLoginNameIsNotEvenAsked) {
  const auto answer = ask_maildrop_helper(pair_.first.get(), "../ann", soon());
  EXPECT_EQ(answer.outcome(), MaildropOutcome::kRefused);
  EXPECT_EQ(answer.reason, MaildropReason::kNameOctet);
  char octet = 0;
  EXPECT_EQ(recv(pair_.second.get(), &octet, 1, MSG_DONTWAIT), -1);
}

}  // namespace
}  // namespace postern::daemon
