#include "data/type.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"

namespace millrace {
namespace {

std::shared_ptr<const std::vector<Field>> Children(std::vector<Field> fields) {
  return std::make_shared<const std::vector<Field>>(std::move(fields));
}

std::string BaseName(const DataType& type) {
  const auto with_length = [&](std::string_view name) { return fmt::format("{}({})", name, type.precision); };
  switch (type.kind) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kTinyInt: return "TINYINT";
    case TypeKind::kSmallInt: return "SMALLINT";
    case TypeKind::kInt: return "INT";
    case TypeKind::kBigInt: return "BIGINT";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal: return fmt::format("DECIMAL({}, {})", type.precision, type.scale);
    case TypeKind::kChar: return with_length("CHAR");
    case TypeKind::kVarChar: return type.precision == kMaxLength ? "STRING" : with_length("VARCHAR");
    case TypeKind::kBinary: return with_length("BINARY");
    case TypeKind::kVarBinary: return type.precision == kMaxLength ? "BYTES" : with_length("VARBINARY");
    case TypeKind::kDate: return "DATE";
    case TypeKind::kTime: return with_length("TIME");
    case TypeKind::kTimestamp: return with_length("TIMESTAMP");
    case TypeKind::kTimestampLtz: return with_length("TIMESTAMP_LTZ");
    case TypeKind::kIntervalYearMonth: return "INTERVAL MONTH";
    case TypeKind::kIntervalDaySecond: return "INTERVAL SECOND(3)";
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", type.child(0).ToString());
    case TypeKind::kMap: return fmt::format("MAP<{}, {}>", type.child(0).ToString(), type.child(1).ToString());
    case TypeKind::kMultiset: return fmt::format("MULTISET<{}>", type.child(0).ToString());
    case TypeKind::kRow: {
      std::vector<std::string> members;
      for (const Field& field : *type.children) {
        std::string member = fmt::format("`{}` {}", field.name, field.type.ToString());
        if (!field.comment.empty()) member += fmt::format(" '{}'", ReplaceAll(field.comment, "'", "''"));
        members.push_back(std::move(member));
      }
      return fmt::format("ROW<{}>", Join(members, ", "));
    }
  }
  return "?";
}

}  // namespace

DataType DataType::Decimal(int32_t precision, int32_t scale) {
  return {.kind = TypeKind::kDecimal, .precision = precision, .scale = scale};
}

DataType DataType::Array(DataType element) {
  return {.kind = TypeKind::kArray, .children = Children({{"element", std::move(element), ""}})};
}

DataType DataType::Map(DataType key, DataType value) {
  return {.kind = TypeKind::kMap, .children = Children({{"key", std::move(key), ""}, {"value", std::move(value), ""}})};
}

DataType DataType::Multiset(DataType element) {
  return {.kind = TypeKind::kMultiset,
          .children = Children({{"element", std::move(element), ""}, {"count", Of(TypeKind::kInt).NotNull(), ""}})};
}

DataType DataType::Row(std::vector<Field> fields) {
  return {.kind = TypeKind::kRow, .children = Children(std::move(fields))};
}

DataType DataType::WithNullable(bool value) const {
  DataType out = *this;
  out.nullable = value;
  return out;
}

DataType DataType::NotNull() const { return WithNullable(false); }
DataType DataType::Nullable() const { return WithNullable(true); }

DataType DataType::WithTimeAttribute(TimeAttribute attribute) const {
  DataType out = *this;
  out.time_attribute = attribute;
  return out;
}

const DataType& DataType::child(size_t i) const {
  CHECK(children != nullptr && i < children->size());
  return (*children)[i].type;
}

Physical DataType::physical() const {
  switch (kind) {
    case TypeKind::kNull:
    case TypeKind::kBoolean: return Physical::kBool;
    case TypeKind::kTinyInt: return Physical::kInt8;
    case TypeKind::kSmallInt: return Physical::kInt16;
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalYearMonth: return Physical::kInt32;
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDaySecond: return Physical::kInt64;
    case TypeKind::kFloat: return Physical::kFloat;
    case TypeKind::kDouble: return Physical::kDouble;
    case TypeKind::kDecimal: return Physical::kInt128;
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: return Physical::kString;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: return precision <= 3 ? Physical::kInt64 : Physical::kTimestamp;
    case TypeKind::kArray: return Physical::kList;
    case TypeKind::kMap:
    case TypeKind::kMultiset: return Physical::kMap;
    case TypeKind::kRow: return Physical::kStruct;
  }
  return Physical::kBool;
}

bool DataType::IsInteger() const { return kind >= TypeKind::kTinyInt && kind <= TypeKind::kBigInt; }
bool DataType::IsNumeric() const { return kind >= TypeKind::kTinyInt && kind <= TypeKind::kDecimal; }
bool DataType::IsString() const { return kind == TypeKind::kChar || kind == TypeKind::kVarChar; }
bool DataType::IsBinary() const { return kind == TypeKind::kBinary || kind == TypeKind::kVarBinary; }
bool DataType::IsTimestamp() const { return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampLtz; }

std::string DataType::ToString() const {
  std::string out = BaseName(*this);
  if (!nullable && kind != TypeKind::kNull) out += " NOT NULL";
  if (time_attribute == TimeAttribute::kRowtime) out += " *ROWTIME*";
  if (time_attribute == TimeAttribute::kProctime) out += " *PROCTIME*";
  return out;
}

namespace {

bool SameShape(const DataType& a, const DataType& b, bool compare_null) {
  if (a.kind != b.kind || a.precision != b.precision || a.scale != b.scale) return false;
  if (compare_null && (a.nullable != b.nullable || a.time_attribute != b.time_attribute)) return false;
  if ((a.children == nullptr) != (b.children == nullptr)) return false;
  if (a.children == nullptr || a.children == b.children) return true;
  if (a.children->size() != b.children->size()) return false;
  for (size_t i = 0; i < a.children->size(); ++i) {
    if (a.kind == TypeKind::kRow && (*a.children)[i].name != (*b.children)[i].name) return false;
    if (!SameShape((*a.children)[i].type, (*b.children)[i].type, compare_null)) return false;
  }
  return true;
}

}  // namespace

bool operator==(const DataType& a, const DataType& b) { return SameShape(a, b, true); }
bool operator==(const Field& a, const Field& b) { return a.name == b.name && a.type == b.type; }
bool SameTypeIgnoringNull(const DataType& a, const DataType& b) { return SameShape(a, b, false); }

std::optional<size_t> Schema::Find(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  return std::nullopt;
}

std::string Schema::ToString() const {
  std::vector<std::string> columns;
  for (const Field& field : fields) columns.push_back(field.name + " " + field.type.ToString());
  return "(" + Join(columns, ", ") + ")";
}

std::string_view RowKindShortName(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert: return "+I";
    case RowKind::kUpdateBefore: return "-U";
    case RowKind::kUpdateAfter: return "+U";
    case RowKind::kDelete: return "-D";
  }
  return "?";
}

}  // namespace millrace
