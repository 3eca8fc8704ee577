// SPDX-License-Identifier: BSD-2-Clause
//
// Files to try the model's rules on: on a tmpfs that only this process sees, and that ends with it.
#pragma once

#include <string>

#include "core/permission_model/exec.h"
#include "core/permission_model/file_access.h"

namespace postern::proofs {

inline constexpr const char* kScratch = "/mnt";
inline constexpr const char* kNosuidScratch = "/mnt/nosuid";  // a mount of its own, which ignores set-id bits

// enter_scratch puts a tmpfs over kScratch, and another over kNosuidScratch, in a mount namespace of this
// process's own. False, and a line on stderr with the reason, where that is not allowed.
[[nodiscard]] bool enter_scratch();

// make makes `object` (a file, a directory, a FIFO or a link to nowhere) at `path`. False as above.
[[nodiscard]] bool make(const std::string& path, const permission::Object& object);

// install writes `octets` to `path` and makes it `file`: owner, group, mode, capabilities. False as above.
[[nodiscard]] bool install(const std::string& path, const std::string& octets,
                           const permission::ProgramFile& file);

}  // namespace postern::proofs
