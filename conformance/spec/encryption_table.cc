// SPDX-License-Identifier: BSD-2-Clause
// encryption.json.
#include "conformance/spec/model_reader.h"

namespace postern::conformance {
namespace {

using namespace model_reader;
using namespace tls;

const Words<Encryption> kEncryptionWords = {
    {"off", Encryption::kOff}, {"optional", Encryption::kOptional}, {"required", Encryption::kRequired}};
const Words<Authentication> kAuthenticationWords = {{"password", Authentication::kPassword},
                                                    {"certificate", Authentication::kCertificate},
                                                    {"either", Authentication::kEither}};
const Words<bool ServicePlan::*> kServiceWords = {{"plain-login", &ServicePlan::plain_login},
                                                  {"starttls", &ServicePlan::starttls},
                                                  {"encrypted-port", &ServicePlan::encrypted_port},
                                                  {"password", &ServicePlan::password},
                                                  {"certificate", &ServicePlan::certificate}};
const Words<std::uint32_t> kVersionWords = {{"TLS1.2", kTls12}, {"TLS1.3", kTls13}};

bool given(const Fields& fields, const char* field) {
  return !fields.at(field).is_null();
}

std::uint16_t port_in(const Fields& fields, const char* field) {
  const std::size_t port = fields.number(field);
  if (port > 65535) fields.wrong(field, "a port: 0 to 65535");
  return static_cast<std::uint16_t>(port);
}

// any_text: a text that may be empty, as a setting may be.
std::string any_text(const Fields& fields, const char* field) {
  if (!fields.at(field).is_string()) fields.wrong(field, "a string, or null where it is not given");
  return fields.at(field);
}

EncryptionRow::Alias alias_from(const json& value, const Place& place) {
  const Fields alias(value, place, {"name", "key", "certificate"});
  return {alias.text("name"), alias.boolean("key"), alias.boolean("certificate")};
}

void read_settings(const json& value, const Place& place, EncryptionRow& row) {
  const Fields is(value, place,
                  {"imap", "pop", "smtp", "authentication", "plain-port", "encrypted-port", "alias",
                   "aliases", "versions", "ciphers", "authorities", "revocations"});
  row.settings.imap = word_in(is, "imap", kEncryptionWords);
  if (given(is, "pop")) row.settings.pop = word_in(is, "pop", kEncryptionWords);
  if (given(is, "smtp")) row.settings.smtp = is.boolean("smtp");
  row.settings.authentication = word_in(is, "authentication", kAuthenticationWords);
  row.settings.plain_port = port_in(is, "plain-port");
  if (given(is, "encrypted-port")) row.settings.encrypted_port = port_in(is, "encrypted-port");
  row.alias = any_text(is, "alias");
  for (const json& each : is.array("aliases")) row.aliases.push_back(alias_from(each, place));
  if (given(is, "versions")) row.versions = any_text(is, "versions");
  if (given(is, "ciphers")) row.ciphers = any_text(is, "ciphers");
  row.settings.has_authorities = is.boolean("authorities");
  row.settings.has_revocations = is.boolean("revocations");
}

// service_in: the words that are true of it.
ServicePlan service_in(const Fields& fields, const char* field) {
  ServicePlan plan{.plain_login = false, .password = false};
  for (const std::string& word : fields.texts(field))
    plan.*word_of(fields.place(), word, kServiceWords) = true;
  return plan;
}

std::uint32_t suites_in(const Fields& fields) {
  if (fields.at("suites") == "all") return kAllSuites;
  std::uint32_t set = 0;
  for (const std::string& name : fields.texts("suites")) {
    const auto* const suite = std::find_if(std::begin(kSuites), std::end(kSuites),
                                           [&name](const Suite& one) { return one.name == name; });
    if (suite == std::end(kSuites)) fields.wrong("suites", "made of OpenSSL's names of the suites");
    set |= std::uint32_t{1} << (suite - std::begin(kSuites));
  }
  return set;
}

Plan plan_from(const json& value, const Place& place) {
  const Fields is(value, place, {"imap", "pop", "smtp", "port", "versions", "suites", "no-encryption"});
  Plan plan{
      .imap = service_in(is, "imap"), .pop = service_in(is, "pop"), .smtp_starttls = is.boolean("smtp")};
  plan.encrypted_port = port_in(is, "port");
  for (const std::string& word : is.texts("versions")) plan.versions |= word_of(place, word, kVersionWords);
  plan.suites = suites_in(is);
  plan.no_encryption = is.boolean("no-encryption");
  return plan;
}

EncryptionRow read_row(const json& value, const Place& place, const json& bases) {
  const Fields fields(value, place,
                      {"id", "sentences", "group", "base", "with", "reason", "word", "successor", "plan",
                       "point", "why", "source"});
  EncryptionRow row;
  read_head(fields, row);
  const json settings = over(place, base_of(place, bases, fields.at("base")), fields.at("with"));
  read_settings(settings, place, row);
  row.reason = word_in(fields, "reason", coded(kLastPolicyReason));
  if (given(fields, "word")) row.word = fields.text("word");
  if (given(fields, "successor")) row.successor = fields.text("successor");
  if (given(fields, "plan")) row.plan = plan_from(fields.at("plan"), place);
  row.situation = in_words(fields, {"base", "with"});
  row.answer = in_words(fields, {"reason", "word", "successor", "plan"});
  row.key = settings.dump();
  return row;
}

}  // namespace

EncryptionTable parse_encryption(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "bases", "rows"});
  return read_table<EncryptionRow>(table, "encryption", [&](const json& row, const Place& place) {
    return read_row(row, place, bases_of(table, "bases"));
  });
}

}  // namespace postern::conformance
