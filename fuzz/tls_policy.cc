// SPDX-License-Identifier: BSD-2-Clause
//
// Law: settings of encryption make a plan or a reason with its cure, never both; a plan is what EN-1 to EN-6
// say, read a second time: no password in the clear where encryption is required, a whole pair wherever there
// is encryption, authorities wherever certificates are asked for, ports apart, versions and suites that fit.
// What POP does never changes what IMAP does. Input: a line of figures, the alias, the versions, the suites.
#include "fuzz/tls_policy.h"

namespace {

using namespace fuzz;
using namespace postern::tls;

// EN-1, EN-2
void check_service(const ServicePlan& plan, Encryption encryption, const PolicySettings& asked) {
#ifdef POSTERN_SEEDED_BUG
  if (plan.certificate) hold(!plan.password, "a certificate or a password, not either");
#endif
  const bool off = encryption == Encryption::kOff;
  hold(plan.starttls == !off && plan.encrypted_port == !off, "encryption is offered unless it is off");
  hold(!plan.plain_login || (encryption != Encryption::kRequired && plan.password), "in the clear");
  hold(plan.password || plan.certificate, "somebody can log in");
  hold(!plan.certificate || (!off && asked.has_authorities), "who vouches");
}

void check_plan(const PolicySettings& asked, const Plan& plan) {
  const Encryption pop = asked.pop.value_or(asked.imap);
  check_service(plan.imap, asked.imap, asked);
  check_service(plan.pop, pop, asked);
  const bool some = plan.imap.starttls || plan.pop.starttls || plan.smtp_starttls;
  hold(some == (plan.suites != 0) && some == (plan.versions != 0), "all of it or nothing");
  hold(plan.versions == versions_of(plan.suites), "versions and suites fit");
  hold(plan.no_encryption == (plan.suites >> (kSuiteCount - 1) & 1U), "EN-6");
  const bool required = asked.imap == Encryption::kRequired || pop == Encryption::kRequired;
  hold(!required || !plan.no_encryption, "required is encrypted");
  hold(!some || asked.alias == "a", "a whole pair");
  hold((plan.encrypted_port != 0) == plan.imap.encrypted_port, "a port where there is one");
  hold(plan.encrypted_port != asked.plain_port, "ports apart");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const PolicySettings asked = settings_of(octets_of(data, size));
  const PolicyVerdict verdict = decide_policy(asked);
  const PolicyText text = reason_text(verdict.reason);
  hold(!text.code.empty() && !text.what.empty() && !text.cure.empty(), "a reason has words");
  if (verdict.reason != PolicyReason::kPlan) {
    hold(verdict.plan == Plan{}, "no plan where there is a reason against it");
    hold(!text.setting.empty(), "a setting is to blame");
    return 0;
  }
  check_plan(asked, verdict.plan);
  PolicySettings other = asked;
  other.pop = Encryption::kOff;
  const PolicyVerdict without = decide_policy(other);
  hold(without.reason == PolicyReason::kPlan && without.plan.imap == verdict.plan.imap, "IMAP is IMAP's");
  return 0;
}
