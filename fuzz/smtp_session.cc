// SPDX-License-Identifier: BSD-2-Clause
//
// Law: whatever a client says, however it is pipelined: the keeper is never asked out of turn (its own
// table), nor after an answer that is none, nor with a text that its own decoder would not take; the client
// hears of a message that is queued as often as the keeper committed one, and of 354 as often as one was
// begun. Input: the plan (session.h), the keeper's answers up to a NUL, then the client's octets. An answer
// mod 4: 0 is yes.
#include "daemon/smtp/session.h"
#include "fuzz/session.h"

namespace {

using namespace postern::daemon;

class Keeper final : public SmtpKeeperPort {
 public:
  explicit Keeper(std::string_view answers) : answers_(answers) {}

  Result<SmtpAnswer> ask(SmtpRequestKind kind, std::string_view text) override {
    static SmtpRequest request;
    hold(!dead_, "who is dead is not asked again");
    hold(gate_.admit(kind), "nothing is asked out of turn");
    hold(decode_smtp_request(fill_smtp_request(request, kind, text)).has_value(), "what is asked can be");
    const auto answer = static_cast<unsigned char>(answers_.empty() ? '\0' : answers_.front());
    if (!answers_.empty()) answers_.remove_prefix(1);
    dead_ = answer == 'D';
    if (dead_) return Error{};
    const SmtpStatus status = status_of(kind, answer);
    const bool granted = status == SmtpStatus::kOk;
    gate_.answered(kind, granted);
    begun += kind == SmtpRequestKind::kBegin && granted;
#ifdef POSTERN_SEEDED_BUG
    committed += kind == SmtpRequestKind::kCommit;  // refused ones among them
#else
    committed += kind == SmtpRequestKind::kCommit && granted;
#endif
    return SmtpAnswer{status, kind == SmtpRequestKind::kCommit ? "0123456789abcdef-00c0ffee" : ""};
  }

  unsigned begun = 0, committed = 0;

 private:
  static SmtpStatus status_of(SmtpRequestKind kind, unsigned answer) {
    constexpr SmtpStatus kOfAny[] = {SmtpStatus::kOk, SmtpStatus::kTemporary, SmtpStatus::kFull,
                                     SmtpStatus::kTooLarge};
    constexpr SmtpStatus kOfRecipients[] = {SmtpStatus::kOk, SmtpStatus::kUnknown, SmtpStatus::kElsewhere,
                                            SmtpStatus::kTooMany};
    return kind == SmtpRequestKind::kRecipient ? kOfRecipients[answer % 4] : kOfAny[answer % 4];
  }

  SmtpGate gate_;
  std::string_view answers_;
  bool dead_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  std::string_view says = octets_of(data + 1, size - 1);
  Keeper keeper(cut(says, '\0'));
  const std::string heard =
      fuzz::Client(says, data[0]).run(kSmtpLines, [&](ClientStream& stream, SessionEncryption& encryption) {
        SmtpSession(stream, keeper, encryption, "here", 100).run();
      });
  hold(fuzz::count(heard, "250 2.0.0 queued as ") == keeper.committed,
       "queued by the keeper's word, and no other");
  hold(fuzz::count(heard, "\r\n354 ") == keeper.begun, "354 if and only if one was begun");
  // 552 may be the keeper's own word, which is no error of the client's.
  hold(fuzz::count(heard, "\r\n5") <= kSmtpErrorLimit + fuzz::count(heard, "\r\n552 "),
       "errors have a limit");
  return 0;
}
