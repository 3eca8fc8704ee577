// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/wire_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postern::daemon {

int64_t FileSource::read_at(uint64_t offset, char* into, size_t length) {
  while (true) {
    const ssize_t got = ::pread(file_, into, length, static_cast<off_t>(offset));
    if (got >= 0 || errno != EINTR) return got;
  }
}

int64_t TextSource::read_at(uint64_t offset, char* into, size_t length) {
  if (offset >= text_.size()) return 0;
  return static_cast<int64_t>(text_.copy(into, length, offset));
}

bool WireLines::fill() {
  const int64_t got = failed_ ? -1 : source_.read_at(offset_, buffer_.data(), buffer_.size());
  failed_ = got < 0;
  used_ = 0;
  filled_ = failed_ ? 0 : static_cast<size_t>(got);
  offset_ += filled_;
  return filled_ != 0;
}

void WireLines::keep(std::string_view octets) {
  if (octets.empty()) return;
  last_ = octets.back();
  kept_ += octets.copy(beginning_.data() + kept_, beginning_.size() - kept_);
}

bool WireLines::next(WireLine& line) {
  line.begin = place_;
  kept_ = 0;
  last_ = '\n';
  while (used_ != filled_ || fill()) {
    const char* from = buffer_.data() + used_;
    const void* end = std::memchr(from, '\n', filled_ - used_);
    const size_t length =
        end == nullptr ? filled_ - used_ : static_cast<size_t>(static_cast<const char*>(end) - from);
    keep({from, length});
    place_.file += length;
    place_.wire += length;
    used_ += length;
    if (end == nullptr) continue;
    const uint64_t cr = last_ == '\r' ? 1 : 0;
    line.text_end = {place_.file - cr, place_.wire - cr, place_.lines};
    ++used_;
    place_.file += 1;
    place_.wire += cr != 0 || source_.is_verbatim() ? 1U : 2U;
    break;
  }
  if (place_.file == line.begin.file) return false;
  const bool ended = used_ != 0 && buffer_[used_ - 1] == '\n';
  if (!ended) line.text_end = place_;
  if (ended) ++place_.lines;
  line.end = place_;
  if (ended && kept_ != 0 && last_ == '\r' && beginning_[kept_ - 1] == '\r') --kept_;
  line.beginning = {beginning_.data(), kept_};
  return !failed_;
}

namespace {

// WireCutter turns file octets into wire octets and lets those from `skip_` on through, `left_` of them.
class WireCutter {
 public:
  WireCutter(bool verbatim, uint64_t origin, uint64_t count, OctetSink& sink)
      : verbatim_(verbatim), skip_(origin), left_(count), sink_(sink) {}

  void add(std::string_view octets) {
    if (verbatim_) return put(octets);
    while (!octets.empty() && left_ != 0) {
      const size_t end = octets.find('\n');
      const std::string_view text = octets.substr(0, end);
      put(text);
      if (!text.empty()) last_ = text.back();
      octets.remove_prefix(text.size());
      if (end == std::string_view::npos) return;
      put(last_ == '\r' ? "\n" : "\r\n");
      last_ = '\n';
      octets.remove_prefix(1);
    }
  }
  [[nodiscard]] uint64_t left() const { return left_; }
  // finish ends a last line that has no end: UID lists of before have counted that in.
  void finish() {
    if (last_ != '\n') put("\r\n");
  }

 private:
  void put(std::string_view octets) {
    const uint64_t skipped = std::min<uint64_t>(skip_, octets.size());
    skip_ -= skipped;
    octets.remove_prefix(skipped);
    octets = octets.substr(0, left_);
    left_ -= octets.size();
    if (!octets.empty()) sink_.put(octets);
  }

  bool verbatim_;
  uint64_t skip_;
  uint64_t left_;
  OctetSink& sink_;
  char last_ = '\n';
};

}  // namespace

bool put_wire(OctetSource& source, const FileRange& range, uint64_t origin, uint64_t count, OctetSink& sink) {
  WireCutter cutter(source.is_verbatim(), origin, count, sink);
  std::array<char, 16384> buffer;
  for (uint64_t at = range.begin; at < range.end && cutter.left() != 0;) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(buffer.size(), range.end - at));
    const int64_t got = source.read_at(at, buffer.data(), wanted);
    if (got < 0) return false;
    if (got == 0) break;
    cutter.add({buffer.data(), static_cast<size_t>(got)});
    at += static_cast<uint64_t>(got);
  }
  if (cutter.left() != 0) cutter.finish();
  return cutter.left() == 0;
}

std::string read_range(OctetSource& source, uint64_t begin, uint64_t end, size_t limit) {
  std::string text(static_cast<size_t>(std::min<uint64_t>(end - begin, limit)), '\0');
  size_t filled = 0;
  while (filled != text.size()) {
    const int64_t got = source.read_at(begin + filled, text.data() + filled, text.size() - filled);
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace postern::daemon
