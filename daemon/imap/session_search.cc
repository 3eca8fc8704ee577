// SPDX-License-Identifier: BSD-2-Clause
// SEARCH (RFC 3501, section 6.4.4) and its extended results (RFC 4731).
#include <algorithm>

#include "daemon/imap/header.h"
#include "daemon/imap/response.h"
#include "daemon/imap/search.h"
#include "daemon/imap/session.h"

namespace postern::daemon {
namespace {

// Candidate is one message of the folder.
class Candidate final : public SearchMessage {
 public:
  Candidate(ImapKeeperPort& keeper, const ImapRow& row, const std::vector<std::string>& keywords,
            uint32_t exists, uint32_t largest_uid)
      : keeper_(keeper), row_(row), keywords_(keywords), exists_(exists), largest_uid_(largest_uid) {}

  const ImapRow& row() const override { return row_; }
  uint32_t exists() const override { return exists_; }
  uint32_t largest_uid() const override { return largest_uid_; }
  bool has_keyword(std::string_view keyword) const override {
    for (size_t i = 0; i < keywords_.size(); ++i) {
      if ((row_.keywords & (1U << i)) != 0 && same_text(keywords_[i], keyword)) return true;
    }
    return false;
  }
  OctetSource* source() override {
    Result<ImapAnswer> answer = keeper_.at(ImapRequestKind::kOpen, row_.number);
    broken_ = !answer;
    if (!answer || !answer->ok()) return nullptr;
    file_ = std::move(answer->file);
    return &source_.emplace(file_.get(), (answer->head.flags & kOpenVerbatim) != 0);
  }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  ImapKeeperPort& keeper_;
  const ImapRow& row_;
  const std::vector<std::string>& keywords_;
  uint32_t exists_;
  uint32_t largest_uid_;
  bool broken_ = false;
  Fd file_;
  std::optional<FileSource> source_;
};

}  // namespace

void ImapSession::search(const ImapCommand& command) {
  // RFC 3501, section 6.4.4: a charset that is not known is answered with those that are.
  if (!known_charset(command.search.charset))
    return no(command, "[BADCHARSET (US-ASCII UTF-8)] not this charset");
  ImapSearchKey key = command.search.key;
  fold_search(key);
  std::vector<uint32_t> found;
  if (!load_uids()) return;
  for (uint32_t first = 1; first <= exists_; first += kImapRowsLimit) {
    const auto answer =
        heard(keeper_.range(ImapRequestKind::kRows, first, std::min(kImapRowsLimit, exists_ - first + 1)));
    if (!answer) return;
    if (!answer->ok()) return failed(command, answer->status);
    for (const ImapRow& row : answer->rows) {
      Candidate message(keeper_, row, keywords_, exists_, uids_.back());
      const bool is_found = (row.flags & kImapExpunged) == 0 && matches(key, message);
      if (message.broken()) return end("[UNAVAILABLE] not now, try again later");
      if (is_found) found.push_back(command.uid ? row.uid : row.number);
    }
  }
  put_found(command, found);
  done(command, "that is all");
}

void ImapSession::put_found(const ImapCommand& command, const std::vector<uint32_t>& found) {
  const uint8_t returns = command.search.returns;
  if (!command.search.extended) {
    put("* SEARCH");
    for (const uint32_t number : found) {
      put(" ");
      put_number(number);
    }
    return put("\r\n");
  }
  put("* ESEARCH (TAG ");
  put_string(sink_, command.tag);
  put(command.uid ? ") UID" : ")");
  const auto item = [&](uint8_t asked, std::string_view name, const std::string& value) {
    if ((returns & asked) == 0) return;
    put(name);
    put(value);
  };
  if (!found.empty()) {
    item(kReturnMin, " MIN ", std::to_string(found.front()));
    item(kReturnMax, " MAX ", std::to_string(found.back()));
    item(kReturnAll, " ALL ", print_numbers(found));
  }
  item(kReturnCount, " COUNT ", std::to_string(found.size()));
  put("\r\n");
}

}  // namespace postern::daemon
