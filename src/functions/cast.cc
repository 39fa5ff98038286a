#include <cmath>
#include <limits>

#include "functions/cast_text.h"
#include "functions/civil.h"
#include "functions/kernel.h"
#include "functions/number_typing.h"
#include "functions/temporal_values.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

// Java's narrowing: integers wrap, floating point saturates and truncates, NaN is 0.
template <typename To, typename From>
To Narrow(From value) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else if constexpr (std::is_integral_v<From>) {
    return static_cast<To>(value);
  } else {
    using Wide = std::conditional_t<sizeof(To) == 8, int64_t, int32_t>;
    if (std::isnan(value)) return 0;
    if (value >= static_cast<From>(std::numeric_limits<Wide>::max())) {
      return static_cast<To>(std::numeric_limits<Wide>::max());
    }
    if (value <= static_cast<From>(std::numeric_limits<Wide>::min())) {
      return static_cast<To>(std::numeric_limits<Wide>::min());
    }
    return static_cast<To>(static_cast<Wide>(value));
  }
}

template <typename From>
ColumnPtr NumberToDecimal(const Column& column, const DataType& to) {
  const From* values = column.values<From>();
  const DecimalType type = ParametersOf(to);
  return MapRowsOrNull<Int128>(to, column.size(), column.parts().validity, [=](size_t row) {
    if constexpr (std::is_floating_point_v<From>) {
      return DecimalFromDouble(values[row], type);
    } else {
      return RescaleDecimal(values[row], 0, type);
    }
  });
}

template <typename To>
ColumnPtr DecimalToNumber(const Column& column, const DataType& to) {
  const Int128* values = column.values<Int128>();
  const int32_t scale = column.type().scale;
  const Int128 unit = PowerOfTen(scale);
  return MapRows<To>(to, column.size(), column.parts().validity, [=](size_t row) {
    if constexpr (std::is_floating_point_v<To>) {
      return static_cast<To>(DecimalToDouble(values[row], scale));
    } else {
      return static_cast<To>(values[row] / unit);
    }
  });
}

ColumnPtr DecimalToDecimal(const Column& column, const DataType& to) {
  const Int128* values = column.values<Int128>();
  const int32_t scale = column.type().scale;
  const DecimalType type = ParametersOf(to);
  return MapRowsOrNull<Int128>(to, column.size(), column.parts().validity,
                               [=](size_t row) { return RescaleDecimal(values[row], scale, type); });
}

template <typename From, typename To>
ColumnPtr NumberToNumber(const Column& column, const DataType& to) {
  if constexpr (std::is_same_v<From, Int128> && std::is_same_v<To, Int128>) {
    return DecimalToDecimal(column, to);
  } else if constexpr (std::is_same_v<From, Int128>) {
    return DecimalToNumber<To>(column, to);
  } else if constexpr (std::is_same_v<To, Int128>) {
    return NumberToDecimal<From>(column, to);
  } else {
    const From* values = column.values<From>();
    return MapRows<To>(to, column.size(), column.parts().validity, [=](size_t row) { return Narrow<To>(values[row]); });
  }
}

Result<ColumnPtr> CastNumber(const Column& column, const DataType& to) {
  return DispatchNumber(column.type().physical(), [&]<typename From>() -> Result<ColumnPtr> {
    if (to.kind == TypeKind::kBoolean) {
      const From* values = column.values<From>();
      return MapRows<uint8_t>(to, column.size(), column.parts().validity,
                              [=](size_t row) -> uint8_t { return values[row] != 0; });
    }
    return DispatchNumber(to.physical(),
                          [&]<typename To>() -> Result<ColumnPtr> { return NumberToNumber<From, To>(column, to); });
  });
}

Result<ColumnPtr> CastBoolean(const Column& column, const DataType& to) {
  const uint8_t* values = column.values<uint8_t>();
  if (to.kind == TypeKind::kDecimal) {
    const DecimalType type = ParametersOf(to);
    return MapRowsOrNull<Int128>(to, column.size(), column.parts().validity,
                                 [=](size_t row) { return RescaleDecimal(values[row], 0, type); });
  }
  return DispatchNumber(to.physical(), [&]<typename To>() -> Result<ColumnPtr> {
    return MapRows<To>(to, column.size(), column.parts().validity,
                       [=](size_t row) { return static_cast<To>(values[row]); });
  });
}

// DATE, TIME, TIMESTAMP and LTZ between each other, by way of a wall-clock time in the session's zone.
Result<ColumnPtr> CastMoment(const KernelContext& context, const Column& column, const DataType& to) {
  const DataType& from = column.type();
  const bool from_instant = from.kind == TypeKind::kTimestampLtz;
  const bool to_instant = to.kind == TypeKind::kTimestampLtz;
  const MomentReader read(column);
  const TimeZone* zone = from_instant == to_instant ? nullptr : context.zone;
  const auto moment = [&](size_t row) {
    Timestamp value = read(row);
    if (zone != nullptr) {
      value.millis = from_instant ? zone->ToLocalMillis(value.millis) : zone->ToInstantMillis(value.millis);
    }
    return value;
  };
  const ValidityPtr& validity = column.parts().validity;
  if (to.kind == TypeKind::kDate) {
    return MapRows<int32_t>(to, column.size(), validity,
                            [&](size_t row) { return static_cast<int32_t>(FloorDiv(moment(row).millis, kDayMillis)); });
  }
  if (to.kind == TypeKind::kTime) {
    return MapRows<int32_t>(to, column.size(), validity, [&](size_t row) {
      const Timestamp value = TruncateFraction(moment(row), to.precision);
      return static_cast<int32_t>(FloorMod(value.millis, kDayMillis));
    });
  }
  if (to.physical() == Physical::kInt64) {
    return MapRows<int64_t>(to, column.size(), validity,
                            [&](size_t row) { return TruncateFraction(moment(row), to.precision).millis; });
  }
  return MapRows<Timestamp>(to, column.size(), validity,
                            [&](size_t row) { return TruncateFraction(moment(row), to.precision); });
}

// ARRAY, MAP, MULTISET and ROW, member by member.
Result<ColumnPtr> CastNested(const KernelContext& context, const Column& column, const DataType& to, bool try_cast) {
  Column::Parts parts = column.parts();
  parts.type = to;
  for (size_t i = 0; i < parts.children.size(); ++i) {
    MR_ASSIGN(parts.children[i], CastColumn(context, parts.children[i], to.child(i), try_cast));
  }
  return std::make_shared<const Column>(std::move(parts));
}

bool SameValues(const DataType& from, const DataType& to) {
  return from.kind == to.kind && from.precision == to.precision && from.scale == to.scale && from.children == nullptr;
}

}  // namespace

Result<ColumnPtr> CastColumn(const KernelContext& context, const ColumnPtr& column, const DataType& to, bool try_cast) {
  const DataType& from = column->type();
  if (IsNullType(from)) return NullColumn(to, column->size());
  if (SameValues(from, to) || SameTypeIgnoringNull(from, to)) {
    return from == to ? column : column->WithType(to);
  }
  MR_TRY(CheckCast(from, to));
  if (to.IsString() || to.IsBinary()) return CastToText(context, column, to);
  if (from.IsString()) return CastFromText(context, *column, to, try_cast);
  if (from.children != nullptr) return CastNested(context, *column, to, try_cast);
  if (from.IsNumeric()) return CastNumber(*column, to);
  if (from.kind == TypeKind::kBoolean) return CastBoolean(*column, to);
  return CastMoment(context, *column, to);
}

}  // namespace millrace::functions
