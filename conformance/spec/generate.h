// SPDX-License-Identifier: BSD-2-Clause
// What is made of the spec tables at build time. Pure: a table in, texts out; spec_gen.cc writes them to
// files.
#ifndef POSTERN_CONFORMANCE_SPEC_GENERATE_H_
#define POSTERN_CONFORMANCE_SPEC_GENERATE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/spec/model_table.h"
#include "conformance/spec/sentences.h"
#include "conformance/spec/table.h"

namespace postern::conformance {

// cpp_literal: a C++ string_view literal for `octets`, whatever they are.
std::string cpp_literal(std::string_view octets);

// static_asserts: `shards` C++ sources that together hold one static_assert per row, named by the row's id.
std::vector<std::string> static_asserts(const AccessDomainTable& table, size_t shards);

// model_static_asserts: a C++ source with one static_assert per row of the models' tables.
std::string model_static_asserts(const ModelTables& tables);

// shim_requests, shim_answers: JSON lines, one per row in table order: what a decision program is asked, and
// what it must answer (verdict, step, entry, name, malformed).
std::string shim_requests(const AccessDomainTable& table);
std::string shim_answers(const AccessDomainTable& table);

// list_seeds, decide_seeds: fuzz seeds, row id to octets. A list seed is the entries joined by LF; a decide
// seed is the list, NUL, the address, NUL, the names joined by LF. What the form cannot say is left out: a
// row with an LF in an entry or a name, and for decide also one with a NUL.
std::map<std::string, std::string> list_seeds(const AccessDomainTable& table);
std::map<std::string, std::string> decide_seeds(const AccessDomainTable& table);

// html_text: `octets` for a page: markup escaped, and all that is not printable ASCII shown as an escape.
std::string html_text(std::string_view octets);

// page: one self-contained HTML page of sentences, rows and dialect points, with an anchor per row id.
std::string page(const AccessDomainTable& access_domain, const LoginTable& login, const ModelTables& model,
                 const std::vector<Sentence>& sentences);

}  // namespace postern::conformance

#endif  // POSTERN_CONFORMANCE_SPEC_GENERATE_H_
