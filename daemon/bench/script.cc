// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/bench/script.h"

namespace postern::bench {
namespace {

std::vector<Step> pop3(const Load& load, const std::string& account) {
  return {{"greeting", "", "", "+OK"},
          {"user", "USER " + account + "\r\n", "", "+OK"},
          {"login", "PASS " + load.password + "\r\n", "", "+OK", true},
          {"stat", "STAT\r\n", "", "+OK " + std::to_string(load.expected_mail) + " "},
          {"quit", "QUIT\r\n", "", "+OK"}};
}

std::vector<Step> imap(const Load& load, const std::string& account) {
  return {{"greeting", "", "", "* OK"},
          {"login", "a1 LOGIN " + account + " " + load.password + "\r\n", "a1 ", "a1 OK", true},
          {"select", "a2 SELECT INBOX\r\n", "a2 ", "a2 OK"},
          {"quit", "a3 LOGOUT\r\n", "a3 ", "a3 OK"}};
}

// The message: lines of 64 octets, as many as make up its size.
std::string message_of(const Load& load, std::size_t number) {
  std::string text = "From: <load@load.example>\r\nSubject: load " + std::to_string(number) + "\r\n\r\n";
  const std::string line = std::string(62, 'x') + "\r\n";
  while (text.size() < load.message_size) text += line;
  return text + ".\r\n";
}

std::vector<Step> smtp(const Load& load, const std::string& account, std::size_t number) {
  return {{"greeting", "", "", "220"},
          {"ehlo", "EHLO load.example\r\n", "", "250"},
          {"mail", "MAIL FROM:<load@load.example>\r\n", "", "250"},
          {"rcpt", "RCPT TO:<" + account + "@" + load.domain + ">\r\n", "", "250"},
          {"data", "DATA\r\n", "", "354"},
          {"message", message_of(load, number), "", "250"},
          {"quit", "QUIT\r\n", "", "221"}};
}

}  // namespace

std::vector<Step> script_of(const Load& load, std::size_t number) {
  const std::string account = "u" + std::to_string(load.first_account + number % load.accounts);
  switch (load.protocol) {
    case Protocol::kPop3:
      return pop3(load, account);
    case Protocol::kImap:
      return imap(load, account);
    case Protocol::kSmtp:
      return smtp(load, account, number);
  }
  return {};
}

Step still_there(Protocol protocol) {
  switch (protocol) {
    case Protocol::kPop3:
      return {"capa", "CAPA\r\n", ".", "."};
    case Protocol::kImap:
      return {"noop", "a9 NOOP\r\n", "a9 ", "a9 OK"};
    case Protocol::kSmtp:
      return {"noop", "NOOP\r\n", "", "250"};
  }
  return {};
}

bool ends_answer(Protocol protocol, const Step& step, std::string_view line) {
  if (protocol == Protocol::kSmtp) return line.size() < 4 || line[3] != '-';
  return line.starts_with(step.last);
}

}  // namespace postern::bench
