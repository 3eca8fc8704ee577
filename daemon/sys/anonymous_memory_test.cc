// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/sys/anonymous_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
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

// What is not there has no pages to be asked about.
bool is_there(const AnonymousMemory& memory) {
  unsigned char resident = 0;
  return mincore(memory.get(), kOctets, &resident) == 0 || errno != ENOMEM;
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
  EXPECT_TRUE(is_there(uninherited.value()));
  EXPECT_EQ(in_child([&] { return is_there(own.value()) ? 1 : 0; }), 1);
  EXPECT_EQ(in_child([&] { return is_there(uninherited.value()) ? 1 : 0; }), 0);
}

}  // namespace
}  // namespace postern::daemon
