#include "functions/comparison.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

Error Incomparable(std::string_view name, std::span<const Argument> arguments) {
  return CannotApply(name, arguments).WithHint("CAST one side to the type of the other.");
}

bool IsFloatAndDouble(std::span<const Argument> arguments) {
  const TypeKind a = arguments[0].type.kind;
  const TypeKind b = arguments[1].type.kind;
  return (a == TypeKind::kFloat && b == TypeKind::kDouble) || (a == TypeKind::kDouble && b == TypeKind::kFloat);
}

Result<CallTyping> InferComparison(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const bool never_null = name.starts_with("IS ");
  const bool ordered = !never_null && name != "=" && name != "<>";
  auto types = TypesForComparison(arguments[0].type, arguments[1].type, ordered);
  if (!types) return Incomparable(name, arguments);
  const bool equality = name == "=" || name == "<>";
  if (equality && IsFloatAndDouble(arguments)) {  // Flink: of the type of the first, unlike < and IS DISTINCT FROM
    types->left.kind = arguments[0].type.kind;
    types->right.kind = arguments[0].type.kind;
  }
  const DataType result = DataType::Of(TypeKind::kBoolean).WithNullable(!never_null && AnyNullable(arguments));
  return CallTyping{{std::move(types->left), std::move(types->right)}, result};
}

template <typename T, typename Op>
ColumnPtr CompareValues(std::span<const ColumnPtr> arguments, const DataType& type, size_t count, Op op) {
  const T* a = arguments[0]->values<T>();
  const T* b = arguments[1]->values<T>();
  return MapRows<uint8_t>(type, count, CombineValidity(arguments, count),
                          [=](size_t row) -> uint8_t { return op(a[row], b[row]); });
}

template <typename Op>
Result<ColumnPtr> Compare(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& type,
                          size_t count) {
  constexpr Op op{};
  const Column& a = *arguments[0];
  const Column& b = *arguments[1];
  switch (a.type().physical()) {
    case Physical::kBool: return CompareValues<uint8_t>(arguments, type, count, op);
    case Physical::kInt8: return CompareValues<int8_t>(arguments, type, count, op);
    case Physical::kInt16: return CompareValues<int16_t>(arguments, type, count, op);
    case Physical::kInt32: return CompareValues<int32_t>(arguments, type, count, op);
    case Physical::kInt64: return CompareValues<int64_t>(arguments, type, count, op);
    case Physical::kFloat: return CompareValues<float>(arguments, type, count, op);
    case Physical::kDouble: return CompareValues<double>(arguments, type, count, op);
    case Physical::kTimestamp: return CompareValues<Timestamp>(arguments, type, count, op);
    case Physical::kString: return CompareValues<StringRef>(arguments, type, count, op);
    case Physical::kInt128:
      if (a.type().scale == b.type().scale) return CompareValues<Int128>(arguments, type, count, op);
      break;
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: break;
  }
  return MapRows<uint8_t>(type, count, CombineValidity(arguments, count),
                          [&](size_t row) -> uint8_t { return op(CompareAt(a, row, b, row), 0); });
}

// IS [NOT] DISTINCT FROM: NULL is a value, equal to itself.
template <bool Distinct>
Result<ColumnPtr> CompareWithNulls(const KernelContext& context, std::span<const ColumnPtr> arguments,
                                   const DataType& type, size_t count) {
  MR_ASSIGN(const ColumnPtr equal, Compare<std::equal_to<>>(context, arguments, type, count));
  const uint8_t* values = equal->values<uint8_t>();
  const Column& a = *arguments[0];
  const Column& b = *arguments[1];
  return MapRows<uint8_t>(type, count, nullptr, [&](size_t row) -> uint8_t {
    const bool same = a.IsNull(row) || b.IsNull(row) ? a.IsNull(row) == b.IsNull(row) : values[row] != 0;
    return same != Distinct;
  });
}

template <bool WantNull>
Result<ColumnPtr> NullTest(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& type,
                           size_t count) {
  const Column& column = *arguments[0];
  if (!column.has_nulls()) {
    return MapRows<uint8_t>(type, count, nullptr, [](size_t) -> uint8_t { return !WantNull; });
  }
  const uint64_t* words = column.validity();
  return MapRows<uint8_t>(type, count, nullptr, [=](size_t row) -> uint8_t {
    return static_cast<uint8_t>((words[row >> 6] >> (row & 63) & 1) ^ (WantNull ? 1 : 0));
  });
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "=",
     .signature = "a = b",
     .doc = "TRUE if both are equal; NULL if one is NULL.",
     .example = "1 = 1.0 -> TRUE",
     .infer = &InferComparison,
     .kernel = &Compare<std::equal_to<>>,
     .eager = true},
    {.name = "<>",
     .signature = "a <> b",
     .doc = "TRUE if both differ; NULL if one is NULL.",
     .example = "'a' <> 'b' -> TRUE",
     .infer = &InferComparison,
     .kernel = &Compare<std::not_equal_to<>>,
     .eager = true},
    {.name = "<",
     .signature = "a < b",
     .doc = "TRUE if a is less than b; NULL if one is NULL. Strings compare by their bytes.",
     .example = "1 < 2 -> TRUE",
     .infer = &InferComparison,
     .kernel = &Compare<std::less<>>,
     .eager = true},
    {.name = "<=",
     .signature = "a <= b",
     .doc = "TRUE if a is less than or equal to b; NULL if one is NULL.",
     .example = "2 <= 2 -> TRUE",
     .infer = &InferComparison,
     .kernel = &Compare<std::less_equal<>>,
     .eager = true},
    {.name = ">",
     .signature = "a > b",
     .doc = "TRUE if a is greater than b; NULL if one is NULL.",
     .example = "1 > 2 -> FALSE",
     .infer = &InferComparison,
     .kernel = &Compare<std::greater<>>,
     .eager = true},
    {.name = ">=",
     .signature = "a >= b",
     .doc = "TRUE if a is greater than or equal to b; NULL if one is NULL.",
     .example = "1 >= 2 -> FALSE",
     .infer = &InferComparison,
     .kernel = &Compare<std::greater_equal<>>,
     .eager = true},
    {.name = "IS DISTINCT FROM",
     .signature = "a IS DISTINCT FROM b",
     .doc = "TRUE if both differ; NULL counts as a value equal to NULL.",
     .example = "1 IS DISTINCT FROM NULL -> TRUE",
     .infer = &InferComparison,
     .kernel = &CompareWithNulls<true>,
     .eager = true},
    {.name = "IS NOT DISTINCT FROM",
     .signature = "a IS NOT DISTINCT FROM b",
     .doc = "TRUE if both are equal or both are NULL.",
     .example = "NULL IS NOT DISTINCT FROM NULL -> TRUE",
     .infer = &InferComparison,
     .kernel = &CompareWithNulls<false>,
     .eager = true},
    {.name = "IS NULL",
     .signature = "a IS NULL",
     .doc = "TRUE if a is NULL.",
     .example = "1 IS NULL -> FALSE",
     .infer = &Typed<"any -> bool!">,
     .kernel = &NullTest<true>,
     .eager = true},
    {.name = "IS NOT NULL",
     .signature = "a IS NOT NULL",
     .doc = "TRUE if a is not NULL.",
     .example = "1 IS NOT NULL -> TRUE",
     .infer = &Typed<"any -> bool!">,
     .kernel = &NullTest<false>,
     .eager = true},
};

}  // namespace

std::span<const ScalarFunction> ComparisonFunctions() { return kFunctions; }

}  // namespace millrace::functions
