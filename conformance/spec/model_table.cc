// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/model_table.h"

#include "conformance/spec/model_reader.h"
#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

using namespace model_reader;
using namespace permission;

// ---- Words ---------------------------------------------------------------------------------------------

const Words<Id> kIdWords = {{"root", kRoot},          {"mta", kTableMta},       {"nsgroup", kTableNsgroup},
                            {"mail", kTableMail},     {"user", kTableUser},     {"other", kTableOther},
                            {"nobody", kTableNobody}, {"unchanged", kUnchanged}};
const Words<CapabilitySet> kCapabilityWords = {{"chown", set_of(Capability::kChown)},
                                               {"dac-override", set_of(Capability::kDacOverride)},
                                               {"dac-read-search", set_of(Capability::kDacReadSearch)},
                                               {"fowner", set_of(Capability::kFowner)},
                                               {"setgid", set_of(Capability::kSetgid)},
                                               {"setuid", set_of(Capability::kSetuid)},
                                               {"setpcap", set_of(Capability::kSetpcap)},
                                               {"net-bind-service", set_of(Capability::kNetBindService)},
                                               {"all", kAllCapabilities}};
const Words<Securebits> kSecurebitWords = {{"dropped", kDroppedSecurebits},
                                           {"no-root", securebit::kNoRoot},
                                           {"no-setuid-fixup", securebit::kNoSetuidFixup},
                                           {"keep-caps", securebit::kKeepCaps},
                                           {"no-ambient-raise", securebit::kNoAmbientRaise}};
const Words<Kind> kKindWords = {{"directory", Kind::kDirectory}, {"file", Kind::kFile},
                                {"link", Kind::kLink},           {"fifo", Kind::kFifo},
                                {"socket", Kind::kSocket},       {"device", Kind::kDevice}};
const Words<AccessReason> kAccessWords = {{"allowed", AccessReason::kAllowed},
                                          {"no-search", AccessReason::kNoSearch},
                                          {"no-mode", AccessReason::kNoMode},
                                          {"no-write", AccessReason::kNoWrite},
                                          {"sticky-held", AccessReason::kStickyHeld}};
const Words<unsigned> kWishWords = {
    {"read", kRead}, {"write", kWrite}, {"execute", kExecute}, {"replace", kReplace}};
const Words<CallError> kErrorWords = {
    {"ok", CallError::kNone}, {"EPERM", CallError::kPermission}, {"EINVAL", CallError::kInvalid}};

// ---- Values --------------------------------------------------------------------------------------------

Id id_from(const Place& place, const json& value) {
  if (value.is_number_unsigned() && value <= kUnchanged) return value;
  if (!value.is_string()) place.fail(value.dump() + " is no id", "Write a word for it, or a number");
  return word_of(place, value, kIdWords);
}

Id id_in(const Fields& fields, const char* field) {
  return id_from(fields.place(), fields.at(field));
}

Groups groups_from(const Place& place, const json& value) {
  if (!value.is_array()) place.fail(value.dump() + " are no groups", "Write an array of ids");
  Groups groups;
  for (const json& each : value) groups.add(id_from(place, each));
  return groups;
}

// set_from: capabilities or securebits, an array of words.
template <typename Set>
Set set_from(const Place& place, const json& value, const Words<Set>& words) {
  if (!value.is_array()) place.fail(value.dump() + " is no set", "Write an array of words");
  Set set = 0;
  for (const json& each : value)
    set = static_cast<Set>(set |
                           word_of(place, each.is_string() ? each.get<std::string>() : each.dump(), words));
  return set;
}

CapabilitySet capabilities_in(const Fields& fields, const char* field) {
  return set_from(fields.place(), fields.at(field), kCapabilityWords);
}

std::uint16_t mode_from(const Fields& fields) {
  const std::string text = fields.text("mode");
  const bool octal = text.size() >= 4 && text.size() <= 5 && text.starts_with('0') &&
                     text.find_first_not_of("01234567") == std::string::npos;
  if (!octal) fields.wrong("mode", "octal, such as \"0644\" or \"04755\"");
  return static_cast<std::uint16_t>(std::stoul(text, nullptr, 8));
}

// expanded: an object is a base's name, or {"base": NAME, …what differs…}.
json expanded(const Place& place, const json& bases, const json& value) {
  if (value.is_string()) return base_of(place, bases, value);
  if (!value.is_object() || !value.contains("base"))
    place.fail(value.dump() + " is no object", "Name a base, or write {\"base\": …} with what differs");
  json with = value;
  with.erase("base");
  return over(place, base_of(place, bases, value.at("base")), with);
}

Object object_from(const Place& place, const json& value) {
  const Fields fields(value, place, {"kind", "owner", "group", "mode", "names"});
  return {word_in(fields, "kind", kKindWords), id_in(fields, "owner"), id_in(fields, "group"),
          mode_from(fields), fields.number("names")};
}

// ---- privileges.json -----------------------------------------------------------------------------------

Credentials credentials_from(const Fields& is) {
  return {.user = {id_in(is, "real-user"), id_in(is, "effective-user"), id_in(is, "saved-user"),
                   id_in(is, "file-system-user")},
          .group = {id_in(is, "real-group"), id_in(is, "effective-group"), id_in(is, "saved-group"),
                    id_in(is, "file-system-group")},
          .groups = groups_from(is.place(), is.at("groups")),
          .effective = capabilities_in(is, "effective"),
          .permitted = capabilities_in(is, "permitted"),
          .inheritable = capabilities_in(is, "inheritable"),
          .bounding = capabilities_in(is, "bounding"),
          .ambient = capabilities_in(is, "ambient"),
          .securebits = set_from(is.place(), is.at("securebits"), kSecurebitWords),
          .no_new_privs = is.boolean("no-new-privs")};
}

void read_process(const json& value, const Place& place, PrivilegeRow& row) {
  const Fields is(value, place, {"real-user",   "effective-user",  "saved-user",     "file-system-user",
                                 "real-group",  "effective-group", "saved-group",    "file-system-group",
                                 "groups",      "effective",       "permitted",      "inheritable",
                                 "ambient",     "bounding",        "securebits",     "no-new-privs",
                                 "dumpable",    "seccomp",         "threads",        "listens",
                                 "connected",   "files",           "helper-channel", "set-uid-file",
                                 "roots-input", "started-as-root"});
  row.process = {.credentials = credentials_from(is),
                 .dumpable = is.boolean("dumpable"),
                 .seccomp = static_cast<std::uint8_t>(is.number("seccomp")),
                 .threads = static_cast<std::uint32_t>(is.number("threads")),
                 .listens = is.boolean("listens"),
                 .connected = is.boolean("connected"),
                 .files = is.boolean("files"),
                 .helper_channel = is.boolean("helper-channel")};
  row.reach = {.set_uid_root_file = is.boolean("set-uid-file"), .roots_input = is.boolean("roots-input")};
  row.started_as_root = is.boolean("started-as-root");
}

ProgramFile program_from(const json& value, const Place& place) {
  const Fields file(value, place, {"owner", "group", "mode"},
                    {"nosuid", "permitted", "inheritable", "effective"});
  ProgramFile program{.owner = id_in(file, "owner"), .group = id_in(file, "group"), .mode = mode_from(file)};
  program.on_nosuid = file.has("nosuid") && file.boolean("nosuid");
  program.has_capabilities = file.has("permitted");
  if (!program.has_capabilities) return program;
  program.permitted = capabilities_in(file, "permitted");
  program.inheritable = capabilities_in(file, "inheritable");
  program.effective = file.boolean("effective");
  return program;
}

// argument_from: an id, a set of capabilities or of securebits, or true or false: as the call takes them.
std::uint64_t argument_from(const Place& place, CallName name, const json& value) {
  switch (name) {
    case CallName::kCapset:
    case CallName::kDropBounding:
    case CallName::kRaiseAmbient:
      return set_from(place, value, kCapabilityWords);
    case CallName::kSetSecurebits:
      return set_from(place, value, kSecurebitWords);
    case CallName::kKeepCapabilities:
      if (!value.is_boolean()) place.fail(value.dump() + " is neither true nor false", "Write one of them");
      return value.get<bool>() ? 1 : 0;
    default:
      return id_from(place, value);
  }
}

// arguments_of: how many a call takes.
std::size_t arguments_of(CallName name) {
  switch (name) {
    case CallName::kSetresuid:
    case CallName::kSetresgid:
    case CallName::kCapset:
      return 3;
    case CallName::kSetreuid:
    case CallName::kSetregid:
      return 2;
    case CallName::kClearAmbient:
    case CallName::kForbidNewPrivs:
      return 0;
    default:
      return 1;
  }
}

Words<CallName> call_words() {
  Words<CallName> words;
  for (std::size_t i = 0; i < kCallWords.size(); ++i)
    words.emplace_back(kCallWords[i], static_cast<CallName>(i));
  return words;
}

// call_from: ["setresuid", "mta", "mta", "mta"].
Call call_from(const Place& place, const json& value) {
  if (!value.is_array() || value.empty() || !value[0].is_string())
    place.fail(value.dump() + " is no call", "Write an array: its name, then its arguments");
  Call call{.name = word_of(place, value[0], call_words())};
  if (value.size() != arguments_of(call.name) + 1)
    place.fail(value.dump() + " has another number of arguments",
               "It takes " + std::to_string(arguments_of(call.name)));
  if (call.name == CallName::kSetgroups)
    call.groups = groups_from(place, value[1]);
  else if (call.name == CallName::kExec)
    call.file = program_from(value[1], place);
  else
    for (std::size_t i = 1; i < value.size(); ++i)
      call.argument[i - 1] = argument_from(place, call.name, value[i]);
  return call;
}

Words<Role> role_words() {
  Words<Role> words;
  for (const RoleRule& rule : kRoleRules) words.emplace_back(rule.name, rule.role);
  return words;
}

PrivilegeRow read_privilege_row(const json& value, const Place& place, const json& processes) {
  const Fields fields(value, place,
                      {"id", "sentences", "group", "role", "process", "with", "calls", "answers", "reason",
                       "ways-back", "point", "why", "source"});
  PrivilegeRow row;
  read_head(fields, row);
  const json process = over(place, base_of(place, processes, fields.at("process")), fields.at("with"));
  read_process(process, place, row);
  row.role = word_in(fields, "role", role_words());
  for (const json& each : fields.array("calls")) row.calls.push_back(call_from(place, each));
  for (const std::string& each : fields.texts("answers"))
    row.answers.push_back(word_of(place, each, kErrorWords));
  row.reason = word_in(fields, "reason", coded(kLastPrivilegeReason));
  row.ways_back = static_cast<unsigned>(fields.number("ways-back"));
  row.situation = in_words(fields, {"role", "process", "with", "calls"});
  row.answer = in_words(fields, {"answers", "reason", "ways-back"});
  row.key = fields.text("role") + process.dump() + fields.at("calls").dump();
  return row;
}

// ---- trees.json ----------------------------------------------------------------------------------------

Credentials who_from(const json& value, const Place& place) {
  const Fields who(value, place, {"user", "group", "groups", "capabilities"});
  const CapabilitySet capabilities = capabilities_in(who, "capabilities");
  return {.user = all_four(id_in(who, "user")),
          .group = all_four(id_in(who, "group")),
          .groups = groups_from(place, who.at("groups")),
          .effective = capabilities,
          .permitted = capabilities,
          .bounding = capabilities};
}

// read_chain: / first; the row's one object is a chain of one.
std::vector<Object> read_chain(const Place& place, const json& objects, const json& chain, std::string& key) {
  if (!chain.is_array() || chain.empty()) place.fail("the chain is empty", "Begin it with /");
  std::vector<Object> all;
  for (const json& each : chain) {
    const json object = expanded(place, objects, each);
    key += object.dump();
    all.push_back(object_from(place, object));
  }
  return all;
}

std::optional<size_t> read_at(const Fields& fields) {
  if (fields.at("at").is_null()) return std::nullopt;
  return fields.number("at");
}

void read_tree(const json& value, const Place& place, const json& objects, TreeRow& row) {
  const Fields fields(
      value, place,
      {"id", "sentences", "group", "kind", "tree", "top", "object", "reason", "point", "why", "source"});
  read_head(fields, row);
  row.tree_reason = word_in(fields, "reason", coded(kLastTreeReason));
  row.tree = word_in(fields, "tree",
                     Words<Tree>{{"executables", Tree::kExecutables},
                                 {"postoffice", Tree::kPostoffice},
                                 {"mailbox", Tree::kMailbox}});
  row.top = fields.boolean("top");
  row.key = fields.text("tree") + (row.top ? " top" : "");
  row.chain = read_chain(place, objects, json::array({fields.at("object")}), row.key);
  row.situation = in_words(fields, {"tree", "top", "object"});
  row.answer = in_words(fields, {"reason"});
}

void read_trusted(const json& value, const Place& place, const json& objects, TreeRow& row) {
  const Fields fields(
      value, place,
      {"id", "sentences", "group", "kind", "chain", "in-tree", "reason", "at", "point", "why", "source"});
  read_head(fields, row);
  row.tree_reason = word_in(fields, "reason", coded(kLastTreeReason));
  row.in_tree = fields.boolean("in-tree");
  row.key = row.in_tree ? "in tree" : "";
  row.chain = read_chain(place, objects, fields.at("chain"), row.key);
  row.at = read_at(fields);
  row.situation = in_words(fields, {"chain", "in-tree"});
  row.answer = in_words(fields, {"reason", "at"});
}

void read_access(const json& value, const Place& place, const json& objects, const json& whos, TreeRow& row) {
  const Fields fields(value, place,
                      {"id", "sentences", "group", "kind", "who", "wishes", "chain", "reason", "at", "point",
                       "why", "source"});
  read_head(fields, row);
  row.access_reason = word_in(fields, "reason", kAccessWords);
  row.who = who_from(base_of(place, whos, fields.at("who")), place);
  for (const std::string& wish : fields.texts("wishes")) row.wishes |= word_of(place, wish, kWishWords);
  row.key = fields.text("who") + std::to_string(row.wishes);
  row.chain = read_chain(place, objects, fields.at("chain"), row.key);
  row.at = read_at(fields);
  row.situation = in_words(fields, {"who", "wishes", "chain"});
  row.answer = in_words(fields, {"reason", "at"});
}

TreeRow read_tree_row(const json& value, const Place& place, const json& objects, const json& whos) {
  if (!value.is_object() || !value.contains("kind"))
    place.fail("no field \"kind\"", "Say what kind of row it is");
  const Words<TreeRow::Kind> kinds = {{"tree", TreeRow::Kind::kTree},
                                      {"trusted", TreeRow::Kind::kTrusted},
                                      {"access", TreeRow::Kind::kAccess}};
  const json& word = value.at("kind");
  TreeRow row;
  row.kind = word_of(place, word.is_string() ? word.get<std::string>() : word.dump(), kinds);
  if (row.kind == TreeRow::Kind::kTree) read_tree(value, place, objects, row);
  if (row.kind == TreeRow::Kind::kTrusted) read_trusted(value, place, objects, row);
  if (row.kind == TreeRow::Kind::kAccess) read_access(value, place, objects, whos, row);
  return row;
}

// ---- maildrop.json -------------------------------------------------------------------------------------

void read_user(const Fields& fields, MaildropRow& row) {
  if (fields.at("user").is_null()) return;
  const Fields user(fields.at("user"), fields.place(), {"name", "id"});
  row.user_name = user.octets_of("name", user.at("name"));
  row.user = id_in(user, "id");
}

MaildropRow read_maildrop_row(const json& value, const Place& place, const json& objects) {
  const Fields fields(value, place,
                      {"id", "sentences", "group", "name", "user", "spool", "found", "action", "reason",
                       "point", "why", "source"});
  MaildropRow row;
  read_head(fields, row);
  row.name = fields.octets_of("name", fields.at("name"));
  read_user(fields, row);
  row.spool = object_from(place, expanded(place, objects, fields.at("spool")));
  if (!fields.at("found").is_null())
    row.found = object_from(place, expanded(place, objects, fields.at("found")));
  row.action = word_in(fields, "action",
                       Words<MaildropAction>{{"refuse", MaildropAction::kRefuse},
                                             {"create", MaildropAction::kCreate},
                                             {"leave", MaildropAction::kLeave}});
  row.reason = word_in(fields, "reason", coded(kLastMaildropReason));
  row.situation = in_words(fields, {"name", "user", "spool", "found"});
  row.answer = in_words(fields, {"action", "reason"});
  row.key = fields.at("name").dump() + fields.at("user").dump() +
            expanded(place, objects, fields.at("spool")).dump() +
            (row.found ? expanded(place, objects, fields.at("found")).dump() : "");
  return row;
}

}  // namespace

std::string_view ModelRow::dialect_point() const {
  constexpr std::string_view kPrefix = "dialect:";
  return group.starts_with(kPrefix) ? std::string_view(group).substr(kPrefix.size()) : std::string_view();
}

std::string_view access_code(AccessReason reason) {
  return kAccessWords[static_cast<size_t>(reason)].first;
}

PrivilegeTable parse_privileges(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "processes", "rows"});
  return read_table<PrivilegeRow>(table, "privileges", [&](const json& row, const Place& place) {
    return read_privilege_row(row, place, bases_of(table, "processes"));
  });
}

TreeTable parse_trees(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "objects", "whos", "rows"});
  return read_table<TreeRow>(table, "trees", [&](const json& row, const Place& place) {
    return read_tree_row(row, place, bases_of(table, "objects"), bases_of(table, "whos"));
  });
}

MaildropTable parse_maildrop(std::string_view text, std::string_view file) {
  const json value = parse_table(text, file);
  const Fields table(value, {std::string(file), "top level"},
                     {"table", "version", "points", "retired", "objects", "rows"});
  return read_table<MaildropRow>(table, "maildrop", [&](const json& row, const Place& place) {
    return read_maildrop_row(row, place, bases_of(table, "objects"));
  });
}

ModelTables load_model(const std::filesystem::path& spec_dir) {
  return {parse_privileges(read_text_file(spec_dir / "privileges.json"), "privileges.json"),
          parse_trees(read_text_file(spec_dir / "trees.json"), "trees.json"),
          parse_maildrop(read_text_file(spec_dir / "maildrop.json"), "maildrop.json"),
          parse_encryption(read_text_file(spec_dir / "encryption.json"), "encryption.json")};
}

}  // namespace postern::conformance
