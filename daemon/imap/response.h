// SPDX-License-Identifier: BSD-2-Clause
// What a server says: strings, ENVELOPE, BODY and BODYSTRUCTURE (RFC 3501, sections 4.3, 7.4.2 and 9). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/imap/mime.h"

namespace postern::daemon {

// put_string puts `text` as a quoted string if it can be one, otherwise as a literal. A NUL, which neither
// can have, becomes a space.
void put_string(OctetSink& sink, std::string_view text);

// put_nstring: NIL for nullopt.
void put_nstring(OctetSink& sink, const std::optional<std::string>& text);

void put_number(OctetSink& sink, uint64_t number);

// put_envelope: of the message with this header. Sender and Reply-To are From where they say nothing.
void put_envelope(OctetSink& sink, const Header& header);

// put_structure puts the BODYSTRUCTURE of a message, or with `extended` false its BODY. Memory: one header.
void put_structure(OctetSink& sink, OctetSource& source, const MimeTree& tree, bool extended);

}  // namespace postern::daemon
