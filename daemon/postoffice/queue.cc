// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/postoffice/queue.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr char kCure[] = "the queue belongs to the MTA user; postern-setup makes it (DT-2)";
constexpr int kAttempts = 16;
constexpr std::size_t kRoomForStates = 192;  // octets for each recipient: two records of appends

Error trouble(std::string what, std::string_view id) {
  return system_error(std::move(what), std::string(id), kCure, Exit::kTemporary);
}

Error refused_id(std::string_view id) {
  return {"is no queue id", std::string(id), "see postern queue list", 0, Exit::kUsage};
}

Result<std::string> make_id(std::int64_t& arrived) {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return system_error("cannot read the clock");
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    return system_error("cannot get a random number", "getrandom");
  arrived = now.tv_sec;
  const auto nsec =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%016llx-%08x", static_cast<unsigned long long>(nsec),
                      random);
  return std::string(text.data());
}

Result<void> sync_directory(int directory, std::string_view id) {
  if (::fsync(directory) != 0) return trouble("cannot make the queue last", id);
  return {};
}

// lock takes the lock of a file that still has its name; false: another has it, or the name is gone.
Result<bool> lock(int file, std::string_view id) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    return trouble("cannot lock a message", id);
  }
  struct stat status {};
  if (::fstat(file, &status) != 0) return trouble("cannot look at a message", id);
  return status.st_nlink != 0;
}

Result<void> rename_new(int from, int to, const std::string& id) {
  if (::renameat2(from, id.c_str(), to, id.c_str(), RENAME_NOREPLACE) != 0)  // G3
    return trouble("cannot give a message its name", id);
  return {};
}

// move_to_dead moves a message, lasting on both sides.
Result<void> move_to_dead(int active, int dead, const std::string& id) {
  Result<void> done = rename_new(active, dead, id);
  if (done) done = sync_directory(dead, id);
  if (done) done = sync_directory(active, id);
  return done;
}

// open_message: an Fd that is not open where there is no such file.
Result<Fd> open_message(int directory, const std::string& id, int flags) {
  Fd file(::openat(directory, id.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return Fd();
    return trouble("cannot open a message", id);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return trouble("cannot look at a message", id);
  if (!S_ISREG(status.st_mode) || status.st_nlink > 1)
    return Error{"is no regular file of one name", id, kCure, 0, Exit::kData};
  return file;
}

Result<void> write_at(int file, std::string_view octets, std::uint64_t offset, std::string_view id) {
  while (!octets.empty()) {
    const ssize_t put = ::pwrite(file, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return trouble("cannot write a message", id);
    octets.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

struct ReadMessage {
  Envelope envelope;
  std::uint64_t message_offset = 0;
  ParsedStates states;
};

Result<ReadMessage> read_message(int file, std::string_view id) {
  Result<std::string> head = read_at(file, 0, kQueueEnvelopeLimit, id, Exit::kTemporary);
  if (!head) return head.take_error();
  Result<ParsedEnvelope> parsed = parse_envelope(head.value(), id);
  if (!parsed) return parsed.take_error();
  if (parsed->envelope.id != id)
    return Error{"has another message's id", std::string(id), kCure, 0, Exit::kData};
  ReadMessage message{std::move(parsed->envelope), parsed->length, {}};
  struct stat status {};
  if (::fstat(file, &status) != 0) return trouble("cannot look at a message", id);
  const auto length = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t end = message.message_offset + message.envelope.size;
  if (end < message.message_offset || length < end || length - end > kQueueStatesLimit)
    return Error{"is not as long as it says", std::string(id), kCure, 0, Exit::kData};
  Result<std::string> tail = read_at(file, end, length - end, id, Exit::kTemporary);
  if (!tail) return tail.take_error();
  message.states = parse_states(tail.value(), message.envelope.recipients.size());
  return message;
}

}  // namespace

Result<void> make_queue(int queue) {
  for (const char* name : {"incoming", "active", "dead"})
    if (::mkdirat(queue, name, 0700) != 0 && errno != EEXIST) return trouble("cannot make a directory", name);
  return sync_directory(queue, "queue");
}

Result<QueueDirectories> open_queue(int queue) {
  QueueDirectories all;
  const std::pair<const char*, Fd*> wanted[] = {
      {"incoming", &all.incoming}, {"active", &all.active}, {"dead", &all.dead}};
  for (const auto& [name, directory] : wanted) {
    directory->reset(::openat(queue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory->is_open()) return trouble("cannot open a directory of the queue", name);
  }
  return all;
}

bool is_disk_full(const Error& error) {
  return error.errno_value == ENOSPC || error.errno_value == EDQUOT || error.errno_value == EFBIG;
}

IncomingMessage::IncomingMessage(IncomingMessage&& other) noexcept
    : incoming_(other.incoming_),
      file_(std::move(other.file_)),
      envelope_(std::move(other.envelope_)),
      is_there_(std::exchange(other.is_there_, false)) {}

// What cannot be removed is removed by recover_incoming.
IncomingMessage::~IncomingMessage() {
  if (is_there_) (void)::unlinkat(incoming_, envelope_.id.c_str(), 0);
}

// make_file: false if another file has this name, or recovery was quicker than the lock.
Result<bool> IncomingMessage::make_file() {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  file_.reset(::openat(incoming_, envelope_.id.c_str(), kFlags, 0600));
  if (!file_.is_open()) {
    if (errno == EEXIST) return false;
    return trouble("cannot make a message", envelope_.id);
  }
  Result<bool> locked = lock(file_.get(), envelope_.id);
  is_there_ = !locked || locked.value();
  return locked;
}

Result<IncomingMessage> IncomingMessage::begin(int incoming, Envelope envelope) {
  IncomingMessage message(incoming, std::move(envelope));
  message.envelope_.size = 0;
  for (int i = 0; i < kAttempts; ++i) {
    Result<std::string> id = make_id(message.envelope_.arrived);
    if (!id) return id.take_error();
    message.envelope_.id = std::move(id).value();
    Result<bool> made = message.make_file();
    if (!made) return made.take_error();
    if (!made.value()) continue;
    Result<std::string> text = print_envelope(message.envelope_);
    if (!text) return text.take_error();
    Result<void> written = write_all(message.file_.get(), text.value(), message.envelope_.id);
    if (!written) return written.take_error();
    return message;
  }
  return Error{"no free name for a message", "incoming", kCure, 0, Exit::kTemporary};
}

Result<void> IncomingMessage::write(std::string_view octets) {
  Result<void> written = write_all(file_.get(), octets, envelope_.id);
  if (written) envelope_.size += octets.size();
  return written;
}

Result<void> IncomingMessage::commit(int active) {
  Result<std::string> text = print_envelope(envelope_);  // now with the size
  if (!text) return text.take_error();
  Result<void> done = write_at(file_.get(), text.value(), 0, envelope_.id);
  const std::string room(kRoomForStates * envelope_.recipients.size(), '\n');
  if (done) done = write_all(file_.get(), room, envelope_.id);
  if (done) done = write_back(file_.get(), envelope_.id);  // G1
  if (done) done = rename_new(incoming_, active, envelope_.id);
  if (!done) return done;
  is_there_ = false;
  if (::fsync(file_.get()) != 0) return trouble("cannot make a message last", envelope_.id);
  done = sync_directory(active, envelope_.id);  // G2
  file_.reset();                                // the lock goes: it can be delivered
  return done;
}

Result<std::optional<QueuedMessage>> QueuedMessage::claim(int active, std::string_view id) {
  if (!is_queue_id(id)) return refused_id(id);
  QueuedMessage message;
  message.active_ = active;
  Result<Fd> file = open_message(active, std::string(id), O_RDWR);
  if (!file) return file.take_error();
  if (!file.value().is_open()) return std::optional<QueuedMessage>();
  message.file_ = std::move(file).value();
  Result<bool> ours = lock(message.file(), id);
  if (!ours) return ours.take_error();
  if (!ours.value()) return std::optional<QueuedMessage>();
  message.envelope_.id = id;
  Result<void> read = message.read();
  if (!read) return read.take_error();
  return std::optional<QueuedMessage>(std::move(message));
}

Result<void> QueuedMessage::read() {
  Result<ReadMessage> read = read_message(file(), envelope_.id);
  if (!read) return read.take_error();
  envelope_ = std::move(read->envelope);
  message_offset_ = read->message_offset;
  states_ = std::move(read->states.states);
  states_end_ = message_offset_ + envelope_.size + read->states.length;
  return {};
}

Result<void> QueuedMessage::write_record(std::size_t recipient, const RecipientState& state) {
  Result<std::string> text = print_state(recipient, state);
  if (!text) return text.take_error();
  if (broken_ || recipient >= states_.size())
    return Error{"no state can be recorded", envelope_.id, {}, 0, Exit::kSoftware};
  broken_ = true;
  // Over whatever a torn record has left; what of that is longer is no whole line, and is never read (G4).
  Result<void> written = write_at(file(), text.value(), states_end_, envelope_.id);
  if (!written) return written;
  states_end_ += text->size();
  states_[recipient] = state;
  broken_ = false;
  return {};
}

Result<void> QueuedMessage::record(std::size_t recipient, const RecipientState& state) {
  const RecipientState before = recipient < states_.size() ? states_[recipient] : RecipientState{};
  Result<void> written = write_record(recipient, state);
  if (!written || ::fdatasync(file()) == 0) return written;
  broken_ = true;
  states_[recipient] = before;
  return trouble("cannot make a state last", envelope_.id);
}

void QueuedMessage::mark(std::size_t recipient, const RecipientState& state) {
  states_.at(recipient) = state;
}

Result<void> QueuedMessage::remove() {
  if (::unlinkat(active_, envelope_.id.c_str(), 0) != 0)
    return trouble("cannot remove a message", envelope_.id);
  return {};
}

Result<void> sync_removals(int active) {
  return sync_directory(active, "removed messages");
}

Result<void> QueuedMessage::bury(int dead) {
  return move_to_dead(active_, dead, envelope_.id);
}

Result<std::optional<QueuedFacts>> look_at(int directory, std::string_view id) {
  if (!is_queue_id(id)) return refused_id(id);
  Result<Fd> file = open_message(directory, std::string(id), O_RDONLY);
  if (!file) return file.take_error();
  if (!file.value().is_open()) return std::optional<QueuedFacts>();
  Result<ReadMessage> read = read_message(file.value().get(), id);
  if (!read) return read.take_error();
  return std::optional<QueuedFacts>(QueuedFacts{std::move(read->envelope), std::move(read->states.states)});
}

Result<std::vector<std::string>> list_queue(int directory) {
  Result<std::vector<std::string>> ids = list_directory(directory, "the queue", Exit::kTemporary);
  if (ids) std::erase_if(ids.value(), [](const std::string& name) { return !is_queue_id(name); });
  return ids;
}

Result<bool> set_aside(int active, int dead, std::string_view id) {
  if (!is_queue_id(id)) return refused_id(id);
  const std::string name(id);
  const Fd file(::openat(active, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return false;
  // What cannot even be opened (a link, a foreign file) is nobody's to lock.
  if (file.is_open()) {
    Result<bool> ours = lock(file.get(), id);
    if (!ours || !ours.value()) return ours;
  }
  Result<void> moved = move_to_dead(active, dead, name);
  if (!moved) return moved.take_error();
  return true;
}

Result<std::size_t> recover_incoming(int incoming) {
  Result<std::vector<std::string>> ids = list_queue(incoming);
  if (!ids) return ids.take_error();
  std::size_t removed = 0;
  for (const std::string& id : ids.value()) {
    const Fd file(::openat(incoming, id.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) continue;  // gone meanwhile, or no file of ours
    Result<bool> dead = lock(file.get(), id);
    if (!dead) return dead.take_error();
    if (!dead.value()) continue;
    if (::unlinkat(incoming, id.c_str(), 0) == 0)
      ++removed;
    else if (errno != ENOENT)  // in active/ by now
      return trouble("cannot remove a message", id);
  }
  return removed;
}

}  // namespace postern::daemon
