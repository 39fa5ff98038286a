#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace millrace {

// A piece of a source text: `offset` and `length` in bytes, `line` and `column` 1-based (column in code points).
struct SourceSpan {
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 0;
  uint32_t column = 0;
  bool operator==(const SourceSpan&) const = default;
};

// Who has to act: the user (bad SQL, bad option, bad record), the outside world (broker, registry, disk), or us.
enum class ErrorDomain : uint8_t { kUser, kExternal, kInternal };

// Whether the same call may succeed later without anybody changing anything.
enum class Retry : uint8_t { kNo, kYes };

// An error as it reaches a person: fixed text first, then values, then where, then what to do.
struct Error {
  ErrorDomain domain = ErrorDomain::kInternal;
  Retry retry = Retry::kNo;
  // The name tools match on: Flink's exception class where Flink has one
  // ("org.apache.flink.table.api.ValidationException"), else empty.
  std::string code;
  std::string message;
  std::string hint;                // what to do, one sentence; empty if nothing is known
  std::optional<SourceSpan> span;  // place in the SQL text, if the error has one

  Error&& WithHint(std::string text) &&;
  Error&& WithSpan(SourceSpan where) &&;
  Error&& WithCode(std::string name) &&;
  // Puts "<context>: " before the message, for a caller that knows more of the place than the callee.
  Error&& InContext(std::string_view context) &&;
  // "message (line:column) hint" on one line, for logs.
  std::string ToString() const;
};

Error UserError(std::string message);
Error ExternalError(std::string message, Retry retry = Retry::kYes);
Error InternalError(std::string message);
// "<what>: <strerror(errno_value)>", external; retry for EAGAIN, EINTR, ENOSPC, EIO.
Error ErrnoError(std::string_view what, int errno_value);

// Flink's exception classes that its scripts and tools match on.
inline constexpr std::string_view kValidationException = "org.apache.flink.table.api.ValidationException";
inline constexpr std::string_view kSqlParserException = "org.apache.flink.sql.parser.error.SqlParseException";
inline constexpr std::string_view kTableException = "org.apache.flink.table.api.TableException";
Error ValidationError(std::string message);

// `text` with the line of `span`, a caret under it, and the hint: what a terminal shows.
std::string RenderError(const Error& error, std::string_view text);

// A value or an Error. Check ok() before value(); value() on an error aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  using ValueType = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using ValueType = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;
inline Status Ok() { return {}; }

}  // namespace millrace

// MR_TRY(expr): returns the error of a Result from the enclosing function.
#define MR_TRY(...)                        \
  do {                                     \
    auto mr_status = (__VA_ARGS__);        \
    if (!mr_status.ok()) [[unlikely]]      \
      return std::move(mr_status).error(); \
  } while (false)

#define MR_CONCAT_INNER(a, b) a##b
#define MR_CONCAT(a, b) MR_CONCAT_INNER(a, b)
// MR_ASSIGN(auto x, expr): x = value of a Result, or returns its error.
#define MR_ASSIGN(lhs, ...) MR_ASSIGN_IMPL(MR_CONCAT(mr_result_, __LINE__), lhs, __VA_ARGS__)
#define MR_ASSIGN_IMPL(result, lhs, ...) \
  auto result = (__VA_ARGS__);           \
  if (!result.ok()) [[unlikely]]         \
    return std::move(result).error();    \
  lhs = std::move(result).value()
