// Which casts exist, which happen without being written, and the common type of two values (flink-sql.md 2.3, 2.4).
#include <algorithm>

#include <fmt/format.h>

#include "functions/number_typing.h"
#include "functions/scalar_function.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool IsText(const DataType& type) { return type.IsString() || type.IsBinary(); }
bool IsMoment(const DataType& type) {
  return type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.IsTimestamp();
}

std::string Name(const DataType& type) { return type.WithTimeAttribute(TimeAttribute::kNone).Nullable().ToString(); }

bool CanCastMoment(const DataType& from, const DataType& to) {
  if (from.kind == to.kind) return true;
  const bool date_and_time = !from.IsTimestamp() && !to.IsTimestamp();
  return !date_and_time;
}

template <typename Rule>
bool AllChildren(const DataType& from, const DataType& to, Rule rule) {
  if (from.children->size() != to.children->size()) return false;
  for (size_t i = 0; i < from.children->size(); ++i) {
    if (!rule(from.child(i), to.child(i))) return false;
  }
  return true;
}

bool CanCast(const DataType& from, const DataType& to) {
  if (IsNullType(from)) return true;
  if (IsNullType(to)) return false;
  if (to.IsString()) return true;
  if (from.children != nullptr || to.children != nullptr) {
    return from.kind == to.kind && AllChildren(from, to, CanCast);
  }
  if (to.IsBinary()) return IsText(from);
  if (from.IsBinary()) return false;
  if (IsInterval(to) || IsInterval(from)) return from.kind == to.kind;
  if (from.IsString()) return true;
  const auto number_like = [](const DataType& type) { return type.IsNumeric() || type.kind == TypeKind::kBoolean; };
  if (number_like(from)) return number_like(to);
  return IsMoment(from) && IsMoment(to) && CanCastMoment(from, to);
}

bool IsImplicitNumber(TypeKind from, TypeKind to) {
  switch (to) {
    case TypeKind::kDecimal:
    case TypeKind::kDouble: return true;
    case TypeKind::kFloat: return from != TypeKind::kDouble;
    default: return from <= to && to <= TypeKind::kBigInt;
  }
}

std::optional<DataType> CommonText(const DataType& a, const DataType& b) {
  if (a.kind == b.kind && a.precision == b.precision) return a;
  // Texts of different length are not padded.
  const TypeKind kind = a.IsString() ? TypeKind::kVarChar : TypeKind::kVarBinary;
  return DataType{.kind = kind, .precision = std::max(a.precision, b.precision)};
}

std::optional<DataType> CommonMoment(const DataType& a, const DataType& b) {
  DataType out = a;
  if (a.kind == b.kind) {
    out.precision = std::max(a.precision, b.precision);
    return out;
  }
  if (a.IsTimestamp() && b.IsTimestamp()) return DataType::TimestampLtzOf(std::max(a.precision, b.precision));
  if (a.IsTimestamp()) return a;
  if (b.IsTimestamp()) return b;
  return std::nullopt;  // DATE and TIME
}

std::optional<DataType> CommonNested(const DataType& a, const DataType& b) {
  if (a.kind != b.kind || a.children->size() != b.children->size()) return std::nullopt;
  std::vector<Field> children = *a.children;
  for (size_t i = 0; i < children.size(); ++i) {
    const auto common = CommonType(a.child(i), b.child(i));
    if (!common) return std::nullopt;
    children[i].type = *common;
  }
  DataType out = a;
  out.children = std::make_shared<const std::vector<Field>>(std::move(children));
  return out;
}

std::optional<DataType> CommonOfDifferent(const DataType& a, const DataType& b) {
  if (a.IsNumeric() && b.IsNumeric()) return WiderNumber(a, b);
  if ((a.IsString() && b.IsString()) || (a.IsBinary() && b.IsBinary())) return CommonText(a, b);
  if (IsMoment(a) && IsMoment(b)) return CommonMoment(a, b);
  if (a.children != nullptr && b.children != nullptr) return CommonNested(a, b);
  return std::nullopt;
}

}  // namespace

Status CheckCast(const DataType& from, const DataType& to) {
  if (CanCast(from, to)) return Ok();
  const std::string_view to_name = to.kind == TypeKind::kTimestampLtz ? "TIMESTAMP_LTZ" : "TIMESTAMP";
  if (from.IsNumeric() && to.kind == TypeKind::kTimestamp) {
    return ValidationError(
        "The cast from NUMERIC type to TIMESTAMP type is not allowed. It's recommended to use "
        "TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) instead, note the numeric is in seconds.");
  }
  if (from.IsNumeric() && to.kind == TypeKind::kTimestampLtz) {
    return ValidationError(
        "The cast from NUMERIC type to TIMESTAMP_LTZ type is not allowed. It's recommended to use "
        "TO_TIMESTAMP_LTZ(numeric_col, precision) instead.");
  }
  if (from.IsTimestamp() && to.IsNumeric()) {
    return ValidationError(
        fmt::format("The cast from {} type to NUMERIC type is not allowed. It's recommended to use "
                    "UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.",
                    from.kind == TypeKind::kTimestampLtz ? "TIMESTAMP_LTZ" : to_name));
  }
  return ValidationError(fmt::format("Cast function cannot convert value of type {} to type {}", Name(from), Name(to)));
}

bool IsImplicitCast(const DataType& from, const DataType& to) {
  if (IsNullType(from)) return true;
  if (from.IsNumeric() && to.IsNumeric()) return IsImplicitNumber(from.kind, to.kind);
  if (to.kind == TypeKind::kVarChar) return from.IsString();
  if (to.kind == TypeKind::kVarBinary) return from.IsBinary();
  if (to.kind == TypeKind::kDate || to.kind == TypeKind::kTime) {
    return from.kind == to.kind || from.kind == TypeKind::kTimestamp;
  }
  if (to.IsTimestamp()) return from.IsTimestamp();
  if (from.kind != to.kind) return false;
  return from.children == nullptr || AllChildren(from, to, IsImplicitCast);
}

std::optional<DataType> CommonType(const DataType& a, const DataType& b) {
  const bool nullable = a.nullable || b.nullable;
  if (IsNullType(a)) return b.Nullable();
  if (IsNullType(b)) return a.Nullable();
  std::optional<DataType> out;
  if (SameTypeIgnoringNull(a, b) && a.children == nullptr) {
    out = a;
  } else {
    out = CommonOfDifferent(a, b);
  }
  if (!out) return std::nullopt;
  return out->WithNullable(nullable).WithTimeAttribute(TimeAttribute::kNone);
}

}  // namespace millrace::functions
