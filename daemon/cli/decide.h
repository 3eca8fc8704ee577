// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide.h"
#include "daemon/cli/request.h"

namespace postern::daemon {

constexpr std::size_t kLongestLine = 1048576;  // octets of one request, without its LF

// DecideSession answers the lines of `postern decide`, one by one:
//   {"id":…,"list":["…"],"ip":"…","names":["…"]}
// gives {"id":…,"verdict":"allow|deny","step":1-5,"entry":N|null,"name":…|null,
//        "malformed":[{"entry":N,"why":"code","detail":"…"}]}
// or {"id":…|null,"error":"…"}. Lines do not influence each other; the object only keeps storage between
// them.
class DecideSession {
 public:
  // answer appends the answer to `line`, with its LF, to `out`. False: it is an error object.
  bool answer(std::string_view line, std::string& out);
  // too_long appends the answer to a line of more than kLongestLine octets.
  static void too_long(std::string& out);

 private:
  nlohmann::ordered_json decided(const Client& client);

  Request request_;
  std::vector<Entry> list_;
  std::vector<Text> names_;
};

// decide_stream answers every line of descriptor `in` on `out`, and flushes whenever the input pauses.
// Returns an ExitCode: kExitOk at the end of input, kExitData if any line was bad, kExitIo if reading or
// writing failed.
int decide_stream(int in, int out);

}  // namespace postern::daemon
