// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/anonymous_memory.h"

#include <gtest/gtest.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

namespace postern::daemon {
namespace {

constexpr std::size_t kOctets = 4096;

// Answers the exit status of a child that does `body`; -1 if it did not exit.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Whether `memory` is there with this in it: an allocator's pages may come to lie in its place.
bool holds(const AnonymousMemory& memory, const std::array<char, kOctets>& wanted) {
  std::array<char, kOctets> found{};
  const iovec here{found.data(), found.size()};
  const iovec there{memory.get(), found.size()};
  const ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
  return got == static_cast<ssize_t>(found.size()) && found == wanted;
}

// Answers what is in the first octet after a child has written 2 there, having seen 1.
int after_a_childs_writing(const AnonymousMemory& memory) {
  auto* const first = static_cast<volatile char*>(memory.get());
  *first = 1;
  const int seen = in_child([&] {
    const int before = *first;
    *first = 2;
    return before;
  });
  return seen == 1 ? *first : -1;
}

TEST(AnonymousMemory, IsInCommonOrNot) {
  auto shared = AnonymousMemory::make_shared(kOctets);
  auto own = AnonymousMemory::make_private(kOctets);
  ASSERT_TRUE(shared.ok() && own.ok());
  EXPECT_EQ(after_a_childs_writing(shared.value()), 2);
  EXPECT_EQ(after_a_childs_writing(own.value()), 1);
}

TEST(AnonymousMemory, ChildrenDoNotHaveWhatIsNotInherited) {
  auto own = AnonymousMemory::make_private(kOctets);
  auto uninherited = AnonymousMemory::make_uninherited(kOctets);
  ASSERT_TRUE(own.ok() && uninherited.ok());
  std::array<char, kOctets> secret;
  secret.fill('s');
  std::ranges::copy(secret, static_cast<char*>(own->get()));
  std::ranges::copy(secret, static_cast<char*>(uninherited->get()));
  EXPECT_TRUE(holds(uninherited.value(), secret));
  EXPECT_EQ(in_child([&] { return holds(own.value(), secret) ? 1 : 0; }), 1);
  EXPECT_EQ(in_child([&] { return holds(uninherited.value(), secret) ? 1 : 0; }), 0);
}

}  // namespace
}  // namespace postern::daemon
