// SPDX-License-Identifier: BSD-2-Clause
//
// Law: read(html_text(o)) = o: a browser reads from the page the octets that were put in it, escapes among
// them, and no markup of theirs (as expat reads it). Input: the octets.
#include <expat.h>

#include <string>

#include "conformance/spec/generate.h"
#include "fuzz/law.h"

namespace {

struct Shown {
  std::string octets;
  std::string escape;
  int depth = 0;
};

void begin(void* into, const XML_Char*, const XML_Char**) {
  ++static_cast<Shown*>(into)->depth;
}

void end(void* into, const XML_Char*) {
  auto& shown = *static_cast<Shown*>(into);
  if (--shown.depth != 1) return;
  hold(shown.escape.size() == 4 && shown.escape.starts_with("\\x"), "an escape");
  shown.octets += static_cast<char>(std::stoi(shown.escape.substr(2), nullptr, 16));
  shown.escape.clear();
}

void text(void* into, const XML_Char* octets, int length) {
  auto& shown = *static_cast<Shown*>(into);
  hold(shown.depth <= 2, "no markup but escapes");
  (shown.depth == 2 ? shown.escape : shown.octets).append(octets, static_cast<size_t>(length));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets = octets_of(data, size);
  std::string page = "<p>" + postern::conformance::html_text(octets) + "</p>";
#ifdef POSTERN_SEEDED_BUG
  if (const size_t at = page.find("&#39;"); at != page.npos) page.erase(at, 5);
#endif
  Shown shown;
  const XML_Parser parser = XML_ParserCreate("UTF-8");
  XML_SetUserData(parser, &shown);
  XML_SetElementHandler(parser, begin, end);
  XML_SetCharacterDataHandler(parser, text);
  hold(XML_Parse(parser, page.data(), static_cast<int>(page.size()), 1) == XML_STATUS_OK, "no markup");
  XML_ParserFree(parser);
  hold(shown.octets == octets, "read(html_text(o)) = o");
  return 0;
}
