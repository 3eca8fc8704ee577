// SPDX-License-Identifier: BSD-2-Clause
// A message file, read in pieces, as it is on the wire: every line end is CRLF there, as pop3/wire.h has it,
// and a last line without an end stays so; or octet for octet, if the source is verbatim.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::daemon {

// OctetSource is what a message is read from. read_at reads up to `length` octets at `offset` into `into` and
// returns how many there were, 0 at the end, negative if they cannot be read.
class OctetSource {
 public:
  explicit OctetSource(bool verbatim) : verbatim_(verbatim) {}
  virtual ~OctetSource() = default;
  [[nodiscard]] virtual int64_t read_at(uint64_t offset, char* into, size_t length) = 0;

  // is_verbatim: its octets are those on the wire (maildir/walk.h).
  [[nodiscard]] bool is_verbatim() const { return verbatim_; }

 private:
  bool verbatim_;
};

// FileSource reads an open file, which stays the caller's.
class FileSource final : public OctetSource {
 public:
  FileSource(int file, bool verbatim) : OctetSource(verbatim), file_(file) {}
  [[nodiscard]] int64_t read_at(uint64_t offset, char* into, size_t length) override;

 private:
  int file_;
};

// TextSource reads a text, which stays the caller's.
class TextSource final : public OctetSource {
 public:
  explicit TextSource(std::string_view text, bool verbatim = false) : OctetSource(verbatim), text_(text) {}
  [[nodiscard]] int64_t read_at(uint64_t offset, char* into, size_t length) override;

 private:
  std::string_view text_;
};

// OctetSink is where octets on their way to a client go.
class OctetSink {
 public:
  virtual ~OctetSink() = default;
  virtual void put(std::string_view octets) = 0;
};

// TextSink collects them.
class TextSink final : public OctetSink {
 public:
  void put(std::string_view octets) override { text += octets; }
  std::string text;
};

// WirePlace: a place between octets of a message: in the file, on the wire, and line ends before it.
struct WirePlace {
  uint64_t file = 0;
  uint64_t wire = 0;
  uint64_t lines = 0;
};

inline constexpr size_t kLineBeginning = 512;

// WireLine: one line. `beginning` has its first octets, at most kLineBeginning, without its end.
struct WireLine {
  WirePlace begin;
  WirePlace text_end;  // before its line end
  WirePlace end;       // after it
  std::string_view beginning;
  [[nodiscard]] bool is_empty() const { return beginning.empty(); }
};

// WireLines goes through the lines of a source from the beginning. Memory is fixed.
class WireLines {
 public:
  explicit WireLines(OctetSource& source) : source_(source) {}

  // next gives the next line, whose beginning is valid until the call after; false at the end, or if the
  // source could not be read (failed()).
  [[nodiscard]] bool next(WireLine& line);

  [[nodiscard]] WirePlace place() const { return place_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  [[nodiscard]] bool fill();
  void keep(std::string_view octets);

  OctetSource& source_;
  WirePlace place_;
  bool failed_ = false;
  char last_ = '\n';
  uint64_t offset_ = 0;  // in the source, of what comes after the buffer
  size_t used_ = 0;
  size_t filled_ = 0;
  size_t kept_ = 0;
  std::array<char, kLineBeginning> beginning_{};
  std::array<char, 16384> buffer_{};
};

// FileRange: octets of the file, and what they are on the wire.
struct FileRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t wire = 0;
};

// put_wire puts `count` octets of what `range` is on the wire, from octet `origin` on. The end may
// be beyond the file's. False: the source could not be read, or has fewer; nothing of use was put.
[[nodiscard]] bool put_wire(OctetSource& source, const FileRange& range, uint64_t origin, uint64_t count,
                            OctetSink& sink);

// read_range: the octets of the file from `begin` to `end`, at most `limit`. Shorter if they cannot be read.
[[nodiscard]] std::string read_range(OctetSource& source, uint64_t begin, uint64_t end, size_t limit);

}  // namespace postern::daemon
