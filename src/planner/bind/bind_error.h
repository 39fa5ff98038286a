#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace millrace::planner {

// Thrown inside bind/ only and caught by its entry points (bind.h): a binder is a deep recursion in which every step
// may fail.
struct BindFailure {
  Error error;
};

// Names that do not resolve, calls that do not type: what Calcite's validator answers for Flink.
inline constexpr std::string_view kValidatorException = "org.apache.calcite.sql.validator.SqlValidatorException";

[[noreturn]] inline void Fail(Error error) { throw BindFailure{std::move(error)}; }

// A rule of the language is broken.
[[noreturn]] inline void FailValidator(std::string message, const SourceSpan& span, std::string hint = "") {
  Fail(UserError(std::move(message))
           .WithCode(std::string(kValidatorException))
           .WithSpan(span)
           .WithHint(std::move(hint)));
}

// A rule of Flink's tables is broken.
[[noreturn]] inline void FailValidation(std::string message, const SourceSpan& span, std::string hint = "") {
  Fail(ValidationError(std::move(message)).WithSpan(span).WithHint(std::move(hint)));
}

// Valid Flink SQL that this engine does not run. `what`: "Joins".
[[noreturn]] void FailNotSupported(std::string_view what, const SourceSpan& span, std::string hint = "");

// The value of a Result, or its error with `span` where it has none.
template <typename T>
T OrFail(Result<T> result, const SourceSpan& span) {
  if (!result.ok()) {
    Error error = std::move(result).error();
    if (!error.span) error.span = span;
    Fail(std::move(error));
  }
  return std::move(result).value();
}
inline void OrFail(Status status, const SourceSpan& span) {
  if (status.ok()) return;
  Error error = std::move(status).error();
  if (!error.span) error.span = span;
  Fail(std::move(error));
}

// Runs `body` and turns a BindFailure into an Error.
template <typename Body>
auto Caught(Body body) -> Result<decltype(body())> {
  try {
    return body();
  } catch (BindFailure& failure) {
    return std::move(failure.error);
  }
}

}  // namespace millrace::planner
