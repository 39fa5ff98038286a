#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "functions/scalar_function.h"

namespace millrace::functions {

// Types a call by a short text: `infer = &Typed<"string, integer, integer? -> 0v">`.
//
// Parameters, separated by commas; `?` after one: may be left out; `*`: any number more of it (last only).
//   bool  integer (cast to BIGINT)  double (any number, cast to DOUBLE)  number (any, kept)  string  bytes  text
//   (string or bytes)  date  time  timestamp (TIMESTAMP or LTZ, cast to precision 3)  day (DATE or timestamp)  interval
//   array map  any
// Result: bool  int  bigint  double  string  char(n)  varchar(n)  bytes  date  time  timestamp  ltz; `0` the type of
// argument 0,
//   `0v` the same as VARCHAR. NULL if an argument may be; `?` behind it: always nullable; `!`: never NULL.
Result<CallTyping> TypeBySpec(std::string_view spec, std::string_view name, std::span<const Argument> arguments);

template <size_t N>
struct SpecText {
  char text[N] = {};
  constexpr SpecText(const char (&literal)[N]) {  // NOLINT: implicit on purpose
    for (size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
};

template <SpecText Spec>
Result<CallTyping> Typed(std::string_view name, std::span<const Argument> arguments) {
  return TypeBySpec(Spec.text, name, arguments);
}

// What Calcite's validator answers: "Cannot apply '+' to arguments of type '<INT> + <STRING>'."
Error CannotApply(std::string_view name, std::span<const Argument> arguments);
// "Invalid number of arguments to function 'UPPER'. Was expecting 1 arguments"
Error WrongCount(std::string_view name, size_t expected);

bool AnyNullable(std::span<const Argument> arguments);
inline bool IsNullType(const DataType& type) { return type.kind == TypeKind::kNull; }
bool IsInterval(const DataType& type);
// The text of a literal argument ("YEAR"); empty when it is none.
std::string LiteralText(const Argument& argument);

}  // namespace millrace::functions
