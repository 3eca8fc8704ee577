// SPDX-License-Identifier: BSD-2-Clause
// The rows of the models as static_asserts: values in the order of core's fields.
#include "conformance/spec/generate.h"

namespace postern::conformance {
namespace {

using namespace permission;

template <typename Enumeration>
std::string enumerated(std::string_view type, Enumeration value) {
  return "static_cast<" + std::string(type) + ">(" + std::to_string(static_cast<unsigned>(value)) + ")";
}

std::string number(std::uint64_t value) {
  return std::to_string(value) + "U";
}

std::string truth(bool value) {
  return value ? "true" : "false";
}

std::string cpp(const Ids& ids) {
  return "{" + number(ids.real) + ", " + number(ids.effective) + ", " + number(ids.saved) + ", " +
         number(ids.file_system) + "}";
}

std::string cpp(const Groups& groups) {
  std::string text = "groups_of(";
  for (std::size_t i = 0; i < groups.count; ++i) text += (i > 0 ? ", " : "") + number(groups.id[i]);
  return text + ")";
}

std::string cpp(const Credentials& is) {
  std::string text = "{" + cpp(is.user) + ", " + cpp(is.group) + ", " + cpp(is.groups);
  for (const CapabilitySet set : {is.effective, is.permitted, is.inheritable, is.bounding, is.ambient})
    text += ", " + number(set);
  return text + ", " + number(is.securebits) + ", " + truth(is.no_new_privs) + "}";
}

std::string cpp(const ProcessFacts& is) {
  return "{" + cpp(is.credentials) + ", " + truth(is.dumpable) + ", " + number(is.seccomp) + ", " +
         number(is.threads) + ", " + truth(is.listens) + ", " + truth(is.connected) + ", " + truth(is.files) +
         ", " + truth(is.helper_channel) + "}";
}

std::string cpp(const ProgramFile& file) {
  return "{" + number(file.owner) + ", " + number(file.group) + ", " + number(file.mode) + ", " +
         truth(file.on_nosuid) + ", " + truth(file.has_capabilities) + ", " + number(file.permitted) + ", " +
         number(file.inheritable) + ", " + truth(file.effective) + "}";
}

std::string cpp(const Call& call) {
  return "Call{" + enumerated("CallName", call.name) + ", {" + number(call.argument[0]) + ", " +
         number(call.argument[1]) + ", " + number(call.argument[2]) + "}, " + cpp(call.groups) + ", " +
         cpp(call.file) + "}";
}

std::string cpp(const Object& is) {
  return "Object{" + enumerated("Kind", is.kind) + ", " + number(is.owner) + ", " + number(is.group) + ", " +
         number(is.mode) + ", " + number(is.names) + "}";
}

std::string cpp(CallError error) {
  return enumerated("CallError", error);
}

std::string cpp(const EncryptionRow::Alias& is) {
  return "tls::Alias{" + cpp_literal(is.name) + ", " + truth(is.has_key) + ", " + truth(is.has_certificate) +
         "}";
}

// cpp_array: a std::array of these, whatever their number.
template <typename Element>
std::string cpp_array(std::string_view type, const std::vector<Element>& elements) {
  std::string text = "std::array<" + std::string(type) + ", " + std::to_string(elements.size()) + ">{";
  for (std::size_t i = 0; i < elements.size(); ++i) text += (i > 0 ? ", " : "") + cpp(elements[i]);
  return text + "}";
}

std::string asserted(const std::string& holds, const ModelRow& row) {
  return "static_assert(" + holds + ",\n    \"" + row.id + "\");\n";
}

std::string assert_of(const PrivilegeRow& row) {
  return asserted("privileges_after(" + enumerated("Role", row.role) + ", " + cpp(row.process) + ", {" +
                      truth(row.reach.set_uid_root_file) + ", " + truth(row.reach.roots_input) + "}, " +
                      truth(row.started_as_root) + ",\n    " + cpp_array("Call", row.calls) + ",\n    " +
                      cpp_array("CallError", row.answers) + ") == Privileges{true, " +
                      enumerated("PrivilegeReason", row.reason) + ", " + number(row.ways_back) + "}",
                  row);
}

std::string assert_of(const TreeRow& row) {
  const std::string chain = cpp_array("Object", row.chain);
  const std::string step = ", " + number(row.step()) + "}";
  switch (row.kind) {
    case TreeRow::Kind::kTree:
      return asserted("tree_answer(" + enumerated("Tree", row.tree) + ", " + truth(row.top) + ", " +
                          cpp(row.chain.front()) + ") == " + enumerated("TreeReason", row.tree_reason),
                      row);
    case TreeRow::Kind::kTrusted:
      return asserted("trusted_conforms(" + chain + ", " + truth(row.in_tree) + ") == TrustVerdict{" +
                          enumerated("TreeReason", row.tree_reason) + step,
                      row);
    case TreeRow::Kind::kAccess:
      break;
  }
  return asserted("access_answer(" + cpp(row.who) + ", " + chain + ", " + number(row.wishes) +
                      ") == AccessVerdict{" + enumerated("AccessReason", row.access_reason) + step,
                  row);
}

std::string assert_of(const MaildropRow& row) {
  const std::string user = row.user_name
                               ? "UnixUser{" + cpp_literal(*row.user_name) + ", " + number(row.user) + "}"
                               : "std::nullopt";
  const std::string found = row.found ? cpp(*row.found) : "std::nullopt";
  return asserted("decide_maildrop({" + cpp_literal(row.name) + ", " + user + ",\n    " + cpp(row.spool) +
                      ", " + found + "}, kTableSpool) == MaildropVerdict{" +
                      enumerated("MaildropAction", row.action) + ", " +
                      enumerated("MaildropReason", row.reason) + "}",
                  row);
}

std::string cpp(const tls::ServicePlan& is) {
  return "{" + truth(is.plain_login) + ", " + truth(is.starttls) + ", " + truth(is.encrypted_port) + ", " +
         truth(is.password) + ", " + truth(is.certificate) + "}";
}

std::string cpp(const tls::Plan& is) {
  return "{" + cpp(is.imap) + ", " + cpp(is.pop) + ", " + truth(is.smtp_starttls) + ", " +
         std::to_string(is.encrypted_port) + ", " + number(is.versions) + ", " + number(is.suites) + ", " +
         truth(is.no_encryption) + "}";
}

std::string cpp_optional(const std::optional<std::string>& text) {
  return text ? cpp_literal(*text) : "std::nullopt";
}

std::string assert_of(const EncryptionRow& row) {
  const tls::PolicySettings& asked = row.settings;
  const std::string settings =
      "{" + enumerated("tls::Encryption", asked.imap) + ", " +
      (asked.pop ? enumerated("tls::Encryption", *asked.pop) : "std::nullopt") + ", " +
      (asked.smtp ? truth(*asked.smtp) : "std::nullopt") + ", " +
      enumerated("tls::Authentication", asked.authentication) + ", " + std::to_string(asked.plain_port) +
      ", " + (asked.encrypted_port ? std::to_string(*asked.encrypted_port) : "std::nullopt") + ",\n    " +
      cpp_literal(row.alias) + ", " + cpp_array("tls::Alias", row.aliases) + ",\n    " +
      cpp_optional(row.versions) + ", " + cpp_optional(row.ciphers) + ", " + truth(asked.has_authorities) +
      ", " + truth(asked.has_revocations) + "}";
  return asserted("tls::decide_policy(" + settings + ") == tls::PolicyVerdict{" +
                      enumerated("tls::PolicyReason", row.reason) + ",\n    " +
                      cpp(row.plan.value_or(tls::Plan{})) + ", " + cpp_literal(row.word) + ", " +
                      cpp_literal(row.successor) + "}",
                  row);
}

constexpr const char* kHead =
    "// Made by spec-gen from the models' tables. Do not edit.\n"
    "#include \"conformance/spec/model_row.h\"\n\n"
    "namespace postern::conformance {\n"
    "using namespace std::string_view_literals;\n"
    "using namespace permission;\n\n";

}  // namespace

std::string model_static_asserts(const ModelTables& tables) {
  std::string source = kHead;
  for (const PrivilegeRow& row : tables.privileges.rows) source += assert_of(row);
  for (const TreeRow& row : tables.trees.rows) source += assert_of(row);
  for (const MaildropRow& row : tables.maildrop.rows) source += assert_of(row);
  for (const EncryptionRow& row : tables.encryption.rows) source += assert_of(row);
  return source + "\n}  // namespace postern::conformance\n";
}

}  // namespace postern::conformance
