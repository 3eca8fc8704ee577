// SPDX-License-Identifier: BSD-2-Clause
//
// language.h: what C11 and C++20 name differently. kernel.h and name.h are written in what both have in
// common (arrays and lengths, no templates), so that the compiler evaluates them in static_assert and a C
// verifier reads the very same text.
#pragma once

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#define POSTERN_FN [[nodiscard]] constexpr
#define POSTERN_BEGIN_KERNEL namespace postern::kernel {
#define POSTERN_END_KERNEL }
namespace postern::kernel {
using std::size_t;
using std::uint8_t;
}  // namespace postern::kernel
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define POSTERN_FN static inline
#define POSTERN_BEGIN_KERNEL
#define POSTERN_END_KERNEL
#endif
