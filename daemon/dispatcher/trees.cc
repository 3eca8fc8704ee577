// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/trees.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/permission_model/tree.h"
#include "daemon/sys/files.h"
#include "daemon/sys/object.h"

namespace postern::daemon {
namespace {

using permission::Object;
using permission::Tree;
using permission::TreeReason;

// Deeper than anything of ours; a descriptor is open for each.
constexpr unsigned kMaxDepth = 32;

std::string octal(unsigned mode) {
  std::array<char, 8> text{};
  (void)std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

std::string is_not(const char* what, const std::string& is, const std::string& must) {
  return std::string(what) + " is " + is + " not " + must;
}

// Audit: one look at the trees, by core's rules.
class Audit {
 public:
  explicit Audit(const Settings& settings) : settings_(settings) {}

  // entry judges what lies at `path`, itself and not what it leads to. Answers whether to look into it.
  bool entry(Tree tree, bool top, const std::string& path, const struct stat& info) {
    const Object is = object_of(info);
    std::string wrong;
    for (int i = 1; i <= static_cast<int>(TreeReason::kMode); ++i) {
      const auto reason = static_cast<TreeReason>(i);
      if (has_fault(reason, tree, top, is, settings_.mta_uid, settings_.mta_gid))
        wrong += (wrong.empty() ? " " : ", ") + said(reason, tree, is);
    }
    if (!wrong.empty()) findings_.push_back(path + ":" + wrong);
    return S_ISDIR(info.st_mode);
  }

  // path: the same for what the daemon cannot do without.
  bool path(Tree tree, bool top, const std::string& path) {
    struct stat info {};
    if (lstat(path.c_str(), &info) == 0) return entry(tree, top, path, info);
    findings_.push_back(path + ": " + strerrordesc_np(errno));
    return false;
  }

  // below judges everything in the directory at `path`.
  void below(Tree tree, const std::string& path) {
    const auto directory = open_directory(path.c_str());
    if (directory.ok()) return in(tree, directory->get(), path, 0);
    findings_.push_back(directory.error().text());
  }

  std::vector<std::string> findings() && { return std::move(findings_); }

 private:
  std::string said(TreeReason reason, Tree tree, const Object& is) const {
    if (reason == TreeReason::kOwner)
      return is_not("owner", std::to_string(is.owner), std::to_string(settings_.mta_uid));
    if (reason == TreeReason::kGroup)
      return is_not("group", std::to_string(is.group), std::to_string(settings_.mta_gid));
    if (reason == TreeReason::kMode) return is_not("mode", octal(is.mode), octal(mode_of(tree, is.kind)));
    return std::string(reason_text(reason).what);
  }

  void in(Tree tree, int directory, const std::string& path, unsigned depth) {
    const auto names = list_directory(directory, path);
    if (!names.ok()) return findings_.push_back(names.error().text());
    for (const std::string& name : *names) {
      const std::string below = path + "/" + name;
      struct stat info {};
      if (fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) findings_.push_back(below + ": " + strerrordesc_np(errno));
      } else if (entry(tree, false, below, info)) {
        into(tree, directory, name, below, depth + 1);
      }
    }
  }

  void into(Tree tree, int directory, const std::string& name, const std::string& path, unsigned depth) {
    if (depth == kMaxDepth) return findings_.push_back(path + ": is deeper than anything of ours");
    const Fd inner(openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (inner.is_open()) return in(tree, inner.get(), path, depth);
    if (errno != ENOENT) findings_.push_back(path + ": " + strerrordesc_np(errno));
  }

  const Settings& settings_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> check_trees(const Settings& settings) {
  Audit audit(settings);
  const std::string executables(settings.executables.view());
  const std::string postoffice(settings.postoffice.view());
  if (audit.path(Tree::kExecutables, true, executables)) audit.below(Tree::kExecutables, executables);
  (void)audit.path(Tree::kPostoffice, true, postoffice);
  for (const char* part : {"/accounts", "/queue", "/queue/incoming", "/queue/active", "/queue/dead"})
    (void)audit.path(Tree::kPostoffice, true, postoffice + part);
  (void)audit.path(Tree::kMailbox, true, std::string(settings.mailbox.view()));
  return std::move(audit).findings();
}

std::vector<std::string> audit_trees(const Settings& settings) {
  Audit audit(settings);
  const auto whole = [&](Tree tree, const std::string& path) {
    if (audit.path(tree, true, path)) audit.below(tree, path);
  };
  whole(Tree::kExecutables, std::string(settings.executables.view()));
  whole(Tree::kPostoffice, std::string(settings.postoffice.view()));
  whole(Tree::kMailbox, std::string(settings.mailbox.view()));
  return std::move(audit).findings();
}

}  // namespace postern::daemon
