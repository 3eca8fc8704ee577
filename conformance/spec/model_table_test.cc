// SPDX-License-Identifier: BSD-2-Clause
// Reading the tables of the permission model: what is written is what is read, and what is not of the agreed
// shape is refused with place and cure.
#include "conformance/spec/model_table.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/spec/text_file.h"

namespace postern::conformance {
namespace {

std::string shipped(const char* file) {
  return read_text_file(std::filesystem::path(POSTERN_SCHEMA_DIR) / file);
}

// with: the shipped table with `from` (there at least once) replaced by `to` where it first stands.
std::string with(const char* file, const std::string& from, const std::string& to) {
  std::string text = shipped(file);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

template <typename Parse>
void expect_refused(Parse parse, const std::string& text, const std::string& words) {
  try {
    (void)parse(text, "table.json");
    ADD_FAILURE() << "read without complaint: " << words;
  } catch (const TableError& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(ModelTable, AProcessIsItsBaseWithWhatDiffers) {
  const PrivilegeTable table = parse_privileges(shipped("privileges.json"), "privileges.json");
  for (const PrivilegeRow& row : table.rows) {
    if (row.id != "pv-2-saved-user-root") continue;
    EXPECT_EQ(row.process.credentials.user, (permission::Ids{kTableMta, kTableMta, 0, kTableMta}));
    EXPECT_EQ(row.process.credentials.group, permission::all_four(kTableNsgroup));
    EXPECT_EQ(row.process.credentials.securebits, permission::kDroppedSecurebits);
    EXPECT_TRUE(row.process.credentials.no_new_privs);
    return;
  }
  FAIL() << "no such row";
}

TEST(ModelTable, AChainIsItsObjects) {
  const TreeTable table = parse_trees(shipped("trees.json"), "trees.json");
  for (const TreeRow& row : table.rows) {
    if (row.id != "dt-3-sticky-group") continue;
    ASSERT_EQ(row.chain.size(), 3U);
    EXPECT_EQ(row.chain[1].mode, 03775);
    EXPECT_EQ(row.chain[1].group, kTableMail);
    EXPECT_EQ(row.chain[1].kind, permission::Kind::kDirectory);
    return;
  }
  FAIL() << "no such row";
}

TEST(ModelTable, OctetsOfANameAreReadAsTheyAre) {
  const MaildropTable table = parse_maildrop(shipped("maildrop.json"), "maildrop.json");
  for (const MaildropRow& row : table.rows) {
    if (row.id != "md-4-nul") continue;
    EXPECT_EQ(row.name, std::string("ann\0", 4));
    return;
  }
  FAIL() << "no such row";
}

TEST(ModelTable, WhatIsNotOfTheAgreedShapeIsRefused) {
  const auto privileges = [](const std::string& from, const std::string& to, const std::string& words) {
    expect_refused(parse_privileges, with("privileges.json", from, to), words);
  };
  privileges("\"with\": {", "\"with\": {\"zebra\": 1, ", "unknown field \"zebra\"");
  privileges("\"process\": \"mta\"", "\"process\": \"zebra\"", "is not there to be based on");
  privileges("\"role\": \"listener\"", "\"role\": \"zebra\"", "is no word of the table");
  privileges("\"saved-user\": \"root\"", "\"saved-user\": \"zebra\"", "is no word of the table");
  privileges("\"saved-user\": \"root\"", "\"saved-user\": -1", "is no id");
  privileges("[\"setuid\", \"root\"]", "[\"setuid\"]", "another number of arguments");
  privileges("[\"setuid\", \"root\"]", "[\"zebra\", \"root\"]", "is no word of the table");
  privileges("[\"EPERM\"]", "[\"EACCES\"]", "is no word of the table");
  privileges("[\"raise-ambient\", [\"chown\"]]", "[\"raise-ambient\", \"chown\"]", "is no set");
  const auto trees = [](const std::string& from, const std::string& to, const std::string& words) {
    expect_refused(parse_trees, with("trees.json", from, to), words);
  };
  trees("\"mode\": \"0700\"", "\"mode\": \"700\"", "It must be octal");
  trees("\"mode\": \"0700\"", "\"mode\": \"0800\"", "It must be octal");
  trees("\"kind\": \"trusted\"", "\"kind\": \"zebra\"", "is no word of the table");
  trees("{\"base\": \"mailbox-file\", \"owner\": \"root\"}", "{\"owner\": \"root\"}", "is no object");
  trees("\"wishes\": [\"read\"]", "\"wishes\": [\"zebra\"]", "is no word of the table");
  trees("\"kind\": \"access\", \"who\": \"other\"", "\"kind\": \"access\", \"who\": \"zebra\"",
        "is not there to be based on");
  const auto maildrop = [](const std::string& from, const std::string& to, const std::string& words) {
    expect_refused(parse_maildrop, with("maildrop.json", from, to), words);
  };
  maildrop("\"found\": null", "\"found\": false", "is no object");
  maildrop("\"user\": {\"name\": \"ann\"", "\"user\": {\"called\": \"ann\"", "unknown field \"called\"");
  maildrop("\"action\": \"refuse\"", "\"action\": \"zebra\"", "is no word of the table");
  const auto encryption = [](const std::string& from, const std::string& to, const std::string& words) {
    expect_refused(parse_encryption, with("encryption.json", from, to), words);
  };
  encryption("\"imap\": \"optional\"", "\"imap\": \"zebra\"", "is no word of the table");
  encryption("\"encrypted-port\": 993", "\"encrypted-port\": 65536", "It must be a port");
  encryption("\"suites\": \"all\"", "\"suites\": [\"zebra\"]", "made of OpenSSL's names");
  encryption("\"imap\": [\"plain-login\"", "\"imap\": [\"zebra\"", "is no word of the table");
  encryption("\"ciphers\": \"all\"", "\"ciphers\": 7", "It must be a string");
}

}  // namespace
}  // namespace postern::conformance
