// What holds for every function: a batch gives what its rows give one by one, whatever the types, NULLs, the size of
// the batch and the place of its columns in larger ones.
#include <gtest/gtest.h>

#include "functions/testing/columns.h"

namespace millrace::functions {
namespace {

using testing::Evaluate;
using testing::MakeColumn;
using testing::RandomColumns;

std::vector<DataType> SomeTypes() {
  return {DataType::Of(TypeKind::kBoolean),
          DataType::Of(TypeKind::kTinyInt),
          DataType::Of(TypeKind::kInt),
          DataType::Of(TypeKind::kBigInt),
          DataType::Of(TypeKind::kFloat),
          DataType::Of(TypeKind::kDouble),
          DataType::Decimal(10, 3),
          DataType::Decimal(38, 10),
          DataType::String(),
          DataType::Bytes(),
          DataType::Of(TypeKind::kDate),
          DataType{.kind = TypeKind::kTime},
          DataType::TimestampOf(3),
          DataType::TimestampOf(6),
          DataType::TimestampLtzOf(3),
          DataType::Of(TypeKind::kIntervalDaySecond),
          DataType::Of(TypeKind::kIntervalYearMonth),
          DataType::Array(DataType::Of(TypeKind::kInt)),
          DataType::Array(DataType::String()),
          DataType::Map(DataType::String().NotNull(), DataType::Of(TypeKind::kInt)),
          DataType::Row({{"a", DataType::Of(TypeKind::kInt), ""}, {"b", DataType::String(), ""}})};
}

// One way to call a function: the types of its arguments; a text where an argument has to be a known constant.
struct Call {
  std::vector<DataType> types;
  std::vector<std::optional<Value>> literals;
};

bool Accepts(const ScalarFunction& function, const Call& call) {
  std::vector<Argument> arguments;
  for (size_t i = 0; i < call.types.size(); ++i) arguments.push_back({call.types[i], call.literals[i]});
  return function.infer(function.name, arguments).ok();
}

// Up to `limit` calls that the function takes, of at most four arguments.
std::vector<Call> CallsOf(const ScalarFunction& function, RandomColumns& random, size_t limit) {
  const std::vector<DataType> types = SomeTypes();
  std::vector<Call> out;
  if (Accepts(function, {})) out.push_back({});
  for (size_t tries = 0; (tries < 3000 || out.empty()) && tries < 60'000 && out.size() < limit; ++tries) {
    Call call;
    const DataType& main_type = types[random.Below(types.size())];
    for (size_t i = 1 + random.Below(4); i > 0; --i) {
      const size_t kind = random.Below(5);
      const DataType type = kind == 0   ? DataType::String()
                            : kind == 1 ? DataType::Of(TypeKind::kInt)
                            : kind == 2 ? types[random.Below(types.size())]
                                        : main_type;
      call.types.push_back(type);
      call.literals.emplace_back();
    }
    // Units of time, clauses and digits of rounding are constants.
    const size_t at = random.Below(call.types.size());
    if (random.Below(2) == 0 && call.types[at].IsString()) {
      static constexpr std::string_view kWords[] = {"DAY", "HOUR", "MONTH", "YEAR", "NULL", "STRING", "ERROR"};
      call.literals[at] = Value(std::string(kWords[random.Below(std::size(kWords))]));
    } else if (random.Below(4) == 0 && call.types[at].kind == TypeKind::kInt) {
      call.literals[at] = Value(random.Signed(4));
    }
    if (Accepts(function, call)) out.push_back(std::move(call));
  }
  return out;
}

std::string Describe(const ScalarFunction& function, const Call& call) {
  std::string out(function.name);
  for (const DataType& type : call.types) out += " " + type.ToString();
  return out;
}

// Texts that stand under a constant's name in every row.
ColumnPtr ArgumentColumn(const Call& call, size_t i, RandomColumns& random, size_t rows) {
  if (call.literals[i]) return MakeColumn(call.types[i], std::vector<Value>(rows, *call.literals[i]));
  return random.Make(call.types[i], rows);
}

std::string TextAt(const Column& column, size_t row) {
  return column.IsNull(row) ? "NULL" : ValueToString(ColumnValue(column, row), column.type());
}

// Columns of the given rows, cut out of larger ones.
std::vector<ColumnPtr> Cut(const std::vector<ColumnPtr>& columns, size_t begin, size_t count) {
  std::vector<ColumnPtr> out;
  for (const ColumnPtr& column : columns) out.push_back(column->Slice(begin, count));
  return out;
}

class Kernels : public ::testing::TestWithParam<const ScalarFunction*> {};

TEST_P(Kernels, BatchesGiveWhatTheirRowsGive) {
  const ScalarFunction& function = *GetParam();
  // These differ from call to call: only that they can be called is checked.
  const bool repeatable = function.deterministic || function.name.starts_with("UNIX");
  RandomColumns random(7);
  const std::vector<Call> calls = CallsOf(function, random, 12);
  ASSERT_FALSE(calls.empty()) << function.name << ": no call found";
  constexpr size_t kRows = 70;  // more than one word of validity
  for (const Call& call : calls) {
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i < call.types.size(); ++i) columns.push_back(ArgumentColumn(call, i, random, kRows));
    if (!repeatable) {
      const auto result = Evaluate(function.name, columns, kRows, call.literals);
      if (result.ok()) ASSERT_EQ((*result)->size(), kRows) << Describe(function, call);
      continue;
    }
    const auto batch = Evaluate(function.name, columns, kRows, call.literals);
    const auto half = Evaluate(function.name, Cut(columns, 35, 35), 35, call.literals);
    bool failed = false;
    for (size_t row = 0; row < kRows; ++row) {
      const auto one = Evaluate(function.name, Cut(columns, row, 1), 1, call.literals);
      if (!one.ok()) {
        failed = true;
        ASSERT_FALSE(batch.ok()) << Describe(function, call) << ": only row " << row
                                 << " failed: " << one.error().message;
        continue;
      }
      ASSERT_EQ((*one)->size(), 1u);
      if (!batch.ok()) continue;
      const std::string text = TextAt(**one, 0);
      ASSERT_EQ(TextAt(**batch, row), text) << Describe(function, call) << " row " << row;
      if (row >= 35) ASSERT_EQ(TextAt(**half, row - 35), text) << Describe(function, call) << " row " << row;
    }
    ASSERT_EQ(batch.ok(), !failed) << Describe(function, call) << ": " << (batch.ok() ? "" : batch.error().message);
    if (!batch.ok()) continue;
    EXPECT_EQ((*batch)->size(), kRows);
    EXPECT_TRUE(Evaluate(function.name, Cut(columns, 0, 0), 0, call.literals).ok()) << Describe(function, call);
  }
}

// A result that is typed NOT NULL for arguments that are has no NULL, but where a value does not fit its type.
TEST_P(Kernels, ValuesUnderNullsAreZero) {
  const ScalarFunction& function = *GetParam();
  RandomColumns random(11);
  for (const Call& call : CallsOf(function, random, 4)) {
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i < call.types.size(); ++i) columns.push_back(ArgumentColumn(call, i, random, 20));
    const auto result = Evaluate(function.name, columns, 20, call.literals);
    if (!result.ok()) continue;
    const size_t width = PhysicalWidth((*result)->type().physical());
    for (size_t row = 0; row < 20 && width > 0; ++row) {
      if (!(*result)->IsNull(row)) continue;
      const auto* bytes = static_cast<const char*>((*result)->parts().values.get()) + row * width;
      for (size_t i = 0; i < width; ++i) ASSERT_EQ(bytes[i], 0) << Describe(function, call) << " row " << row;
    }
  }
}

std::string TestName(const ::testing::TestParamInfo<const ScalarFunction*>& info) {
  std::string out;
  for (const char c : info.param->name) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c)
           : c == ' ' || c == '_'                           ? ""
                                                            : "x" + std::to_string(static_cast<int>(c));
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, Kernels, ::testing::ValuesIn(AllScalarFunctions()), TestName);

}  // namespace
}  // namespace millrace::functions
