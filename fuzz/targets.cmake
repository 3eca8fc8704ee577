# SPDX-License-Identifier: BSD-2-Clause
# The targets; fuzz/CMakeLists.txt has what each word means.
# max_len: a label that is too long (64 octets), and more; names that are too long are domain_name's.
postern_fuzz_target(NAME entry_list UNDER_TEST core/entry.cc
  MAX_LEN 80 RUNS 100000 FINDS_WITHIN 200000 FLOOR 63 SEEDS "${spec_seeds}/list")
# max_len: a name that is too long (255 octets), and another.
postern_fuzz_target(NAME domain_name MAX_LEN 300 RUNS 150000 FINDS_WITHIN 200000 FLOOR 65)
# max_len: the longest address (45 octets), and more.
postern_fuzz_target(NAME client_text MAX_LEN 64 RUNS 150000 FINDS_WITHIN 200000 FLOOR 54)
# max_len: a list of some twenty entries and three names; a longer one is decide_large's.
postern_fuzz_target(NAME decide_literal_compiled UNDER_TEST core/compiled_access_list.cc
  MAX_LEN 512 RUNS 40000 FINDS_WITHIN 200000 FLOOR 54 SEEDS "${spec_seeds}/decide")
# max_len: what comes before the many.
postern_fuzz_target(NAME decide_large UNDER_TEST core/compiled_access_list.cc
  MAX_LEN 128 RUNS 200 FINDS_WITHIN 200 FLOOR 38 TWIN_SEEDED)
# max_len: the same; the list is doubled.
postern_fuzz_target(NAME decide_order MAX_LEN 512 RUNS 40000 FINDS_WITHIN 50000 FLOOR 59 SEEDS "${spec_seeds}/decide" TWIN_SEEDED)
# max_len: some twenty entries: findings are about two.
postern_fuzz_target(NAME lint_decide UNDER_TEST core/lint.cc core/entry.cc
  MAX_LEN 256 RUNS 40000 FINDS_WITHIN 200000 FLOOR 64 SEEDS "${spec_seeds}/decide")
# max_len: some sixteen calls.
postern_fuzz_target(NAME permission_calls BINARY MAX_LEN 160 RUNS 100000 FINDS_WITHIN 200000 FLOOR 72)
# max_len: all that is read.
postern_fuzz_target(NAME permission_files BINARY UNDER_TEST core/permission_model/reasons.cc
  MAX_LEN 48 RUNS 100000 FINDS_WITHIN 200000 FLOOR 60)
# max_len: all that is read.
postern_fuzz_target(NAME permission_maildrop BINARY UNDER_TEST core/permission_model/reasons.cc
  MAX_LEN 32 RUNS 100000 FINDS_WITHIN 200000 FLOOR 64)
# max_len: a role, and some six changes.
postern_fuzz_target(NAME permission_roles BINARY UNDER_TEST core/permission_model/reasons.cc
  MAX_LEN 12 RUNS 100000 FINDS_WITHIN 100000 FLOOR 55)
# max_len: some eight names of suites.
postern_fuzz_target(NAME tls_lists MAX_LEN 256 RUNS 80000 FINDS_WITHIN 100000 FLOOR 48 TWIN_SEEDED)
# max_len: seven figures, and a list as tls_lists reads.
postern_fuzz_target(NAME tls_policy UNDER_TEST core/tls_policy.cc
  MAX_LEN 256 RUNS 80000 FINDS_WITHIN 100000 FLOOR 59 TWIN_SEEDED)

# max_len: POP3's longest line is 255 octets.
set(result daemon/sys/result.cc)
postern_fuzz_target(NAME pop3_command UNDER_TEST daemon/pop3/command.cc
  MAX_LEN 300 RUNS 150000 FINDS_WITHIN 500000 FLOOR 49)
# max_len: three short texts.
postern_fuzz_target(NAME sasl_plain MAX_LEN 64 RUNS 100000 FINDS_WITHIN 100000 FLOOR 49 TWIN_SEEDED)
# max_len: some ten lines; an encoder has no limit.
postern_fuzz_target(NAME pop3_wire UNDER_TEST daemon/pop3/wire.cc MAX_LEN 256 RUNS 80000 FINDS_WITHIN 200000 FLOOR 53)
# max_len: some ten lines; their length has no limit here.
postern_fuzz_target(NAME config_file UNDER_TEST daemon/config/key_value.cc ${result}
  MAX_LEN 256 RUNS 80000 FINDS_WITHIN 200000 FLOOR 39)
# max_len: some thirty of the fifty settings.
postern_fuzz_target(NAME settings_file UNDER_TEST daemon/config/settings.cc daemon/config/encryption.cc daemon/config/values.cc daemon/config/key_value.cc ${result}
  MAX_LEN 1024 RUNS 3000 FINDS_WITHIN 3000 FLOOR 38 TWIN_SEEDED)
# max_len: a hash, and some twenty values.
postern_fuzz_target(NAME account_file
  UNDER_TEST daemon/account/account.cc daemon/config/key_value.cc core/entry.cc ${result}
  MAX_LEN 512 RUNS 60000 FINDS_WITHIN 50000 FLOOR 48 TWIN_SEEDED)
# max_len: sixteen packets; the gate has closed long before.
postern_fuzz_target(NAME keeper_request BINARY UNDER_TEST daemon/keeper/protocol.cc daemon/keeper/request_table.cc
  MAX_LEN 64 RUNS 100000 FINDS_WITHIN 200000 FLOOR 46)
# max_len: one packet (100 octets).
postern_fuzz_target(NAME keeper_reply BINARY UNDER_TEST daemon/keeper/protocol.cc MAX_LEN 104 RUNS 150000 FINDS_WITHIN 50000 FLOOR 41 TWIN_SEEDED)
# max_len: the longest name is 255 octets; two share these.
postern_fuzz_target(NAME maildir_name UNDER_TEST daemon/maildir/unique_id.cc MAX_LEN 240 RUNS 5000 FINDS_WITHIN 10000 FLOOR 54)
# max_len: one answer (2,042 octets), which three names fill well enough.
postern_fuzz_target(NAME resolver_answer BINARY UNDER_TEST daemon/resolver/question.cc
  MAX_LEN 800 RUNS 80000 FINDS_WITHIN 50000 FLOOR 51 TWIN_SEEDED)
# max_len: kMaxLogLine, and what escapes make of less.
postern_fuzz_target(NAME log_line UNDER_TEST daemon/logger/log.cc ${result} MAX_LEN 400 RUNS 60000 FINDS_WITHIN 200000 FLOOR 23)
# max_len: an envelope, and some eight states.
postern_fuzz_target(NAME queue_file UNDER_TEST daemon/postoffice/queue_text.cc daemon/account/account.cc daemon/config/key_value.cc core/entry.cc ${result}
  MAX_LEN 512 RUNS 50000 FINDS_WITHIN 200000 FLOOR 26)
# max_len: a line has 555 octets.
postern_fuzz_target(NAME smtp_command UNDER_TEST daemon/smtp/command.cc MAX_LEN 600 RUNS 100000 FINDS_WITHIN 200000 FLOOR 62)
# max_len: a mailbox has 254 octets (RFC 5321: 256 with its brackets).
postern_fuzz_target(NAME mail_accounts
  UNDER_TEST daemon/smtp/addressed.cc daemon/smtp/command.cc daemon/account/account.cc daemon/config/key_value.cc core/entry.cc ${result}
  MAX_LEN 260 RUNS 80000 FINDS_WITHIN 50000 FLOOR 17 TWIN_SEEDED)
# max_len: two "A" make a line of text that is as long as one may be.
postern_fuzz_target(NAME smtp_data UNDER_TEST daemon/pop3/wire.cc MAX_LEN 64 RUNS 30000 FINDS_WITHIN 100000 FLOOR 50)
# max_len: recipients may be asked for 200 times.
postern_fuzz_target(NAME smtp_request BINARY UNDER_TEST daemon/smtp/protocol.cc daemon/smtp/command.cc
  MAX_LEN 512 RUNS 50000 FINDS_WITHIN 50000 FLOOR 41)
# max_len: one packet (36 octets; 48 for a question to the helper).
postern_fuzz_target(NAME smtp_reply BINARY UNDER_TEST daemon/smtp/protocol.cc daemon/smtp/command.cc
  MAX_LEN 40 RUNS 100000 FINDS_WITHIN 50000 FLOOR 13 TWIN_SEEDED)
# max_len: a trace of thirty, and a packet with a name or two.
postern_fuzz_target(NAME imap_request BINARY UNDER_TEST daemon/imap/protocol.cc
  MAX_LEN 160 RUNS 100000 FINDS_WITHIN 200000 FLOOR 47)
# max_len: a reply of two rows (120 octets).
postern_fuzz_target(NAME imap_reply BINARY UNDER_TEST daemon/imap/protocol.cc
  MAX_LEN 128 RUNS 100000 FINDS_WITHIN 50000 FLOOR 28 TWIN_SEEDED)
# max_len: the longest name (200 octets), and more.
postern_fuzz_target(NAME folder_name UNDER_TEST daemon/maildir/folder_name.cc
  MAX_LEN 210 RUNS 100000 FINDS_WITHIN 50000 FLOOR 50)
# max_len: some six entries.
postern_fuzz_target(NAME uid_list UNDER_TEST daemon/maildir/uid_list.cc
  MAX_LEN 400 RUNS 50000 FINDS_WITHIN 50000 FLOOR 36)
postern_fuzz_target(NAME mailbox_list UNDER_TEST daemon/maildir/mailbox_list.cc
  MAX_LEN 400 RUNS 50000 FINDS_WITHIN 50000 FLOOR 33)
# max_len: some thirty words.
postern_fuzz_target(NAME maildir_flags UNDER_TEST daemon/maildir/flags.cc daemon/maildir/folder_list.cc
  MAX_LEN 160 RUNS 50000 FINDS_WITHIN 100000 FLOOR 41)
# max_len: one packet (48 octets), and more.
postern_fuzz_target(NAME maildrop_question BINARY UNDER_TEST daemon/maildrop_helper/protocol.cc core/permission_model/reasons.cc
  MAX_LEN 52 RUNS 100000 FINDS_WITHIN 200000 FLOOR 48)
# max_len: a sender, and some twenty lines.
postern_fuzz_target(NAME mbox_text UNDER_TEST daemon/deliver/mbox_text.cc MAX_LEN 160 RUNS 30000 FINDS_WITHIN 200000 FLOOR 48)

# max_len: a status of the kernel's has some 1,400 octets, of which these are what is read.
postern_fuzz_target(NAME proc_text UNDER_TEST conformance/audit/proc_text.cc MAX_LEN 512 RUNS 20000 FINDS_WITHIN 50000 FLOOR 48)
# max_len: one answer with all that is looked at.
postern_fuzz_target(NAME adapter_answer
  UNDER_TEST conformance/runner/adapter_answer.cc conformance/runner/address.cc conformance/spec/octets.cc
  MAX_LEN 400 RUNS 20000 FINDS_WITHIN 20000 FLOOR 27 TWIN_SEEDED)
# max_len: the same.
postern_fuzz_target(NAME pure_answer UNDER_TEST conformance/runner/pure_answer.cc conformance/runner/printable.cc conformance/spec/octets.cc
  MAX_LEN 300 RUNS 20000 FINDS_WITHIN 20000 FLOOR 29 TWIN_SEEDED)
# max_len: some eight lines; a login has four.
postern_fuzz_target(NAME server_dialogue
  UNDER_TEST conformance/runner/dialogue.cc conformance/runner/imap.cc conformance/runner/pop3.cc
  MAX_LEN 120 RUNS 80000 FINDS_WITHIN 100000 FLOOR 37 TWIN_SEEDED)
# max_len: a query of a long name (255 octets), and a record behind it.
postern_fuzz_target(NAME name_answer UNDER_TEST conformance/runner/name_answer.cc MAX_LEN 300 RUNS 30000 FINDS_WITHIN 30000 FLOOR 19 TWIN_SEEDED)
# max_len: one request with a list of some ten values.
postern_fuzz_target(NAME decide_request UNDER_TEST daemon/cli/request.cc MAX_LEN 256 RUNS 20000 FINDS_WITHIN 50000 FLOOR 15 TWIN_SEEDED)
# max_len: a line with a list of some ten values.
postern_fuzz_target(NAME import_line UNDER_TEST daemon/cli/import_line.cc MAX_LEN 256 RUNS 20000 FINDS_WITHIN 20000 FLOOR 27 TWIN_SEEDED)
# max_len: a table of three rows.
postern_fuzz_target(NAME spec_table
  UNDER_TEST conformance/spec/table.cc conformance/spec/model_table.cc conformance/spec/encryption_table.cc conformance/spec/octets.cc conformance/spec/sentences.cc conformance/spec/text_file.cc
  MAX_LEN 4096 RUNS 3000 FINDS_WITHIN 50000 FLOOR 25 TWIN_SEEDED)
# max_len: what is said stands in four reports, six times over.
postern_fuzz_target(NAME report
  UNDER_TEST conformance/runner/events.cc conformance/runner/junit.cc conformance/runner/terminal.cc
    conformance/runner/recorder.cc conformance/runner/printable.cc conformance/runner/judge.cc
    conformance/runner/expectations.cc conformance/runner/verdict.cc conformance/spec/octets.cc
    conformance/spec/text_file.cc
  MAX_LEN 64 RUNS 1500 FINDS_WITHIN 3000 FLOOR 20)
# max_len: some hundred octets, and the escapes among them.
postern_fuzz_target(NAME page_text UNDER_TEST conformance/spec/page.cc conformance/spec/table.cc conformance/spec/model_table.cc
  MAX_LEN 100 RUNS 30000 FINDS_WITHIN 100000 FLOOR 5)
set(imap_command daemon/imap/command.cc daemon/imap/command_fetch.cc daemon/imap/command_search.cc daemon/imap/date.cc
  daemon/imap/scanner.cc daemon/imap/sequence_set.cc)
# max_len: some twenty arguments; the line has no limit here, its reader has.
postern_fuzz_target(NAME imap_command UNDER_TEST ${imap_command} MAX_LEN 400 RUNS 60000 FINDS_WITHIN 100000 FLOOR 40 TWIN_SEEDED)
# max_len: a date with two comments.
postern_fuzz_target(NAME sent_date UNDER_TEST ${imap_command} MAX_LEN 80 RUNS 60000 FINDS_WITHIN 200000 FLOOR 36)
# max_len: some four literals.
postern_fuzz_target(NAME imap_reader UNDER_TEST daemon/imap/command_reader.cc ${imap_command}
  MAX_LEN 200 RUNS 60000 FINDS_WITHIN 100000 FLOOR 15 TWIN_SEEDED)
set(imap_message daemon/imap/address.cc daemon/imap/header.cc daemon/imap/mime.cc daemon/imap/response.cc daemon/imap/wire_lines.cc)
# max_len: parts four deep, each with its boundary.
postern_fuzz_target(NAME imap_mime UNDER_TEST ${imap_message} daemon/pop3/wire.cc
  MAX_LEN 600 RUNS 4000 FINDS_WITHIN 4000 FLOOR 44)
postern_fuzz_target(NAME imap_structure UNDER_TEST ${imap_message} MAX_LEN 600 RUNS 4000 FINDS_WITHIN 4000 FLOOR 46 TWIN_SEEDED)
postern_fuzz_target(NAME imap_fields UNDER_TEST ${imap_message} MAX_LEN 600 RUNS 20000 FINDS_WITHIN 20000 FLOOR 17 TWIN_SEEDED)
postern_fuzz_target(NAME mime_gmime BESIDE PkgConfig::GMIME UNDER_TEST ${imap_message}
  MAX_LEN 600 RUNS 8000 FINDS_WITHIN 8000 FLOOR 43 TWIN_SEEDED)
postern_fuzz_target(NAME imap_section UNDER_TEST ${imap_message} MAX_LEN 600 RUNS 10000 FINDS_WITHIN 10000 FLOOR 45 TWIN_SEEDED)
# max_len: some ten addresses.
postern_fuzz_target(NAME imap_header UNDER_TEST daemon/imap/address.cc daemon/imap/header.cc
  MAX_LEN 200 RUNS 60000 FINDS_WITHIN 100000 FLOOR 42 TWIN_SEEDED)
# max_len: a text, encoded and cut twice.
postern_fuzz_target(NAME imap_search_text UNDER_TEST daemon/imap/search_text.cc daemon/imap/header.cc
  MAX_LEN 100 RUNS 30000 FINDS_WITHIN 30000 FLOOR 35)
# max_len: two names of 254 octets, and more.
postern_fuzz_target(NAME shown_certificate UNDER_TEST daemon/tls/shown_certificate.cc daemon/smtp/command.cc
  MAX_LEN 600 RUNS 60000 FINDS_WITHIN 60000 FLOOR 38)

# The sessions themselves. max_len: a login, some ten commands, a message.
set(session daemon/session/client_stream.cc ${result})
postern_fuzz_target(NAME pop3_session UNDER_TEST daemon/pop3/session.cc daemon/pop3/command.cc daemon/keeper/request_table.cc ${session}
  MAX_LEN 300 RUNS 10000 FINDS_WITHIN 10000 FLOOR 47 TWIN_SEEDED)
postern_fuzz_target(NAME smtp_session UNDER_TEST daemon/smtp/session.cc daemon/smtp/command.cc daemon/smtp/protocol.cc ${session}
  MAX_LEN 300 RUNS 10000 FINDS_WITHIN 10000 FLOOR 51 TWIN_SEEDED)
postern_fuzz_target(NAME imap_session UNDER_TEST daemon/imap/session.cc daemon/imap/session_append.cc daemon/imap/session_fetch.cc
    daemon/imap/session_folders.cc daemon/imap/session_login.cc daemon/imap/session_messages.cc daemon/imap/session_search.cc
    daemon/imap/search.cc daemon/imap/search_text.cc daemon/imap/keeper_port.cc daemon/imap/protocol.cc daemon/keeper/packet.cc
    ${imap_command} daemon/imap/command_reader.cc ${imap_message} ${session}
  MAX_LEN 400 RUNS 10000 FINDS_WITHIN 10000 FLOOR 34 TWIN_SEEDED)

# Against the extracted oracle. max_len: the model reads octet by octet; a trace of sixteen calls.
postern_fuzz_target(NAME decide_oracle ORACLE postern_oracle
  MAX_LEN 256 RUNS 40000 FINDS_WITHIN 40000 FLOOR 55 SEEDS "${spec_seeds}/decide" TWIN_SEEDED)
postern_fuzz_target(NAME credentials_oracle BINARY ORACLE postern_oracle MAX_LEN 160 RUNS 40000 FINDS_WITHIN 100000 FLOOR 70)
