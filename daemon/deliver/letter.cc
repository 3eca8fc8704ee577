// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/deliver/letter.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "daemon/deliver/mbox_text.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;

// give_octets: the message as the queue has it, piece by piece.
Result<void> give_octets(const Letter& letter, const Sink& sink) {
  std::vector<char> piece(std::min<std::uint64_t>(kPiece, letter.length));  // each page of it costs a fault
  for (std::uint64_t given = 0; given < letter.length;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), letter.length - given);
    const ssize_t got = pread(letter.message, piece.data(), wanted, static_cast<off_t>(letter.begin + given));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read the message in the queue", letter.queue_id);
    if (got == 0)
      return Error{"the message in the queue is shorter than it says", letter.queue_id, {}, 0, Exit::kData};
    if (auto taken = sink({piece.data(), static_cast<std::size_t>(got)}); !taken.ok()) return taken;
    given += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace

Result<void> give_message(const Letter& letter, const Sink& sink) {
  if (auto given = sink(return_path(letter.sender)); !given.ok()) return given;
  return give_octets(letter, sink);
}

Result<void> give_mbox(const Letter& letter, std::string_view closing, const Sink& sink) {
  FromQuoter quoter;
  std::string out(closing);
  out += from_line(letter.sender, letter.accepted_at);
  if (auto given = sink(out); !given.ok()) return given;
  const auto quoted = [&](std::string_view octets) {
    out.clear();
    quoter.add(octets, out);
    return sink(out);
  };
  if (auto given = give_message(letter, quoted); !given.ok()) return given;
  out.clear();
  quoter.finish(out);
  return sink(out += '\n');
}

}  // namespace postern::daemon
