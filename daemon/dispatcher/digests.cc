// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/dispatcher/digests.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "daemon/sys/files.h"

namespace postern::daemon {
namespace {

constexpr std::size_t kHexLength = 64;
constexpr std::size_t kMaxProgram = std::size_t{256} << 20U;  // sanitizers make them large
constexpr mode_t kProgramMode = 0550;

constexpr std::string_view kCure = "write it with postern-setup, or with sha256sum in the executables tree";

Error bad_line(std::string_view file, std::size_t line, std::string what) {
  return Error{std::move(what), std::string(file) + ":" + std::to_string(line), std::string(kCure), 0,
               Exit::kConfig};
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<void> check_digest(std::string_view octets, std::string_view name, const std::string& path,
                          const std::vector<ModuleDigest>& digests) {
  const auto listed = std::ranges::find(digests, name, &ModuleDigest::name);
  if (listed == digests.end())
    return Error{"is not in the list of module digests", path, std::string(kCure), 0, Exit::kConfig};
  const auto hex = sha256_hex(octets);
  if (!hex.ok()) return hex.error();
  if (*hex == listed->hex) return {};
  return Error{"is not the program that the list of module digests names (SHA-256 " + *hex + ")", path,
               "find out who changed it; install it again with postern-setup", 0, Exit::kNotPermitted};
}

}  // namespace

Result<std::vector<ModuleDigest>> parse_digests(std::string_view text, std::string_view file) {
  std::vector<ModuleDigest> digests;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    const std::string_view name = one.substr(std::min(kHexLength + 2, one.size()));
    if (name.empty() || !is_hex(one.substr(0, kHexLength)) || one.substr(kHexLength, 2) != "  ")
      return bad_line(file, line, "is no line of a list of SHA-256 digests");
    if (name.find('/') != std::string_view::npos ||
        std::ranges::count(digests, name, &ModuleDigest::name) != 0)
      return bad_line(file, line, "'" + std::string(name) + "' has a '/' in it, or is there twice");
    digests.push_back({std::string(one.substr(0, kHexLength)), std::string(name)});
  }
  return digests;
}

Result<std::string> sha256_hex(std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1 ||
      length != 32)
    return Error{
        "OpenSSL cannot make a SHA-256 digest", {}, "check the OpenSSL installation", 0, Exit::kSoftware};
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4U];
    hex += "0123456789abcdef"[digest[i] & 15U];
  }
  return hex;
}

Result<Program> load_program(const Settings& settings, std::string_view name,
                             const std::vector<ModuleDigest>* digests) {
  const std::string path = std::string(settings.executables.view()) + "/" + std::string(name);
  auto held = open_program(path.c_str(), settings.mta_uid, settings.mta_gid, kProgramMode);
  if (!held.ok()) return held.take_error();
  const auto octets = read_all(held->get(), kMaxProgram, path);
  if (!octets.ok()) return octets.error();
  if (digests != nullptr)
    if (auto good = check_digest(*octets, name, path, *digests); !good.ok()) return good.take_error();
  auto sealed = sealed_file(std::string(name).c_str(), *octets, true);
  if (!sealed.ok()) return sealed.take_error();
  return Program{std::string(name), std::move(sealed).value(), std::move(held).value()};
}

}  // namespace postern::daemon
