// SPDX-License-Identifier: BSD-2-Clause
// PrivateNetwork: a network and mount namespace of our own, with the rows' addresses on lo and our own name
// service files. The only place that touches namespaces, mounts and addresses.
#ifndef POSTERN_CONFORMANCE_RUNNER_PRIVATE_NETWORK_H_
#define POSTERN_CONFORMANCE_RUNNER_PRIVATE_NETWORK_H_

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace postern::conformance {

// NetworkError: the private network cannot be made. what() ends with a cure.
class NetworkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// ServerAddresses: where the server under test is reached; on lo like all others.
inline constexpr const char* kServerIpv4 = "192.0.2.1";
inline constexpr const char* kServerIpv6 = "2001:db8:ffff:ffff::1";

// PrivateNetwork: exists = this process is inside. Whoever holds a reference may connect; nothing else may.
class PrivateNetwork {
 public:
  // Enters. `scratch` is a directory of ours that outlives the network; the files that are bound over those
  // of /etc lie in it, and its folder state, which is kept in memory if `state_in_memory`. As root: one step.
  // Else: a user namespace to set up lo and the mounts, then a nested one back to the caller's own ids. The
  // process has one thread. Throws NetworkError.
  PrivateNetwork(const std::filesystem::path& scratch, const std::set<std::string>& addresses,
                 bool state_in_memory);
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;
  ~PrivateNetwork();

  // lacking: the addresses that the kernel does not let us have.
  const std::set<std::string>& lacking() const { return lacking_; }

  // name_sockets: datagram sockets bound to port 53 of the loopback addresses. Owned by this object.
  const std::vector<int>& name_sockets() const { return name_sockets_; }

  // write_hosts: replaces what /etc/hosts says inside.
  void write_hosts(const std::string& text) const;

  // check_private: throws NetworkError unless this process sees lo and nothing else. Called before anything
  // is sent.
  void check_private() const;

 private:
  void unshare_all();
  void set_up_lo(const std::set<std::string>& addresses);
  void bind_files();
  void mount_state();
  void hide_sockets();
  void open_name_sockets();
  void return_to_own_ids();

  std::filesystem::path scratch_;
  bool nested_ = false;
  unsigned caller_uid_ = 0;
  unsigned caller_gid_ = 0;
  std::string outer_network_;
  std::set<std::string> lacking_;
  std::vector<int> name_sockets_;
};

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_RUNNER_PRIVATE_NETWORK_H_
