#include "functions/temporal_arithmetic.h"

#include "functions/civil.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool IsMoment(const DataType& type) {
  return type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.IsTimestamp();
}

// The 64-bit value of an interval or of a moment in its own unit (days, millis of day, epoch millis).
struct Wide {
  const Column* column;
  int64_t operator()(size_t row) const {
    switch (column->type().physical()) {
      case Physical::kInt32: return column->values<int32_t>()[row];
      case Physical::kTimestamp: return column->values<Timestamp>()[row].millis;
      default: return column->values<int64_t>()[row];
    }
  }
};

int64_t WrappingMultiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

Result<CallTyping> InferPlusMinus(std::string_view name, std::span<const Argument> arguments) {
  const DataType& a = arguments[0].type;
  const DataType& b = arguments[1].type;
  const bool nullable = AnyNullable(arguments);
  const auto typed = [&](DataType x, DataType y, DataType result) {
    return CallTyping{{std::move(x), std::move(y)}, result.WithNullable(nullable)};
  };
  const DataType day_second = DataType::Of(TypeKind::kIntervalDaySecond);
  if (IsInterval(a) && (a.kind == b.kind || IsNullType(b))) return typed(a, a, a);
  if (IsInterval(b) && IsNullType(a)) return typed(b, b, b);
  if (IsMoment(a) && (IsInterval(b) || IsNullType(b))) {
    const DataType interval = IsNullType(b) ? day_second : b;
    return typed(a, interval, a);  // of a DATE too: of hours only whole days count
  }
  if (name == "+" && IsInterval(a) && IsMoment(b)) {
    return typed(a, b, b);
  }
  if (name == "-" && IsMoment(a) && IsMoment(b) && (a.kind == TypeKind::kTime) == (b.kind == TypeKind::kTime)) {
    if (a.kind == TypeKind::kTime) return typed(a, b, day_second);
    const bool ltz = a.kind == TypeKind::kTimestampLtz || b.kind == TypeKind::kTimestampLtz;
    const DataType both = ltz ? DataType::TimestampLtzOf(3) : DataType::TimestampOf(3);
    return typed(both, both, day_second);
  }
  return CannotApply(name, arguments);
}

Result<CallTyping> InferScale(std::string_view name, std::span<const Argument> arguments) {
  const auto factor = [](const DataType& type) {
    return DataType::Of(type.IsInteger() || IsNullType(type) ? TypeKind::kBigInt : TypeKind::kDouble);
  };
  const auto is_factor = [](const DataType& type) { return type.IsNumeric() || IsNullType(type); };
  const DataType& a = arguments[0].type;
  const DataType& b = arguments[1].type;
  const bool nullable = AnyNullable(arguments);
  if (IsInterval(a) && is_factor(b)) return CallTyping{{a, factor(b)}, a.WithNullable(nullable)};
  if (name == "*" && IsInterval(b) && is_factor(a)) return CallTyping{{factor(a), b}, b.WithNullable(nullable)};
  return CannotApply(name, arguments);
}

// moment + sign * interval
ColumnPtr Shift(const ColumnPtr& moment, const ColumnPtr& interval, int64_t sign, const DataType& result, size_t count,
                ValidityPtr validity) {
  const Wide by{interval.get()};
  const bool months = interval->type().kind == TypeKind::kIntervalYearMonth;
  const Wide from{moment.get()};
  const TypeKind kind = moment->type().kind;
  if (kind == TypeKind::kTime) {
    if (months)
      return MapRows<int32_t>(result, count, std::move(validity),
                              [&](size_t row) { return static_cast<int32_t>(from(row)); });
    return MapRows<int32_t>(result, count, std::move(validity), [&](size_t row) {
      return static_cast<int32_t>(FloorMod(from(row) + sign * (by(row) % kDayMillis), kDayMillis));
    });
  }
  if (kind == TypeKind::kDate && result.kind == TypeKind::kDate) {
    return MapRows<int32_t>(result, count, std::move(validity), [&](size_t row) {
      return static_cast<int32_t>(months ? AddMonthsToDays(from(row), sign * by(row))
                                         : from(row) + sign * (by(row) / kDayMillis));
    });
  }
  const auto shifted = [&](size_t row) {
    const int64_t start = kind == TypeKind::kDate ? from(row) * kDayMillis : from(row);
    return months ? AddMonthsToMillis(start, sign * by(row)) : WrappingAdd(start, WrappingMultiply(sign, by(row)));
  };
  if (result.physical() == Physical::kInt64) return MapRows<int64_t>(result, count, std::move(validity), shifted);
  const Timestamp* stamps = moment->values<Timestamp>();
  return MapRows<Timestamp>(result, count, std::move(validity),
                            [&](size_t row) { return Timestamp{shifted(row), stamps[row].nanos}; });
}

}  // namespace

bool IsTemporalArithmetic(std::span<const Argument> arguments) {
  for (const Argument& argument : arguments) {
    if (IsMoment(argument.type) || IsInterval(argument.type)) return true;
  }
  return false;
}

Result<CallTyping> InferTemporalArithmetic(std::string_view name, std::span<const Argument> arguments) {
  if (name == "+" || name == "-") return InferPlusMinus(name, arguments);
  if (name == "*" || name == "/") return InferScale(name, arguments);
  return CannotApply(name, arguments);
}

Result<ColumnPtr> PlusMinusTemporal(bool minus, std::span<const ColumnPtr> arguments, const DataType& result,
                                    size_t count) {
  ValidityPtr validity = CombineValidity(arguments, count);
  const int64_t sign = minus ? -1 : 1;
  const ColumnPtr& a = arguments[0];
  const ColumnPtr& b = arguments[1];
  if (IsMoment(a->type()) && IsInterval(b->type())) return Shift(a, b, sign, result, count, std::move(validity));
  if (IsInterval(a->type()) && IsMoment(b->type())) return Shift(b, a, sign, result, count, std::move(validity));
  // intervals, or the difference of two moments
  const Wide left{a.get()};
  const Wide right{b.get()};
  const auto sum = [&](size_t row) { return WrappingAdd(left(row), WrappingMultiply(sign, right(row))); };
  if (result.physical() == Physical::kInt32) {
    return MapRows<int32_t>(result, count, std::move(validity),
                            [&](size_t row) { return static_cast<int32_t>(sum(row)); });
  }
  return MapRows<int64_t>(result, count, std::move(validity), sum);
}

Result<ColumnPtr> ScaleInterval(bool divide, std::span<const ColumnPtr> arguments, const DataType& result,
                                size_t count) {
  const bool interval_first = IsInterval(arguments[0]->type());
  const Wide interval{arguments[interval_first ? 0 : 1].get()};
  const Column& factor = *arguments[interval_first ? 1 : 0];
  const int64_t* integers = factor.type().kind == TypeKind::kBigInt ? factor.values<int64_t>() : nullptr;
  const double* doubles = integers == nullptr ? factor.values<double>() : nullptr;
  ValidityPtr validity = CombineValidity(arguments, count);
  bool by_zero = false;
  const auto scaled = [&](size_t row) -> int64_t {
    const int64_t value = interval(row);
    if (doubles != nullptr) {
      const double exact = static_cast<double>(value) * (divide ? 1 / doubles[row] : doubles[row]);
      return exact > -9.2e18 && exact < 9.2e18 ? static_cast<int64_t>(exact) : 0;
    }
    if (!divide) return WrappingMultiply(value, integers[row]);
    by_zero |= integers[row] == 0;
    return integers[row] == 0 ? 0 : integers[row] == -1 ? WrappingMultiply(value, -1) : value / integers[row];
  };
  ColumnPtr out;
  if (result.physical() == Physical::kInt32) {
    out = MapRows<int32_t>(result, count, std::move(validity),
                           [&](size_t row) { return static_cast<int32_t>(scaled(row)); });
  } else {
    out = MapRows<int64_t>(result, count, std::move(validity), scaled);
  }
  if (by_zero) return UserError("/ by zero").WithCode("java.lang.ArithmeticException");
  return out;
}

Result<ColumnPtr> NegateInterval(const ColumnPtr& interval, const DataType& result, size_t count) {
  const Wide value{interval.get()};
  ValidityPtr validity = interval->parts().validity;
  if (result.physical() == Physical::kInt32) {
    return MapRows<int32_t>(result, count, std::move(validity),
                            [&](size_t row) { return static_cast<int32_t>(-value(row)); });
  }
  return MapRows<int64_t>(result, count, std::move(validity),
                          [&](size_t row) { return WrappingMultiply(value(row), -1); });
}

}  // namespace millrace::functions
