// SPDX-License-Identifier: BSD-2-Clause
//
// Law: ENVELOPE, BODY and BODYSTRUCTURE of any octets are what RFC 3501's grammar has, read a second time; a
// file with LF and one with CRLF have the same. Input: a message file.
#include "fuzz/imap_structure.h"
#include "daemon/imap/response.h"
#include "fuzz/crlf.h"
#include "fuzz/law.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

std::string structure(OctetSource& source, const MimeTree& tree, bool extended) {
  TextSink sink;
  put_structure(sink, source, tree, extended);
  return sink.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message = octets_of(data, size);
  TextSource source(message);
  const auto tree = parse_mime(source);
  hold(tree.has_value(), "it can be read");
  const std::string same = crlf(message);
  TextSource same_source(same);
  for (const bool extended : {false, true}) {
    const std::string text = structure(source, *tree, extended);
    hold(structure(same_source, *parse_mime(same_source), extended) == text, "LF and CRLF alike");
    SyntaxReader reader(text);
    hold(reader.body(extended) && reader.at_end(), "body is RFC 3501's");
  }
  TextSink sink;
  put_envelope(sink, header_of(source, tree->parts[0]));
  SyntaxReader reader(sink.text);
  hold(reader.envelope() && reader.at_end(), "envelope is RFC 3501's");
  return 0;
}
