// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/account/account_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "daemon/sys/fd.h"
#include "daemon/sys/files.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

constexpr char kCure[] =
    "accounts and mailboxes are changed by root or by the user who owns the trees (DT-1)";

// draft_name: hidden, so that it is no account's name, and one for each process.
std::string draft_name(std::string_view name) {
  return "." + std::string(name) + "." + std::to_string(::getpid());
}

Result<Fd> open_draft(int accounts, const std::string& draft) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd file(::openat(accounts, draft.c_str(), kFlags, 0600));
  if (!file.is_open() && errno == EEXIST && ::unlinkat(accounts, draft.c_str(), 0) == 0) {
    file.reset(::openat(accounts, draft.c_str(), kFlags, 0600));  // left by a crash
  }
  if (!file.is_open()) return system_error("cannot write the account", draft, kCure);
  return file;
}

Result<void> write_draft(int accounts, const std::string& draft, std::string_view text) {
  Result<Fd> file = open_draft(accounts, draft);
  if (!file) return file.take_error();
  if (::fchmod(file.value().get(), 0600) != 0) return system_error("cannot write the account", draft);
  Result<void> written = write_all(file.value().get(), text, draft);
  if (!written) return written;
  if (::fsync(file.value().get()) != 0) return system_error("cannot write the account", draft);
  return {};
}

// publish gives the draft its name.
Result<void> publish(int accounts, const std::string& draft, const std::string& name, WriteMode mode) {
  if (mode == WriteMode::kReplace) {
    if (::renameat(accounts, draft.c_str(), accounts, name.c_str()) == 0) return {};
    return system_error("cannot write the account", name, kCure);
  }
  if (::linkat(accounts, draft.c_str(), accounts, name.c_str(), 0) == 0) return {};
  if (errno != EEXIST) return system_error("cannot write the account", name, kCure);
  return Error{"there is an account of this name", name,
               "change it with passwd or access, or remove it first", 0, Exit::kData};
}

Result<void> sync_directory(int directory, std::string_view name) {
  if (::fsync(directory) != 0) return system_error("cannot make the change last", std::string(name));
  return {};
}

Result<void> make_directory(int below, const char* path) {
  if (::mkdirat(below, path, 0700) == 0 || errno == EEXIST) return {};
  return system_error("cannot make the mailbox", path, kCure);
}

}  // namespace

Result<void> write_account(int accounts, std::string_view name, const Account& account, WriteMode mode) {
  Result<std::string> text = print_account(account);
  if (!text) return text.take_error();
  const std::string draft = draft_name(name);
  Result<void> written = write_draft(accounts, draft, text.value());
  wipe(text.value());
  if (written) written = publish(accounts, draft, std::string(name), mode);
  const bool draft_is_left = !written || mode == WriteMode::kCreate;
  if (draft_is_left && ::unlinkat(accounts, draft.c_str(), 0) != 0 && errno != ENOENT && written) {
    return system_error("cannot remove the draft", draft);
  }
  if (!written) return written;
  return sync_directory(accounts, name);
}

Result<bool> remove_account(int accounts, std::string_view name) {
  if (::unlinkat(accounts, std::string(name).c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    return system_error("cannot remove the account", std::string(name), kCure);
  }
  Result<void> synced = sync_directory(accounts, name);
  if (!synced) return synced.take_error();
  return true;
}

Result<std::vector<std::string>> list_accounts(int accounts) {
  Result<std::vector<std::string>> names = list_directory(accounts, "the accounts");
  if (names) std::erase_if(names.value(), [](const std::string& name) { return !is_account_name(name); });
  return names;
}

Result<void> make_mailbox(int mailboxes, std::string_view name) {
  const std::string mailbox(name);
  Result<void> made = make_directory(mailboxes, mailbox.c_str());
  if (!made) return made;
  const Fd directory(::openat(mailboxes, mailbox.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open()) return system_error("cannot open the mailbox", mailbox, kCure);
  for (const char* part : {"tmp", "new", "cur"}) {
    made = make_directory(directory.get(), part);
    if (!made) return made;
  }
  made = sync_directory(directory.get(), name);
  if (!made) return made;
  return sync_directory(mailboxes, name);
}

}  // namespace postern::daemon
