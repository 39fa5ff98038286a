#include "formats/csv/csv_decoder.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "data/value.h"
#include "formats/csv/csv_dialect.h"
#include "formats/record_loop.h"
#include "formats/text_values.h"

namespace millrace::formats {
namespace {

// Date.valueOf: yyyy-[M]M-[d]d.
std::optional<int32_t> ParseSqlDate(std::string_view text) {
  if (text.size() < 8 || text.size() > 10 || text[4] != '-') return std::nullopt;
  const size_t dash = text.find('-', 5);
  if (dash == std::string_view::npos || dash == 5 || dash > 7 || text.size() - dash < 2 || text.size() - dash > 3) {
    return std::nullopt;
  }
  std::string padded(text.substr(0, 5));
  if (dash == 6) padded.push_back('0');
  padded += text.substr(5, dash - 4);
  if (text.size() - dash == 2) padded.push_back('0');
  padded += text.substr(dash + 1);
  return ParseIsoDate(padded);
}

// Time.valueOf: [h]h:[m]m:[s]s.
std::optional<int32_t> ParseSqlTime(std::string_view text) {
  const std::vector<std::string> pieces = Split(text, ':');
  if (pieces.size() != 3) return std::nullopt;
  std::string padded;
  for (const std::string& piece : pieces) {
    if (piece.empty() || piece.size() > 2) return std::nullopt;
    if (!padded.empty()) padded.push_back(':');
    if (piece.size() == 1) padded.push_back('0');
    padded += piece;
  }
  const auto nanos = ParseIsoTime(padded, false);
  if (!nanos) return std::nullopt;
  return static_cast<int32_t>(*nanos / 1'000'000);
}

template <typename T>
bool AppendIf(const std::optional<T>& value, ColumnBuilder& builder) {
  if (value) builder.Append(*value);
  return value.has_value();
}

class CsvDecoder final : public connect::Decoder {
 public:
  CsvDecoder(std::vector<Field> fields, CsvDialect dialect, bool ignore_errors)
      : fields_(std::move(fields)), dialect_(std::move(dialect)), ignore_errors_(ignore_errors) {}

  Result<connect::DecodeResult> Decode(std::span<const connect::ByteView> messages,
                                       std::span<ColumnBuilder> columns) override {
    return DecodeEach(
        messages, [&](const connect::ByteView& message) { return DecodeMessage(message, columns); },
        [&](const connect::ByteView& message) {
          return UserError(fmt::format("Failed to deserialize CSV row '{}'. {}", message.view(), reason_));
        });
  }

 private:
  RecordOutcome DecodeMessage(const connect::ByteView& message, std::span<ColumnBuilder> columns) {
    if (message.is_null()) return RecordOutcome::kSkip;
    const RecordOutcome failure = ignore_errors_ ? RecordOutcome::kSkip : RecordOutcome::kError;
    switch (line_.Parse(message.view(), dialect_)) {
      case CsvLine::Outcome::kBlank: return RecordOutcome::kSkip;
      case CsvLine::Outcome::kError: reason_ = line_.reason(); return failure;
      case CsvLine::Outcome::kCells: break;
    }
    if (line_.size() > fields_.size() || (line_.size() < fields_.size() && !ignore_errors_)) {
      reason_ = fmt::format("Row length mismatch. {} fields expected but was {}.", fields_.size(), line_.size());
      return failure;
    }
    const size_t rows = columns.empty() ? 0 : columns[0].size();
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (AppendCell(i, columns[i])) continue;
      for (ColumnBuilder& column : columns) column.TruncateTo(rows);
      return failure;
    }
    return RecordOutcome::kRow;
  }

  bool AppendCell(size_t i, ColumnBuilder& builder) {
    if (i >= line_.size() || line_.is_null(i)) {
      builder.AppendNull();
      return true;
    }
    const DataType& type = fields_[i].type;
    const size_t rows = builder.size();
    const bool is_nested = type.kind == TypeKind::kArray || type.kind == TypeKind::kRow;
    if (is_nested ? AppendNested(line_.text(i), type, builder) : AppendSimple(line_.text(i), type, builder))
      return true;
    builder.TruncateTo(rows);
    if (ignore_errors_) {
      builder.AppendNull();
      return true;
    }
    if (reason_.empty()) {
      reason_ = fmt::format("Fail to deserialize at field: {}. '{}' is no {}.", fields_[i].name, line_.text(i),
                            type.Nullable().ToString());
    }
    return false;
  }

  bool AppendNested(std::string_view text, const DataType& type, ColumnBuilder& builder) {
    std::vector<std::string_view> pieces;
    for (size_t begin = 0; !text.empty() && begin <= text.size();) {
      const size_t end = std::min(text.find(dialect_.array_delimiter, begin), text.size());
      pieces.push_back(text.substr(begin, end - begin));
      begin = end + dialect_.array_delimiter.size();
    }
    const bool is_row = type.kind == TypeKind::kRow;
    if (is_row && pieces.size() != type.children->size()) return false;
    for (size_t i = 0; i < pieces.size(); ++i) {
      ColumnBuilder& child = builder.child(is_row ? i : 0);
      if (dialect_.null_literal && pieces[i] == *dialect_.null_literal) {
        child.AppendNull();
      } else if (!AppendSimple(pieces[i], type.child(is_row ? i : 0), child)) {
        if (!ignore_errors_) return false;
        child.AppendNull();
      }
    }
    is_row ? builder.EndStruct() : builder.EndList();
    return true;
  }

  bool AppendSimple(std::string_view text, const DataType& type, ColumnBuilder& builder) {
    reason_.clear();
    switch (type.kind) {
      case TypeKind::kBoolean: builder.Append<uint8_t>(EqualsIgnoreCase(Trim(text), "true") ? 1 : 0); return true;
      case TypeKind::kTinyInt: return AppendIf(ParseJavaInteger<int8_t>(Trim(text)), builder);
      case TypeKind::kSmallInt: return AppendIf(ParseJavaInteger<int16_t>(Trim(text)), builder);
      case TypeKind::kInt: return AppendIf(ParseJavaInteger<int32_t>(Trim(text)), builder);
      case TypeKind::kBigInt: return AppendIf(ParseJavaInteger<int64_t>(Trim(text)), builder);
      case TypeKind::kFloat: return AppendIf(ParseJavaFloat(Trim(text)), builder);
      case TypeKind::kDouble: return AppendIf(ParseJavaDouble(Trim(text)), builder);
      case TypeKind::kDecimal: {
        if (!IsJavaBigDecimal(Trim(text))) return false;
        const auto number = ParseDecimal(Trim(text), type.precision, type.scale);
        number ? builder.Append(*number) : builder.AppendNull();  // does not fit: NULL
        return true;
      }
      case TypeKind::kChar:
      case TypeKind::kVarChar: builder.AppendString(text); return true;
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: {
        const auto bytes = Base64Decode(text);
        if (bytes.ok()) builder.AppendString(*bytes);
        return bytes.ok();
      }
      case TypeKind::kDate: return AppendIf(ParseSqlDate(text), builder);
      case TypeKind::kTime: return AppendIf(ParseSqlTime(text), builder);
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: {
        const auto parsed = ParseTimestampText(text, TimestampStandard::kSql, type.kind == TypeKind::kTimestampLtz);
        if (!parsed) return false;
        const Timestamp value = TruncateToPrecision(*parsed, type.precision);
        type.precision <= 3 ? builder.Append(value.millis) : builder.Append(value);
        return true;
      }
      case TypeKind::kNull:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDaySecond:
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
      case TypeKind::kRow: break;
    }
    return false;
  }

  std::vector<Field> fields_;
  CsvDialect dialect_;
  bool ignore_errors_;
  CsvLine line_;
  std::string reason_;
};

}  // namespace

Result<std::unique_ptr<connect::Decoder>> MakeCsvDecoder(const connect::FormatContext& context) {
  MR_ASSIGN(CsvDialect dialect, CsvDialect::From(context.options));
  MR_TRY(CheckCsvFields(context.fields));
  return std::unique_ptr<connect::Decoder>(
      std::make_unique<CsvDecoder>(context.fields, std::move(dialect), context.options.GetBool("ignore-parse-errors")));
}

}  // namespace millrace::formats
