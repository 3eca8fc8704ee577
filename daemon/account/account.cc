// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/account/account.h"

#include "core/entry.h"
#include "daemon/config/key_value.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kMailbox = "mailbox";
constexpr std::string_view kMaildropPrefix = "maildrop:";

constexpr bool is_lower_or_digit(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9');
}

constexpr bool is_any_of(char octet, std::string_view set) {
  return set.find(octet) != std::string_view::npos;
}

// is_one_line: whether `value` can stand behind "key = ".
bool is_one_line(std::string_view value) {
  return value.find('\n') == std::string_view::npos && value.find('\0') == std::string_view::npos;
}

bool is_hash(std::string_view value) {
  for (const char octet : value) {
    if (octet <= ' ' || octet > '~') return false;
  }
  return !value.empty();
}

bool is_unix_user(std::string_view name) {
  if (name.empty() || name.size() > 32 || is_any_of(name.front(), "0123456789-.")) return false;
  for (const char octet : name) {
    if (!is_lower_or_digit(octet) && !is_any_of(octet, "_-.")) return false;
  }
  return true;
}

// AccountReader fills an account line by line.
class AccountReader {
 public:
  AccountReader(std::string_view text, std::string_view file) : reader_(text, file) {}

  Result<Account> read() {
    KeyValue line;
    while (true) {
      Result<bool> more = reader_.next(line);
      if (!more) return fail(more.take_error());
      if (!more.value()) break;
      Result<void> taken = take(line);
      if (!taken) return fail(taken.take_error());
    }
    if (account_.password_hash.empty()) {
      return fail(reader_.error_at(1, "the account has no password", "set one with: postern account passwd"));
    }
    return std::move(account_);
  }

 private:
  Error fail(Error error) {
    wipe(account_);
    return error;
  }

  Result<void> take(const KeyValue& line) {
    if (line.key == "access") {
      account_.access.emplace_back(line.value);
      return {};
    }
    if (line.key == "password") return take_password(line);
    if (line.key == "delivery") return take_delivery(line);
    return reader_.error_at(line.line, "unknown key '" + std::string(line.key) + "'",
                            "an account has the keys password, delivery and access");
  }

  Result<void> take_password(const KeyValue& line) {
    if (!account_.password_hash.empty() || !is_hash(line.value)) {
      return reader_.error_at(line.line, "an account has one password, a hash without blanks",
                              "set it with: postern account passwd");
    }
    account_.password_hash = line.value;
    return {};
  }

  // MD-0
  Result<void> take_delivery(const KeyValue& line) {
    const bool again = delivery_seen_;
    delivery_seen_ = true;
    if (!again && line.value == kMailbox) return {};
    if (!again && line.value.starts_with(kMaildropPrefix)) {
      const std::string_view user = line.value.substr(kMaildropPrefix.size());
      account_.maildrop_user = user;
      if (is_unix_user(user)) return {};
    }
    return reader_.error_at(line.line, "an account has one delivery",
                            "write 'mailbox' or 'maildrop:' and the name of a Unix user");
  }

  KeyValueReader reader_;
  Account account_;
  bool delivery_seen_ = false;
};

void add_line(std::string& text, std::string_view key, std::string_view value) {
  text.append(key).append(" =");
  if (!value.empty()) text.append(" ").append(value);
  text.append("\n");
}

Error not_one_line(std::string what) {
  return {std::move(what) + " cannot be written as one line",
          {},
          "leave out line feeds and NULs within it",
          0,
          Exit::kData};
}

void add_fault(std::string& what, size_t position, const Fault& fault) {
  if (!what.empty()) what.append("; ");
  what.append("entry ").append(std::to_string(position)).append(": ").append(why_code(fault.why));
  what.append(" at offset ").append(std::to_string(fault.offset)).append(": ").append(cure(fault.why));
}

}  // namespace

bool is_account_name(std::string_view name) {
  if (name.empty() || name.size() > kAccountNameLimit || !is_lower_or_digit(name.front())) return false;
  for (const char octet : name) {
    if (!is_lower_or_digit(octet) && !is_any_of(octet, "._-+@")) return false;
  }
  return true;
}

Result<Account> parse_account(std::string_view text, std::string_view file) {
  return AccountReader(text, file).read();
}

Result<std::string> print_account(const Account& account) {
  if (!is_hash(account.password_hash)) return not_one_line("the password's hash");
  if (!account.has_mailbox() && !is_unix_user(account.maildrop_user)) {
    return Error{"'" + account.maildrop_user + "' is not the name of a Unix user", {}, {}, 0, Exit::kData};
  }
  std::string text;
  add_line(text, "password", account.password_hash);
  add_line(
      text, "delivery",
      account.has_mailbox() ? std::string(kMailbox) : std::string(kMaildropPrefix) + account.maildrop_user);
  for (size_t i = 0; i < account.access.size(); ++i) {
    const std::string_view value = without_blanks_around(account.access[i]);  // AD-G2
    if (!is_one_line(value)) {
      wipe(text);
      return not_one_line("access entry " + std::to_string(i));
    }
    add_line(text, "access", value);
  }
  return text;
}

// AD-G8
Result<void> check_access_list(std::span<const std::string> access) {
  std::string what;
  for (size_t i = 0; i < access.size(); ++i) {
    const Entry entry = parse_entry(access[i]);
    if (entry.kind == kMalformed) add_fault(what, i, entry.fault);
  }
  if (what.empty()) return {};
  return Error{"malformed access list: " + what, {}, {}, 0, Exit::kData};
}

void wipe(Account& account) {
  wipe(account.password_hash);
  account.maildrop_user.clear();
  account.access.clear();
}

}  // namespace postern::daemon
