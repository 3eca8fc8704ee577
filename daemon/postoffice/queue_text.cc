// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/postoffice/queue_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/account/account.h"

namespace postern::daemon {
namespace {

constexpr std::string_view kTitle = "postern-queue 1\n";
constexpr std::size_t kSizeDigits = 20;
constexpr std::array<std::string_view, 3> kStatusWords{"waiting", "done", "failed"};

Error cannot_print(std::string what) {
  return {std::move(what), "queue file", "a defect of the caller", 0, Exit::kSoftware};
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// canonical_number: decimal digits as std::to_string prints them.
template <class Number>
bool canonical_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  return number >= 0 && (text.size() == 1 || text.front() != '0');
}

bool fixed_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return text.size() == kSizeDigits && error == std::errc{} && end == text.data() + text.size();
}

std::string fixed_digits(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kSizeDigits - digits.size(), '0') + digits;
}

// take_line: the next line of `rest`, without its LF; false if there is no whole one.
bool take_line(std::string_view& rest, std::string_view& line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

// take_field: the line "KEY VALUE".
bool take_field(std::string_view& rest, std::string_view key, std::string_view& value) {
  std::string_view line;
  std::string_view ahead = rest;
  if (!take_line(ahead, line) || !line.starts_with(key) || line.size() <= key.size()) return false;
  if (line[key.size()] != ' ') return false;
  value = line.substr(key.size() + 1);
  rest = ahead;
  return true;
}

// take_word: up to the next space, which goes too.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

bool is_new_recipient(const Envelope& envelope, std::string_view name) {
  return is_account_name(name) && envelope.recipients.size() < kQueueRecipientLimit &&
         std::ranges::find(envelope.recipients, name) == envelope.recipients.end();
}

// FNV-1a: against torn writes, not against people.
std::string checksum(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; sum >>= 4U) digits[i] = "0123456789abcdef"[sum & 15U];
  return digits;
}

std::string append_text(const std::optional<AppendRecord>& append) {
  if (!append) return "-";
  return std::to_string(append->device) + ":" + std::to_string(append->inode) + ":" +
         std::to_string(append->offset) + ":" + std::to_string(append->length);
}

bool parse_append(std::string_view text, std::optional<AppendRecord>& append) {
  if (text == "-") return true;
  AppendRecord record;
  std::uint64_t* const fields[] = {&record.device, &record.inode, &record.offset, &record.length};
  for (std::uint64_t* field : fields) {
    const std::size_t end = field == &record.length ? text.size() : text.find(':');
    if (end == std::string_view::npos || !canonical_number(text.substr(0, end), *field)) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  append = record;
  return true;
}

bool parse_state(std::string_view line, std::vector<RecipientState>& states) {
  constexpr std::size_t kSumLength = 18;  // " *" and 16 digits
  if (line.size() < kSumLength) return false;
  std::string_view rest = line.substr(0, line.size() - kSumLength);
  const std::string_view sum = line.substr(rest.size());
  if (!sum.starts_with(" *") || sum.substr(2) != checksum(rest)) return false;
  std::size_t recipient = 0;
  RecipientState state;
  if (take_word(rest) != "state" || !canonical_number(take_word(rest), recipient)) return false;
  const auto word = std::ranges::find(kStatusWords, take_word(rest));
  if (recipient >= states.size() || word == kStatusWords.end()) return false;
  state.status = static_cast<RecipientStatus>(word - kStatusWords.begin());
  if (!canonical_number(take_word(rest), state.attempts)) return false;
  if (!canonical_number(take_word(rest), state.next_attempt)) return false;
  if (!parse_append(take_word(rest), state.append)) return false;
  if (rest.size() > kQueueReasonLimit || !is_printable(rest)) return false;
  state.reason = rest;
  states[recipient] = std::move(state);
  return true;
}

}  // namespace

bool is_queue_id(std::string_view text) {
  return text.size() == 25 && text[16] == '-' && std::ranges::all_of(text.substr(0, 16), is_hex) &&
         std::ranges::all_of(text.substr(17), is_hex);
}

Result<std::string> print_envelope(const Envelope& envelope) {
  if (!is_queue_id(envelope.id)) return cannot_print("a queue id that is none");
  if (envelope.arrived < 0) return cannot_print("an arrival before 1970");
  if (envelope.sender.size() > kQueuePathLimit || !is_printable(envelope.sender))
    return cannot_print("a sender that is no line");
  std::string text(kTitle);
  text += "size " + fixed_digits(envelope.size) + "\nid " + envelope.id + "\narrived " +
          std::to_string(envelope.arrived) + "\nsender " + envelope.sender + "\n";
  Envelope seen;
  for (const std::string& recipient : envelope.recipients) {
    if (!is_new_recipient(seen, recipient)) return cannot_print("a recipient that is none, or twice");
    seen.recipients.push_back(recipient);
    text += "recipient " + recipient + "\n";
  }
  if (seen.recipients.empty()) return cannot_print("no recipient");
  return text + "\n";
}

Result<ParsedEnvelope> parse_envelope(std::string_view text, std::string_view file) {
  ParsedEnvelope parsed;
  Envelope& envelope = parsed.envelope;
  const auto malformed = [file](const char* what) {
    return Error{what, std::string(file), "move the file out of the queue and look at it", 0, Exit::kData};
  };
  std::string_view rest = text.substr(0, kQueueEnvelopeLimit);
  const std::size_t whole = rest.size();
  if (!rest.starts_with(kTitle)) return malformed("is no queue file of this version");
  rest.remove_prefix(kTitle.size());
  std::string_view value;
  if (!take_field(rest, "size", value) || !fixed_number(value, envelope.size))
    return malformed("a malformed size");
  if (!take_field(rest, "id", value) || !is_queue_id(value)) return malformed("a malformed id");
  envelope.id = value;
  if (!take_field(rest, "arrived", value) || !canonical_number(value, envelope.arrived))
    return malformed("a malformed arrival");
  if (!take_field(rest, "sender", value) || value.size() > kQueuePathLimit || !is_printable(value))
    return malformed("a malformed sender");
  envelope.sender = value;
  while (take_field(rest, "recipient", value)) {
    if (!is_new_recipient(envelope, value)) return malformed("a malformed recipient, or one twice");
    envelope.recipients.emplace_back(value);
  }
  if (envelope.recipients.empty() || !rest.starts_with('\n')) return malformed("a malformed envelope");
  parsed.length = whole - rest.size() + 1;
  return parsed;
}

Result<std::string> print_state(std::size_t recipient, const RecipientState& state) {
  if (recipient >= kQueueRecipientLimit) return cannot_print("a recipient too many");
  if (state.next_attempt < 0) return cannot_print("an attempt before 1970");
  if (state.reason.size() > kQueueReasonLimit || !is_printable(state.reason))
    return cannot_print("a reason that is no line");
  const std::string text = "state " + std::to_string(recipient) + " " +
                           std::string(kStatusWords[static_cast<std::size_t>(state.status)]) + " " +
                           std::to_string(state.attempts) + " " + std::to_string(state.next_attempt) + " " +
                           append_text(state.append) + " " + state.reason;
  return text + " *" + checksum(text) + "\n";
}

ParsedStates parse_states(std::string_view text, std::size_t recipients) {
  ParsedStates parsed;
  parsed.states.resize(recipients);
  std::string_view rest = text;
  std::string_view line;
  while (take_line(rest, line) && parse_state(line, parsed.states)) parsed.length = text.size() - rest.size();
  return parsed;
}

}  // namespace postern::daemon
