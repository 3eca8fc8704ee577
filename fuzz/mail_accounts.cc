// SPDX-License-Identifier: BSD-2-Clause
//
// Law: accounts_named(t) is t in lower case; accounts_for(m) of a mailbox of RFC 5321 is what is read of it a
// second time, octet by octet: local@domain, and local alone where the domain is ours or none, both in lower
// case, the quotes dropped, and only if they are names of accounts. Input: the mailbox.
#include <algorithm>

#include "daemon/account/account.h"
#include "daemon/smtp/addressed.h"
#include "daemon/smtp/command.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

const std::string kOurs[] = {"here.example", "x"};

char lower(char octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet + 32) : octet;
}

struct Mailbox {
  std::string local, domain;
};

// read: a quoted local part ends at its second quote that no backslash is before, any other at its first "@".
Mailbox read(std::string_view text) {
  Mailbox mailbox;
  bool quoted = false, escaped = false, in_domain = false;
  for (const char octet : text) {
    const char small = lower(octet);
    if (in_domain) {
#ifdef POSTERN_SEEDED_BUG
      mailbox.domain += octet;
#else
      mailbox.domain += small;
#endif
    } else if (escaped || (octet != '"' && octet != '\\' && (quoted || octet != '@'))) {
      mailbox.local += small;
      escaped = false;
    } else {
      escaped = octet == '\\';
      quoted = quoted != (octet == '"');
      in_domain = octet == '@';
    }
  }
  return mailbox;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  std::string small(text);
  std::ranges::transform(small, small.begin(), lower);
  hold(accounts_named(text) == (is_account_name(small) ? std::vector{small} : std::vector<std::string>()),
       "a user id");
  if (!is_smtp_mailbox(text)) return 0;
  const auto [local, domain] = read(text);
  const bool ours = domain.empty() || std::ranges::find(kOurs, domain) != std::end(kOurs);
  hold(is_local(text, kOurs) == ours, "ours");
  std::vector<std::string> expected;
  if (const std::string whole = local + "@" + domain; !domain.empty() && is_account_name(whole))
    expected.push_back(whole);
  if (ours && is_account_name(local)) expected.push_back(local);
  hold(accounts_for(text, kOurs) == expected, "accounts");
  return 0;
}
