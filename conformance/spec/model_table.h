// SPDX-License-Identifier: BSD-2-Clause
// The spec tables of the models as values: conformance/spec/privileges.json, trees.json, maildrop.json and
// encryption.json. A row is a situation, in core's own types, and what must be said of it; model_row.h asks
// core.
#ifndef POSTERN_CONFORMANCE_SPEC_MODEL_TABLE_H_
#define POSTERN_CONFORMANCE_SPEC_MODEL_TABLE_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/spec/model_row.h"
#include "conformance/spec/table.h"

namespace postern::conformance {

// ModelRow: what the rows of all these tables have.
struct ModelRow {
  std::string id;
  std::vector<std::string> sentences;
  std::string group;  // as in Row
  std::string point;
  std::string why;
  std::string source;
  std::string situation;  // as written, for the page
  std::string answer;     // as written, for the page
  std::string key;        // the situation in full: no two rows have the same

  std::string_view dialect_point() const;
};

// PrivilegeRow: a process, the calls that it makes one after the other, and what it is then.
struct PrivilegeRow : ModelRow {
  permission::Role role = permission::Role::kDispatcher;
  permission::ProcessFacts process;
  permission::Reach reach;
  bool started_as_root = true;  // the daemon
  std::vector<permission::Call> calls;
  std::vector<permission::CallError> answers;  // one per call
  permission::PrivilegeReason reason = permission::PrivilegeReason::kConforms;
  unsigned ways_back = 0;
};

// TreeRow: an entry of a tree, what root trusts, or who may do what.
struct TreeRow : ModelRow {
  enum class Kind { kTree, kTrusted, kAccess };
  Kind kind = Kind::kTree;
  permission::Tree tree = permission::Tree::kMailbox;
  bool top = false;      // of kTree: it is the tree's own directory
  bool in_tree = false;  // of kTrusted: the path lies in one of the trees
  permission::Credentials who;
  unsigned wishes = 0;                    // of kAccess: bits of permission::Wish; kReplace
  std::vector<permission::Object> chain;  // of kTree one object
  permission::TreeReason tree_reason = permission::TreeReason::kConforms;       // of kTree and kTrusted
  permission::AccessReason access_reason = permission::AccessReason::kAllowed;  // of kAccess
  std::optional<size_t> at;  // the step to blame; none for kTree, and where none is

  // step: `at` as core says it where there is none.
  size_t step() const { return at.value_or(kind == Kind::kAccess ? chain.size() - 1 : chain.size()); }
};

// MaildropRow: a name, what the name service says of it, the spool, and what lies at the name.
struct MaildropRow : ModelRow {
  std::string name;
  std::optional<std::string> user_name;
  permission::Id user = 0;
  permission::Object spool;
  std::optional<permission::Object> found;
  permission::MaildropAction action = permission::MaildropAction::kRefuse;
  permission::MaildropReason reason = permission::MaildropReason::kNoMaildrop;
};

// EncryptionRow: the settings of encryption, and the plan or the reason for none.
struct EncryptionRow : ModelRow {
  struct Alias {
    std::string name;
    bool has_key = false;
    bool has_certificate = false;
  };
  tls::PolicySettings settings;  // but for the texts, which are here
  std::string alias;
  std::vector<Alias> aliases;
  std::optional<std::string> versions;
  std::optional<std::string> ciphers;
  tls::PolicyReason reason = tls::PolicyReason::kPlan;
  std::optional<tls::Plan> plan;
  std::string word;
  std::string successor;
};

template <typename AnyRow>
struct ModelTable {
  std::vector<Point> points;
  std::vector<std::string> retired;
  std::vector<AnyRow> rows;
};
using PrivilegeTable = ModelTable<PrivilegeRow>;
using TreeTable = ModelTable<TreeRow>;
using MaildropTable = ModelTable<MaildropRow>;
using EncryptionTable = ModelTable<EncryptionRow>;

// ModelTables: all of them.
struct ModelTables {
  PrivilegeTable privileges;
  TreeTable trees;
  MaildropTable maildrop;
  EncryptionTable encryption;
};

// load_model: from the tables' files in a directory. Throws TableError.
ModelTables load_model(const std::filesystem::path& spec_dir);

// parse_…: from text; `file` is the name used in errors. Strict, as table.h says.
PrivilegeTable parse_privileges(std::string_view json, std::string_view file);
TreeTable parse_trees(std::string_view json, std::string_view file);
MaildropTable parse_maildrop(std::string_view json, std::string_view file);
EncryptionTable parse_encryption(std::string_view json, std::string_view file);

// access_code: the word of a reason in trees.json.
std::string_view access_code(permission::AccessReason reason);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_MODEL_TABLE_H_
