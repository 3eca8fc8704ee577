// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/name_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace postern::conformance {

NameServer::NameServer(const std::vector<int>& sockets) : stop_(eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this, sockets] { serve(sockets); });
}

NameServer::~NameServer() {
  const uint64_t one = 1;
  if (write(stop_, &one, sizeof one) == sizeof one) thread_.join();
  close(stop_);
}

void NameServer::load(NameData data) {
  const std::lock_guard lock(mutex_);
  data_ = std::move(data);
  asked_.clear();
}

bool NameServer::was_asked(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  return asked_.contains(reverse_name(address));
}

void NameServer::forget_questions() {
  const std::lock_guard lock(mutex_);
  asked_.clear();
}

void NameServer::serve(const std::vector<int>& sockets) {
  std::vector<pollfd> waiting{{stop_, POLLIN, 0}};
  for (const int fd : sockets) waiting.push_back({fd, POLLIN, 0});
  while (poll(waiting.data(), waiting.size(), -1) >= 0 || errno == EINTR) {
    if (waiting[0].revents != 0) return;
    for (size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) answer(waiting[i].fd);
    }
  }
}

void NameServer::answer(int socket) {
  std::array<uint8_t, 4096> datagram;
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  const ssize_t got =
      recvfrom(socket, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&peer), &peer_size);
  if (got <= 0) return;
  NameAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = parse_name_question({datagram.data(), static_cast<size_t>(got)}, data_);
    if (!answer.asked.empty()) asked_.insert(answer.asked);
  }
  if (answer.octets.empty()) return;
  sendto(socket, answer.octets.data(), answer.octets.size(), 0, reinterpret_cast<const sockaddr*>(&peer),
         peer_size);
}

}  // namespace postern::conformance
