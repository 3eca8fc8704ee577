// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cli/account.h"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <iostream>
#include <map>
#include <optional>

#include "daemon/account/account_file.h"
#include "daemon/account/account_store.h"
#include "daemon/cli/account_import.h"
#include "daemon/cli/account_trees.h"
#include "daemon/cli/exit_code.h"
#include "daemon/cli/line_stream.h"
#include "daemon/cli/printable.h"
#include "daemon/login/password.h"
#include "daemon/sys/wipe.h"

namespace postern::daemon {
namespace {

namespace options = boost::program_options;
using Values = std::vector<std::string>;

constexpr const char* kUsage =
    "usage: postern account ACTION [NAME] (--config FILE | --root DIR) [OPTION]...\n"
    "\n"
    "  add NAME       a new account and its mailbox; --access ENTRY... says from where it may log in\n"
    "  passwd NAME    a new password\n"
    "  access NAME    print the access list; --add, --drop, --clear change it\n"
    "  list           all accounts, with delivery and number of access entries\n"
    "  remove NAME    the account goes, its mailbox stays\n"
    "  import         JSON lines {\"account\",\"password\",\"access\":[VALUE...]} from standard input\n"
    "\n"
    "Passwords are read from standard input (its first line) or asked for on the terminal.\n"
    "Exit: 0 done, 64 wrong command line, 65 refused (the list, the name or the password is not allowed),\n"
    "      66 no such account, 71 or 74 the system failed, 77 not permitted.\n"
    "\n";

// Order is what was asked for.
struct Order {
  std::string action;
  std::string name;
  options::variables_map given;

  [[nodiscard]] bool has(const char* option) const { return given.count(option) > 0; }
  [[nodiscard]] std::string text(const char* option) const {
    return has(option) ? given[option].as<std::string>() : std::string();
  }
  [[nodiscard]] Values values(const char* option) const {
    return has(option) ? given[option].as<Values>() : Values();
  }
};

int fail(const Error& error) {
  std::cerr << "postern account: " << error.text() << "\n";
  return static_cast<int>(error.exit);
}

int fail_usage(const std::string& what) {
  std::cerr << "postern account: " << printable(what) << "; see postern account --help\n";
  return kExitUsage;
}

int no_such_account(const std::string& name) {
  return fail({"there is no such account", name, "see them with: postern account list", 0, Exit::kNoInput});
}

options::options_description visible_options() {
  options::options_description all("Options");
  auto add = all.add_options();
  add("config", options::value<std::string>()->value_name("FILE"),
      "where the trees are: posternd's configuration");
  add("root", options::value<std::string>()->value_name("DIR"), "or: DIR/postoffice and DIR/mailbox");
  add("access", options::value<Values>()->value_name("ENTRY"), "add: an access entry; may be repeated");
  add("delivery", options::value<std::string>()->value_name("WHERE"),
      "add: mailbox (default) or maildrop:USER");
  add("add", options::value<Values>()->value_name("ENTRY"), "access: add an entry; may be repeated");
  add("drop", options::value<Values>()->value_name("ENTRY"), "access: drop an entry; may be repeated");
  add("clear", "access: drop all entries: the account is then open to every place");
  add("raw", "write a malformed list all the same; its malformed entries match nothing");
  add("replace", "import: remove the accounts that are not imported");
  add("hash", options::value<std::string>()->value_name("METHOD"),
      "yescrypt (default), sha512crypt, sha256crypt, bcrypt");
  add("cost", options::value<std::string>()->value_name("N"),
      "the method's own measure, or: cheapest (for tests)");
  add("help", "this text");
  return all;
}

Order read_order(const Values& arguments) {
  options::options_description all = visible_options();
  all.add_options()("action", options::value<std::string>())("name", options::value<std::string>());
  options::positional_options_description positions;
  positions.add("action", 1).add("name", 1);
  Order order;
  options::store(options::command_line_parser(arguments).options(all).positional(positions).run(),
                 order.given);
  options::notify(order.given);
  order.action = order.text("action");
  order.name = order.text("name");
  return order;
}

// method_of: the hash method that --hash and --cost ask for; nullopt: there is no such one.
std::optional<HashMethod> method_of(const Order& order) {
  struct Known {
    const char* prefix;
    unsigned long cheapest;
  };
  static const std::map<std::string, Known> kMethods{{"yescrypt", {"$y$", 1}},
                                                     {"sha512crypt", {"$6$", 1000}},
                                                     {"sha256crypt", {"$5$", 1000}},
                                                     {"bcrypt", {"$2b$", 4}}};
  const auto known = kMethods.find(order.has("hash") ? order.text("hash") : "yescrypt");
  if (known == kMethods.end()) return std::nullopt;
  HashMethod method{known->second.prefix, 0};
  const std::string cost = order.text("cost");
  if (cost == "cheapest") {
    method.cost = known->second.cheapest;
  } else if (!cost.empty()) {
    if (cost.size() > 9 || cost.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    method.cost = std::stoul(cost);
  }
  return method;
}

// Silence turns the terminal's echo off for its life.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_silent_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (is_silent_ && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_) != 0) std::cerr << "try: stty echo\n";
    std::cerr << "\n";
  }

 private:
  termios before_{};
  bool is_silent_ = false;
};

std::string read_first_line() {
  LineWriter nothing(STDERR_FILENO);
  LineReader reader(STDIN_FILENO, 4096);
  return reader.next(nothing) == LineReader::Got::kLine ? std::string(reader.line()) : std::string();
}

std::string ask_password(const char* prompt) {
  std::cerr << prompt << std::flush;
  const Silence silence;
  return read_first_line();
}

Result<std::string> read_password() {
  if (::isatty(STDIN_FILENO) == 0) return read_first_line();
  std::string password = ask_password("New password: ");
  std::string again = ask_password("Once more: ");
  const bool same = password == again;
  wipe(again);
  if (same) return password;
  wipe(password);
  return Error{"the two passwords differ", {}, "type the same one twice", 0, Exit::kData};
}

Result<std::string> new_hash(const Order& order) {
  const std::optional<HashMethod> method = method_of(order);
  if (!method) {
    return Error{"no such hash method or cost", {}, "see postern account --help", 0, Exit::kUsage};
  }
  Result<std::string> password = read_password();
  if (!password) return password;
  Result<std::string> hash = hash_password(password.value(), *method);
  wipe(password.value());
  return hash;
}

Result<void> check_list(const Order& order, const Values& list) {
  return order.has("raw") ? Result<void>() : check_access_list(list);  // AD-G8
}

Result<void> set_delivery(const Order& order, Account& account) {
  const std::string delivery = order.text("delivery");
  if (delivery.empty() || delivery == "mailbox") return {};
  constexpr std::string_view kMaildrop = "maildrop:";
  if (delivery.starts_with(kMaildrop)) account.maildrop_user = delivery.substr(kMaildrop.size());
  if (!account.has_mailbox()) return {};
  return Error{"no such delivery", delivery, "write mailbox or maildrop:USER", 0, Exit::kUsage};
}

int add(const Order& order, const AccountTrees& trees) {
  Account account;
  account.access = order.values("access");
  Result<void> done = check_list(order, account.access);
  if (done) done = set_delivery(order, account);
  if (!done) return fail(done.error());
  Result<std::string> hash = new_hash(order);
  if (!hash) return fail(hash.error());
  account.password_hash = std::move(hash).value();
  if (account.has_mailbox()) done = make_mailbox(trees.mailboxes.get(), order.name);
  if (done) done = write_account(trees.accounts.get(), order.name, account, WriteMode::kCreate);
  wipe(account);
  return done ? kExitOk : fail(done.error());
}

int write_back(const Order& order, const AccountTrees& trees, Account& account) {
  const Result<void> written = write_account(trees.accounts.get(), order.name, account, WriteMode::kReplace);
  wipe(account);
  return written ? kExitOk : fail(written.error());
}

int passwd(const Order& order, const AccountTrees& trees) {
  Result<std::optional<Account>> found = read_account(trees.accounts.get(), order.name);
  if (!found) return fail(found.error());
  if (!found.value()) return no_such_account(order.name);
  Result<std::string> hash = new_hash(order);
  if (!hash) return fail(hash.error());
  wipe(found.value()->password_hash);
  found.value()->password_hash = std::move(hash).value();
  return write_back(order, trees, *found.value());
}

int say(const std::string& text) {
  std::cout << text << std::flush;
  if (std::cout.good()) return kExitOk;
  return fail({"cannot write to standard output", {}, {}, 0, Exit::kInputOutput});
}

int print_list(const Values& list) {
  std::string text;
  for (const std::string& entry : list) text += printable(entry) + "\n";
  return say(text);
}

int access(const Order& order, const AccountTrees& trees) {
  Result<std::optional<Account>> found = read_account(trees.accounts.get(), order.name);
  if (!found) return fail(found.error());
  if (!found.value()) return no_such_account(order.name);
  Values& list = found.value()->access;
  if (!order.has("add") && !order.has("drop") && !order.has("clear")) return print_list(list);
  const bool was_open = list.empty();
  if (order.has("clear")) list.clear();
  for (const std::string& entry : order.values("drop")) {
    if (std::erase(list, entry) > 0) continue;
    return fail(
        {"there is no such entry", entry, "see them with: postern account access NAME", 0, Exit::kData});
  }
  for (const std::string& entry : order.values("add")) list.push_back(entry);
  const Result<void> checked = check_list(order, list);
  if (!checked) return fail(checked.error());
  if (list.empty() && !was_open)
    std::cerr << "postern account: no entry is left: every place may log in (AD-1)\n";
  return write_back(order, trees, *found.value());
}

int list(const AccountTrees& trees) {
  const Result<Values> names = list_accounts(trees.accounts.get());
  if (!names) return fail(names.error());
  int code = kExitOk;
  std::string text;
  for (const std::string& name : names.value()) {
    const Result<std::optional<Account>> found = read_account(trees.accounts.get(), name);
    if (!found) code = fail(found.error());
    if (!found || !found.value()) continue;
    const Account& account = *found.value();
    text += name + "\t" + (account.has_mailbox() ? "mailbox" : "maildrop:" + account.maildrop_user) + "\t" +
            std::to_string(account.access.size()) + "\n";
  }
  const int said = say(text);
  return said != kExitOk ? said : code;
}

int remove(const Order& order, const AccountTrees& trees) {
  const Result<bool> removed = remove_account(trees.accounts.get(), order.name);
  if (!removed) return fail(removed.error());
  return removed.value() ? kExitOk : no_such_account(order.name);
}

int import(const Order& order, const AccountTrees& trees) {
  const std::optional<HashMethod> method = method_of(order);
  if (!method) return fail_usage("no such hash method or cost");
  const ImportOptions chosen{*method, order.has("raw"), order.has("replace")};
  return import_accounts(STDIN_FILENO, STDOUT_FILENO, trees, chosen);
}

int carry_out(const Order& order, const AccountTrees& trees) {
  if (order.action == "add") return add(order, trees);
  if (order.action == "passwd") return passwd(order, trees);
  if (order.action == "access") return access(order, trees);
  if (order.action == "list") return list(trees);
  if (order.action == "remove") return remove(order, trees);
  return import(order, trees);
}

// complaint: what is wrong with the command line as a whole; empty: nothing.
std::string complaint(const Order& order) {
  const Values named{"add", "passwd", "access", "remove"};
  const bool is_named = std::find(named.begin(), named.end(), order.action) != named.end();
  if (order.action.empty()) return "an action is missing";
  if (!is_named && order.action != "list" && order.action != "import")
    return "unknown action " + order.action;
  if (is_named != order.has("name")) return is_named ? "a NAME is missing" : "no NAME is expected here";
  if (is_named && !is_account_name(order.name)) {
    return "'" + order.name +
           "' is not an account name: 1 to 64 of a-z 0-9 . _ - + @, the first a letter or digit";
  }
  if (order.has("config") == order.has("root")) return "give one of --config and --root";
  return "";
}

Result<TreePaths> paths_of(const Order& order) {
  if (order.has("config")) return paths_from_config(order.text("config"));
  return paths_below(order.text("root"));
}

}  // namespace

int account_main(const std::vector<std::string>& arguments) {
  const Order order = read_order(arguments);
  if (order.has("help")) {
    std::cout << kUsage << visible_options();
    return say("");
  }
  const std::string wrong = complaint(order);
  if (!wrong.empty()) return fail_usage(wrong);
  ::umask(077);
  const Result<TreePaths> paths = paths_of(order);
  if (!paths) return fail(paths.error());
  const Result<AccountTrees> trees = open_trees(paths.value());
  if (!trees) return fail(trees.error());
  return carry_out(order, trees.value());
}

}  // namespace postern::daemon
