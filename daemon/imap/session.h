// SPDX-License-Identifier: BSD-2-Clause
// The IMAP session: RFC 3501 (STARTTLS among it), with LITERAL+ (7888), SASL-IR (4959), IDLE (2177), UIDPLUS
// (4315), MOVE (6851), UNSELECT (3691), NAMESPACE (2342), ID (2971), ENABLE (5161), CHILDREN (3348),
// SPECIAL-USE (6154) and ESEARCH (4731).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/imap/command_reader.h"
#include "daemon/imap/keeper_port.h"
#include "daemon/imap/wire_lines.h"
#include "daemon/session/client_stream.h"
#include "daemon/session/encryption.h"

namespace postern::daemon {

// kImapLines: the stream gives octets; lines and literals are ImapCommandReader's.
inline constexpr LineRule kImapLines{4096, false};

inline constexpr unsigned kImapFaultLimit = 20;  // commands before login that are none

// ImapSession is one connection's protocol, before and after login alike. It knows no file and no address:
// what it wants it asks of the keeper, and what messages say it reads from descriptors that the keeper lends.
// An untagged EXPUNGE is sent only where RFC 3501, section 7.4.1 lets it be: the keeper's view changes with
// poll() and with nothing else.
class ImapSession {
 public:
  // size_limit: of an appended message, in octets. All must outlive the session.
  ImapSession(ClientStream& client, ImapKeeperPort& keeper, SessionEncryption& encryption,
              uint64_t size_limit)
      : client_(client), keeper_(keeper), encryption_(encryption), size_limit_(size_limit), sink_(client) {}

  // run greets and answers until the client logs out, goes, or is silent for too long.
  void run();

 private:
  enum class State : uint8_t { kNew, kIn, kSelected, kEnded };

  // StreamSink puts octets into the answer.
  class StreamSink final : public OctetSink {
   public:
    explicit StreamSink(ClientStream& client) : client_(client) {}
    void put(std::string_view octets) override { client_.put(octets); }

   private:
    ClientStream& client_;
  };

  // NumberRange: messages by number, both ends.
  using NumberRange = SequenceRange;

  // session.cc
  [[nodiscard]] uint64_t deadline() const;
  [[nodiscard]] bool read_more();
  void take(ImapInput input);
  void too_long(ImapInput input);
  void command();
  void carry_out(const ImapCommand& command);
  void carry_out_in(const ImapCommand& command);
  void carry_out_selected(const ImapCommand& command);
  [[nodiscard]] std::optional<std::string> ask_line();
  void logout(const ImapCommand& command);
  void id(const ImapCommand& command);
  void done(const ImapCommand& command, std::string_view text);
  void no(const ImapCommand& command, std::string_view text);
  void bad(const ImapCommand& command, std::string_view text);
  void failed(const ImapCommand& command, ImapStatus status);
  void end(std::string_view text);
  [[nodiscard]] std::optional<ImapAnswer> heard(Result<ImapAnswer> answer);
  void put(std::string_view text) { client_.put(text); }
  void put_number(uint64_t number) { client_.put_number(number); }

  [[nodiscard]] static std::string_view failure_text(ImapStatus status);
  // folder_text: a folder's name, or one that no folder has for what cannot be said to the keeper.
  [[nodiscard]] static std::string_view folder_text(std::string_view name);

  // session_login.cc
  void put_capabilities();
  void start_tls(const ImapCommand& command);
  void login(const ImapCommand& command, std::string_view account, std::string_view password);
  void authenticate(const ImapCommand& command);
  void plain(const ImapCommand& command, std::string_view response);
  void external(const ImapCommand& command, std::string_view response);
  void logged_in(const ImapCommand& command, const std::optional<ImapAnswer>& answer);
  [[nodiscard]] bool has_certificate();

  // session_folders.cc
  void select(const ImapCommand& command);
  void put_selected(const ImapAnswer& answer);
  void put_flags_known(std::string_view before, std::string_view after);
  [[nodiscard]] bool load_keywords(uint32_t count);
  void about_folder(const ImapCommand& command);
  void list(const ImapCommand& command);
  void put_folder(std::string_view response, std::string_view attributes, std::string_view name);
  void put_subscribed_parents(const std::string& name, const std::string& pattern, std::string& last);
  void status(const ImapCommand& command);
  void close(const ImapCommand& command);
  void forget_folder();

  // session_messages.cc
  void poll(bool expunges);
  void put_change(const ImapRow& row);
  void put_flags(const ImapRow& row);
  [[nodiscard]] bool load_uids();
  [[nodiscard]] std::optional<std::vector<NumberRange>> chosen(const ImapCommand& command);
  void store(const ImapCommand& command);
  [[nodiscard]] std::optional<uint32_t> keyword_bits(const ImapCommand& command);
  void expunge(const ImapCommand& command);
  void copy(const ImapCommand& command);
  [[nodiscard]] std::string copied_uids(const std::vector<NumberRange>& ranges);
  void search(const ImapCommand& command);
  void put_found(const ImapCommand& command, const std::vector<uint32_t>& found);
  void idle(const ImapCommand& command);

  // session_fetch.cc
  void fetch(const ImapCommand& command);
  [[nodiscard]] bool fetch_one(const ImapCommand& command, ImapRow row);
  void put_item(const ImapFetchItem& item, const ImapRow& row);
  void put_section(const ImapFetchItem& item, const ImapRow& row);
  void put_literal(const ImapFetchItem& item, const FileRange& range);
  void put_field_lines(const ImapFetchItem& item, const FileRange& header);
  void put_text_literal(const ImapFetchItem& item, const std::string& text);

  // session_append.cc
  void append_begins();
  void append_refused(const ImapCommand& command, std::string_view text);
  void append_octets(std::string_view octets);
  void send_append();
  void append_ends(const ImapCommand& command);
  void abandon_append();

  ClientStream& client_;
  ImapKeeperPort& keeper_;
  SessionEncryption& encryption_;
  uint64_t size_limit_;
  StreamSink sink_;
  ImapCommandReader reader_;
  std::string_view unread_;
  bool silent_ = false;  // the client did not speak in time
  State state_ = State::kNew;
  uint64_t login_deadline_ = 0;
  unsigned logins_ = 0;
  std::optional<bool> certificate_;  // whether one was shown; not asked for yet
  unsigned faults_ = 0;

  // Of the selected folder.
  std::string selected_;
  bool read_only_ = false;
  uint32_t exists_ = 0;
  uint32_t recent_ = 0;
  std::vector<std::string> keywords_;
  std::vector<uint32_t> uids_;  // of the first messages; the rest is asked for when it is needed

  // Of an APPEND that has begun.
  bool appending_ = false;
  bool append_taken_ = false;   // the keeper takes its octets
  bool append_nul_ = false;     // an octet was none that a literal may have
  std::string append_fault_;    // what to answer at its end
  std::string append_waiting_;  // octets that are to be sent together

  // Of a message that is fetched.
  struct Open;
  Open* open_ = nullptr;
};

}  // namespace postern::daemon
