// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what a hostile Unix-Deliver asks the maildrop helper is taken only if it is a question in every octet:
// decode(p) = p; make(t, n) is made if and only if n is a login name (MD-4, read a second time), and
// decode(make(t, n)) = (t, n); such a name is one path component and no dotlock of another. What a hostile
// helper answers: outcome, reason and owner go together. Input: one packet; and the same octets as a name.
#include <cstring>
#include <string>

#include "daemon/maildrop_helper/protocol.h"
#include "fuzz/law.h"
#include "fuzz/maildrop_question.h"

namespace {

using namespace fuzz;
using namespace postern::daemon;

void check_name(std::string_view name) {
  const auto question = make_question(7, name);
  hold(question.has_value() == names_a_user(name), "a login name");
  hold(!make_question(0, name), "a question has a ticket");
  if (!question) return;
  const std::string_view packet(reinterpret_cast<const char*>(&*question), sizeof *question);
  const auto read = decode_question(packet);
  hold(read && read->ticket == 7 && login_of(*read) == name, "decode(make(t, n)) = (t, n)");
  hold(name.find('/') == name.npos && name.front() != '.', "one path component");
}

void check_question(std::string packet) {
  packet.resize(sizeof(MaildropQuestion));
  hold(!decode_question({packet.data(), packet.size() - 1}), "a short packet is none");
  const auto question = decode_question(packet);
  if (!question) return;
  hold(std::memcmp(&*question, packet.data(), packet.size()) == 0, "decode(p) = p");
  const std::string_view name = login_of(*question);
  hold(question->ticket != 0 && !name.empty() && name.size() <= 32, "a ticket and a name");
  std::string padded(name);
  padded.resize(kMaxLoginName);
  hold(name.find('\0') == name.npos && padded == std::string_view(question->login, kMaxLoginName),
       "all of the name");
}

void check_answer(std::string packet) {
  packet.resize(sizeof(MaildropAnswer));
  hold(!decode_answer({packet.data(), packet.size() - 1}), "a short packet is none");
  const auto answer = decode_answer(packet);
  if (!answer) return;
  hold(std::memcmp(&*answer, packet.data(), packet.size()) == 0, "decode(p) = p");
  const bool in_trouble = answer->trouble != MaildropTrouble::kNone;
  hold((answer->outcome() == MaildropOutcome::kTemporary) == in_trouble, "trouble is temporary");
  const bool is_there = !in_trouble && (answer->reason == MaildropReason::kNoMaildrop ||
                                        answer->reason == MaildropReason::kGoodMaildrop);
  hold(is_there == (answer->user != 0), "somebody's if and only if it is there");
  hold(!answer->text().empty(), "it has a word");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets = octets_of(data, size);
  check_name(octets);
  check_question(std::string(octets));
  check_answer(std::string(octets));
  return 0;
}
