// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/processes_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "daemon/deliver/child.h"
#include "daemon/deliver/supervisor.h"
#include "daemon/dispatcher/profile.h"
#include "daemon/keeper/keeper.h"
#include "daemon/listener/profile.h"
#include "daemon/maildrop_helper/profile.h"
#include "daemon/pop3/module.h"
#include "daemon/sys/sandbox.h"
#include "daemon/tls/profile.h"

namespace postern::daemon {
namespace {

constexpr std::uint64_t kWrites = rights::kWriteFile | rights::kRemoveDir | rights::kRemoveFile |
                                  rights::kMakeDir | rights::kMakeFile | rights::kRefer;

// PV-4. Of a deliver supervisor that is a unit of its own the others can be told apart without root, too.
std::string mail_of(const Settings& settings, bool in_group_mail) {
  if (settings.maildrop_socket.view().empty()) return {};
  return (in_group_mail ? ", with group " : ", without group ") + std::to_string(settings.maildrop_group);
}

std::string ids_of(const Settings& settings, bool in_group_mail = false) {
  const std::string uid = std::to_string(settings.mta_uid);
  const std::string gid = std::to_string(settings.mta_gid);
  if (!settings.started_as_root)
    return "  ids: the caller's (uid " + uid + ", gid " + gid + ", groups as they are" +
           mail_of(settings, in_group_mail) + "); capabilities none\n";
  return "  ids: uid " + uid + " and gid " + gid + " (real, effective, saved, file system); groups " + gid +
         (in_group_mail && settings.maildrop_group != 0 ? " " + std::to_string(settings.maildrop_group)
                                                        : "") +
         "\n  capabilities: none, bounding set empty; no_new_privs; not dumpable\n";
}

std::string paths_with(const SandboxProfile& profile, const std::vector<PlacedPath>& places,
                       std::uint64_t access) {
  std::string paths;
  for (const FileRule& rule : profile.files)
    for (const PlacedPath& place : places)
      if (place.place == rule.place && (rule.access & access) != 0) paths += " " + place.path;
  return paths.empty() ? " nothing" : paths;
}

std::string test_text(const ArgumentTest& test) {
  std::array<char, 64> text{};
  const auto mask = static_cast<unsigned long long>(test.mask);
  const auto value = static_cast<unsigned long long>(test.value);
  if (test.value == 0 && test.mask != ~std::uint64_t{0} && test.mask != 0xffffffffU)
    (void)std::snprintf(text.data(), text.size(), "arg%u has none of 0x%llx", test.index, mask);
  else
    (void)std::snprintf(text.data(), text.size(), "arg%u=0x%llx", test.index, value);
  return text.data();
}

std::string call_text(const AllowedCall& call) {
  std::string text = call.name;
  for (unsigned i = 0; i < call.tests; ++i) text += (i == 0 ? "(" : ", ") + test_text(call.test[i]);
  return call.tests == 0 ? text : text + ")";
}

std::string wrapped(const std::vector<std::string>& words) {
  constexpr std::size_t kWidth = 110;
  std::string text;
  std::size_t column = kWidth;
  for (const std::string& word : words) {
    if (column + word.size() + 1 > kWidth) {
      text += "\n   ";
      column = 3;
    }
    text += " " + word;
    column += word.size() + 1;
  }
  return text;
}

std::string calls_text(std::span<const AllowedCall> calls) {
  std::vector<std::string> words;
  for (const AllowedCall& call : calls) words.push_back(call_text(call));
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return wrapped(words);
}

std::string entry(const std::string& ids, const std::vector<PlacedPath>& places,
                  const SandboxProfile& profile, std::string_view inherits) {
  std::string text = std::string(profile.role) + "\n" + ids;
  text += "  reads:" + paths_with(profile, places, rights::kRead) + "\n";
  text += "  writes:" + paths_with(profile, places, kWrites) + "\n";
  text += "  executes:" + paths_with(profile, places, rights::kExecute) + "\n";
  if (!inherits.empty())
    text += "  also, because filters are inherited: what " + std::string(inherits) + " may do\n";
  text += "  memory: " + std::to_string(profile.memory >> 20U) + " MiB of address space\n";
  return text + "  calls (any other kills it):" + calls_text(calls_of(profile)) + "\n\n";
}

std::string_view children_of(const SandboxProfile& profile) {
  if (&profile == &kListenerProfile) return "its sessions and keepers";
  return &profile == &kTlsProfile ? "its workers" : "";
}

// PV-5: started by root alone, and outside the tree of inherited filters.
std::string helper_entries(const Settings& settings, const std::vector<PlacedPath>& places) {
  const bool is_there = settings.started_as_root || !settings.maildrop_socket.view().empty();
  if (!is_there || settings.maildrop_spool.view().empty()) return {};
  const std::string group = std::to_string(settings.maildrop_group);
  const std::string own =
      "  ids: uid 0, gid " + group +
      " (real, effective, saved, file system); no other group\n"
      "  capabilities: CAP_CHOWN, bounding set empty; no_new_privs; not dumpable; files cannot grow\n";
  const std::string uid = std::to_string(settings.lookup_uid);
  const std::string gid = std::to_string(settings.lookup_gid);
  const std::string names =
      "  ids: uid " + uid + " and gid " + gid + " (real, effective, saved, file system); groups " + gid +
      "\n  capabilities: none, bounding set empty; no_new_privs; not dumpable; files cannot grow\n";
  return entry(own, places, maildrop_helper_profile(settings.maildrop_group), "") +
         entry(names, places, kHelperNamesProfile, "");
}

}  // namespace

std::string processes_table(const Settings& settings) {
  const auto places = places_of(settings);
  std::string text;
  if (!instrumented_calls().empty())
    text += "AN INSTRUMENTED BUILD. Every process may also call:" + calls_text(instrumented_calls()) + "\n\n";
  const std::string ids = ids_of(settings);
  text += entry(ids, places, kDispatcherProfile, "every process below");
  for (const SandboxProfile* profile : module_profiles())
    text += entry(ids, places, *profile, children_of(*profile));
  const std::string in_mail = ids_of(settings, true);
  text += entry(in_mail, places, kDeliverSupervisorProfile, "both kinds of deliver below");
  text += entry(in_mail, places, kDeliverMailboxProfile, "");
  text += entry(in_mail, places, kDeliverMaildropProfile, "");
  return text + helper_entries(settings, places);
}

}  // namespace postern::daemon
