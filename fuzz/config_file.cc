// SPDX-License-Identifier: BSD-2-Clause
//
// Law: read(print(l)) = l for each line l = (key, value) that is read; views lie inside the text; line
// numbers rise; an error names file:line and has a cure. Input: a configuration or account file.
#include <string>

#include "daemon/config/key_value.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

bool is_inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

std::string print(const KeyValue& line) {
  std::string printed(line.key);
#ifdef POSTERN_SEEDED_BUG
  if (line.value.starts_with('='))
    return printed + " " + std::string(line.value);  // "key ==x" read as "key =x"
#endif
  return printed + " = " + std::string(line.value) + "\n";
}

void check_line(const KeyValue& line) {
  const std::string printed = print(line);
  KeyValueReader reader(printed, "again");
  KeyValue again;
  const Result<bool> read = reader.next(again);
  hold(read.ok() && read.value() && again.key == line.key && again.value == line.value, "read(print(l)) = l");
  const Result<bool> end = reader.next(again);
  hold(end.ok() && !end.value(), "one line is one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  KeyValueReader reader(text, "file");
  size_t last = 0;
  for (KeyValue line;;) {
    const Result<bool> more = reader.next(line);
    if (!more.ok()) {
      hold(more.error().place.starts_with("file:") && !more.error().cure.empty(),
           "an error has place and cure");
      continue;
    }
    if (!more.value()) return 0;
    hold(line.line > last, "line numbers rise");
    last = line.line;
    hold(is_inside(line.key, text) && is_inside(line.value, text), "views lie inside the text");
    check_line(line);
  }
}
