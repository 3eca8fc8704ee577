// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/runner/name_answer.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <netinet/in.h>

#include <cstdlib>
#include <memory>

namespace postern::conformance {
namespace {

constexpr uint32_t kTtl = 0;  // nobody may keep an answer beyond its world

struct FreePacket {
  void operator()(ldns_pkt* p) const { ldns_pkt_free(p); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

std::string folded(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

// The presentation form of a name: what is no plain host octet is written \DDD, so that a name is asked and
// answered as the octets it is.
std::string presentation(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet < 0x7F && c != '\\' && c != '"' && c != ';' && c != '(' && c != ')' &&
        c != '@' && c != '$') {
      out += c;
    } else {
      const std::string digits = std::to_string(octet);
      out += "\\" + std::string(3 - digits.size(), '0') + digits;
    }
  }
  return out;
}

std::string owner_text(const ldns_rdf* owner) {
  char* text = ldns_rdf2str(owner);
  std::string result = text == nullptr ? "" : text;
  free(text);
  return folded(result);
}

ldns_rdf* address_data(const std::string& address) {
  return ldns_rdf_new_frm_str(address.find(':') == std::string::npos ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
                              address.c_str());
}

// Adds one record to the answer; one that cannot be said on the wire is left out.
void add_record(ldns_pkt* packet, const ldns_rdf* owner, ldns_rr_type type, ldns_rdf* data) {
  if (data == nullptr) return;
  ldns_rr* record = ldns_rr_new();
  ldns_rr_set_owner(record, ldns_rdf_clone(owner));
  ldns_rr_set_type(record, type);
  ldns_rr_set_class(record, LDNS_RR_CLASS_IN);
  ldns_rr_set_ttl(record, kTtl);
  ldns_rr_push_rdf(record, data);
  ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, record);
}

struct Question {
  const ldns_rr* record = nullptr;
  std::string name;
  ldns_rr_type type = LDNS_RR_TYPE_ANY;
};

Packet empty_reply(const ldns_pkt* query, const ldns_rr* question) {
  Packet reply(ldns_pkt_new());
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(query));
  ldns_pkt_set_qr(reply.get(), true);
  ldns_pkt_set_aa(reply.get(), true);
  ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(query));
  ldns_pkt_set_ra(reply.get(), true);
  ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION, ldns_rr_clone(question));
  return reply;
}

// False: keep silent.
bool fill_reverse(const NameData& data, const Question& question, ldns_pkt* reply) {
  ldns_pkt_set_rcode(reply, LDNS_RCODE_NXDOMAIN);
  for (const auto& [address, reverse] : data.reverse) {
    if (reverse_name(address) != question.name) continue;
    if (reverse.status == LookupStatus::kTimeout) return false;
    if (reverse.status == LookupStatus::kFail) ldns_pkt_set_rcode(reply, LDNS_RCODE_SERVFAIL);
    if (reverse.status != LookupStatus::kOk) return true;
    ldns_pkt_set_rcode(reply, LDNS_RCODE_NOERROR);
    for (const std::string& name : reverse.names) {
      add_record(reply, ldns_rr_owner(question.record), LDNS_RR_TYPE_PTR,
                 ldns_dname_new_frm_str((presentation(name) + ".").c_str()));
    }
  }
  return true;
}

void fill_forward(const NameData& data, const Question& question, ldns_pkt* reply) {
  ldns_pkt_set_rcode(reply, LDNS_RCODE_NXDOMAIN);
  for (const auto& [name, addresses] : data.forward) {
    if (folded(presentation(name)) != question.name) continue;
    ldns_pkt_set_rcode(reply, LDNS_RCODE_NOERROR);
    for (const std::string& address : addresses) {
      const bool ipv6 = address.find(':') != std::string::npos;
      const ldns_rr_type type = ipv6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
      if (type == question.type)
        add_record(reply, ldns_rr_owner(question.record), type, address_data(address));
    }
  }
}

}  // namespace

std::string reverse_name(const std::string& address) {
  in_addr four{};
  in6_addr six{};
  std::string name;
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) {
    const auto* octets = reinterpret_cast<const unsigned char*>(&four);
    for (int i = 3; i >= 0; --i) name += std::to_string(octets[i]) + ".";
    return name + "in-addr.arpa";
  }
  if (inet_pton(AF_INET6, address.c_str(), &six) != 1) return "";
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    name += {kDigits[six.s6_addr[i] & 15U], '.', kDigits[six.s6_addr[i] >> 4U], '.'};
  }
  return name + "ip6.arpa";
}

NameAnswer parse_name_question(std::span<const uint8_t> datagram, const NameData& data) {
  ldns_pkt* parsed = nullptr;
  if (datagram.empty() || ldns_wire2pkt(&parsed, datagram.data(), datagram.size()) != LDNS_STATUS_OK)
    return {};
  const Packet query(parsed);
  const ldns_rr_list* questions = ldns_pkt_question(query.get());
  if (ldns_pkt_qr(query.get()) || ldns_rr_list_rr_count(questions) != 1) return {};
  const ldns_rr* record = ldns_rr_list_rr(questions, 0);
  const Question question{record, owner_text(ldns_rr_owner(record)), ldns_rr_get_type(record)};
  const Packet reply = empty_reply(query.get(), record);
  NameAnswer answer;
  bool speak = true;
  if (question.type == LDNS_RR_TYPE_PTR) {
    answer.asked = question.name;
    speak = fill_reverse(data, question, reply.get());
  } else {
    fill_forward(data, question, reply.get());
  }
  uint8_t* wire = nullptr;
  size_t size = 0;
  if (speak && ldns_pkt2wire(&wire, reply.get(), &size) == LDNS_STATUS_OK)
    answer.octets.assign(wire, wire + size);
  free(wire);
  return answer;
}

}  // namespace postern::conformance
