// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/account_import.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "daemon/account/account_store.h"
#include "daemon/cli/exit_code.h"
#include "daemon/cli/import_line.h"
#include "daemon/cli/line_stream.h"

namespace postern::daemon {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLineLimit = 64U << 20;

struct ImportAnswer {
  std::string status;
  std::string detail;
};

ImportAnswer answer_to(const Error& error) {
  return {error.exit == Exit::kData ? "refused-at-write" : "failed", error.text()};
}

ImportAnswer apply(const ImportLine& line, const AccountTrees& trees, const ImportOptions& options) {
  if (!is_account_name(line.account)) return {"refused-at-write", "not an account name"};
  if (!options.raw) {
    const Result<void> checked = check_access_list(line.access);  // AD-G8
    if (!checked) return answer_to(checked.error());
  }
  Result<std::string> hash = hash_password(line.password, options.method);
  if (!hash) return answer_to(hash.error());
  Account account{std::move(hash).value(), {}, line.access};
  const Result<void> mailbox = make_mailbox(trees.mailboxes.get(), line.account);
  if (!mailbox) return answer_to(mailbox.error());
  const Result<void> written =
      write_account(trees.accounts.get(), line.account, account, WriteMode::kReplace);
  wipe(account);
  if (!written) return answer_to(written.error());
  return {"applied", ""};
}

std::string text_of(const std::string& account, const ImportAnswer& answer) {
  const Json json{{"account", account}, {"status", answer.status}, {"detail", answer.detail}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

// remove_others: --replace.
bool remove_others(int accounts, const std::set<std::string>& imported) {
  const Result<std::vector<std::string>> names = list_accounts(accounts);
  if (!names) return false;
  for (const std::string& name : names.value()) {
    if (!imported.contains(name) && !remove_account(accounts, name).ok()) return false;
  }
  return true;
}

}  // namespace

int import_accounts(int in, int out, const AccountTrees& trees, const ImportOptions& options) {
  LineReader reader(in, kLineLimit);
  LineWriter writer(out);
  std::set<std::string> imported;
  int code = kExitOk;
  LineReader::Got got = LineReader::Got::kEnd;
  while ((got = reader.next(writer)) == LineReader::Got::kLine || got == LineReader::Got::kTooLong) {
    const std::optional<ImportLine> line =
        got == LineReader::Got::kLine ? parse_import_line(reader.line()) : std::optional<ImportLine>();
    const ImportAnswer answer =
        line ? apply(*line, trees, options)
             : ImportAnswer{"failed",
                            "not a line of {\"account\":TEXT,\"password\":TEXT,\"access\":[VALUE...]}"};
    if (answer.status == "applied") imported.insert(line->account);
    if (answer.status != "applied") code = kExitData;
    writer.append(text_of(line ? line->account : "", answer));
  }
  if (options.replace && !remove_others(trees.accounts.get(), imported)) code = kExitIo;
  return got == LineReader::Got::kError || !writer.flush() ? kExitIo : code;
}

}  // namespace postern::daemon
