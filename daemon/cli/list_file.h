// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/entry.h"

namespace postern::daemon {

// ListText: an access list in its text form, one entry per line (AD-G2). Entry i is line i + 1; blank lines
// are kept as blank values. The entries borrow the octets, which move with the object.
class ListText {
 public:
  explicit ListText(std::string octets);

  const std::vector<Entry>& entries() const { return entries_; }
  std::string_view value(std::size_t entry) const {
    return values_[entry];
  }  // as given, without the line's end

 private:
  std::unique_ptr<const std::string> octets_;
  std::vector<std::string_view> values_;
  std::vector<Entry> entries_;
};

// read_list_file reads `path`, or standard input where it is "-". Nothing: errno says why.
std::optional<ListText> read_list_file(const std::string& path);

}  // namespace postern::daemon
