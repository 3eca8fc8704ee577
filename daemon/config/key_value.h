// SPDX-License-Identifier: BSD-2-Clause
// The one text form of this daemon's files: lines of `key = value`.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/sys/result.h"

namespace postern::daemon {

// KeyValue is one line. Both views point into the text that was parsed.
struct KeyValue {
  std::string_view key;
  std::string_view value;  // blanks around it dropped; may be empty; any octet but LF and NUL
  std::size_t line = 0;    // 1-based
};

// KeyValueReader walks over a text, one line at a time, and allocates nothing unless it reports an error.
// Grammar of a line: blank | '#' anything | key '=' value. A key is a-z, 0-9 and '-', beginning with a
// letter. Blanks are space, tab and CR. There is no quoting, no continuation and no comment after a value.
// Keys may repeat. The text and the file name must outlive the reader.
class KeyValueReader {
 public:
  KeyValueReader(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

  // next stores the next line in `line` and returns true; false at the end. An error names file:line and
  // the cure; the reader has then passed the bad line and may be called on.
  [[nodiscard]] Result<bool> next(KeyValue& line);

  // error_at makes an Error placed at file:line, for whoever dislikes a value.
  [[nodiscard]] Error error_at(std::size_t line, std::string what, std::string cure) const;

 private:
  [[nodiscard]] std::string_view take_line();

  std::string_view rest_;
  std::string_view file_;
  std::size_t line_ = 0;
};

}  // namespace postern::daemon
