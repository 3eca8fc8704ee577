// SPDX-License-Identifier: BSD-2-Clause
//
// credentials.h: the Coq model of credentials (proofs/coq/Credentials.v), extracted and linked into this
// process. It shares with core/permission_model the types of its question and answer, and nothing that
// decides.
#pragma once

#include <optional>

#include "core/permission_model/exec.h"

namespace postern::oracle {

// call_answer: the state after `call`, or nothing where it is refused (PV-2). Of an exec, ProgramFile's mode
// counts for its set-id bits. Not for the calls of one id with the id kUnchanged, which the model does not
// have: see has_call. Errors as in oracle.h.
std::optional<permission::Credentials> call_answer(const permission::Credentials& before,
                                                   const permission::Call& call);

// has_call: false for setuid, setgid, setfsuid and setfsgid of kUnchanged.
bool has_call(const permission::Call& call) noexcept;

}  // namespace postern::oracle
