#include <cmath>

#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/number_typing.h"
#include "functions/temporal_arithmetic.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

// DECIMAL operators (flink-sql.md 2.2); integers take part as DECIMAL(3 | 5 | 10 | 19, 0).
DataType DecimalResult(char op, const DataType& a, const DataType& b) {
  const int32_t p1 = a.precision;
  const int32_t p2 = b.precision;
  const int32_t s1 = a.scale;
  const int32_t s2 = b.scale;
  if (op == '*') return BoundedDecimal(p1 + p2 + 1, s1 + s2);
  if (op == '/') {
    const int32_t scale = std::max(6, s1 + p2 + 1);
    return BoundedDecimal(p1 - s1 + s2 + scale, scale);
  }
  const int32_t scale = std::max(s1, s2);
  if (op == '%') return BoundedDecimal(std::min(p1 - s1, p2 - s2) + scale, scale);
  return BoundedDecimal(std::max(p1 - s1, p2 - s2) + scale + 1, scale);
}

Result<CallTyping> InferArithmetic(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  if (IsTemporalArithmetic(arguments)) return InferTemporalArithmetic(name, arguments);
  DataType a = arguments[0].type;
  DataType b = arguments[1].type;
  if (IsNullType(a)) a = b.Nullable();
  if (IsNullType(b)) b = a.Nullable();
  if (!a.IsNumeric() || !b.IsNumeric()) return CannotApply(name, arguments);
  const char op = name == "MOD" ? '%' : name[0];
  const bool nullable = a.nullable || b.nullable;
  const DataType wider = WiderNumber(a, b);
  if (wider.kind == TypeKind::kDecimal) {
    const DataType x = AsDecimal(a);
    const DataType y = AsDecimal(b);
    // A remainder of whole numbers is as large as the divisor's type.
    const DataType result = op == '%' && x.scale == 0 && y.scale == 0 ? b : DecimalResult(op, x, y);
    return CallTyping{{x, y}, result.WithNullable(nullable)};
  }
  const DataType result = op == '%' && wider.IsInteger() ? b : wider;
  return CallTyping{{wider, wider}, result.WithNullable(nullable)};
}

Result<CallTyping> InferMinus(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return InferArithmetic(name, arguments);
  const DataType& type = arguments[0].type;
  if (IsNullType(type)) return CallTyping{{DataType::Of(TypeKind::kInt)}, DataType::Of(TypeKind::kInt)};
  if (!type.IsNumeric() && !IsInterval(type)) return CannotApply(name, arguments);
  return CallTyping{{type}, type};
}

// Java's integers: two's complement, no overflow error.
template <typename T, typename Op>
T Wrap(T a, T b, Op op) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(op(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
  } else {
    return op(a, b);
  }
}

using DecimalOperator = std::optional<Int128> (*)(Int128, int32_t, Int128, int32_t, DecimalType);

template <DecimalOperator Operator>
ColumnPtr DecimalRows(std::span<const ColumnPtr> arguments, const DataType& result, size_t count) {
  const Int128* a = arguments[0]->values<Int128>();
  const Int128* b = arguments[1]->values<Int128>();
  const int32_t a_scale = arguments[0]->type().scale;
  const int32_t b_scale = arguments[1]->type().scale;
  const DecimalType type = ParametersOf(result);
  return MapRowsOrNull<Int128>(result, count, CombineValidity(arguments, count),
                               [=](size_t row) { return Operator(a[row], a_scale, b[row], b_scale, type); });
}

template <DecimalOperator Operator, typename Op>
Result<ColumnPtr> Arithmetic(std::span<const ColumnPtr> arguments, const DataType& result, size_t count, Op op) {
  return DispatchNumber(result.physical(), [&]<typename T>() -> Result<ColumnPtr> {
    if constexpr (std::is_same_v<T, Int128>) {
      return DecimalRows<Operator>(arguments, result, count);
    } else {
      const T* a = arguments[0]->values<T>();
      const T* b = arguments[1]->values<T>();
      return MapRows<T>(result, count, CombineValidity(arguments, count),
                        [=](size_t row) { return Wrap(a[row], b[row], op); });
    }
  });
}

bool IsTemporal(std::span<const ColumnPtr> arguments) {
  for (const ColumnPtr& argument : arguments) {
    if (!argument->type().IsNumeric()) return true;
  }
  return false;
}

Result<ColumnPtr> Add(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                      size_t count) {
  if (IsTemporal(arguments)) return PlusMinusTemporal(false, arguments, result, count);
  return Arithmetic<AddDecimals>(arguments, result, count, [](auto a, auto b) { return a + b; });
}

Result<ColumnPtr> Negate(const ColumnPtr& argument, const DataType& result, size_t count) {
  if (!argument->type().IsNumeric()) return NegateInterval(argument, result, count);
  return DispatchNumber(result.physical(), [&]<typename T>() -> Result<ColumnPtr> {
    const T* values = argument->values<T>();
    return MapRows<T>(result, count, argument->parts().validity, [=](size_t row) {
      if constexpr (std::is_same_v<T, Int128> || std::is_floating_point_v<T>) {
        return -values[row];
      } else {
        return Wrap(T{0}, values[row], [](auto a, auto b) { return a - b; });
      }
    });
  });
}

Result<ColumnPtr> Subtract(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  if (arguments.size() == 1) return Negate(arguments[0], result, count);
  if (IsTemporal(arguments)) return PlusMinusTemporal(true, arguments, result, count);
  return Arithmetic<SubtractDecimals>(arguments, result, count, [](auto a, auto b) { return a - b; });
}

Result<ColumnPtr> Multiply(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  if (IsTemporal(arguments)) return ScaleInterval(false, arguments, result, count);
  return Arithmetic<MultiplyDecimals>(arguments, result, count, [](auto a, auto b) { return a * b; });
}

Error DivisionByZero() { return UserError("/ by zero").WithCode("java.lang.ArithmeticException"); }

bool AnyZero(const Column& divisor, const uint64_t* validity, size_t count, auto zero) {
  bool found = false;
  const auto* values = divisor.values<decltype(zero)>();
  ForEachValid(validity, count, [&](size_t row) { found |= values[row] == zero; });
  return found;
}

// / and % of integers and decimals: an error where the divisor is zero; of floating point: Infinity and NaN.
template <DecimalOperator Operator, typename Op>
Result<ColumnPtr> Divide(std::span<const ColumnPtr> arguments, const DataType& result, size_t count, Op op) {
  ValidityPtr validity = CombineValidity(arguments, count);
  return DispatchNumber(arguments[0]->type().physical(), [&]<typename T>() -> Result<ColumnPtr> {
    if constexpr (!std::is_floating_point_v<T>) {
      if (AnyZero(*arguments[1], validity.get(), count, T{0})) return DivisionByZero();
    }
    if constexpr (std::is_same_v<T, Int128>) {
      return DecimalRows<Operator>(arguments, result, count);
    } else {
      const T* a = arguments[0]->values<T>();
      const T* b = arguments[1]->values<T>();
      return MapRows<T>(result, count, std::move(validity), [=](size_t row) { return op(a[row], b[row]); });
    }
  });
}

Result<ColumnPtr> Quotient(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  if (IsTemporal(arguments)) return ScaleInterval(true, arguments, result, count);
  return Divide<DivideDecimals>(arguments, result, count, []<typename T>(T a, T b) -> T {
    if constexpr (std::is_integral_v<T>) {
      if (b == -1) return Wrap(T{0}, a, [](auto x, auto y) { return x - y; });  // MIN / -1 = MIN
    }
    return static_cast<T>(a / b);
  });
}

Result<ColumnPtr> Remainder(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                            size_t count) {
  // Computed in the type of the arguments; the result has the divisor's.
  const DataType& common = arguments[0]->type();
  const bool decimal = common.kind == TypeKind::kDecimal;
  const DataType computed = !decimal                            ? common
                            : result.kind == TypeKind::kDecimal ? result
                                                                : DataType::Decimal(kMaxPrecision, 0);
  MR_ASSIGN(ColumnPtr column, Divide<RemainderOfDecimals>(arguments, computed, count, []<typename T>(T a, T b) -> T {
              if constexpr (std::is_floating_point_v<T>) {
                return std::fmod(a, b);
              } else {
                return b == -1 ? T{0} : static_cast<T>(a % b);
              }
            }));
  if (column->type().physical() == result.physical()) return column->WithType(result);
  return CastColumn(context, column, result, false);
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "+",
     .signature = "a + b",
     .doc = "Sum of two numbers, of a time and an interval, or of two intervals. Integers wrap; a DECIMAL that does "
            "not fit becomes NULL.",
     .example = "1 + 2 -> 3",
     .infer = &InferArithmetic,
     .kernel = &Add,
     .eager = true},
    {.name = "-",
     .signature = "a - b, - a",
     .doc = "Difference of two numbers, a time and an interval, two times (an interval) or two intervals; with one "
            "argument its negative.",
     .example = "5 - 7 -> -2",
     .infer = &InferMinus,
     .kernel = &Subtract,
     .eager = true},
    {.name = "*",
     .signature = "a * b",
     .doc = "Product of two numbers or of an interval and a number.",
     .example = "6 * 7 -> 42",
     .infer = &InferArithmetic,
     .kernel = &Multiply,
     .eager = true},
    {.name = "/",
     .signature = "a / b",
     .doc = "Quotient. Integers truncate toward zero; zero as the divisor of an integer or DECIMAL fails the job, of "
            "FLOAT and DOUBLE gives Infinity or NaN.",
     .example = "7 / 2 -> 3",
     .infer = &InferArithmetic,
     .kernel = &Quotient},
    {.name = "%",
     .signature = "a % b",
     .doc = "Remainder; its sign is that of the dividend, its type of whole numbers that of the divisor.",
     .example = "-7 % 3 -> -1",
     .infer = &InferArithmetic,
     .kernel = &Remainder},
    {.name = "MOD",
     .signature = "MOD(a, b)",
     .doc = "Remainder, as a % b.",
     .example = "MOD(7, 4) -> 3",
     .infer = &InferArithmetic,
     .kernel = &Remainder},
};

}  // namespace

std::span<const ScalarFunction> ArithmeticFunctions() { return kFunctions; }

}  // namespace millrace::functions
