// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/explain.h"

#include <algorithm>
#include <string_view>

#include "core/decide.h"
#include "daemon/cli/printable.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kNotLookedAt = "not looked at";

std::string fault_text(Fault fault) {
  return "(" + std::string(why_code(fault.why)) + " at offset " + std::to_string(fault.offset) + ") " +
         std::string(cure(fault.why));
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// Explanation: one decision and all that it was made from.
class Explanation {
 public:
  Explanation(const ListText& list, const Client& client, const Question& question)
      : list_(list), client_(client), question_(question) {
    for (const std::string& name : question.names) names_.push_back(text(name));
    decision_ = decide(list.entries(), client, names_);
  }

  std::string text_for_people() const {
    return headline() + "\n\nclient  " + printable(question_.ip) + "\n" + name_lines() + entry_lines();
  }

 private:
  std::string headline() const {
    const std::string verdict = decision_.allowed() ? "allow: step " : "deny: step ";
    return verdict + std::to_string(static_cast<int>(decision_.step)) + ", " + reason();
  }

  std::string reason() const {
    switch (decision_.step) {
      case Step::kEmptyList:
        return "the list has no entry, so every place is allowed (AD-1)";
      case Step::kNone:
        return decider() + " is the keyword none, which denies whatever else the list holds (AD-2)";
      case Step::kAddress:
        return decider() + " matches the client's address (AD-3)";
      case Step::kName:
        return "the client's name " + printable(question_.names[*decision_.name]) + " is within " +
               decider() + " (AD-4)";
      case Step::kNoMatch:
        break;
    }
    return "no entry matches the client (AD-5)";
  }

  std::string decider() const {
    return "entry " + std::to_string(*decision_.entry) + " (line " + std::to_string(*decision_.entry + 1) +
           ")";
  }

  std::string name_lines() const {
    const bool asked = decision_.step >= Step::kName;
    if (names_.empty()) {
      return asks_for_names(list_.entries(), client_)
                 ? "name    none given; the verdict can depend on the client's confirmed names: give each "
                   "with --name\n"
                 : "name    none given, and none needed: the verdict does not depend on it (AD-C7)\n";
    }
    std::string lines;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      lines += "name    " + printable(view(names_[i])) + ": " +
               (asked ? name_fate(i) : std::string(kNotLookedAt)) + "\n";
    }
    return lines;
  }

  std::string name_fate(std::size_t name) const {
    const Fault fault = kernel::domain_name_fault(kernel::without_trailing_dot(names_[name]));
    if (fault.why != kSound) return "not a host name, so it never counts (AD-C5) " + fault_text(fault);
    if (decision_.name == name) return "within entry " + std::to_string(*decision_.entry);
    return decision_.name ? "did not decide" : "within no entry";
  }

  std::string entry_lines() const {
    const std::vector<Entry>& entries = list_.entries();
    std::size_t width = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
      width = std::max(width, printable(list_.value(i)).size());
    width = std::min<std::size_t>(width, 40);
    std::string lines = "\n";
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string number = std::to_string(i);
      lines += "entry " + number + std::string(5 - std::min<std::size_t>(number.size(), 4), ' ') +
               padded(printable(list_.value(i)), width) + "  " + entry_fate(i) + "\n";
    }
    return entries.empty() ? "" : lines;
  }

  std::string entry_fate(std::size_t i) const {
    if (decision_.entry == i) return "decides";
    const Entry& entry = list_.entries()[i];
    switch (entry.kind) {
      case kBlank:
        return "blank, no entry";
      case kMalformed:
        return "malformed, matches nothing " + fault_text(entry.fault);
      case kNone:
        break;
      case kIpPattern:
      case kIpv6Prefix:
        if (looked_at(Step::kAddress, i)) return address_mismatch(entry);
        break;
      case kDomainName:
        if (looked_at(Step::kName, i)) return "no name of the client is within it";
        break;
    }
    return std::string(kNotLookedAt);
  }

  // Entries of the deciding step are looked at up to the one that decides; those of earlier steps all are.
  bool looked_at(Step step, std::size_t entry) const {
    return decision_.step > step || (decision_.step == step && entry < *decision_.entry);
  }

  std::string address_mismatch(const Entry& entry) const {
    if (client_.is_ipv6() == (entry.kind == kIpv6Prefix)) return "does not match the address";
    return client_.is_ipv6() ? "never matches an IPv6 client (AD-C2)"
                             : "never matches an IPv4 client (AD-G9)";
  }

  const ListText& list_;
  const Client& client_;
  const Question& question_;
  std::vector<Text> names_;
  Decision decision_;
};

}  // namespace

std::string explain(const ListText& list, const Client& client, const Question& question) {
  return Explanation(list, client, question).text_for_people();
}

}  // namespace postern::daemon
