// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/spec/table_lint.h"

#include <algorithm>

#include "conformance/spec/model_lint.h"
#include "core/client.h"

namespace postern::conformance {
namespace {

constexpr const char* kAccessDomainFile = "access_domain.json";
constexpr const char* kLoginFile = "login.json";
constexpr const char* kSpecFile = "SPEC.md";

// AD-C8 says which entry is reported. No verdict rests on it, so citing it does not make a row a dialect's.
constexpr std::string_view kReportOnly = "AD-C8";

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_slug(std::string_view id) {
  const auto is_slug_octet = [](char octet) {
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-';
  };
  return !id.empty() && std::all_of(id.begin(), id.end(), is_slug_octet) && !id.starts_with('-') &&
         !id.ends_with('-') && id.find("--") == std::string_view::npos;
}

// folded: without blanks around it and in lower case, as AD-G2 and AD-G6 compare.
std::string folded(std::string_view octets) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = std::min(octets.find_first_not_of(kBlanks), octets.size());
  octets.remove_prefix(begin);
  octets = octets.substr(0, octets.find_last_not_of(kBlanks) + 1);
  std::string text(octets);
  for (char& octet : text)
    if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
  return text;
}

// Key: what makes two rows the same row.
using Key = std::vector<std::vector<std::string>>;

std::vector<std::string> all_folded(const std::vector<std::string>& all) {
  std::vector<std::string> key;
  for (const std::string& one : all) key.push_back(folded(one));
  return key;
}

Key key_of(const Row& row) {
  return {all_folded(row.list), {folded(row.ip)}, all_folded(row.names)};
}

Key key_of(const LoginRow& row) {
  Key key = {all_folded(row.list),
             {folded(row.ip)},
             all_folded(row.lookup_names),
             {std::to_string(static_cast<int>(row.lookup_status)), row.right_password ? "right" : "wrong",
              row.known_account ? "known" : "unknown"}};
  for (const auto& [name, addresses] : row.forward) {
    key.push_back(addresses);
    key.back().push_back(folded(name));
  }
  for (const auto& [setting, value] : row.settings) key.push_back({"setting", setting, value});
  return key;
}

// Lint: collects the findings. `file` and `row` are those of the row being looked at.
class Lint {
 public:
  explicit Lint(const LintInput& input) : input_(input) {
    for (const Sentence& sentence : input.sentences) by_id_.emplace(sentence.id, &sentence);
  }

  std::vector<Finding> run() {
    check_table(kAccessDomainFile, input_.access_domain.rows, input_.access_domain.retired);
    check_table(kLoginFile, input_.login.rows, input_.login.retired);
    for (const Point& point : input_.access_domain.points) check_point(kAccessDomainFile, point);
    check_model_table("privileges.json", input_.model.privileges);
    check_model_table("trees.json", input_.model.trees);
    check_model_table("maildrop.json", input_.model.maildrop);
    check_model_table("encryption.json", input_.model.encryption);
    for (const CoverageGap& gap : coverage_gaps(input_.model)) {
      at(gap.file, "all");
      find("no row has the " + gap.what, "Add one, reasoned from the sentence that it stands for");
    }
    check_sentences();
    return std::move(findings_);
  }

 private:
  void at(const char* file, const std::string& row) {
    file_ = file;
    row_ = row;
  }
  void find(std::string what, std::string cure) {
    findings_.push_back({file_, row_, std::move(what), std::move(cure)});
  }
  void require(bool holds, std::string what, std::string cure) {
    if (!holds) find(std::move(what), std::move(cure));
  }

  template <typename AnyRow>
  void check_table(const char* file, const std::vector<AnyRow>& rows,
                   const std::vector<std::string>& retired) {
    std::map<Key, std::string> keys;
    std::map<std::string, std::string> points;
    for (const AnyRow& row : rows) {
      at(file, row.id);
      check_id(row.id, retired);
      const auto [same, is_new] = keys.emplace(key_of(row), row.id);
      require(is_new, "has the same input as " + same->second + " after trimming and folding",
              "Drop one of them");
      const auto [shown, is_first] = points.emplace(folded(row.point), row.id);
      require(is_first, "has the same point as " + shown->second, "Say what only this row shows");
      require(parse_client(row.ip).has_value(), "\"" + row.ip + "\" is no address",
              "Write an IPv4 or IPv6 address");
      check_group(row.group, row.sentences);
      check_reason(row);
    }
    at(file, "retired");
    check_retired(retired);
  }

  template <typename AnyRow>
  void check_model_table(const char* file, const ModelTable<AnyRow>& table) {
    std::map<std::string, std::string> keys;
    std::map<std::string, std::string> points;
    for (const AnyRow& row : table.rows) {
      at(file, row.id);
      check_id(row.id, table.retired);
      const auto [same, is_new] = keys.emplace(row.key, row.id);
      require(is_new, "has the same situation as " + same->second, "Drop one of them");
      const auto [shown, is_first] = points.emplace(folded(row.point), row.id);
      require(is_first, "has the same point as " + shown->second, "Say what only this row shows");
      check_group(row.group, row.sentences);
      check_model_point(row, table.points);
      if (const auto fault = fault_of(row)) find(fault->what, fault->cure);
    }
    at(file, "retired");
    check_retired(table.retired);
    for (const Point& point : table.points) check_point(file, point);
  }
  // use_point finds the dialect point that the row names, and holds the row to its sentence; null: there is
  // none.
  const Point* use_point(const auto& row, const std::vector<Point>& points) {
    const auto point = std::find_if(points.begin(), points.end(),
                                    [&row](const Point& one) { return one.id == row.dialect_point(); });
    if (point == points.end()) {
      find("group \"" + row.group + "\" names no point", "Use the id of one of the points");
      return nullptr;
    }
    used_points_.insert(point->id);
    require(contains(row.sentences, point->sentence), "does not cite its point's sentence",
            "Cite " + point->sentence);
    return &*point;
  }

  void check_model_point(const ModelRow& row, const std::vector<Point>& points) {
    if (!row.dialect_point().empty()) static_cast<void>(use_point(row, points));
  }

  void check_id(const std::string& id, const std::vector<std::string>& retired) {
    require(is_slug(id), "the id is no slug", "Use a-z, 0-9 and single hyphens");
    require(ids_.insert(id).second, "the id comes twice", "Give the newer row an id of its own");
    require(!contains(retired, id), "the id is retired", "Ids are never used again: choose another");
  }
  void check_retired(const std::vector<std::string>& retired) {
    std::set<std::string> seen;
    for (const std::string& id : retired) {
      require(seen.insert(id).second, "\"" + id + "\" comes twice", "Keep one");
      require(is_slug(id), "\"" + id + "\" is no slug", "Use a-z, 0-9 and single hyphens");
    }
  }

  // A row is as strong as the weakest sentence that it rests on: [X], then [H], then [D], then [S].
  void check_group(const std::string& group, const std::vector<std::string>& sentences) {
    require(!sentences.empty(), "cites no sentence", "Name the sentences that give the answer");
    std::set<char> some;   // tags that a cited sentence has
    std::set<char> alone;  // tags that are all that a cited sentence has
    std::set<std::string> cited;
    for (const std::string& id : sentences) {
      require(cited.insert(id).second, "cites " + id + " twice", "Cite it once");
      const auto found = by_id_.find(id);
      if (found == by_id_.end())
        return find("cites " + id + ", which SPEC.md does not have", "Cite a sentence of SPEC.md");
      const std::set<char>& tags = found->second->tags;
      some.insert(tags.begin(), tags.end());
      if (tags.size() == 1 && id != kReportOnly) alone.insert(*tags.begin());
    }
    const std::vector<std::string> fitting = fitting_groups(some, alone);
    require(contains(fitting, group.substr(0, group.find(':'))),
            "group \"" + group + "\" does not fit the sentences it cites",
            "Their tags make it " + either(fitting));
  }
  static std::vector<std::string> fitting_groups(const std::set<char>& some, const std::set<char>& alone) {
    if (alone.contains('X') && some.contains('H')) return {"extension", "hardening"};
    if (alone.contains('X')) return {"extension"};
    if (alone.contains('H')) return {"hardening"};
    if (alone.contains('D')) return {"dialect"};
    std::vector<std::string> groups;
    if (some.contains('S')) groups.emplace_back("spec");
    if (some.contains('D')) groups.emplace_back("dialect");
    if (some.contains('H')) groups.emplace_back("hardening");
    return groups;
  }
  static std::string either(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " or ") + word;
    return text;
  }

  // What the step says about verdict, entry and name (AD-1 to AD-5, AD-C8).
  void check_step(int step, bool allow, bool has_entry, bool has_name) {
    const bool allows = step == 1 || step == 3 || step == 4;
    const bool needs_entry = step == 2 || step == 3 || step == 4;
    const std::string at_step = "at step " + std::to_string(step);
    require(allow == allows, std::string(allow ? "allows " : "denies ") + at_step,
            std::string("That step ") + (allows ? "allows" : "denies"));
    require(has_entry == needs_entry, (has_entry ? "has an entry " : "has no entry ") + at_step,
            needs_entry ? "Name the entry that decides" : "Write null: no entry decides there");
    require(
        has_name == (step == 4), (has_name ? "has a name " : "has no name ") + at_step,
        step == 4 ? "Write the name that is within the entry" : "Write null: names count at step 4 alone");
  }
  template <typename AnyRow>
  void check_positions(const AnyRow& row, const std::vector<std::string>& names) {
    require(!row.entry || *row.entry < row.list.size(), "entry is beyond the list",
            "Entries are counted from 0");
    require(!row.name || contains(names, *row.name), "name is none of the names", "Write it as it is sent");
  }

  void check_reason(const Row& row) {
    check_step(row.step, row.allow, row.entry.has_value(), row.name.has_value());
    check_positions(row, row.names);
    check_malformed(row);
    check_dialect(row);
  }
  void check_malformed(const Row& row) {
    for (size_t i = 0; i < row.malformed.size(); ++i) {
      const Malformed& malformed = row.malformed[i];
      require(malformed.entry < row.list.size(), "a malformed entry is beyond the list",
              "Entries are counted from 0");
      require(i == 0 || row.malformed[i - 1].entry < malformed.entry, "malformed entries are not in order",
              "List each once, lowest first");
      require(contains(why_codes(), malformed.why),
              "\"" + malformed.why + "\" is no reason of the closed list",
              "Use one of the codes of the schema");
      require(!row.entry || *row.entry != malformed.entry, "a malformed entry decides",
              "A malformed entry matches nothing (AD-G8)");
    }
  }
  void check_dialect(const Row& row) {
    if (row.dialect_point().empty()) {
      static const std::set<std::string> kGroups = {"spec", "hardening", "extension"};
      require(kGroups.contains(row.group), "group \"" + row.group + "\" is none",
              "Groups are spec, hardening, extension and dialect:POINT");
      require(!row.choice, "has a choice but is no dialect row",
              "Drop the choice, or name its dialect point");
      return;
    }
    const Point* const point = use_point(row, input_.access_domain.points);
    if (point == nullptr) return;
    if (!row.choice)
      return find("is a dialect row without choice", "Say which choice allows and which denies");
    for (const std::string& id : {row.choice->allow, row.choice->deny})
      require(has_choice(*point, id), "choice \"" + id + "\" is none of point " + point->id,
              "Use one of its choices");
    require(row.choice->allow != row.choice->deny, "the same choice allows and denies", "Name two choices");
    require((row.allow ? row.choice->allow : row.choice->deny) == point->ours,
            "the expected verdict is not that of our choice", "Ours is \"" + point->ours + "\"");
  }
  static bool has_choice(const Point& point, const std::string& id) {
    return std::any_of(point.choices.begin(), point.choices.end(),
                       [&id](const PointChoice& choice) { return choice.id == id; });
  }

  // AD-L3: nothing is decided, and nobody asked, for a caller without a valid password.
  void check_reason(const LoginRow& row) {
    const bool authenticated = row.right_password && row.known_account;
    require(row.step.has_value() == authenticated, "step does not fit password and account",
            "It is null exactly when the password is wrong or the account unknown (AD-L3)");
    if (row.step)
      check_step(*row.step, row.allow, row.entry.has_value(), row.name.has_value());
    else
      require(!row.allow && !row.asked && !row.entry && !row.name,
              "something was decided without a valid password",
              "Write deny, asked false, entry and name null (AD-L3)");
    if (row.step)
      require(!row.asked || *row.step >= 4, "was asked before step 4",
              "The name service is not asked (AD-C7)");
    check_positions(row, row.lookup_names);
    require(row.lookup_status == LookupStatus::kOk || row.lookup_names.empty(),
            "a failed look-up gives names", "Names go with status ok");
    for (const auto& [name, addresses] : row.forward)
      for (const std::string& address : addresses)
        require(parse_client(address).has_value(), "\"" + address + "\" is no address", "Write an address");
    for (const auto& [setting, value] : row.settings)
      require(setting == "hostname-check" && value == "reverse", "unknown setting " + setting + " = " + value,
              "Settings that rows may change: hostname-check = reverse");
    require(row.group.find(':') == std::string::npos, "is of a dialect group",
            "login.json has no dialect points");
  }

  void check_point(const char* file, const Point& point) {
    at(file, "point " + point.id);
    require(is_slug(point.id), "the id is no slug", "Use a-z, 0-9 and single hyphens");
    require(point_ids_.insert(point.id).second, "the id comes twice", "Give each point an id of its own");
    require(point.choices.size() >= 2, "has fewer than two choices",
            "List every choice that an implementation has");
    std::set<std::string> choices;
    for (const PointChoice& choice : point.choices)
      require(choices.insert(choice.id).second, "choice \"" + choice.id + "\" comes twice", "Keep one");
    require(choices.contains(point.ours), "ours is none of the choices", "Use the id of a choice");
    const auto sentence = by_id_.find(point.sentence);
    require(sentence != by_id_.end() && sentence->second->has_tag('D'),
            point.sentence + " is no [D] sentence of SPEC.md",
            "A dialect point belongs to a decision of ours");
    require(used_points_.contains(point.id), "no row is of this point", "Add rows, or drop the point");
  }

  void check_sentences() {
    const Counts counts = count_rows(input_);
    std::set<std::string> seen;
    for (const Sentence& sentence : input_.sentences) {
      at(kSpecFile, sentence.id);
      require(seen.insert(sentence.id).second, "the sentence comes twice",
              "Ids are never used again: number it anew");
      require(!sentence.tags.empty(), "has no strength", "Write [S], [D], [H] or [X] after the id");
      require(!sentence.holders.empty(), "nothing holds it",
              "End it with → rows, → test NAME or → later (what)");
      for (const std::string& holder : sentence.holders)
        check_holder(holder, counts.by_sentence.contains(sentence.id));
      require(!counts.by_sentence.contains(sentence.id) || contains(sentence.holders, "rows"),
              "rows cite it but it does not say so", "End it with → rows");
    }
    at(kSpecFile, "all");
    require(!input_.sentences.empty(), "has no sentence", "Name a directory with the right SPEC.md");
  }
  void check_holder(const std::string& holder, bool has_rows) {
    constexpr std::string_view kTest = "test ";
    if (holder == "rows") return require(has_rows, "no row cites it", "Add a row, or name what holds it");
    if (holder.starts_with("later (") && holder.ends_with(')')) return;
    if (!holder.starts_with(kTest))
      return find("\"" + holder + "\" is no holder", "Write rows, test NAME or later (what is missing)");
    const std::string name = holder.substr(kTest.size());
    require(input_.test_names.contains(name), "the tree has no test " + name, "Name a test that is there");
  }

  const LintInput& input_;
  std::map<std::string, const Sentence*> by_id_;
  std::set<std::string> ids_;
  std::set<std::string> point_ids_;
  std::set<std::string> used_points_;
  std::string file_;
  std::string row_;
  std::vector<Finding> findings_;
};

template <typename AnyRow>
void count(const std::vector<AnyRow>& rows, Counts& counts) {
  for (const AnyRow& row : rows) {
    ++counts.by_group[row.group];
    if constexpr (requires { row.live(); })
      if (row.live()) ++counts.live;
    for (const std::string& sentence : row.sentences) ++counts.by_sentence[sentence];
  }
}

}  // namespace

std::string to_string(const Finding& finding) {
  return finding.file + ": " + finding.row + ": " + finding.what + ". " + finding.cure + ".";
}

std::vector<Finding> lint_tables(const LintInput& input) {
  return Lint(input).run();
}

Counts count_rows(const LintInput& input) {
  Counts counts;
  counts.access_domain = input.access_domain.rows.size();
  counts.login = input.login.rows.size();
  count(input.access_domain.rows, counts);
  count(input.login.rows, counts);
  counts.privileges = input.model.privileges.rows.size();
  counts.trees = input.model.trees.rows.size();
  counts.maildrop = input.model.maildrop.rows.size();
  counts.encryption = input.model.encryption.rows.size();
  count(input.model.privileges.rows, counts);
  count(input.model.trees.rows, counts);
  count(input.model.maildrop.rows, counts);
  count(input.model.encryption.rows, counts);
  return counts;
}

}  // namespace postern::conformance
