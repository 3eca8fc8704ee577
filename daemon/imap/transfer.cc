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
  size_.add(octets);
  Result<void> written = write_all(file_.get(), octets, name_);
  if (!written) return written.take_error();
  return true;
}

Result<Arrived> AppendTransfer::commit() {
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(date_), 0}};
  if (date_ != kImapNow && futimens(file_.get(), times) != 0)
    return system_error("cannot date the message", name_);
  if (fsync(file_.get()) != 0) return system_error("cannot make the message last", name_);
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) return system_error("cannot look at the message", name_);
  Result<Arrived> arrived = target_.arrive(
      {{target_.drafts(), name_, flags_, size_.total(), info.st_mtim.tv_sec}}, ArriveBy::kMove);
  if (arrived) file_.reset();  // it is no draft any more
  return arrived;
}

}  // namespace postern::daemon
