// SPDX-License-Identifier: BSD-2-Clause
// Every way to come by a Dropped, or by what it guards, without dropping. token_test.sh compiles this file
// once for each case: case 0 must compile, every other one must be refused.
#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "daemon/sys/processes.h"
#include "daemon/sys/sockets.h"

namespace postern::daemon {

struct Lookalike {
  uid_t uid;
  gid_t gid;
  bool gone;
};

int forge(Listener& listener, BoundSocket& bound, const Dropped& token) {
#if CASE == 0
  return listener.accept(token).ok() ? 0 : 1;
#elif CASE == 1
  Dropped made;  // by default
#elif CASE == 2
  Dropped made{};  // by braces
#elif CASE == 3
  Dropped made(1U, 1U);  // by its own constructor
#elif CASE == 4
  return listener.accept({}).ok();  // by braces in an argument
#elif CASE == 5
  return listener.accept({1U, 1U}).ok();
#elif CASE == 6
  Dropped made(token);  // by copy
#elif CASE == 7
  Dropped made(std::move(const_cast<Dropped&>(token)));  // by move
#elif CASE == 8
  auto made = std::bit_cast<Dropped>(Lookalike{1, 1, false});  // from octets
#elif CASE == 9
  struct Derived : Dropped {};  // by inheritance
  Derived made;
#elif CASE == 10
  alignas(Dropped) char room[sizeof(Dropped)];
  auto* made = new (room) Dropped(1U, 1U);  // in place
#elif CASE == 11
  std::optional<Dropped> made(std::in_place, 1U, 1U);  // by a helper
#elif CASE == 12
  auto made = static_cast<Dropped>(Lookalike{1, 1, false});  // by conversion
#elif CASE == 13
  const_cast<Dropped&>(token) = token;  // by assignment
#elif CASE == 14
  return bound.accept(token).ok();  // a bound socket accepts nothing
#elif CASE == 15
  return Listener(std::move(bound)).accept(token).ok();  // listening without listen(2)
#elif CASE == 16
  return Listener::start(std::move(bound)).ok();  // without a token
#elif CASE == 17
  return listener.accept().ok();  // without a token
#elif CASE == 18
  return start_program(Program{}, {}).ok();  // without a token
#elif CASE == 19
  Dropped* made = new Dropped[1];
#elif CASE == 20
  Listener made(Fd(3));  // from any descriptor
#endif
  return 0;
}

}  // namespace postern::daemon
