// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/private_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "conformance/runner/process.h"

namespace postern::conformance {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const std::string& cure) {
  const int error = errno;
  throw NetworkError(what + (error != 0 ? std::string(": ") + std::strerror(error) : "") + ". " + cure);
}

void write_file(const fs::path& file, const std::string& text, const char* cure) {
  // In place: the file may be bound over another, which holds on to the inode.
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail(file.string(), cure);
  const ssize_t wrote = write(fd, text.data(), text.size());
  const bool whole = wrote == static_cast<ssize_t>(text.size());
  close(fd);
  if (!whole) fail(file.string(), cure);
}

std::string network_of_this_process() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/ns/net", ignored).string();
}

void map_ids(unsigned inside_uid, unsigned outside_uid, unsigned inside_gid, unsigned outside_gid) {
  const char* cure = "The kernel must let users make user namespaces, or run as root";
  write_file("/proc/self/setgroups", "deny", cure);
  const auto line = [](unsigned in, unsigned out) {
    return std::to_string(in) + " " + std::to_string(out) + " 1\n";
  };
  write_file("/proc/self/uid_map", line(inside_uid, outside_uid), cure);
  write_file("/proc/self/gid_map", line(inside_gid, outside_gid), cure);
}

std::string ip_tool() {
  for (const char* path : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"}) {
    if (access(path, X_OK) == 0) return path;
  }
  errno = 0;
  fail("no ip command", "Install iproute2");
}

// Runs one batch; true if every line of it was taken.
bool ip_batch(const std::string& lines, const fs::path& diagnostics) {
  RunRequest request;
  request.arguments = {ip_tool(), "-force", "-batch", "-"};
  request.input = lines;
  request.diagnostics_file = diagnostics.string();
  return run_program(request).status.code == 0;
}

std::string add_line(const std::string& address) {
  const bool ipv6 = address.find(':') != std::string::npos;
  return "address add " + address + (ipv6 ? "/128" : "/32") + " dev lo" + (ipv6 ? " nodad" : "") + "\n";
}

// Whether a socket can be bound to `address`: the truth about what ip did.
bool is_ours(const std::string& address) {
  sockaddr_in6 six{};
  sockaddr_in four{};
  const bool ipv6 = address.find(':') != std::string::npos;
  six.sin6_family = AF_INET6;
  four.sin_family = AF_INET;
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(),
                ipv6 ? static_cast<void*>(&six.sin6_addr) : &four.sin_addr) != 1)
    return false;
  const int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto* where =
      ipv6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  const bool bound = bind(fd, where, ipv6 ? sizeof six : sizeof four) == 0;
  close(fd);
  return bound;
}

int name_socket(int family) {
  const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(53);
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(53);
  six.sin6_addr = in6addr_loopback;
  const bool ipv6 = family == AF_INET6;
  const auto* where =
      ipv6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  if (bind(fd, where, ipv6 ? sizeof six : sizeof four) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

PrivateNetwork::PrivateNetwork(const fs::path& scratch, const std::set<std::string>& addresses,
                               bool state_in_memory)
    : scratch_(scratch),
      nested_(geteuid() != 0),
      caller_uid_(geteuid()),
      caller_gid_(getegid()),
      outer_network_(network_of_this_process()) {
  unshare_all();
  set_up_lo(addresses);
  hide_sockets();
  bind_files();
  if (state_in_memory) mount_state();
  open_name_sockets();
  return_to_own_ids();
  check_private();
}

PrivateNetwork::~PrivateNetwork() {
  for (const int fd : name_sockets_) close(fd);
}

void PrivateNetwork::unshare_all() {
  errno = 0;
  const int user = nested_ ? CLONE_NEWUSER : 0;
  if (unshare(user | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    fail("cannot make a private network",
         nested_
             ? "Allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
               "kernel.apparmor_restrict_unprivileged_userns) or run as root"
             : "In a container, give it CAP_SYS_ADMIN, or run as an ordinary user");
  }
  if (nested_) map_ids(0, caller_uid_, 0, caller_gid_);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    fail("cannot make the mounts private", "Give the container CAP_SYS_ADMIN");
  }
}

void PrivateNetwork::set_up_lo(const std::set<std::string>& addresses) {
  // A check before lo is up would find every address free to bind.
  ip_batch("link set lo up\n", scratch_ / "ip.log");
  std::string lines = add_line(kServerIpv4) + add_line(kServerIpv6);
  for (const std::string& address : addresses) {
    if (!is_ours(address)) lines += add_line(address);
  }
  ip_batch(lines, scratch_ / "ip.log");
  if (!is_ours(kServerIpv4)) {
    errno = 0;
    fail("lo does not take an address", "See ip.log in the scratch directory (--keep)");
  }
  for (const std::string& address : addresses) {
    if (!is_ours(address)) lacking_.insert(address);
  }
}

// What answers for the name service behind its files' back must not be reached.
void PrivateNetwork::hide_sockets() {
  const fs::path empty = scratch_ / "empty";
  fs::create_directories(empty);
  for (const char* directory : {"/run/nscd", "/var/run/nscd", "/run/systemd/resolve", "/run/dbus"}) {
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored)) continue;
    errno = 0;
    if (mount(empty.c_str(), directory, nullptr, MS_BIND, nullptr) != 0) {
      fail(std::string("cannot hide ") + directory, "Stop that service, or run where mounts are allowed");
    }
  }
}

void PrivateNetwork::bind_files() {
  const std::pair<const char*, const char*> files[] = {
      {"/etc/hosts", ""},
      {"/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"},
      {"/etc/nsswitch.conf",
       "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nservices: files\n"
       "protocols: files\n"},
      {"/etc/host.conf", "multi on\n"}};
  for (const auto& [target, text] : files) {
    const fs::path ours = scratch_ / fs::path(target).filename();
    write_file(ours, text, "The scratch directory must be writable");
    std::error_code missing;
    fs::path real = fs::weakly_canonical(target, missing);
    // A resolv.conf that led into a directory that is now hidden: its place there is ours to fill.
    if (!fs::exists(real, missing) && fs::exists(real.parent_path())) std::ofstream(real).flush();
    errno = 0;
    if (mount(ours.c_str(), real.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      fail(std::string("cannot bind our own ") + target, "The file must exist; create an empty one");
    }
  }
}

// The server's files: gone with the namespace, quick to sync, and executable where /run or /tmp is not. A
// machine that forbids it has the directory itself.
void PrivateNetwork::mount_state() {
  if (mount("tmpfs", (scratch_ / "state").c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711") != 0)
    errno = 0;
}

void PrivateNetwork::open_name_sockets() {
  errno = 0;
  for (const int family : {AF_INET, AF_INET6}) {
    if (const int fd = name_socket(family); fd >= 0) name_sockets_.push_back(fd);
  }
  if (name_sockets_.empty()) fail("cannot bind port 53 of loopback", "Run as root, or allow user namespaces");
}

void PrivateNetwork::return_to_own_ids() {
  if (!nested_) return;
  errno = 0;
  if (unshare(CLONE_NEWUSER) != 0) {
    fail("cannot make the nested user namespace", "Raise user.max_user_namespaces, or run as root");
  }
  map_ids(caller_uid_, 0, caller_gid_, 0);
}

void PrivateNetwork::write_hosts(const std::string& text) const {
  write_file(scratch_ / "hosts", text, "The scratch directory must be writable");
}

void PrivateNetwork::check_private() const {
  errno = 0;
  const std::string here = network_of_this_process();
  if (here.empty() || here == outer_network_) fail("not in a private network", "This is a bug of the runner");
  const struct if_nameindex* interfaces = if_nameindex();
  bool only_lo = interfaces != nullptr;
  for (const auto* i = interfaces; only_lo && i->if_index != 0; ++i)
    only_lo = std::strcmp(i->if_name, "lo") == 0;
  if_freenameindex(const_cast<struct if_nameindex*>(interfaces));
  errno = 0;
  if (!only_lo)
    fail("the private network has more than lo", "Nothing is sent there; this is a bug of the runner");
}

}  // namespace postern::conformance
