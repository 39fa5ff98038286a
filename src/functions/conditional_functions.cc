#include "functions/comparison.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

// The common type of arguments[first ..]; every one of them is cast to it. Unlike CASE's, it is DOUBLE where one is.
Result<DataType> CommonOf(std::string_view name, std::span<const Argument> arguments, size_t first) {
  DataType common = DataType::Of(TypeKind::kNull);
  for (const Argument& argument : arguments.subspan(first)) {
    const auto wider = CommonType(common, argument.type);
    if (!wider) return CannotApply(name, arguments).WithHint("CAST the values to one type.");
    common = *wider;
  }
  if (common.kind == TypeKind::kFloat) {
    for (const Argument& argument : arguments.subspan(first)) {
      if (argument.type.kind == TypeKind::kDouble) common.kind = TypeKind::kDouble;
    }
  }
  return IsNullType(common) ? DataType::String() : common;
}

Result<CallTyping> InferExtreme(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  MR_ASSIGN(const DataType common, CommonOf(name, arguments, 0));
  if (common.children != nullptr) return CannotApply(name, arguments);
  return CallTyping{std::vector<DataType>(arguments.size(), common), common.WithNullable(AnyNullable(arguments))};
}

constexpr uint32_t kNoChoice = ~0U;

// Row r of choices[which[r]]; kNoChoice gives NULL.
ColumnPtr PickRows(std::span<const ColumnPtr> choices, const std::vector<uint32_t>& which, const DataType& type) {
  std::vector<ColumnPtr> pieces;
  for (const ColumnPtr& choice : choices) pieces.push_back(choice->WithType(type));
  const auto count = static_cast<uint32_t>(which.size());
  pieces.push_back(NullColumn(type, 1));
  std::vector<uint32_t> places(count);
  for (uint32_t row = 0; row < count; ++row) {
    const auto nothing = static_cast<uint32_t>(choices.size()) * count;
    places[row] = which[row] == kNoChoice ? nothing : which[row] * count + row;
  }
  return ConcatColumns(pieces)->Gather(places);
}

template <bool Greatest>
Result<ColumnPtr> Extreme(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  std::vector<uint32_t> which(count, kNoChoice);
  const ValidityPtr validity = CombineValidity(arguments, count);
  ForEachValid(validity.get(), count, [&](size_t row) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < arguments.size(); ++i) {
      const int order = CompareAt(*arguments[i], row, *arguments[best], row);
      if (Greatest ? order > 0 : order < 0) best = i;
    }
    which[row] = best;
  });
  return PickRows(arguments, which, result);
}

// The planner turns the functions below into CASE and COALESCE, which evaluate only what they need; the kernels serve
// callers without a planner.
Result<CallTyping> InferCoalesce(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  MR_ASSIGN(const DataType common, CommonOf(name, arguments, 0));
  bool nullable = true;
  for (const Argument& argument : arguments) nullable = nullable && argument.type.nullable;
  return CallTyping{std::vector<DataType>(arguments.size(), common), common.WithNullable(nullable)};
}

Result<CallTyping> InferIfNull(std::string_view name, std::span<const Argument> arguments) {
  return arguments.size() == 2 ? InferCoalesce(name, arguments) : WrongCount(name, 2);
}

Result<ColumnPtr> Coalesce(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  std::vector<uint32_t> which(count, kNoChoice);
  for (size_t row = 0; row < count; ++row) {
    for (uint32_t i = 0; i < arguments.size() && which[row] == kNoChoice; ++i) {
      if (!arguments[i]->IsNull(row)) which[row] = i;
    }
  }
  return PickRows(arguments, which, result);
}

Result<CallTyping> InferIf(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 3) return WrongCount(name, 3);
  const DataType& condition = arguments[0].type;
  if (condition.kind != TypeKind::kBoolean && !IsNullType(condition)) return CannotApply(name, arguments);
  MR_ASSIGN(const DataType common, CommonOf(name, arguments, 1));
  return CallTyping{{DataType::Of(TypeKind::kBoolean), common, common}, common};
}

Result<ColumnPtr> If(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result, size_t count) {
  std::vector<uint32_t> which(count);
  const uint8_t* conditions = arguments[0]->values<uint8_t>();
  for (size_t row = 0; row < count; ++row) which[row] = !arguments[0]->IsNull(row) && conditions[row] != 0 ? 0 : 1;
  return PickRows(arguments.subspan(1), which, result);
}

Result<CallTyping> InferNullIf(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  MR_ASSIGN(const DataType common, CommonOf(name, arguments, 0));
  return CallTyping{{common, common}, common.Nullable()};
}

Result<ColumnPtr> NullIf(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  std::vector<uint32_t> which(count, 0);
  const ValidityPtr validity = CombineValidity(arguments, count);
  ForEachValid(validity.get(), count, [&](size_t row) {
    if (CompareAt(*arguments[0], row, *arguments[1], row) == 0) which[row] = kNoChoice;
  });
  return PickRows(arguments, which, result);
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "COALESCE",
     .signature = "COALESCE(a, b, ..)",
     .doc = "The first argument that is not NULL; later ones are evaluated only where needed.",
     .example = "COALESCE(NULL, 5) -> 5",
     .infer = &InferCoalesce,
     .kernel = &Coalesce},
    {.name = "IFNULL",
     .signature = "IFNULL(a, b)",
     .doc = "a, or b where a is NULL.",
     .example = "IFNULL(NULL, 5) -> 5",
     .infer = &InferIfNull,
     .kernel = &Coalesce},
    {.name = "IF",
     .signature = "IF(condition, a, b)",
     .doc = "a where the condition is TRUE, else b.",
     .example = "IF(TRUE, 'yes', 'no') -> yes",
     .infer = &InferIf,
     .kernel = &If},
    {.name = "NULLIF",
     .signature = "NULLIF(a, b)",
     .doc = "NULL where both are equal, else a.",
     .example = "NULLIF(5, 0) -> 5",
     .infer = &InferNullIf,
     .kernel = &NullIf},
    {.name = "GREATEST",
     .signature = "GREATEST(a, b, ..)",
     .doc = "The greatest argument; NULL if one is NULL.",
     .example = "GREATEST(1, 3, 2) -> 3",
     .infer = &InferExtreme,
     .kernel = &Extreme<true>},
    {.name = "LEAST",
     .signature = "LEAST(a, b, ..)",
     .doc = "The least argument; NULL if one is NULL.",
     .example = "LEAST(3, 1, 2) -> 1",
     .infer = &InferExtreme,
     .kernel = &Extreme<false>},
};

}  // namespace

std::span<const ScalarFunction> ConditionalFunctions() { return kFunctions; }

}  // namespace millrace::functions
