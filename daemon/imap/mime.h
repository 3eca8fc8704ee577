// SPDX-License-Identifier: BSD-2-Clause
// The MIME structure of a message (RFC 2045, RFC 2046), as IMAP addresses it (RFC 3501, section 6.4.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/imap/command.h"
#include "daemon/imap/header.h"
#include "daemon/imap/wire_lines.h"

namespace postern::daemon {

// What is inside more than that is content of the part it is in, and has no parts.
inline constexpr unsigned kMimeDepthLimit = 50;
inline constexpr size_t kMimePartsLimit = 1000;

inline constexpr uint32_t kNoPart = UINT32_MAX;

enum class MimeKind : uint8_t {
  kLeaf,
  kMultipart,  // its children are its parts; perhaps none
  kMessage,    // message/rfc822: its one child is the message inside
};

// MimePart: a message (the root, and what is inside message/rfc822) or a part of a multipart.
struct MimePart {
  MimeKind kind = MimeKind::kLeaf;
  bool digest_default = false;  // without a Content-Type it is message/rfc822 (RFC 2046, section 5.1.5)
  uint32_t first_child = kNoPart;
  uint32_t next = kNoPart;  // the next part of the same multipart
  FileRange header;         // with the empty line
  FileRange body;
  uint64_t lines = 0;  // line ends in the body
};

// MimeTree: parts[0] is the message. On the wire header and body of a part add up to it, and the root's to
// RFC822.SIZE.
struct MimeTree {
  std::vector<MimePart> parts;
};

// parse_mime reads a message once, a line at a time. nullopt: it could not be read.
[[nodiscard]] std::optional<MimeTree> parse_mime(OctetSource& source);

// parse_header finds the header of a message, with its empty line, and reads no further. nullopt: it could
// not be read.
[[nodiscard]] std::optional<FileRange> parse_header(OctetSource& source);

// find_part: the part of a section's numbers; kNoPart: there is none.
[[nodiscard]] uint32_t find_part(const MimeTree& tree, const std::vector<uint32_t>& numbers);

// find_section: what of the file a section is, header fields not picked yet; nullopt: there is no such part.
[[nodiscard]] std::optional<FileRange> find_section(const MimeTree& tree, const ImapSection& section);

// content_type: of a part: what its header says, or what holds where it says nothing or nonsense.
[[nodiscard]] FieldValue content_type(const Header& header, bool digest_default);

// header_of reads a header, as far as kHeaderLimit goes.
[[nodiscard]] Header header_of(OctetSource& source, const FileRange& header);
[[nodiscard]] inline Header header_of(OctetSource& source, const MimePart& part) {
  return header_of(source, part.header);
}

// put_fields puts those fields of `header` (lines as on the wire, and the empty line) that are in `names`, or
// with `except` those that are not. False: it could not be read.
[[nodiscard]] bool put_fields(OctetSource& source, const FileRange& header,
                              const std::vector<std::string>& names, bool except, OctetSink& sink);

}  // namespace postern::daemon
