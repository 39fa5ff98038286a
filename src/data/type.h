#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// Flink's logical types.
enum class TypeKind : uint8_t {
  kNull,  // the type of an untyped NULL
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,    // precision 1..38, scale 0..precision
  kChar,       // length in code points
  kVarChar,    // length in code points; kMaxLength = STRING
  kBinary,     // length in bytes
  kVarBinary,  // kMaxLength = BYTES
  kDate,
  kTime,
  kTimestamp,     // no zone; precision 0..9
  kTimestampLtz,  // an instant; precision 0..9
  kIntervalYearMonth,
  kIntervalDaySecond,
  kArray,     // one child, "element"
  kMap,       // two children, "key" and "value"
  kMultiset,  // two children: "element" and its INT count
  kRow,       // named children
};

// How one value lies in a column.
enum class Physical : uint8_t {
  kBool,  // uint8_t 0 or 1
  kInt8,
  kInt16,
  kInt32,  // INT; DATE as days since 1970-01-01; TIME as millis of the day; INTERVAL YEAR TO MONTH as months
  kInt64,  // BIGINT; TIMESTAMP[_LTZ] of precision <= 3 as epoch millis; INTERVAL DAY TO SECOND as millis
  kFloat,
  kDouble,
  kInt128,     // DECIMAL as the unscaled value, any precision
  kTimestamp,  // Timestamp: precision > 3
  kString,     // StringRef: CHAR, VARCHAR, BINARY, VARBINARY
  kList,       // ARRAY: int32 offsets (size + 1) and one child
  kMap,        // MAP and MULTISET: int32 offsets and two children
  kStruct,     // ROW: children of the same length
};

// A column that drives event or processing time. The column of a window aggregation's result keeps none.
enum class TimeAttribute : uint8_t { kNone, kRowtime, kProctime };

using Int128 = __int128;

// TIMESTAMP of precision > 3. `nanos` is 0..999'999 inside the millisecond.
struct Timestamp {
  int64_t millis = 0;
  int32_t nanos = 0;
  auto operator<=>(const Timestamp&) const = default;
};

inline constexpr int32_t kMaxLength = 2147483647;

struct Field;

struct DataType {
  TypeKind kind = TypeKind::kNull;
  bool nullable = true;
  TimeAttribute time_attribute = TimeAttribute::kNone;
  int32_t precision = 0;  // DECIMAL, TIME, TIMESTAMP[_LTZ]; length of CHAR, VARCHAR, BINARY, VARBINARY
  int32_t scale = 0;      // DECIMAL
  std::shared_ptr<const std::vector<Field>> children;  // ARRAY, MAP, MULTISET, ROW; else null

  static DataType Of(TypeKind kind) { return {.kind = kind}; }  // for kinds without parameters
  static DataType String() { return {.kind = TypeKind::kVarChar, .precision = kMaxLength}; }
  static DataType Bytes() { return {.kind = TypeKind::kVarBinary, .precision = kMaxLength}; }
  static DataType VarChar(int32_t length) { return {.kind = TypeKind::kVarChar, .precision = length}; }
  static DataType Char(int32_t length) { return {.kind = TypeKind::kChar, .precision = length}; }
  static DataType Decimal(int32_t precision, int32_t scale);
  static DataType TimestampOf(int32_t precision) { return {.kind = TypeKind::kTimestamp, .precision = precision}; }
  static DataType TimestampLtzOf(int32_t precision) {
    return {.kind = TypeKind::kTimestampLtz, .precision = precision};
  }
  static DataType Array(DataType element);
  static DataType Map(DataType key, DataType value);
  static DataType Multiset(DataType element);
  static DataType Row(std::vector<Field> fields);

  DataType NotNull() const;
  DataType Nullable() const;
  DataType WithNullable(bool value) const;
  DataType WithTimeAttribute(TimeAttribute attribute) const;
  const DataType& child(size_t i) const;  // the i-th child's type
  Physical physical() const;
  bool IsInteger() const;    // TINYINT .. BIGINT
  bool IsNumeric() const;    // integers, FLOAT, DOUBLE, DECIMAL
  bool IsString() const;     // CHAR, VARCHAR
  bool IsBinary() const;     // BINARY, VARBINARY
  bool IsTimestamp() const;  // TIMESTAMP, TIMESTAMP_LTZ

  // As Flink prints it: "INT NOT NULL", "VARCHAR(20)", "STRING", "TIMESTAMP(3) *ROWTIME*", "ROW<`a` INT, `b` STRING>".
  std::string ToString() const;
};

// A named column or row member.
struct Field {
  std::string name;
  DataType type;
  std::string comment;
};

// Same kind, parameters and children; nullability, names of row members and time attributes are compared too.
bool operator==(const DataType& a, const DataType& b);
bool operator==(const Field& a, const Field& b);
// As ==, but ignores nullability at every depth and time attributes.
bool SameTypeIgnoringNull(const DataType& a, const DataType& b);

struct Schema {
  std::vector<Field> fields;

  size_t size() const { return fields.size(); }
  // Index of the column with exactly this name, or nullopt.
  std::optional<size_t> Find(std::string_view name) const;
  std::string ToString() const;  // "(a INT, b STRING)"
};

// Kinds of change, in Flink's order of byte values.
enum class RowKind : uint8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };
std::string_view RowKindShortName(RowKind kind);  // "+I" "-U" "+U" "-D"

// The kinds of change an operator may emit or accept.
struct ChangelogMode {
  bool insert = true;
  bool update_before = false;
  bool update_after = false;
  bool remove = false;

  static constexpr ChangelogMode InsertOnly() { return {}; }
  static constexpr ChangelogMode Upsert() {
    return {true, false, true, true};
  }  // no -U; deletes may carry the key only
  static constexpr ChangelogMode All() { return {true, true, true, true}; }
  bool IsInsertOnly() const { return !update_before && !update_after && !remove; }
  bool operator==(const ChangelogMode&) const = default;
};

}  // namespace millrace
