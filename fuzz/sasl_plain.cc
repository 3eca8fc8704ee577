// SPDX-License-Identifier: BSD-2-Clause
//
// Law: what is taken has three texts parted by two NULs, read a second time, of which account and password
// are there; parse(print(l)) = l; who would act for somebody else is nobody (AD-L2). Input: the message.
#include <algorithm>
#include <string>
#include <vector>

#include "daemon/session/sasl_plain.h"
#include "fuzz/law.h"

namespace {

using namespace postern::daemon;

std::vector<std::string_view> texts_of(std::string_view message) {
  std::vector<std::string_view> texts;
  for (size_t begin = 0; begin <= message.size();) {
    const size_t end = std::min(message.find('\0', begin), message.size());
    texts.push_back(message.substr(begin, end - begin));
    begin = end + 1;
  }
  return texts;
}

void check_himself(std::string_view account, std::string_view password) {
  for (const std::string_view who : {std::string_view(), account}) {
    std::string printed(who);
    printed.append(1, '\0').append(account).append(1, '\0').append(password);
    const auto again = parse_sasl_plain(printed);
    hold(again && again->account == account && again->password == password, "parse(print(l)) = l");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message = octets_of(data, size);
  const auto login = parse_sasl_plain(message);
  const std::vector<std::string_view> texts = texts_of(message);
  const bool whole = texts.size() == 3 && !texts[1].empty() && !texts[2].empty();
  hold(login.has_value() == whole, "three texts, the last two of them there");
  if (!login) return 0;
  bool himself = texts[0].empty() || texts[0] == texts[1];
#ifdef POSTERN_SEEDED_BUG
  himself = himself || texts[0].size() == texts[1].size();  // somebody else who is as long
#endif
  hold(login->account == (himself ? texts[1] : std::string_view()), "nobody acts for anybody else");
  hold(login->password == texts[2], "the password is the last text");
  check_himself(texts[1], texts[2]);
  return 0;
}
