// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/worlds.h"

#include <algorithm>
#include <map>

#include "conformance/runner/address.h"

namespace postern::conformance {
namespace {

std::string folded(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

// The names and addresses that a world has fixed while it is being filled.
struct Draft {
  std::vector<const Case*> cases;
  std::map<std::string, const Case*> by_address;
  std::map<std::string, std::vector<std::string>> forward;  // login worlds only

  bool takes(const Case& c) const {
    const auto found = by_address.find(source_address(c.ip));
    if (found == by_address.end()) return !c.is_login() || names_are_free(c);
    return !c.is_login() && !found->second->is_login() && found->second->lookup.names == c.lookup.names;
  }

  bool names_are_free(const Case& c) const {
    return std::none_of(c.lookup.forward.begin(), c.lookup.forward.end(),
                        [&](const auto& f) { return forward.contains(folded(f.first)); });
  }

  void add(const Case& c) {
    cases.push_back(&c);
    by_address.emplace(source_address(c.ip), &c);
    if (!c.is_login()) return;
    for (const auto& [name, addresses] : c.lookup.forward) forward.emplace(folded(name), addresses);
  }
};

bool hosts_can_say(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c != '#'; });
}

bool name_server_can_say(const std::string& name) {
  return !name.empty() && name.front() != '-' && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

// A name of ours is confirmed: its forward look-up gives the client back, and nothing else.
bool all_confirmed(const Case& c) {
  const std::string address = source_address(c.ip);
  return std::all_of(c.lookup.names.begin(), c.lookup.names.end(), [&](const std::string& name) {
    const auto found = std::find_if(c.lookup.forward.begin(), c.lookup.forward.end(),
                                    [&](const auto& f) { return f.first == name; });
    return found != c.lookup.forward.end() && found->second.size() == 1 &&
           source_address(found->second[0]) == address;
  });
}

// Several names for one address: the C library reports them from a hosts file, but only the first from a name
// server.
bool needs_hosts(const Case& c) {
  const auto& names = c.lookup.names;
  if (names.empty() || c.lookup.status != LookupStatus::kOk) return false;
  if (!std::all_of(names.begin(), names.end(), hosts_can_say) || !all_confirmed(c)) return false;
  return names.size() > 1 || !name_server_can_say(names[0]);
}

// Half of the names that either source can say come from each, always the same half.
bool drawn_for_hosts(const std::string& name) {
  unsigned sum = 0;
  for (const char c : folded(name)) sum = sum * 31 + static_cast<unsigned char>(c);
  return (sum >> 4U) % 2 == 0;
}

void add_to_hosts(World& world, const std::string& address, const std::vector<std::string>& names) {
  world.hosts += address;
  for (const std::string& name : names) world.hosts += " " + name;
  world.hosts += "\n";
  world.in_hosts.insert(address);
}

void add_to_name_server(World& world, const std::string& address, const Case& c) {
  world.data.reverse[address] = {c.lookup.status, c.lookup.names};
  for (const auto& [name, addresses] : c.lookup.forward) {
    for (const std::string& a : addresses) world.data.forward[folded(name)].insert(source_address(a));
    world.data.forward[folded(name)];
  }
}

// A name that one address has from the hosts file cannot come from the name server for another.
std::set<std::string> names_in_hosts(const Draft& draft) {
  std::set<std::string> names;
  for (const auto& [address, c] : draft.by_address) {
    const bool draw = !c->is_login() && c->lookup.names.size() == 1 && drawn_for_hosts(c->lookup.names[0]);
    if (!draw && !needs_hosts(*c)) continue;
    for (const std::string& name : c->lookup.names) names.insert(folded(name));
  }
  return names;
}

bool goes_to_hosts(const Case& c, const std::set<std::string>& hosts_names) {
  if (needs_hosts(c)) return true;
  return !c.is_login() && c.lookup.names.size() == 1 && hosts_can_say(c.lookup.names[0]) &&
         hosts_names.contains(folded(c.lookup.names[0]));
}

World world_of(const Draft& draft) {
  World world;
  world.cases = draft.cases;
  const std::set<std::string> hosts_names = names_in_hosts(draft);
  for (const auto& [address, c] : draft.by_address) {
    if (goes_to_hosts(*c, hosts_names)) {
      add_to_hosts(world, address, c->lookup.names);
    } else {
      add_to_name_server(world, address, *c);
    }
  }
  return world;
}

}  // namespace

std::vector<World> partition(const std::vector<const Case*>& cases) {
  std::vector<Draft> access;
  std::vector<Draft> login;
  for (const Case* c : cases) {
    std::vector<Draft>& drafts = c->is_login() ? login : access;
    auto place = std::find_if(drafts.begin(), drafts.end(), [&](const Draft& d) { return d.takes(*c); });
    if (place == drafts.end()) place = drafts.emplace(drafts.end());
    place->add(*c);
  }
  std::vector<World> worlds;
  for (const Draft& draft : access) worlds.push_back(world_of(draft));
  for (const Draft& draft : login) worlds.push_back(world_of(draft));
  return worlds;
}

}  // namespace postern::conformance
