// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/address.h"

#include <algorithm>

namespace postern::daemon {
namespace {

// Token: a word (atom, or quoted string), or one special octet.
struct Token {
  char special = '\0';  // '\0': a word; otherwise one of <>@,;:. or 'e' at the end
  std::string text;
  bool spaced = false;  // white space or a comment stands before it
};

constexpr std::string_view kSpecials = "<>@,;:.";

class AddressReader {
 public:
  explicit AddressReader(std::string_view text) : rest_(text) { advance(); }

  std::vector<ImapAddress> list() {
    std::vector<ImapAddress> all;
    bool in_group = false;
    while (token_.special != 'e' && all.size() < kAddressesLimit) {
      if (token_.special == ',') {
        next_item();
      } else if (token_.special == ';') {
        if (in_group) all.push_back({});
        in_group = false;
        next_item();
      } else {
        item(all, in_group);
      }
    }
    if (in_group) all.push_back({});
    return all;
  }

 private:
  void next_item() {
    comment_.clear();
    advance();
  }

  // item: one mailbox, or the name of a group and its colon.
  void item(std::vector<ImapAddress>& all, bool& in_group) {
    comment_.clear();
    std::string phrase;  // words as a name
    std::string local;   // words as a local part
    words(phrase, local);
    if (token_.special == ':' && !in_group) {
      in_group = true;
      all.push_back({{}, {}, phrase, {}});
      return advance();
    }
    ImapAddress address;
    if (token_.special == '<') {
      angle(address);
      if (!phrase.empty()) address.name = phrase;
    } else {
      address.mailbox = local;
      address.host = token_.special == '@' ? domain() : std::string();
    }
    skip_to_end_of_item();
    if (!address.name && !comment_.empty()) address.name = comment_;
    const bool nothing = address.mailbox->empty() && address.host->empty() && !address.name;
    if (!nothing) all.push_back(std::move(address));
  }

  void words(std::string& phrase, std::string& local) {
    while (token_.special == '\0' || token_.special == '.') {
      const std::string text = token_.special == '.' ? "." : token_.text;
      if (!phrase.empty() && token_.spaced) phrase += ' ';
      phrase += text;
      local += text;
      advance();
    }
  }

  // angle: <mailbox@host>, perhaps with a route before it.
  void angle(ImapAddress& address) {
    advance();
    if (token_.special == '@') {
      std::string route;
      while (token_.special == '@') {
        route += (route.empty() ? "@" : ",@") + domain();
        while (token_.special == ',') advance();
      }
      if (token_.special == ':') advance();
      address.route = route;
    }
    std::string phrase;
    std::string local;
    words(phrase, local);
    address.mailbox = local;
    address.host = token_.special == '@' ? domain() : std::string();
    while (token_.special != '>' && token_.special != ',' && token_.special != ';' && token_.special != 'e')
      advance();
    if (token_.special == '>') advance();
  }

  // domain: what follows the @.
  std::string domain() {
    advance();
    std::string phrase;
    std::string joined;
    words(phrase, joined);
    return joined;
  }

  void skip_to_end_of_item() {
    while (token_.special != ',' && token_.special != ';' && token_.special != 'e') advance();
  }

  void advance() {
    token_ = {};
    skip();
    if (rest_.empty()) {
      token_.special = 'e';
    } else if (kSpecials.find(rest_.front()) != std::string_view::npos) {
      token_.special = rest_.front();
      rest_.remove_prefix(1);
    } else if (rest_.front() == '"') {
      quoted();
    } else {
      atom();
    }
  }

  void skip() {
    while (!rest_.empty()) {
      if (rest_.front() == '(') {
        comment();
      } else if (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r' ||
                 rest_.front() == '\n') {
        rest_.remove_prefix(1);
      } else {
        return;
      }
      token_.spaced = true;
    }
  }

  // comment: kept, for addresses that have their name in one.
  void comment() {
    comment_.clear();
    unsigned depth = 1;
    size_t i = 1;
    for (; i < rest_.size() && depth != 0; ++i) {
      if (rest_[i] == '(') ++depth;
      if (rest_[i] == ')' && --depth == 0) continue;
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      comment_.push_back(rest_[i]);
    }
    rest_.remove_prefix(i);
  }

  void quoted() {
    size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      token_.text.push_back(rest_[i]);
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
  }

  // atom: a domain literal is one as well.
  void atom() {
    size_t end = rest_.front() == '[' ? rest_.find(']') : std::string_view::npos;
    end = end != std::string_view::npos ? end + 1 : rest_.find_first_of("<>@,;:.\"( \t\r\n");
    token_.text = rest_.substr(0, end);
    rest_.remove_prefix(token_.text.size());
  }

  std::string_view rest_;
  Token token_;
  std::string comment_;  // the last one of this item
};

}  // namespace

std::vector<ImapAddress> parse_addresses(std::string_view field) {
  return AddressReader(field).list();
}

}  // namespace postern::daemon
