// SPDX-License-Identifier: BSD-2-Clause
//
// mutant.h: included before all else in a build of the mutants; see mutants.py. Mutant POSTERN_MUTANT of the
// environment is chosen when the program starts; what the compiler evaluates stays as it was written.
#pragma once

// Whether anybody wants to know that switch is passed: the chosen one, or all while it is noted which are
// reached.
extern "C" unsigned char postern_mutant_watched[];
extern "C" bool postern_mutant_is(int number) noexcept;

#define POSTERN_MUTANT(number)                                                                       \
  (!__builtin_is_constant_evaluated() && __builtin_expect(postern_mutant_watched[number], 0) != 0 && \
   postern_mutant_is(number))
