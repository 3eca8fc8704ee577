// SPDX-License-Identifier: BSD-2-Clause
// The readable page: the sentences in order, and below each the rows whose first sentence it is.
#include <algorithm>
#include <array>

#include "conformance/spec/generate.h"

namespace postern::conformance {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2024;--soft:#60666d;--line:#dfe3e8;--wash:#f5f7f9;
--allow:#12703a;--allow-wash:#e3f4e9;--deny:#a1261b;--deny-wash:#fbe8e6;--link:#0b5cad;--chip:#eef1f4;--mark:#fff3c4}
@media(prefers-color-scheme:dark){:root{--paper:#16191d;--ink:#e4e7ea;--soft:#9aa2ab;--line:#30363d;--wash:#1d2126;
--allow:#6fd39a;--allow-wash:#173324;--deny:#ff9d92;--deny-wash:#3d1f1c;--link:#7ab8ff;--chip:#272c33;--mark:#463c12}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:82rem;padding:1.5rem 1.25rem 5rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:1.7rem;margin:.2rem 0}h2{font-size:1.3rem;margin:2.6rem 0 .4rem;padding-top:.6rem;border-top:2px solid var(--line)}
h3{font-size:1rem;margin:2rem 0 .2rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
p{margin:.3rem 0;max-width:60rem}.soft{color:var(--soft)}
nav{margin:1.2rem 0}nav p{max-width:none;line-height:1.9}nav span{margin-right:.9rem;white-space:nowrap}nav sup{color:var(--soft);font-size:.68em;margin-left:.15em}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.chip{display:inline-block;background:var(--chip);border-radius:4px;padding:0 .35rem;margin:0 .2rem .2rem 0;max-width:100%}
.chip small{color:var(--soft);margin-right:.35rem}.chip.hit{outline:2px solid var(--allow)}.chip.hit.deny{outline-color:var(--deny)}
.esc{color:var(--soft);font-weight:600}
.tag,.verdict{display:inline-block;border-radius:4px;padding:0 .4rem;font-size:.8rem;font-weight:600}
.tag{border:1px solid var(--line);color:var(--soft)}
.allow{color:var(--allow);background:var(--allow-wash)}.deny{color:var(--deny);background:var(--deny-wash)}
.wide{overflow-x:auto;margin:.6rem 0 0}
table{border-collapse:collapse;width:100%;min-width:56rem;table-layout:fixed}
th{font-size:.78rem;text-align:left;color:var(--soft);font-weight:600;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td{vertical-align:top;padding:.5rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
tr:nth-child(even) td{background:var(--wash)}tr:target td{background:var(--mark)}
th:nth-child(1){width:36%}th:nth-child(2){width:25%}th:nth-child(3){width:21%}
td .id{font-weight:600}td div+div{margin-top:.15rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.4rem 0}dt{font-weight:600}dd{margin:0}
)css";

std::string tag(std::string_view text) {
  return "<span class=\"tag\">" + html_text(text) + "</span>";
}

// prose: text of ours, which may hold any UTF-8; only markup is escaped.
std::string prose(std::string_view text) {
  std::string html;
  for (const char octet : text) {
    if (octet == '&')
      html += "&amp;";
    else if (octet == '<')
      html += "&lt;";
    else if (octet == '>')
      html += "&gt;";
    else if (octet == '"')
      html += "&quot;";
    else
      html.push_back(octet);
  }
  return html;
}

// sentence_text: prose with `code` and *emphasis* of the Markdown that SPEC.md uses.
std::string sentence_text(std::string_view text) {
  std::string html;
  bool code = false;
  bool emphasis = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool opens = i + 1 < text.size() && text[i + 1] >= 'A' && text[i + 1] <= 'z';
    if (text[i] == '`') {
      html += code ? "</code>" : "<code>";
      code = !code;
    } else if (text[i] == '*' && !code && (emphasis || (opens && (i == 0 || text[i - 1] == ' ')))) {
      html += emphasis ? "</em>" : "<em>";
      emphasis = !emphasis;
    } else {
      html += prose(text.substr(i, 1));
    }
  }
  return html + (code ? "</code>" : "") + (emphasis ? "</em>" : "");
}

std::string link_to(const std::string& id) {
  return "<a href=\"#" + html_text(id) + "\">" + html_text(id) + "</a>";
}

std::string chip(std::string_view octets, const std::string& label = "", const std::string& classes = "") {
  return "<span class=\"chip" + classes + "\">" + (label.empty() ? "" : "<small>" + label + "</small>") +
         "<code>" + (octets.empty() ? "<span class=\"esc\">empty</span>" : html_text(octets)) +
         "</code></span>";
}

template <typename AnyRow>
std::string list_cell(const AnyRow& row) {
  if (row.list.empty()) return "<span class=\"soft\">no entry</span>";
  std::string html;
  for (size_t i = 0; i < row.list.size(); ++i) {
    const bool decides = row.entry == i;
    html += chip(row.list[i], std::to_string(i), decides ? (row.allow ? " hit" : " hit deny") : "");
  }
  return html;
}

std::string name_chips(const std::vector<std::string>& names, const std::optional<std::string>& within) {
  if (names.empty()) return "<span class=\"soft\">no name</span>";
  std::string html;
  for (const std::string& name : names) html += chip(name, "", within == name ? " hit" : "");
  return html;
}

std::string client_cell(const Row& row) {
  return "<div><code>" + html_text(row.ip) + "</code></div><div>" + name_chips(row.names, row.name) +
         "</div>";
}

std::string client_cell(const LoginRow& row) {
  constexpr std::array<const char*, 4> kStatuses = {"", "look-up: no name", "look-up: fails",
                                                    "look-up: times out"};
  std::string html = "<div><code>" + html_text(row.ip) + "</code></div>";
  if (row.lookup_status == LookupStatus::kOk)
    html += "<div>" + name_chips(row.lookup_names, row.name) + "</div>";
  else
    html +=
        std::string("<div class=\"soft\">") + kStatuses[static_cast<size_t>(row.lookup_status)] + "</div>";
  for (const auto& [name, addresses] : row.forward) {
    html += "<div class=\"soft\"><code>" + html_text(name) + "</code> → ";
    for (const std::string& address : addresses) html += "<code>" + html_text(address) + "</code> ";
    html += "</div>";
  }
  for (const auto& [setting, value] : row.settings) html += "<div>" + tag(setting + " = " + value) + "</div>";
  if (!row.known_account) html += "<div>" + tag("unknown account") + "</div>";
  if (!row.right_password) html += "<div>" + tag("wrong password") + "</div>";
  return html;
}

std::string verdict_line(bool allow, std::optional<int> step, const std::optional<size_t>& entry) {
  std::string html =
      allow ? "<span class=\"verdict allow\">allow</span>" : "<span class=\"verdict deny\">deny</span>";
  html += step ? " step " + std::to_string(*step) : " undecided";
  if (entry) html += ", entry " + std::to_string(*entry);
  return "<div>" + html + "</div>";
}

std::string answer_cell(const Row& row) {
  std::string html = verdict_line(row.allow, row.step, row.entry);
  for (const Malformed& malformed : row.malformed)
    html += "<div class=\"soft\">entry " + std::to_string(malformed.entry) +
            " malformed: " + html_text(malformed.why) + "</div>";
  if (row.choice)
    html += "<div class=\"soft\">allow = " + html_text(row.choice->allow) +
            ", deny = " + html_text(row.choice->deny) + "</div>";
  return html;
}

std::string answer_cell(const LoginRow& row) {
  return verdict_line(row.allow, row.step, row.entry) + "<div class=\"soft\">" +
         (row.asked ? "name service is asked" : "name service is not asked") + "</div>";
}

template <typename AnyRow>
std::string about_cell(const AnyRow& row) {
  std::string html = "<div class=\"id\">" + link_to(row.id) + "</div><div>" + prose(row.point) + "</div>";
  html += "<div class=\"soft\">" + prose(row.why) + "</div><div>" + tag(row.group) + " " + tag(row.source);
  for (size_t i = 1; i < row.sentences.size(); ++i) html += " " + link_to(row.sentences[i]);
  html += "</div>";
  if constexpr (requires { row.live(); })
    if (!row.live()) html += "<div class=\"soft\">Pure only: " + prose(row.pure_only) + "</div>";
  return html;
}

template <typename AnyRow>
std::string rows_of(const std::vector<AnyRow>& rows, const std::string& sentence) {
  std::string html;
  for (const AnyRow& row : rows)
    if (!row.sentences.empty() && row.sentences.front() == sentence)
      html += "<tr id=\"" + html_text(row.id) + "\"><td>" + about_cell(row) + "</td><td>" + list_cell(row) +
              "</td><td>" + client_cell(row) + "</td><td>" + answer_cell(row) + "</td></tr>\n";
  return html;
}

// model_rows_of: rows of the permission model, as they are written.
template <typename AnyRow>
std::string model_rows_of(const std::vector<AnyRow>& rows, const std::string& sentence) {
  std::string html;
  for (const AnyRow& row : rows)
    if (!row.sentences.empty() && row.sentences.front() == sentence)
      html += "<tr id=\"" + html_text(row.id) + "\"><td>" + about_cell(row) + "</td><td>" +
              chip(row.situation) + "</td><td>" + chip(row.answer) + "</td></tr>\n";
  return html;
}

template <typename AnyRow>
size_t citations(const std::vector<AnyRow>& rows, const std::string& sentence) {
  return static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [&sentence](const AnyRow& row) {
    return std::find(row.sentences.begin(), row.sentences.end(), sentence) != row.sentences.end();
  }));
}

class Page {
 public:
  Page(const AccessDomainTable& access_domain, const LoginTable& login, const ModelTables& model,
       const std::vector<Sentence>& sentences)
      : access_domain_(access_domain), login_(login), model_(model), sentences_(sentences) {}

  std::string html() const {
    std::string body = head() + navigation();
    std::string chapter;
    for (const Sentence& sentence : sentences_) {
      if (const std::string here = sentence.id.substr(0, 2); here != chapter) {
        chapter = here;
        body += "<h2>" + chapter_title(chapter) + "</h2>\n";
      }
      body += section(sentence);
    }
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
           "<title>postern: the specification and its rows</title>\n<style>" +
           std::string(kStyle) + "</style></head><body>\n" + body + points() + "</body></html>\n";
  }

 private:
  static std::string chapter_title(const std::string& chapter) {
    if (chapter == "AD") return "AD: access domains";
    if (chapter == "PV") return "PV: run-time permissions";
    if (chapter == "DT") return "DT: directory trees";
    if (chapter == "MD") return "MD: the maildrop and its helper";
    return "EN: encryption and web forms";
  }

  size_t citations_of(const std::string& sentence) const {
    return citations(access_domain_.rows, sentence) + citations(login_.rows, sentence) +
           citations(model_.privileges.rows, sentence) + citations(model_.trees.rows, sentence) +
           citations(model_.maildrop.rows, sentence) + citations(model_.encryption.rows, sentence);
  }

  std::string head() const {
    return "<h1>The specification and its rows</h1>\n<p>" + std::to_string(sentences_.size()) +
           " sentences, " + std::to_string(access_domain_.rows.size()) + " access-domain rows, " +
           std::to_string(login_.rows.size()) + " login rows, " +
           std::to_string(model_.privileges.rows.size() + model_.trees.rows.size() +
                          model_.maildrop.rows.size()) +
           " rows of the permission model, " + std::to_string(model_.encryption.rows.size()) +
           " of encryption. [S] the chapter says so, [D] our decision, [H] hardening, [X] "
           "extension. Entries "
           "are counted "
           "from 0, blank ones too; the one that decides, and the name within it, are framed. Octets that "
           "are not "
           "printable ASCII are shown as escapes. A row stands below the first sentence that it cites.</p>\n";
  }
  std::string navigation() const {
    std::string html = "<nav>";
    std::string chapter;
    for (const Sentence& sentence : sentences_) {
      const std::string here = sentence.id.substr(0, 2);
      if (here != chapter) html += chapter.empty() ? "<p>" : "</p>\n<p>";
      chapter = here;
      const size_t rows = citations_of(sentence.id);
      html += "<span>" + link_to(sentence.id) + (rows > 0 ? "<sup>" + std::to_string(rows) + "</sup>" : "") +
              "</span> ";
    }
    if (!access_domain_.points.empty())
      html += "</p>\n<p><span><a href=\"#dialect-points\">Dialect points</a></span>";
    return html + "</p></nav>\n";
  }
  std::string section(const Sentence& sentence) const {
    std::string html = "<section><h3 id=\"" + html_text(sentence.id) + "\">" + link_to(sentence.id);
    for (const char strength : sentence.tags) html += " " + tag(std::string(1, strength));
    html += "</h3>\n<p>" + sentence_text(sentence.text) + "</p>\n<p class=\"soft\">Held by: ";
    for (size_t i = 0; i < sentence.holders.size(); ++i)
      html += (i > 0 ? "; " : "") + prose(sentence.holders[i]);
    const size_t cited = citations_of(sentence.id);
    if (cited > 0) html += " (cited by " + std::to_string(cited) + ")";
    html += "</p>\n";
    const std::string rows = rows_of(access_domain_.rows, sentence.id) + rows_of(login_.rows, sentence.id);
    if (!rows.empty())
      html +=
          "<div class=\"wide\"><table><tr><th>Row</th><th>Access "
          "list</th><th>Client</th><th>Answer</th></tr>\n" +
          rows + "</table></div>\n";
    const std::string model =
        model_rows_of(model_.privileges.rows, sentence.id) + model_rows_of(model_.trees.rows, sentence.id) +
        model_rows_of(model_.maildrop.rows, sentence.id) + model_rows_of(model_.encryption.rows, sentence.id);
    if (!model.empty())
      html += "<div class=\"wide\"><table><tr><th>Row</th><th>Situation</th><th>Answer</th></tr>\n" + model +
              "</table></div>\n";
    return html + "</section>\n";
  }
  std::string points() const {
    std::string html = points_of(access_domain_.points) + points_of(model_.trees.points) +
                       points_of(model_.maildrop.points) + points_of(model_.encryption.points);
    if (html.empty()) return {};
    return "<h2 id=\"dialect-points\">Dialect points</h2>\n<p>Questions that the chapter leaves open. "
           "Another implementation may choose otherwise without being wrong.</p>\n" +
           html;
  }
  static std::string points_of(const std::vector<Point>& points) {
    std::string html;
    for (const Point& point : points) {
      html += "<h3 id=\"point-" + html_text(point.id) + "\">" + html_text(point.id) + " " +
              link_to(point.sentence) + "</h3>\n<p>" + prose(point.question) + "</p>\n<dl>";
      for (const PointChoice& choice : point.choices)
        html += "<dt>" + html_text(choice.id) + (choice.id == point.ours ? " " + tag("ours") : "") +
                "</dt><dd>" + prose(choice.text) + "</dd>";
      html += "</dl>\n";
    }
    return html;
  }

  const AccessDomainTable& access_domain_;
  const LoginTable& login_;
  const ModelTables& model_;
  const std::vector<Sentence>& sentences_;
};

}  // namespace

std::string html_text(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string html;
  for (size_t i = 0; i < octets.size(); ++i) {
    const auto value = static_cast<unsigned char>(octets[i]);
    const bool edge_blank = octets[i] == ' ' && (i == 0 || i + 1 == octets.size());
    if (value >= 0x20 && value < 0x7f && !edge_blank) {
      html += octets[i] == '\'' ? "&#39;" : prose(octets.substr(i, 1));
      continue;
    }
    html += "<span class=\"esc\">\\x";
    html.push_back(kDigits[value / 16]);
    html.push_back(kDigits[value % 16]);
    html += "</span>";
  }
  return html;
}

std::string page(const AccessDomainTable& access_domain, const LoginTable& login, const ModelTables& model,
                 const std::vector<Sentence>& sentences) {
  return Page(access_domain, login, model, sentences).html();
}

}  // namespace postern::conformance
