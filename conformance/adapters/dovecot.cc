// SPDX-License-Identifier: BSD-2-Clause
// Adapter for Dovecot 2.3: the passdb field allow_nets as the access list. A throw-away configuration in the
// state directory; nothing of the machine's own Dovecot is read or written. Runs as root (Dovecot drops to
// its package's users) and as an ordinary user (everything under the caller's own id).
//
// What allow_nets cannot say is `unimplemented`: domain names, and a 0 before a number that is not 0 (it has
// CIDR only). `none` is the empty field; the empty list is no field at all.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "conformance/adapters/adapter_kit.h"

namespace postern::conformance {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kPop3Port = 41110;
constexpr int kImapPort = 41143;

std::string dovecot_program() {
  for (const char* path : {"/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/sbin/dovecot"}) {
    if (access(path, X_OK) == 0) return path;
  }
  throw CannotDo("no dovecot here. Install dovecot-core and dovecot-pop3d");
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char chunk[512];
  while (fgets(chunk, sizeof chunk, pipe) != nullptr) text += chunk;
  pclose(pipe);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

fs::path state_of(const json& request) {
  return request.at("state").get<std::string>();
}

// IMAP is a package of its own.
bool speaks_imap() {
  return access("/usr/lib/dovecot/imap-login", X_OK) == 0;
}

json describe(const json&) {
  return {{"name", "dovecot"},
          {"version", output_of(dovecot_program() + " --version 2>/dev/null")},
          {"layer", "live"},
          {"protocols", speaks_imap() ? json{"pop3", "imap"} : json{"pop3"}}};
}

struct Ids {
  std::string internal;
  std::string login;
  std::string mail;
};

Ids ids() {
  if (geteuid() == 0) return {"dovecot", "dovenull", "mail"};
  const passwd* self = getpwuid(geteuid());
  if (self == nullptr)
    throw CannotDo("Dovecot needs a user name, and uid " + std::to_string(geteuid()) +
                   " has none in /etc/passwd");
  return {self->pw_name, self->pw_name, self->pw_name};
}

// No process may want to chroot when there is no root to give up.
std::string services_without_chroot() {
  std::string text;
  for (const char* service :
       {"anvil",      "auth", "auth-worker", "config",         "log",       "pop3",         "imap",
        "stats",      "dict", "dns-client",  "doveadm",        "director",  "health-check", "replicator",
        "aggregator", "ipc",  "indexer",     "indexer-worker", "old-stats", "tcpwrap"}) {
    text += std::string("service ") + service + " {\n  chroot =\n}\n";
  }
  return text;
}

// What takes the logins of one protocol; the encrypted port is off.
std::string login_service(const std::string& protocol, int port, bool root) {
  return "service " + protocol + "-login {\n  inet_listener " + protocol +
         " {\n    port = " + std::to_string(port) + "\n  }\n  inet_listener " + protocol +
         "s {\n    port = 0\n  }\n  service_count = 0\n  process_min_avail = 1\n  client_limit = 1000\n" +
         (root ? "" : "  chroot =\n") + "}\n";
}

std::string configuration(const fs::path& state, const Ids& id, bool root) {
  const std::string s = state.string();
  return "base_dir = " + s + "/run\nstate_dir = " + s + "/run\nlog_path = " + s +
         "/dovecot.log\n"
         "protocols = pop3" +
         (speaks_imap() ? " imap" : "") +
         "\nlisten = *, ::\nssl = no\ndisable_plaintext_auth = no\nauth_mechanisms = plain\n"
         "auth_verbose = yes\nauth_failure_delay = 0\nauth_cache_size = 0\n"
         "default_internal_user = " +
         id.internal + "\n" + (root ? "" : "default_internal_group = \n") +
         "default_login_user = " + id.login +
         "\n"
         "mail_fsync = never\nmail_location = maildir:" +
         s + "/mail/%u\nfirst_valid_uid = 1\nmail_max_userip_connections = 0\n" +
         login_service("pop3", kPop3Port, root) +
         (speaks_imap() ? login_service("imap", kImapPort, root) : "") +
         "passdb {\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%u " + s +
         "/users\n}\n"
         "userdb {\n  driver = static\n  args = " +
         (root ? "uid=" + id.mail + " gid=" + id.mail + " "
               : "uid=" + std::to_string(geteuid()) + " gid=" + std::to_string(getegid()) + " ") +
         "home=" + s +
         "/mail/%u\n}\n"
         // A refusal would slow the next good login from the same address down to fifteen seconds.
         "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n" +
         (root ? "" : services_without_chroot());
}

void give_to(const fs::path& directory, const std::string& user) {
  const passwd* owner = getpwnam(user.c_str());
  if (owner == nullptr) throw CannotDo("no user " + user + " in /etc/passwd; Dovecot run as root needs one");
  if (chown(directory.c_str(), owner->pw_uid, owner->pw_gid) != 0)
    throw std::runtime_error("cannot chown " + directory.string());
}

// Dovecot looks at a passwd-file once in a second of the clock at most: until the next one it may still know
// the old accounts.
void wait_until_reread() {
  const time_t written = time(nullptr);
  while (time(nullptr) <= written) usleep(10000);
  usleep(20000);
}

int wait_for_pid(const fs::path& file) {
  for (int i = 0; i < 500; ++i) {
    if (const int pid = read_pid(file)) return pid;
    usleep(10000);
  }
  throw std::runtime_error("dovecot wrote no " + file.string() + "; see dovecot.log in the state directory");
}

json start(const json& request) {
  const fs::path state = state_of(request);
  const bool root = geteuid() == 0;
  const Ids id = ids();
  fs::create_directories(state / "run");
  fs::create_directories(state / "mail");
  if (root) give_to(state / "mail", id.mail);
  write_text(state / "dovecot.conf", configuration(state, id, root));
  write_text(state / "users", "");
  chmod((state / "users").c_str(), 0644);
  const std::string command = dovecot_program() + " -c " + state.string() + "/dovecot.conf >&2";
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("dovecot did not start; see dovecot.log in the state directory");
  return {{"endpoints", {{"pop3", {{"port", kPop3Port}}}, {"imap", {{"port", kImapPort}}}}},
          {"pids", {wait_for_pid(state / "run/master.pid")}}};
}

struct Rendered {
  std::string field;          // of the passwd-file
  std::string unimplemented;  // why it cannot be said
};

Rendered render(const std::vector<std::string>& values) {
  const SortedList list = sort_list(values);
  if (!list.malformed.empty()) return {"", "a malformed entry is never passed on"};
  if (list.none) return {"allow_nets=", ""};
  if (list.empty()) return {"", ""};
  if (!list.names.empty()) return {"", "allow_nets knows no domain names"};
  std::string nets;
  for (const SortedList::Pattern& p : list.patterns) {
    if (p.inner_zero) return {"", "allow_nets has no wildcard before a number"};
    nets += (nets.empty() ? "" : ",") + p.text + "/" + std::to_string(p.length);
  }
  for (const SortedList::Prefix& p : list.prefixes) {
    nets += (nets.empty() ? "" : ",") + p.address + "/" + std::to_string(p.length);
  }
  return {"allow_nets=" + nets, ""};
}

json apply(const json& request) {
  const fs::path state = state_of(request);
  std::string users;
  json results = json::array();
  for (const json& account : request.at("accounts")) {
    const std::string name = account.at("account");
    const Rendered rendered = render(octets_of(account.at("list")));
    if (rendered.unimplemented.empty()) {
      users += name + ":" + account.at("password").get<std::string>() + "::::::" + rendered.field + "\n";
      results.push_back({{"account", name}, {"status", "applied"}});
    } else {
      results.push_back({{"account", name}, {"status", "unimplemented"}, {"detail", rendered.unimplemented}});
    }
  }
  write_text(state / "users", users);
  chmod((state / "users").c_str(), 0644);
  wait_until_reread();
  return {{"results", results}};
}

json stop(const json& request) {
  // The master would wait five seconds for its helpers; what is left of them ends with it.
  end_and_wait(read_pid(state_of(request) / "run/master.pid"), 300);
  return json::object();
}

}  // namespace
}  // namespace postern::conformance

int main(int argc, char** argv) {
  using namespace postern::conformance;
  return run_adapter(argc, argv,
                     {{"describe", describe}, {"start", start}, {"apply", apply}, {"stop", stop}});
}
