#include "planner/bind/bind_types.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "planner/bind/bind_error.h"

namespace millrace::planner {

void FailNotSupported(std::string_view what, const SourceSpan& span, std::string hint) {
  FailValidation(fmt::format("{} not supported by this engine.", what), span, std::move(hint));
}

namespace {

using Kind = sql::TypeName::Kind;

int32_t InRange(const sql::TypeName& name, std::optional<int32_t> given, int32_t fallback, int32_t low, int32_t high,
                std::string_view what) {
  const int32_t value = given.value_or(fallback);
  if (value < low || value > high) {
    FailValidation(fmt::format("{} must be between {} and {} (both inclusive).", what, low, high), name.span);
  }
  return value;
}

DataType WithPrecision(TypeKind kind, int32_t precision) { return {.kind = kind, .precision = precision}; }

DataType BindLength(const sql::TypeName& name, TypeKind kind, int32_t fallback, std::string_view what) {
  return WithPrecision(kind, InRange(name, name.precision, fallback, 1, kMaxLength, what));
}

DataType BindDecimal(const sql::TypeName& name) {
  const int32_t precision = InRange(name, name.precision, 10, 1, 38, "Decimal precision");
  const int32_t scale = name.scale.value_or(0);
  if (scale < 0 || scale > precision) {
    FailValidation(fmt::format("Decimal scale must be between 0 and the precision {} (both inclusive).", precision),
                   name.span);
  }
  return DataType::Decimal(precision, scale);
}

DataType BindInterval(const sql::TypeName& name) {
  const sql::TimeUnit from = name.interval->from;
  const bool months = from == sql::TimeUnit::kYear || from == sql::TimeUnit::kQuarter || from == sql::TimeUnit::kMonth;
  return DataType::Of(months ? TypeKind::kIntervalYearMonth : TypeKind::kIntervalDaySecond);
}

DataType BindRow(const sql::TypeName& name) {
  std::vector<Field> fields;
  for (const sql::RowMember& member : name.members)
    fields.push_back({member.name.name, BindType(member.type), member.comment});
  return DataType::Row(std::move(fields));
}

DataType BindKind(const sql::TypeName& name) {
  switch (name.kind) {
    case Kind::kBoolean: return DataType::Of(TypeKind::kBoolean);
    case Kind::kTinyInt: return DataType::Of(TypeKind::kTinyInt);
    case Kind::kSmallInt: return DataType::Of(TypeKind::kSmallInt);
    case Kind::kInt: return DataType::Of(TypeKind::kInt);
    case Kind::kBigInt: return DataType::Of(TypeKind::kBigInt);
    case Kind::kFloat: return DataType::Of(TypeKind::kFloat);
    case Kind::kDouble: return DataType::Of(TypeKind::kDouble);
    case Kind::kDecimal: return BindDecimal(name);
    case Kind::kChar: return BindLength(name, TypeKind::kChar, 1, "Character string length");
    case Kind::kVarChar: return BindLength(name, TypeKind::kVarChar, kMaxLength, "Variable character string length");
    case Kind::kBinary: return BindLength(name, TypeKind::kBinary, 1, "Binary string length");
    case Kind::kVarBinary: return BindLength(name, TypeKind::kVarBinary, kMaxLength, "Variable binary string length");
    case Kind::kString: return DataType::String();
    case Kind::kBytes: return DataType::Bytes();
    case Kind::kDate: return DataType::Of(TypeKind::kDate);
    case Kind::kTime: return WithPrecision(TypeKind::kTime, InRange(name, name.precision, 0, 0, 9, "Time precision"));
    case Kind::kTimestamp: return DataType::TimestampOf(InRange(name, name.precision, 6, 0, 9, "Timestamp precision"));
    case Kind::kTimestampLtz:
      return DataType::TimestampLtzOf(
          InRange(name, name.precision, 6, 0, 9, "Timestamp with local time zone precision"));
    case Kind::kInterval: return BindInterval(name);
    case Kind::kArray: return DataType::Array(BindType(name.children[0]));
    case Kind::kMultiset: return DataType::Multiset(BindType(name.children[0]));
    case Kind::kMap: return DataType::Map(BindType(name.children[0]), BindType(name.children[1]));
    case Kind::kRow: return BindRow(name);
    case Kind::kNull: return DataType::Of(TypeKind::kNull);
    case Kind::kTimestampTz:
      FailNotSupported("TIMESTAMP WITH TIME ZONE is", name.span, "Flink has no such values either: use TIMESTAMP_LTZ.");
    case Kind::kRaw: FailNotSupported("RAW types are", name.span, "They hold values of Java classes.");
    case Kind::kVariant: FailNotSupported("VARIANT is", name.span);
    case Kind::kNamed:
      FailNotSupported(
          fmt::format("The user-defined type '{}' is", sql::DottedPath(name.path)), name.span,
          DidYouMean(sql::DottedPath(name.path), {"STRING", "INT", "BIGINT", "DOUBLE", "FLOAT", "BOOLEAN", "VARCHAR",
                                                  "TIMESTAMP", "TIMESTAMP_LTZ", "DATE", "TIME", "DECIMAL", "BYTES"}));
  }
  return {};
}

}  // namespace

DataType BindType(const sql::TypeName& name) { return BindKind(name).WithNullable(!name.not_null); }

}  // namespace millrace::planner
