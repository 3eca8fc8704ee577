// SPDX-License-Identifier: BSD-2-Clause
//
// Law: print(parse(t)) = t for each envelope that is taken; parse(print(s)) = s for each state that can be
// written, the last of a recipient counts, and a record that is torn, or has one octet changed, never was; an
// id is 16 hexadecimal digits, "-" and 8 more. Input: an envelope, its first 25 octets as an id too; and the
// same octets as the fields of a state.
#include <cstring>

#include "daemon/postoffice/queue_text.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

RecipientState state_of(std::string_view octets) {
  struct {
    int64_t next_attempt;
    AppendRecord append;
    uint32_t attempts;
    uint8_t status, has_append;
  } fields{};
  std::memcpy(&fields, octets.data(), std::min(octets.size(), sizeof fields));
  RecipientState state;
  state.status = static_cast<RecipientStatus>(fields.status % 3);
  state.attempts = fields.attempts;
  state.next_attempt = fields.next_attempt;
  if (fields.has_append % 2 == 1) state.append = fields.append;
  state.reason = octets.substr(std::min(octets.size(), sizeof fields));
  return state;
}

void check_state(const RecipientState& state, size_t damage) {
  const Result<std::string> printed = print_state(1, state);
  if (!printed.ok()) return;
  std::string text = printed.value();
#ifdef POSTERN_SEEDED_BUG
  if (state.append && state.attempts > 9)
    text = print_state(1, {state.status, state.attempts, 0, {}, {}}).value();
#endif
  const ParsedStates read = parse_states(text, 2);
  hold(read.length == text.size() && read.states[1] == state, "parse(print(s)) = s");
  hold(parse_states(std::string_view(text).substr(0, text.size() - 1), 2).length == 0, "torn: it never was");
  const ParsedStates later = parse_states(text + print_state(1, {}).value(), 2);
  hold(later.states[1] == RecipientState{}, "the last of a recipient counts");
  text[damage % (text.size() - 1)] ^= 1;
  hold(parse_states(text, 2).length == 0, "damaged: it never was");
}

bool names_a_message(std::string_view id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (id.size() != 25 || id[16] != '-') return false;
  for (size_t i = 0; i < id.size(); ++i)
    if (i != 16 && kDigits.find(id[i]) == kDigits.npos) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = octets_of(data, size);
  hold(is_queue_id(text.substr(0, 25)) == names_a_message(text.substr(0, 25)), "an id, read twice");
  const ParsedStates states = parse_states(text, 3);
  hold(states.length <= size && states.states.size() == 3, "a state for each recipient, whatever the damage");
  check_state(state_of(text), size);
  const Result<ParsedEnvelope> parsed = parse_envelope(text, "file");
  if (!parsed.ok()) return hold(!parsed.error().place.empty(), "an error has its place"), 0;
  const Result<std::string> printed = print_envelope(parsed.value().envelope);
  hold(printed.ok() && printed.value() == text.substr(0, parsed.value().length), "print(parse(t)) = t");
  return 0;
}
