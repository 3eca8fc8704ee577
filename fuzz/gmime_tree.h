// SPDX-License-Identifier: BSD-2-Clause
// What GMime makes of a message.
#pragma once

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/imap/mime.h"
#include "fuzz/crlf.h"

struct GmimeContent {
  uint64_t octets = 0;
  uint64_t lines = 0;
};

// GmimePart: a part or message; `content` of what has no parts.
struct GmimePart {
  std::string type, subtype;
  std::vector<GmimePart> children;
  std::optional<GmimeContent> content;
};

namespace gmime {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename Object>
using Owned = std::unique_ptr<Object, Unref>;

// content_of: as it stands in the message, not decoded.
inline GmimeContent content_of(GMimePart* part) {
  GMimeDataWrapper* wrapper = g_mime_part_get_content(part);
  if (wrapper == nullptr) return GmimeContent{};
  GMimeStream* stream = g_mime_data_wrapper_get_stream(wrapper);
  g_mime_stream_reset(stream);
  GmimeContent content;
  char octets[4096];
  for (ssize_t length = 0; (length = g_mime_stream_read(stream, octets, sizeof octets)) > 0;) {
    content.octets += static_cast<uint64_t>(length);
    content.lines += static_cast<uint64_t>(std::count(octets, octets + length, '\n'));
  }
  return content;
}

// part_of: nullopt where GMime has a part without what it should hold.
inline std::optional<GmimePart> part_of(GMimeObject* object);

inline bool add_child(GmimePart& parent, GMimeObject* object) {
  std::optional<GmimePart> child = object == nullptr ? std::nullopt : part_of(object);
  if (child) parent.children.push_back(*std::move(child));
  return child.has_value();
}

inline bool add_children(GmimePart& part, GMimeObject* object) {
  if (GMIME_IS_MESSAGE_PART(object)) {
    GMimeMessage* message = g_mime_message_part_get_message(reinterpret_cast<GMimeMessagePart*>(object));
    return message != nullptr && add_child(part, g_mime_message_get_mime_part(message));
  }
  auto* multipart = reinterpret_cast<GMimeMultipart*>(object);
  for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i)
    if (!add_child(part, g_mime_multipart_get_part(multipart, i))) return false;
  return true;
}

inline std::optional<GmimePart> part_of(GMimeObject* object) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  GmimePart part{
      g_mime_content_type_get_media_type(type), g_mime_content_type_get_media_subtype(type), {}, {}};
  if (GMIME_IS_PART(object)) {
    part.content = content_of(reinterpret_cast<GMimePart*>(object));
  } else if (!add_children(part, object)) {
    return std::nullopt;
  }
  return part;
}

inline void found_fault(gint64, GMimeParserWarning, const gchar*, gpointer any) {
  *static_cast<bool*>(any) = true;
}

}  // namespace gmime

// read_by_gmime: nullopt: GMime finds a fault in it, or makes no whole of it.
inline std::optional<GmimePart> read_by_gmime(std::string_view octets) {
  static const bool ready = (g_mime_init(), true);
  bool faulty = !ready;
  const std::unique_ptr<GMimeParserOptions, void (*)(GMimeParserOptions*)> options(
      g_mime_parser_options_new(), g_mime_parser_options_free);
  g_mime_parser_options_set_warning_callback(options.get(), gmime::found_fault, &faulty);
  const gmime::Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
  const gmime::Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const gmime::Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), options.get()));
  if (!message || faulty) return std::nullopt;
  GmimePart whole;
  if (!gmime::add_child(whole, g_mime_message_get_mime_part(message.get()))) return std::nullopt;
  return std::move(whole.children.front());
}
