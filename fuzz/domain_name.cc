// SPDX-License-Identifier: BSD-2-Clause
//
// Law: sound(n) = (n is a list of labels as AD-G6 has them), by a second reading that splits at the dots; a
// fault lies inside n; is_within is reflexive, and transitive along n's own parents (AD-4). Input: a name.
#include <algorithm>
#include <vector>

#include "core/kernel.h"
#include "fuzz/law.h"

namespace {

namespace kernel = postern::kernel;

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         label.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string_view::npos;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (name.back() == '.' || last.find_first_not_of("0123456789") == std::string_view::npos) return false;
  while (!name.empty()) {
    if (!is_label(cut(name, '.'))) return false;
  }
  return true;
}

kernel::Text text(std::string_view octets) {
  return {octets.data(), octets.size()};
}

bool is_within(std::string_view name, std::string_view domain) {
#ifdef POSTERN_SEEDED_BUG
  return name.ends_with(domain) && name.size() <= 3 * domain.size();  // a deep name is not within
#else
  return kernel::is_within(text(name), text(domain));
#endif
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view name = octets_of(data, size);
  const kernel::Fault fault = kernel::domain_name_fault(text(name));
  hold((fault.why == kernel::kSound) == is_name(name), "sound(n) = AD-G6, read label by label");
  hold(fault.offset <= name.size(), "a fault lies inside the name");
  if (fault.why != kernel::kSound) return 0;
  for (std::string_view parent = name; !parent.empty(); cut(parent, '.')) {
    hold(is_within(name, parent), "a name is within itself and its parents");
    hold(!is_within(name, parent.substr(1)), "by whole labels only");
  }
  return 0;
}
