// SPDX-License-Identifier: BSD-2-Clause
// What a report is read by, and what stands in it.
#pragma once

#include <expat.h>
#include <string>

#include "conformance/runner/recorder.h"

namespace fuzz {

using namespace postern::conformance;

inline bool is_xml(const std::string& text) {
  const XML_Parser parser = XML_ParserCreate(nullptr);
  const bool good = XML_Parse(parser, text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
  XML_ParserFree(parser);
  return good;
}

inline Case row(const std::string& octets) {
  Case c;
  c.id = c.group = c.point = octets;
  c.table = "access-domain";
  c.sentences = {octets};
  c.expected.allow = true;
  return c;
}

}  // namespace fuzz
