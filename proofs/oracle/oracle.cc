// SPDX-License-Identifier: BSD-2-Clause
#include "proofs/oracle/oracle.h"

#include "proofs/oracle/runtime.h"

#include <signal.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

// The OCaml headers are not written for these warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#include <caml/alloc.h>
#include <caml/callback.h>
#include <caml/mlvalues.h>
}

namespace postern::oracle {
namespace {

// In the order of code_of_why in glue.ml.
constexpr std::array<std::string_view, 18> kWhyCodes = {
    "ok",          "short-form",        "long-form",   "leading-zero",  "octet-range", "leading-dot",
    "slash",       "wildcard-char",     "empty-label", "label-length",  "name-length", "hyphen",
    "numeric-tld", "octet-not-allowed", "ipv6-syntax", "prefix-length", "host-bits",   "mapped-prefix"};

// KeptSignals: the SIGSEGV handler and the alternate stack, put back when it goes.
class KeptSignals {
 public:
  KeptSignals() {
    if (sigaction(SIGSEGV, nullptr, &action_) != 0 || sigaltstack(nullptr, &stack_) != 0) {
      throw std::runtime_error("oracle: cannot read the handler of SIGSEGV");
    }
  }
  ~KeptSignals() {
    static_cast<void>(sigaction(SIGSEGV, &action_, nullptr));
    static_cast<void>(sigaltstack(&stack_, nullptr));
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;

 private:
  struct sigaction action_ = {};
  stack_t stack_ = {};
};

class Runtime {
 public:
  Runtime() {
    {
      const KeptSignals kept;
      char program[] = "oracle";
      char* arguments[] = {program, nullptr};
      caml_startup(arguments);
    }
    const long sound = Long_val(call("postern_oracle_sound_octets", Val_unit));
    if (sound != 256) {
      throw std::runtime_error("oracle: the realizers hold for " + std::to_string(sound) +
                               " of 256 octets. Mend proofs/oracle/Extraction.v");
    }
  }

  const value* function(const char* name) const {
    const value* found = caml_named_value(name);
    if (found == nullptr) throw std::runtime_error(std::string("oracle: no function ") + name);
    return found;
  }

  value call(const char* name, value argument) const { return call(*function(name), argument); }

  value call(value function, value argument) const {
    const value answer = caml_callback_exn(function, argument);
    if (Is_exception_result(answer)) throw std::runtime_error("oracle: the model raised an exception");
    return answer;
  }
};

const Runtime& runtime() {
  static const Runtime started;
  return started;
}

// Request: what glue.ml reads.
class Request {
 public:
  void add(std::size_t number) {
    const auto narrow = static_cast<std::uint32_t>(number);
    for (int shift = 0; shift < 32; shift += 8) octets_ += static_cast<char>(narrow >> shift & 0xFF);
  }
  void add(std::string_view text) {
    if (text.size() > kMostOctets - octets_.size()) fail();
    add(text.size());
    octets_ += text;
    if (octets_.size() > kMostOctets) fail();
  }
  void add(std::span<const std::string_view> texts) {
    add(texts.size());
    for (const std::string_view text : texts) add(text);
  }
  value as_ocaml() const { return caml_alloc_initialized_string(octets_.size(), octets_.data()); }

 private:
  [[noreturn]] static void fail() {
    throw std::length_error("oracle: more than " + std::to_string(kMostOctets) + " octets. Ask for less");
  }

  std::string octets_;
};

std::string_view octets_of(value text) {
  return {String_val(text), caml_string_length(text)};
}

std::size_t number_at(std::string_view octets, std::size_t at) {
  std::size_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(octets.at(at + i));
  return number;
}

std::optional<std::size_t> position(long packed) {
  const long counted = packed & 0xFFFFFF;
  if (counted == 0) return std::nullopt;
  return static_cast<std::size_t>(counted - 1);
}

Answer unpack(long packed) {
  Answer answer;
  answer.allowed = (packed & 1) != 0;
  answer.step = static_cast<int>(packed >> 1 & 7);
  answer.asks_for_names = (packed >> 4 & 1) != 0;
  answer.name = position(packed >> 5);
  answer.entry = position(packed >> 29);
  return answer;
}

}  // namespace

std::string ask(const char* function, std::string_view octets) {
  const Runtime& started = runtime();  // before anything is allocated there
  const value request = caml_alloc_initialized_string(octets.size(), octets.data());
  return std::string(octets_of(started.call(function, request)));
}

void start() {
  static_cast<void>(runtime());
}

std::optional<Answer> decide(std::span<const std::string_view> list, std::string_view ip,
                             std::span<const std::string_view> names) {
  static const value* const function = runtime().function("postern_oracle_decide");
  Request request;
  request.add(list);
  request.add(ip);
  request.add(names);
  const long packed = Long_val(runtime().call(*function, request.as_ocaml()));
  if (packed < 0) return std::nullopt;
  return unpack(packed);
}

std::vector<Malformed> malformed(std::span<const std::string_view> list) {
  static const value* const function = runtime().function("postern_oracle_malformed");
  Request request;
  request.add(list);
  const std::string_view octets = octets_of(runtime().call(*function, request.as_ocaml()));
  std::vector<Malformed> found;
  for (std::size_t at = 0; at < octets.size(); at += 12) {
    found.push_back(
        {number_at(octets, at), kWhyCodes.at(number_at(octets, at + 4)), number_at(octets, at + 8)});
  }
  return found;
}

Reading read_entry(std::string_view text) {
  static const value* const function = runtime().function("postern_oracle_entry");
  Request request;
  request.add(text);
  const std::string_view octets = octets_of(runtime().call(*function, request.as_ocaml()));
  return {static_cast<Kind>(number_at(octets, 0)), kWhyCodes.at(number_at(octets, 4)), number_at(octets, 8),
          std::string(octets.substr(12))};
}

}  // namespace postern::oracle
