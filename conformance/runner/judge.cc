// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/judge.h"

#include "conformance/runner/printable.h"

namespace postern::conformance {
namespace {

std::string malformed_text(const std::vector<Malformed>& malformed) {
  std::string text;
  for (const Malformed& m : malformed) {
    text += (text.empty() ? "" : ", ") + std::to_string(m.entry) + " " + m.why;
  }
  return "malformed [" + text + "]";
}

template <typename T>
std::string or_null(const std::optional<T>& value) {
  if (!value) return "null";
  if constexpr (std::is_same_v<T, std::string>) {
    return in_quotes(*value);
  } else {
    return std::to_string(*value);
  }
}

struct Comparison {
  std::string expected;
  std::string got;
  bool same = true;

  void field(const std::string& want, const std::string& have) {
    expected += (expected.empty() ? "" : ", ") + want;
    got += (got.empty() ? "" : ", ") + have;
    same = same && want == have;
  }
};

std::string asked_text(bool asked) {
  return asked ? "name service asked" : "name service not asked";
}

Comparison compare(const Expected& want, const Observation& have, const Claims& claims) {
  Comparison c;
  c.field(want.allow ? "allow" : "deny", have.allow ? "allow" : "deny");
  if (claims.gives_field("step")) c.field("step " + or_null(want.step), "step " + or_null(have.step));
  if (claims.gives_field("entry")) c.field("entry " + or_null(want.entry), "entry " + or_null(have.entry));
  if (claims.gives_field("name")) c.field("name " + or_null(want.name), "name " + or_null(have.name));
  if (claims.gives_field("malformed")) {
    c.field(malformed_text(want.malformed),
            malformed_text(have.malformed.value_or(std::vector<Malformed>{})));
  }
  if (want.asked && have.asked) c.field(asked_text(*want.asked), asked_text(*have.asked));
  return c;
}

Verdict pass_or_fail(const Case& c, const Claims& claims, bool good) {
  const bool claimed = (c.group == "hardening" && claims.hardening) ||
                       (c.group == "extension" && claims.extension) || c.group == "spec" || c.is_dialect();
  if (claimed) return good ? Verdict::kPass : Verdict::kFail;
  return good ? Verdict::kYes : Verdict::kNo;
}

Judgement judge_dialect(const Case& c, const Claims& claims, bool allow, Judgement j, bool same) {
  j.choice = c.choice ? (allow ? c.choice->allow : c.choice->deny) : "";
  const bool held_and_wrong = claims.our_dialect && (!same || j.choice != c.our_choice);
  j.verdict = held_and_wrong ? Verdict::kFail : Verdict::kChoice;
  return j;
}

Judgement judge_observed(const Case& c, const Claims& claims, const Observation& seen) {
  const Comparison compared = compare(c.expected, seen, claims);
  Judgement j{Verdict::kFail, "", compared.expected, compared.got};
  if (!seen.words.empty()) j.got += " (" + in_quotes(seen.words) + ")";
  if (c.is_dialect()) return judge_dialect(c, claims, seen.allow, std::move(j), compared.same);
  j.verdict = pass_or_fail(c, claims, compared.same);
  return j;
}

// AD-G8: only a malformed list may be refused where it is written.
Judgement judge_refused_at_write(const Case& c, const Claims& claims, Judgement j) {
  if (!c.expected.malformed.empty()) {
    j.verdict = Verdict::kRefusedAtWrite;
  } else if (c.is_dialect() && !claims.our_dialect) {
    j.verdict = Verdict::kChoice;
    j.choice = "refused-at-write";
  } else {
    j.verdict = pass_or_fail(c, claims, false);
  }
  return j;
}

Verdict verdict_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kUnimplemented:
      return Verdict::kUnimplemented;
    case Outcome::Kind::kSkipped:
      return Verdict::kSkipped;
    case Outcome::Kind::kTimeOut:
      return Verdict::kTimeOut;
    case Outcome::Kind::kCrash:
      return Verdict::kCrash;
    default:
      return Verdict::kHarnessError;
  }
}

}  // namespace

std::string describe_expected(const Case& c, const Claims& claims) {
  return compare(c.expected, Observation{}, claims).expected;
}

Judgement judge(const Case& c, const Claims& claims, const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kObserved) return judge_observed(c, claims, outcome.observation);
  Judgement j{verdict_of(outcome.kind), "", describe_expected(c, claims), outcome.detail};
  if (outcome.kind == Outcome::Kind::kRefusedAtWrite) {
    j.got = "refused at write" + (outcome.detail.empty() ? "" : ": " + outcome.detail);
    return judge_refused_at_write(c, claims, std::move(j));
  }
  if (outcome.kind == Outcome::Kind::kBroken) j.verdict = pass_or_fail(c, claims, false);
  return j;
}

}  // namespace postern::conformance
