// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/imap/response.h"

#include <algorithm>
#include <string>

#include "daemon/imap/address.h"
#include "daemon/session/words.h"

namespace postern::daemon {
namespace {

constexpr size_t kQuotedLimit = 1000;

bool is_plain(char octet) {
  return is_printable(octet) || octet == '\t';
}

void put_address(OctetSink& sink, const ImapAddress& address) {
  sink.put("(");
  put_nstring(sink, address.name);
  sink.put(" ");
  put_nstring(sink, address.route);
  sink.put(" ");
  put_nstring(sink, address.mailbox);
  sink.put(" ");
  put_nstring(sink, address.host);
  sink.put(")");
}

void put_addresses(OctetSink& sink, const std::vector<ImapAddress>& addresses) {
  if (addresses.empty()) return sink.put("NIL");
  sink.put("(");
  for (const ImapAddress& address : addresses) put_address(sink, address);
  sink.put(")");
}

std::vector<ImapAddress> addresses_of(const Header& header, std::string_view name) {
  std::vector<ImapAddress> all;
  for (const HeaderField& field : header.fields()) {
    if (!same_text(field.name, name)) continue;
    for (ImapAddress& address : parse_addresses(unfolded(field.value))) all.push_back(std::move(address));
  }
  return all;
}

void put_parameters(OctetSink& sink, const FieldValue& field) {
  if (field.parameters.empty()) return sink.put("NIL");
  const char* before = "(";
  for (const auto& [name, value] : field.parameters) {
    sink.put(before);
    put_string(sink, name);
    sink.put(" ");
    put_string(sink, value);
    before = " ";
  }
  sink.put(")");
}

void put_disposition(OctetSink& sink, const Header& header) {
  const auto field = header.field("Content-Disposition");
  const FieldValue value = parse_field_value(field.value_or(""));
  if (value.value.empty()) return sink.put("NIL");
  sink.put("(");
  put_string(sink, value.value);
  sink.put(" ");
  put_parameters(sink, value);
  sink.put(")");
}

// put_languages: one language as a string, more as a list.
void put_languages(OctetSink& sink, const Header& header) {
  const std::string field = header.field("Content-Language").value_or("");
  std::vector<std::string> tags;
  for (size_t at = 0; at < field.size();) {
    const size_t end = std::min(field.find(',', at), field.size());
    std::string tag = parse_field_value(std::string_view(field).substr(at, end - at)).value;
    if (!tag.empty()) tags.push_back(std::move(tag));
    at = end + 1;
  }
  if (tags.empty()) return sink.put("NIL");
  if (tags.size() == 1) return put_string(sink, tags[0]);
  const char* before = "(";
  for (const std::string& tag : tags) {
    sink.put(before);
    put_string(sink, tag);
    before = " ";
  }
  sink.put(")");
}

void put_field(OctetSink& sink, const Header& header, std::string_view name) {
  sink.put(" ");
  put_nstring(sink, header.field(name));
}

// put_common_extension: body-fld-dsp, body-fld-lang, body-fld-loc.
void put_common_extension(OctetSink& sink, const Header& header) {
  sink.put(" ");
  put_disposition(sink, header);
  sink.put(" ");
  put_languages(sink, header);
  put_field(sink, header, "Content-Location");
}

// put_encoding: body-fld-enc is a string and never NIL (RFC 2045, section 6.1: 7bit where nothing is said).
void put_encoding(OctetSink& sink, const Header& header) {
  const FieldValue encoding = parse_field_value(header.field("Content-Transfer-Encoding").value_or(""));
  put_string(sink, encoding.value.empty() ? "7BIT" : encoding.value);
}

class StructureWriter {
 public:
  StructureWriter(OctetSink& sink, OctetSource& source, const MimeTree& tree, bool extended)
      : sink_(sink), source_(source), tree_(tree), extended_(extended) {}

  void put(uint32_t index) {
    sink_.put("(");
    if (tree_.parts[index].kind == MimeKind::kMultipart) {
      multipart(tree_.parts[index]);
    } else {
      single(tree_.parts[index]);
    }
    sink_.put(")");
  }

 private:
  // multipart: body-type-mpart; its grammar wants at least one part, so one without any has an empty one.
  void multipart(const MimePart& part) {
    if (part.first_child == kNoPart) {
      sink_.put("(\"text\" \"plain\" NIL NIL NIL \"7BIT\" 0 0");
      sink_.put(extended_ ? " NIL NIL NIL NIL)" : ")");
    }
    for (uint32_t at = part.first_child; at != kNoPart; at = tree_.parts[at].next) put(at);
    const Header header = header_of(source_, part);
    const FieldValue type = content_type(header, part.digest_default);
    sink_.put(" ");
    put_string(sink_, type.subtype);
    if (!extended_) return;
    sink_.put(" ");
    put_parameters(sink_, type);
    put_common_extension(sink_, header);
  }

  void single(const MimePart& part) {
    // What stands below the message inside is put without this header in memory.
    const bool is_text = fields(part);
    if (part.kind == MimeKind::kMessage) {
      const MimePart& inside = tree_.parts[part.first_child];
      sink_.put(" ");
      put_envelope(sink_, header_of(source_, inside));
      sink_.put(" ");
      put(part.first_child);
    }
    if (part.kind == MimeKind::kMessage || is_text) {
      sink_.put(" ");
      put_number(sink_, part.lines);
    }
    if (!extended_) return;
    const Header header = header_of(source_, part);
    put_field(sink_, header, "Content-MD5");
    put_common_extension(sink_, header);
  }

  // fields: type, subtype and body-fields; whether it is a text. Parts that limits made leaves are octets.
  bool fields(const MimePart& part) {
    const Header header = header_of(source_, part);
    FieldValue type = content_type(header, part.digest_default);
    const bool closed = part.kind == MimeKind::kLeaf &&
                        (same_text(type.value, "multipart") ||
                         (same_text(type.value, "message") && same_text(type.subtype, "rfc822")));
    if (closed) type = {"application", "octet-stream", std::move(type.parameters)};
    put_string(sink_, type.value);
    sink_.put(" ");
    put_string(sink_, type.subtype);
    sink_.put(" ");
    put_parameters(sink_, type);
    put_field(sink_, header, "Content-ID");
    put_field(sink_, header, "Content-Description");
    sink_.put(" ");
    put_encoding(sink_, header);
    sink_.put(" ");
    put_number(sink_, part.body.wire);
    return same_text(type.value, "text");
  }

  OctetSink& sink_;
  OctetSource& source_;
  const MimeTree& tree_;
  bool extended_;
};

}  // namespace

void put_string(OctetSink& sink, std::string_view text) {
  const bool quoted = text.size() <= kQuotedLimit && std::ranges::all_of(text, is_plain);
  std::string out;
  out.reserve(text.size() + 16);
  if (!quoted) {
    out = "{" + std::to_string(text.size()) + "}\r\n";
    for (const char octet : text) out.push_back(octet == '\0' ? ' ' : octet);
    return sink.put(out);
  }
  out.push_back('"');
  for (const char octet : text) {
    if (octet == '"' || octet == '\\') out.push_back('\\');
    out.push_back(octet);
  }
  out.push_back('"');
  sink.put(out);
}

void put_nstring(OctetSink& sink, const std::optional<std::string>& text) {
  if (!text) return sink.put("NIL");
  put_string(sink, *text);
}

void put_number(OctetSink& sink, uint64_t number) {
  sink.put(std::to_string(number));
}

void put_envelope(OctetSink& sink, const Header& header) {
  const std::vector<ImapAddress> from = addresses_of(header, "From");
  sink.put("(");
  put_nstring(sink, header.field("Date"));
  put_field(sink, header, "Subject");
  sink.put(" ");
  put_addresses(sink, from);
  for (const char* name : {"Sender", "Reply-To"}) {
    const std::vector<ImapAddress> addresses = addresses_of(header, name);
    sink.put(" ");
    put_addresses(sink, addresses.empty() ? from : addresses);
  }
  for (const char* name : {"To", "Cc", "Bcc"}) {
    sink.put(" ");
    put_addresses(sink, addresses_of(header, name));
  }
  put_field(sink, header, "In-Reply-To");
  put_field(sink, header, "Message-ID");
  sink.put(")");
}

void put_structure(OctetSink& sink, OctetSource& source, const MimeTree& tree, bool extended) {
  StructureWriter(sink, source, tree, extended).put(0);
}

}  // namespace postern::daemon
