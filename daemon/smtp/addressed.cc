// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/smtp/addressed.h"

#include <algorithm>

#include "daemon/account/account.h"
#include "daemon/smtp/command.h"

namespace postern::daemon {
namespace {

std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

std::string unquoted(std::string_view local) {
  if (!local.starts_with('"')) return std::string(local);
  std::string text;
  for (std::size_t i = 1; i + 1 < local.size(); ++i) {
    if (local[i] == '\\') ++i;
    text += local[i];
  }
  return text;
}

}  // namespace

bool is_local(std::string_view mailbox, std::span<const std::string> domains) {
  const std::string domain = lower(split_mailbox(mailbox).domain);
  return domain.empty() || std::ranges::find(domains, domain) != domains.end();
}

std::vector<std::string> accounts_for(std::string_view mailbox, std::span<const std::string> domains) {
  const auto [local, domain] = split_mailbox(mailbox);
  const std::string name = lower(unquoted(local));
  std::vector<std::string> names;
  if (!domain.empty()) names.push_back(name + "@" + lower(domain));
  if (is_local(mailbox, domains)) names.push_back(name);
  std::erase_if(names, [](const std::string& one) { return !is_account_name(one); });
  return names;
}

std::vector<std::string> accounts_named(std::string_view user_id) {
  std::vector<std::string> names{lower(user_id)};
  if (!is_account_name(names.front())) names.clear();
  return names;
}

}  // namespace postern::daemon
