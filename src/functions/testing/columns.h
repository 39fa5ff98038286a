#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "data/column_builder.h"
#include "functions/scalar_function.h"

namespace millrace::functions::testing {

inline ColumnPtr MakeColumn(const DataType& type, const std::vector<Value>& values) {
  ColumnBuilder builder(type);
  for (const Value& value : values) builder.AppendValue(value);
  return builder.Finish();
}

// Types, casts and runs a call as a job does; `literals[i]` (where given) is a constant known to the typing.
inline Result<ColumnPtr> Evaluate(std::string_view name, const std::vector<ColumnPtr>& columns, size_t count,
                                  const std::vector<std::optional<Value>>& literals = {},
                                  const KernelContext& context = {}) {
  const ScalarFunction* function = FindScalarFunction(name);
  if (function == nullptr) return InternalError("no function " + std::string(name));
  std::vector<Argument> arguments;
  for (size_t i = 0; i < columns.size(); ++i) {
    arguments.push_back({columns[i]->type(), i < literals.size() ? literals[i] : std::nullopt});
  }
  MR_ASSIGN(const CallTyping typing, function->infer(function->name, arguments));
  std::vector<ColumnPtr> cast;
  for (size_t i = 0; i < columns.size(); ++i) {
    const DataType type = typing.argument_types[i].WithNullable(columns[i]->type().nullable);
    MR_ASSIGN(ColumnPtr column, CastColumn(context, columns[i], type, false));
    cast.push_back(std::move(column));
  }
  return function->kernel(context, cast, typing.result, count);
}

// Random values of a type, a fifth of them NULL, edges more often than chance would have it.
class RandomColumns {
 public:
  explicit RandomColumns(uint32_t seed) : random_(seed) {}

  ColumnPtr Make(const DataType& type, size_t rows) {
    ColumnBuilder builder(type);
    for (size_t row = 0; row < rows; ++row) builder.AppendValue(MakeValue(type));
    return builder.Finish();
  }

  Value MakeValue(const DataType& type) {
    if (type.nullable && Below(5) == 0) return {};
    switch (type.kind) {
      case TypeKind::kBoolean: return Value(Below(2) == 0);
      case TypeKind::kTinyInt: return Value(Pick<int64_t>({0, 1, -1, 127, -128, Signed(100)}));
      case TypeKind::kSmallInt: return Value(Pick<int64_t>({0, 1, -1, 32767, -32768, Signed(1000)}));
      case TypeKind::kInt: return Value(Pick<int64_t>({0, 1, -1, INT32_MAX, INT32_MIN, Signed(10), Signed(100000)}));
      case TypeKind::kBigInt:
        return Value(Pick<int64_t>({0, 1, -1, INT64_MAX, INT64_MIN, Signed(10), Signed(1'000'000'000'000)}));
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        return Value(Pick<double>({0.0, -0.0, 1.5, -2.5, 1e10, -1e30, 0.001, static_cast<double>(Signed(1000)) / 8}));
      case TypeKind::kDecimal: return Value(MakeDecimal(type));
      case TypeKind::kDate: return Value(Pick<int64_t>({0, -1, 19782, 2932896, -719162, Signed(30000)}));
      case TypeKind::kTime: return Value(static_cast<int64_t>(Below(86'400)) * 1000);
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: return MakeTimestamp(type);
      case TypeKind::kIntervalDaySecond: return Value(Signed(200'000'000));
      case TypeKind::kIntervalYearMonth: return Value(Signed(30));
      case TypeKind::kArray: {
        ValueList list;
        for (size_t i = Below(4); i > 0; --i) list.push_back(MakeValue(type.child(0)));
        return Value(std::make_shared<const ValueList>(std::move(list)));
      }
      case TypeKind::kMap: {
        ValueList list;
        for (size_t i = Below(3); i > 0; --i) {
          list.push_back(Value(std::string(1, static_cast<char>('a' + i))));
          list.push_back(MakeValue(type.child(1)));
        }
        return Value(std::make_shared<const ValueList>(std::move(list)));
      }
      case TypeKind::kRow: {
        ValueList list;
        for (const Field& field : *type.children) list.push_back(MakeValue(field.type));
        return Value(std::make_shared<const ValueList>(std::move(list)));
      }
      default: return Value(MakeText());
    }
  }

  std::string MakeText() {
    static const std::vector<std::string> kTexts = {"",
                                                    " ",
                                                    "a",
                                                    "abc",
                                                    "Hello World",
                                                    "ünïcödé 日本",
                                                    "12",
                                                    "-7.5",
                                                    "1e3",
                                                    "2024-02-29",
                                                    "2024-02-29 12:34:56.789",
                                                    "12:34:56",
                                                    "a,b,,c",
                                                    "k=1,l=2",
                                                    "true",
                                                    "UTC",
                                                    "yyyy-MM-dd",
                                                    "{\"a\": [1, {\"b\": null}]}",
                                                    "$.a[0]",
                                                    "a%_b",
                                                    "(a|b)+",
                                                    "[",
                                                    "http://u@h:1/p?q=1#r",
                                                    "aGVsbG8=",
                                                    "\xff\xfe",
                                                    std::string("\0x", 2),
                                                    "a text of more than twelve bytes"};
    if (Below(3) != 0) return kTexts[Below(kTexts.size())];
    std::string out;
    for (size_t i = Below(20); i > 0; --i) out += static_cast<char>(32 + Below(96));
    return out;
  }

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  int64_t Signed(int64_t bound) { return std::uniform_int_distribution<int64_t>(-bound, bound)(random_); }

 private:
  template <typename T>
  T Pick(std::vector<T> values) {
    return values[Below(values.size())];
  }
  Int128 MakeDecimal(const DataType& type) {
    Int128 limit = 1;
    for (int32_t i = 0; i < type.precision; ++i) limit *= 10;
    if (Below(4) == 0) return Below(2) == 0 ? limit - 1 : 1 - limit;
    const Int128 value = static_cast<Int128>(Signed(INT64_MAX)) * (Below(2) == 0 ? 1 : Signed(1'000'000));
    return Below(2) == 0 ? Int128{Signed(200)} % limit : value % limit;
  }
  Value MakeTimestamp(const DataType& type) {
    const int64_t millis =
        Pick<int64_t>({0, -1, 1'709'210'096'789, 253'402'300'799'999, -62'135'596'800'000, Signed(4'000'000'000'000)});
    if (type.physical() == Physical::kTimestamp)
      return Value(Timestamp{millis, static_cast<int32_t>(Below(1000)) * 1000});
    return Value(type.precision == 0 ? millis / 1000 * 1000 : millis);
  }

  std::mt19937 random_;
};

}  // namespace millrace::functions::testing
