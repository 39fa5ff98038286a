#include "functions/number_typing.h"

#include <algorithm>

namespace millrace::functions {

DataType AsDecimal(const DataType& number) {
  int32_t precision = 10;
  switch (number.kind) {
    case TypeKind::kDecimal: return number;
    case TypeKind::kTinyInt: precision = 3; break;
    case TypeKind::kSmallInt: precision = 5; break;
    case TypeKind::kBigInt: precision = 19; break;
    default: break;
  }
  return DataType::Decimal(precision, 0).WithNullable(number.nullable);
}

DataType BoundedDecimal(int32_t precision, int32_t scale) {
  if (precision <= kMaxPrecision) return DataType::Decimal(precision, scale);
  const int32_t whole = precision - scale;
  return DataType::Decimal(kMaxPrecision, std::max(kMaxPrecision - whole, std::min(scale, 6)));
}

DataType WiderNumber(const DataType& a, const DataType& b) {
  const bool decimal = a.kind == TypeKind::kDecimal || b.kind == TypeKind::kDecimal;
  const auto floating = [](const DataType& type) {
    return type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
  };
  if (floating(a) && floating(b)) return DataType::Of(a.kind);  // Flink: the first decides
  if (!decimal) return DataType::Of(std::max(a.kind, b.kind));  // TINYINT < .. < BIGINT < FLOAT < DOUBLE
  if (floating(a) || floating(b)) return DataType::Of(TypeKind::kDouble);
  const DataType x = AsDecimal(a);
  const DataType y = AsDecimal(b);
  const int32_t scale = std::max(x.scale, y.scale);
  const int32_t whole = std::max(x.precision - x.scale, y.precision - y.scale);
  if (whole + scale <= kMaxPrecision) return DataType::Decimal(whole + scale, scale);
  return DataType::Decimal(kMaxPrecision, std::max(0, kMaxPrecision - whole));
}

}  // namespace millrace::functions
