// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/dialogue.h"

namespace postern::conformance {

std::unique_ptr<Dialogue> make_dialogue(std::string_view protocol, const std::string& account,
                                        const std::string& password) {
  return protocol == "imap" ? make_imap_dialogue(account, password) : make_pop3_dialogue(account, password);
}

}  // namespace postern::conformance
