// SPDX-License-Identifier: BSD-2-Clause
//
// Law: of header fields each line is among those named or those not named, the empty line among both, and no
// other octet comes (BODY[HEADER.FIELDS] and its .NOT). Input: a message file.
#include <string>

#include "daemon/imap/mime.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

void check_fields(OctetSource& source, const FileRange& header) {
  TextSink all;
  TextSink named;
  TextSink others;
  const std::vector<std::string> names{"to", "SUBJECT"};
  hold(put_wire(source, header, 0, header.wire, all) && put_fields(source, header, names, false, named) &&
           put_fields(source, header, names, true, others),
       "it can be read");
  hold(named.text.size() + others.text.size() <= all.text.size() + 2, "no octet twice but the empty line");
  std::string_view rest = all.text;
  std::string_view some = named.text;
  std::string_view more = others.text;
  while (!rest.empty()) {
    const size_t lf = rest.find('\n');  // none: the message ends in its header
    const std::string_view line = rest.substr(0, lf == std::string_view::npos ? lf : lf + 1);
    rest.remove_prefix(line.size());
    const bool first = some.starts_with(line);
#ifdef POSTERN_SEEDED_BUG
    const bool both = false;
#else
    const bool both = line == "\r\n";
#endif
    if (first) some.remove_prefix(line.size());
    if ((!first || both) && more.starts_with(line)) more.remove_prefix(line.size());
  }
  hold(some.empty() && more.empty(), "lines of the header, in their order");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  TextSource source(octets_of(data, size));
  const auto header = parse_header(source);
  hold(header.has_value(), "it can be read");
  check_fields(source, *header);
  return 0;
}
