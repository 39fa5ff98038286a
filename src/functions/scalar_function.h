#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/column.h"
#include "data/value.h"

namespace millrace::functions {

// What a kernel may know besides its arguments.
struct KernelContext {
  const TimeZone* zone = nullptr;  // table.local-time-zone; null = UTC
  Clock* clock = &SystemClock();
  int64_t watermark = INT64_MIN;  // of the operator, for CURRENT_WATERMARK
  bool streaming = true;
};

// An argument as the binder sees it.
struct Argument {
  DataType type;
  std::optional<Value> literal;  // set when it is a constant
};

// How a call is typed: the binder casts argument i to argument_types[i] (same size as the call's arguments).
struct CallTyping {
  std::vector<DataType> argument_types;
  DataType result;
};

// Columns of `count` rows in, one column of `count` rows and type `result` out. Called only for rows whose value is
// needed (the evaluator gathers for CASE, AND, OR, COALESCE), so an error fails the job: integer division by zero,
// failing CAST.
using ScalarKernel = Result<ColumnPtr> (*)(const KernelContext& context, std::span<const ColumnPtr> arguments,
                                           const DataType& result, size_t count);

// One row per function (and per operator: "+", "=", "LIKE", "IS NULL"). Adding a function = adding a row to one of the
// *_functions.cc tables: the docs page, completion and SHOW FUNCTIONS read the same row.
struct ScalarFunction {
  std::string_view name;       // upper case
  std::string_view signature;  // "SUBSTRING(string, start [, length])", for docs and errors
  std::string_view doc;
  std::string_view example;  // "SUBSTRING('Flink', 2, 3) -> 'lin'", checked by a test
  // Error: a sentence for the user ("Cannot apply 'UPPER' to arguments of type 'UPPER(<INT>)'. ..."), without place.
  Result<CallTyping> (*infer)(std::string_view name, std::span<const Argument> arguments);
  ScalarKernel kernel;
  bool deterministic = true;  // false: never folded to a constant (NOW, RAND, UUID)
  // Never fails and costs little: AND and OR may evaluate it for rows that do not need it instead of gathering.
  bool eager = false;
};

// Case-insensitive; null when unknown.
const ScalarFunction* FindScalarFunction(std::string_view name);
std::vector<const ScalarFunction*> AllScalarFunctions();  // by name

// CAST and TRY_CAST (flink-sql.md 2.3). Whether it is allowed at all is answered at planning.
Status CheckCast(const DataType& from, const DataType& to);
// A failing value is an error (try_cast: NULL).
Result<ColumnPtr> CastColumn(const KernelContext& context, const ColumnPtr& column, const DataType& to, bool try_cast);
// What may be done without CAST when writing into a sink or comparing (flink-sql.md 2.4).
bool IsImplicitCast(const DataType& from, const DataType& to);
// The type that both sides of =, <, CASE branches, UNION, COALESCE are cast to; nullopt when there is none.
std::optional<DataType> CommonType(const DataType& a, const DataType& b);

// A zone by name ("UTC", "GMT-08:00", "Asia/Shanghai"); lives forever.
Result<const TimeZone*> FindTimeZone(std::string_view name);

}  // namespace millrace::functions
