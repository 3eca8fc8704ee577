// SPDX-License-Identifier: BSD-2-Clause
// What a step that can fail answers: its value, or an error that says what, where and what to do.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace postern::daemon {

// Exit is the status a program ends with (the numbers of sysexits.h).
enum class Exit : int {
  kOk = 0,
  kUsage = 64,
  kData = 65,
  kNoInput = 66,
  kUnavailable = 69,
  kSoftware = 70,
  kSystem = 71,
  kSystemFile = 72,
  kInputOutput = 74,
  kTemporary = 75,
  kNotPermitted = 77,
  kConfig = 78,
};

// Error is one failure in words a person can act on.
struct Error {
  std::string what;     // what was tried and how it went wrong
  std::string place;    // file:line, path, address or call; may be empty
  std::string cure;     // what to do about it; may be empty
  int errno_value = 0;  // 0: no system call was to blame
  Exit exit = Exit::kSystem;

  // text returns "place: what: strerror; cure" in one line.
  [[nodiscard]] std::string text() const;
};

// system_error makes an Error from errno as it stands (read first, before anything else is called).
[[nodiscard]] Error system_error(std::string what, std::string place = {}, std::string cure = {},
                                 Exit exit = Exit::kSystem);

// Result<T> holds a T or an Error. It must be looked at: value() requires ok().
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] T& value() & noexcept { return *value_; }
  [[nodiscard]] const T& value() const& noexcept { return *value_; }
  [[nodiscard]] T&& value() && noexcept { return std::move(*value_); }
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  [[nodiscard]] T& operator*() & noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const& noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  [[nodiscard]] Error take_error() noexcept { return std::move(error_); }

 private:
  std::optional<T> value_;
  Error error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const noexcept { return *error_; }
  [[nodiscard]] Error take_error() noexcept { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace postern::daemon
