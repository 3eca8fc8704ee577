// SPDX-License-Identifier: BSD-2-Clause
//
// Law: parse(print(a)) = a and print(parse(print(a))) = print(a) for each account a that is read; an error
// names file:line; an account's name is one path component, neither hidden nor a parent; check_access_list(l)
// fails if and only if an entry of l is malformed (AD-G8). Input: an account file.
#include <string>

#include "core/entry.h"
#include "daemon/account/account.h"
#include "fuzz/law.h"

namespace {

using namespace postern;
using namespace postern::daemon;

void check_name(std::string_view name) {
  if (!is_account_name(name)) return;
  hold(!name.empty() && name.size() <= kAccountNameLimit && name.front() != '.' && name.front() != '-',
       "a name is neither hidden nor an option");
  hold(name.find('/') == name.npos && name.find('\0') == name.npos, "a name is one path component");
}

Result<std::string> print(Account account) {
#ifdef POSTERN_SEEDED_BUG
  while (account.access.size() > 1 && account.access.back().empty()) account.access.pop_back();
#endif
  return print_account(account);
}

void check_list(const Account& account) {
  bool malformed = false;
  for (const std::string& value : account.access) malformed |= parse_entry(value).kind == kMalformed;
  const Result<void> checked = check_access_list(account.access);
  hold(checked.ok() != malformed, "a list is refused if and only if an entry is malformed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  check_name(text);
  const Result<Account> account = parse_account(text, "file");
  if (!account.ok()) {
    hold(account.error().place.starts_with("file:") && !account.error().cure.empty(), "place and cure");
    return 0;
  }
  const Result<std::string> printed = print(account.value());
  hold(printed.ok(), "what was read can be written");
  const Result<Account> again = parse_account(printed.value(), "again");
  hold(again.ok() && again.value() == account.value(), "parse(print(a)) = a");
  hold(print(again.value()).value() == printed.value(), "print(parse(print(a))) = print(a)");
  check_list(account.value());
  return 0;
}
