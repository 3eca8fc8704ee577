// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/account/account_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "daemon/sys/fd.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

// read_whole fills `text`, which is sized once: nothing of the hash stays behind in outgrown buffers.
Result<void> read_whole(int file, std::string& text, const std::string& name) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return system_error("cannot look at the account", name);
  if (!S_ISREG(status.st_mode) || status.st_size > static_cast<off_t>(kAccountFileLimit)) {
    return Error{"an account is a regular file of at most 16 MiB", name, "look at what lies there", 0,
                 Exit::kData};
  }
  text.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t length = ::read(file, text.data() + filled, text.size() - filled);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_error("cannot read the account", name);
    if (length == 0) return Error{"the account's file shrank", name, "try again", 0, Exit::kTemporary};
    filled += static_cast<std::size_t>(length);
  }
  return {};
}

}  // namespace

Result<std::optional<Account>> read_account(int accounts, std::string_view name) {
  if (!is_account_name(name)) return std::optional<Account>();
  const std::string path(name);
  const Fd file(::openat(accounts, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<Account>();
    return system_error("cannot open the account", path, "accounts belong to the MTA user, mode 0600 (DT-2)");
  }
  std::string text;
  Result<void> read = read_whole(file.get(), text, path);
  if (!read) return read.take_error();
  Result<Account> account = parse_account(text, path);
  wipe(text);
  if (!account) return account.take_error();
  return std::optional<Account>(std::move(account).value());
}

}  // namespace postern::daemon
