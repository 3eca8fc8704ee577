// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "daemon/sys/files.h"

namespace postern::daemon {

// translated: the keywords' letters in the target. One that finds no letter there is dropped (RFC 3501:
// SHOULD).
Result<std::uint32_t> CopyTransfer::translated(std::uint32_t keywords,
                                               const std::vector<std::string>& names) {
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    if ((keywords >> i & 1U) == 0 || names[i].empty()) continue;
    if (!letters_.contains(i)) {
      Result<std::optional<std::uint32_t>> letter = target_.define(names[i]);
      if (!letter) return letter.take_error();
      letters_[i] = letter.value().value_or(kImapKeywordsLimit);
    }
    bits |= 1U << letters_[i];
  }
  return bits & kImapKeywordMask;
}

Result<std::optional<std::vector<Arrival>>> CopyTransfer::arrivals(const Folder& source) {
  Result<std::vector<std::string>> names = source.keywords();
  if (!names) return names.take_error();
  std::vector<Arrival> arrivals;
  for (const std::uint32_t uid : uids_) {
    std::optional<Arrival> arrival = source.arrival(uid);
    if (!arrival) return std::optional<std::vector<Arrival>>();
    Result<std::uint32_t> keywords = translated(arrival->flags.keywords, names.value());
    if (!keywords) return keywords.take_error();
    arrival->flags.keywords = keywords.value();
    arrivals.push_back(std::move(*arrival));
  }
  return std::optional<std::vector<Arrival>>(std::move(arrivals));
}

Result<std::optional<Arrived>> CopyTransfer::commit(Folder& source) {
  const ArriveBy by = mode_ == ImapCopyMode::kMove ? ArriveBy::kMove : ArriveBy::kLink;
  for (int tries = 0; tries < 3; ++tries) {
    Result<std::optional<std::vector<Arrival>>> ready = arrivals(source);
    if (!ready) return ready.take_error();
    if (!ready.value()) break;
    Result<Arrived> arrived = target_.arrive(*ready.value(), by);
    if (arrived) return std::optional<Arrived>(arrived.value());
    if (arrived.error().errno_value != ENOENT) return arrived.take_error();
    Result<std::vector<std::uint32_t>> listed = source.list(false);  // renamed by somebody, or removed
    if (!listed) return listed.take_error();
  }
  return std::optional<Arrived>();
}

// CR CR LF would be CR LF in the file, and that is CR LF on the wire.
bool FileForm::add(std::string_view octets, std::string& text) {
  for (const char octet : octets) {
    if (octet == '\n' && (!had_cr_ || last_ == '\r')) return false;
    if (had_cr_ && octet != '\n') text.push_back(last_ = '\r');
    had_cr_ = octet == '\r';
    if (!had_cr_) text.push_back(last_ = octet);
  }
  return true;
}

AppendTransfer::~AppendTransfer() {
  if (file_.is_open()) (void)unlinkat(target_.drafts(), name_.c_str(), 0);  // tmp/ may hold what nobody wants
}

Result<void> AppendTransfer::begin() {
  Result<Fd> file = target_.draft(name_);
  if (!file) return file.take_error();
  file_ = std::move(file).value();
  return {};
}

Result<bool> AppendTransfer::add(std::string_view octets) {
  if (octets.size() > limit_ - octets_) return false;
  octets_ += octets.size();
  Result<void> written = write(octets);
  if (!written) return written.take_error();
  return true;
}

Result<void> AppendTransfer::write(std::string_view octets) {
  if (!verbatim_) {
    FileForm next = form_;
    std::string text;
    if (next.add(octets, text)) {
      form_ = next;
      return write_all(file_.get(), text, name_);
    }
    Result<void> begun = begin_verbatim();
    if (!begun) return begun;
  }
  return write_all(file_.get(), octets, name_);
}

// begin_verbatim writes what has come into another file, as it was on the wire.
Result<void> AppendTransfer::begin_verbatim() {
  verbatim_ = true;
  const std::string short_name = std::exchange(name_, {});
  const Fd before(
      openat(target_.drafts(), short_name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!before.is_open()) return system_error("cannot read the message", short_name);
  if (unlinkat(target_.drafts(), short_name.c_str(), 0) != 0)
    return system_error("cannot remove a draft", short_name);
  file_.reset();
  Result<void> begun = begin();
  if (!begun) return begun;
  for (std::uint64_t at = 0;;) {
    Result<std::string> piece = read_at(before.get(), at, kImapTextLimit, short_name);
    if (!piece) return piece.take_error();
    if (piece->empty()) return write_all(file_.get(), form_.held(), name_);
    at += piece->size();
    std::string wire;
    for (const char octet : piece.value()) {
      if (octet == '\n') wire += '\r';
      wire += octet;
    }
    Result<void> written = write_all(file_.get(), wire, name_);
    if (!written) return written;
  }
}

Result<Arrived> AppendTransfer::commit() {
  if (!verbatim_) {
    Result<void> last = write_all(file_.get(), form_.held(), name_);
    if (!last) return last.take_error();
  }
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(date_), 0}};
  if (date_ != kImapNow && futimens(file_.get(), times) != 0)
    return system_error("cannot date the message", name_);
  if (fsync(file_.get()) != 0) return system_error("cannot make the message last", name_);
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) return system_error("cannot look at the message", name_);
  Result<Arrived> arrived = target_.arrive(
      {{target_.drafts(), name_, flags_, octets_, info.st_mtim.tv_sec, verbatim_}}, ArriveBy::kMove);
  if (arrived) file_.reset();  // it is no draft any more
  return arrived;
}

}  // namespace postern::daemon
