// SPDX-License-Identifier: BSD-2-Clause
//
// Law: settings that are taken are within their bounds; parse(t + comment) = parse(t); each error names its
// file and has a cure; a key that is unknown, or missing, is an error. Input: a configuration file.
#include <string>

#include "daemon/config/settings.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

const UserLookup kLookup = {[](const char* name, uid_t& uid, gid_t& primary) {
                              uid = primary = 64000;
                              return std::string_view(name) == "postern";
                            },
                            [](const char* name, gid_t& gid) {
                              gid = 64001;
                              return std::string_view(name) == "nsgroup";
                            }};

bool is_path(const PathText& path) {
  return path.view().starts_with('/') && path.view().find("/../") == std::string_view::npos;
}

bool serves(const Settings& s) {
  return s.pop3_listen_count + s.pop3_tls_listen_count + s.imap_listen_count + s.imap_tls_listen_count +
             s.smtp_listen_count >
         0;
}

bool is_sound(const Settings& s) {
  using std::chrono::milliseconds;
  uint32_t most = 16384;
#ifdef POSTERN_SEEDED_BUG
  most = 16000;
#endif
  return is_path(s.executables) && is_path(s.postoffice) && is_path(s.mailbox) && serves(s) &&
         s.pop3_listen_count <= kMaxEndpoints && s.max_connections >= 1 && s.max_connections <= most &&
         s.hash_slots <= 256 && s.lookup_deadline > milliseconds{0} &&
         s.lookup_deadline <= milliseconds{60000} && s.refusal_quantum <= milliseconds{60000} &&
         (s.refusal_quantum.count() == 0 || s.refusal_quantum >= s.lookup_deadline);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(octets_of(data, size));
  const ParsedSettings parsed = parse_settings(text, "file", kLookup);
  for (const Error& error : parsed.errors)
    hold(error.place.starts_with("file") && !error.cure.empty() && !error.text().empty(), "place and cure");
  hold(!parsed.errors.empty() || is_sound(parsed.settings), "what is taken is within its bounds");
  const ParsedSettings again = parse_settings(text + "\n# comment\n", "file", kLookup);
  hold(again.errors.size() == parsed.errors.size(), "a comment does not matter");
  hold(again.settings.max_connections == parsed.settings.max_connections &&
           again.settings.mailbox.view() == parsed.settings.mailbox.view(),
       "a comment changes nothing");
  return 0;
}
