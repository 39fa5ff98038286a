// The visible list of aggregate functions: names, typing, accumulators.
#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "functions/aggregators.h"

namespace millrace::functions {
namespace {

Error WrongArguments(std::string_view name, std::span<const Argument> arguments, std::string_view expected) {
  std::vector<std::string> types;
  for (const Argument& argument : arguments) types.push_back("<" + argument.type.ToString() + ">");
  return ValidationError(fmt::format("Cannot apply '{}' to arguments of type '{}({})'. Supported form(s): {}", name,
                                     name, Join(types, ", "), expected));
}

DataType Plain(const DataType& type) { return type.Nullable().WithTimeAttribute(TimeAttribute::kNone); }

// The result is NULL for a group without values; a NOT NULL argument of a non-empty group cannot give that.
CallTyping SameAsArgument(const DataType& type) {
  return {.argument_types = {type}, .result = type.WithTimeAttribute(TimeAttribute::kNone)};
}

Result<CallTyping> InferCount(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() > 1) return WrongArguments(name, arguments, "'COUNT(*)', 'COUNT([DISTINCT] value)'");
  CallTyping typing{.result = DataType::Of(TypeKind::kBigInt).NotNull()};
  for (const Argument& argument : arguments) typing.argument_types.push_back(argument.type);
  return typing;
}

Result<CallTyping> InferSum(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1 || !arguments[0].type.IsNumeric())
    return WrongArguments(name, arguments, "'SUM([DISTINCT] number)'");
  CallTyping typing = SameAsArgument(arguments[0].type);
  if (typing.result.kind == TypeKind::kDecimal) typing.result.precision = 38;
  return typing;
}

Result<CallTyping> InferAvg(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1 || !arguments[0].type.IsNumeric())
    return WrongArguments(name, arguments, "'AVG([DISTINCT] number)'");
  CallTyping typing = SameAsArgument(arguments[0].type);
  if (typing.result.kind == TypeKind::kDecimal) {
    typing.result.precision = 38;
    typing.result.scale = std::max(6, typing.result.scale);
  }
  return typing;
}

Result<CallTyping> InferMinMax(std::string_view name, std::span<const Argument> arguments) {
  const bool comparable = arguments.size() == 1 && PhysicalWidth(arguments[0].type.physical()) > 0;
  if (!comparable) return WrongArguments(name, arguments, fmt::format("'{}([DISTINCT] value)'", name));
  return SameAsArgument(arguments[0].type);
}

Result<CallTyping> InferFirstLast(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return WrongArguments(name, arguments, fmt::format("'{}(value)'", name));
  return CallTyping{.argument_types = {arguments[0].type}, .result = Plain(arguments[0].type)};
}

template <typename Make>
std::unique_ptr<Aggregator> MaybeDistinct(bool distinct, std::span<const DataType> types, Make make) {
  std::unique_ptr<Aggregator> plain = make();
  if (!distinct) return plain;
  return MakeDistinct(types[0], std::move(plain));
}

std::unique_ptr<Aggregator> MakeCountCall(std::span<const DataType> types, const DataType&, bool distinct) {
  return MaybeDistinct(distinct && !types.empty(), types, [&] { return MakeCount(!types.empty()); });
}

std::unique_ptr<Aggregator> MakeSumCall(std::span<const DataType> types, const DataType& result, bool distinct) {
  return MaybeDistinct(distinct, types, [&] { return MakeSum(types[0], result); });
}

std::unique_ptr<Aggregator> MakeAvgCall(std::span<const DataType> types, const DataType& result, bool distinct) {
  return MaybeDistinct(distinct, types, [&] { return MakeAvg(types[0], result); });
}

// DISTINCT changes nothing about the lowest and highest value.
std::unique_ptr<Aggregator> MakeMinCall(std::span<const DataType> types, const DataType&, bool) {
  return MakeExtreme(types[0], false);
}
std::unique_ptr<Aggregator> MakeMaxCall(std::span<const DataType> types, const DataType&, bool) {
  return MakeExtreme(types[0], true);
}
std::unique_ptr<Aggregator> MakeFirstCall(std::span<const DataType> types, const DataType&, bool) {
  return MakeFirstLast(types[0], false);
}
std::unique_ptr<Aggregator> MakeLastCall(std::span<const DataType> types, const DataType&, bool) {
  return MakeFirstLast(types[0], true);
}

const std::vector<AggregateFunction>& Table() {
  static const std::vector<AggregateFunction> table = {
      {"AVG", "AVG([DISTINCT] number)",
       "The mean of all values that are not NULL, in the argument's type (integers are truncated).", InferAvg,
       MakeAvgCall},
      {"COUNT", "COUNT(*), COUNT([DISTINCT] value)", "The number of rows, or of values that are not NULL.", InferCount,
       MakeCountCall},
      {"FIRST_VALUE", "FIRST_VALUE(value)", "The first value that is not NULL, in order of arrival.", InferFirstLast,
       MakeFirstCall, false},
      {"LAST_VALUE", "LAST_VALUE(value)", "The last value that is not NULL, in order of arrival.", InferFirstLast,
       MakeLastCall, false},
      {"MAX", "MAX(value)", "The highest value; strings compare by bytes.", InferMinMax, MakeMaxCall, false},
      {"MIN", "MIN(value)", "The lowest value; strings compare by bytes.", InferMinMax, MakeMinCall, false},
      {"SUM", "SUM([DISTINCT] number)",
       "The sum of all values that are not NULL, in the argument's type: integers wrap around.", InferSum, MakeSumCall},
  };
  return table;
}

}  // namespace

const AggregateFunction* FindAggregateFunction(std::string_view name) {
  for (const AggregateFunction& function : Table()) {
    if (EqualsIgnoreCase(function.name, name)) return &function;
  }
  return nullptr;
}

std::vector<const AggregateFunction*> AllAggregateFunctions() {
  std::vector<const AggregateFunction*> out;
  for (const AggregateFunction& function : Table()) out.push_back(&function);
  return out;
}

}  // namespace millrace::functions
