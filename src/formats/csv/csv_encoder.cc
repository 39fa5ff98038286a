#include "formats/csv/csv_encoder.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "data/value.h"
#include "formats/csv/csv_dialect.h"
#include "formats/text_values.h"

namespace millrace::formats {
namespace {

constexpr size_t kMaxQuoteCheck = 24;  // characters; longer text is quoted unseen

class CsvEncoder final : public connect::Encoder {
 public:
  CsvEncoder(CsvDialect dialect, bool scientific_decimals)
      : dialect_(std::move(dialect)), plain_decimals_(!scientific_decimals) {
    // Line ends are below every printable delimiter, except that a tab-separated line has only them.
    lowest_safe_ =
        std::max({static_cast<unsigned char>(dialect_.delimiter),
                  static_cast<unsigned char>(dialect_.quote.value_or('\0')), static_cast<unsigned char>('\r')}) +
        1;
  }

  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      for (size_t i = 0; i < batch.columns.size(); ++i) {
        if (i != 0) out.push_back(dialect_.delimiter);
        AppendCell(*batch.columns[i], row, out);
      }
      ends.push_back(out.size());
    }
    return Ok();
  }

 private:
  void AppendCell(const Column& column, size_t row, std::string& out) {
    if (column.IsNull(row)) {
      if (dialect_.null_literal) out += *dialect_.null_literal;
      return;
    }
    const DataType& type = column.type();
    if (type.kind == TypeKind::kArray || type.kind == TypeKind::kRow) {
      scratch_.clear();
      AppendNested(column, row, scratch_);
      AppendText(scratch_, out);
      return;
    }
    const bool is_text = type.IsString() || type.IsBinary() || type.IsTimestamp() || type.kind == TypeKind::kDate ||
                         type.kind == TypeKind::kTime;
    if (!is_text) {
      AppendPlain(column, row, out);
      return;
    }
    scratch_.clear();
    AppendPlain(column, row, scratch_);
    AppendText(scratch_, out);
  }

  void AppendNested(const Column& column, size_t row, std::string& out) {
    const bool is_row = column.type().kind == TypeKind::kRow;
    const size_t begin = is_row ? 0 : static_cast<size_t>(column.offsets()[row]);
    const size_t end = is_row ? column.num_children() : static_cast<size_t>(column.offsets()[row + 1]);
    for (size_t i = begin; i < end; ++i) {
      if (i != begin) out += dialect_.array_delimiter;
      const Column& child = *column.child(is_row ? i : 0);
      const size_t child_row = is_row ? row : i;
      if (!child.IsNull(child_row)) {
        AppendPlain(child, child_row, out);
      } else if (dialect_.null_literal) {
        out += *dialect_.null_literal;
      }
    }
  }

  void AppendPlain(const Column& column, size_t row, std::string& out) {
    const DataType& type = column.type();
    const auto integer = [&out](int64_t value) {
      char buffer[24];
      out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    };
    switch (type.kind) {
      case TypeKind::kBoolean: out += column.values<uint8_t>()[row] != 0 ? "true" : "false"; break;
      case TypeKind::kTinyInt: integer(column.values<int8_t>()[row]); break;
      case TypeKind::kSmallInt: integer(column.values<int16_t>()[row]); break;
      case TypeKind::kInt: integer(column.values<int32_t>()[row]); break;
      case TypeKind::kBigInt: integer(column.values<int64_t>()[row]); break;
      case TypeKind::kFloat: out += JavaFloatToString(column.values<float>()[row]); break;
      case TypeKind::kDouble: out += JavaDoubleToString(column.values<double>()[row]); break;
      case TypeKind::kDecimal:
        AppendStrippedDecimal(out, column.values<Int128>()[row], type.scale, plain_decimals_);
        break;
      case TypeKind::kChar:
      case TypeKind::kVarChar: out += column.values<StringRef>()[row].view(); break;
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: out += Base64Encode(column.values<StringRef>()[row].view()); break;
      case TypeKind::kDate: AppendIsoDate(out, column.values<int32_t>()[row]); break;
      case TypeKind::kTime: AppendIsoTime(out, column.values<int32_t>()[row]); break;
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: {
        const Timestamp value =
            type.precision <= 3 ? Timestamp{column.values<int64_t>()[row], 0} : column.values<Timestamp>()[row];
        AppendTimestampText(out, value, TimestampStandard::kSql, type.kind == TypeKind::kTimestampLtz);
        break;
      }
      case TypeKind::kNull:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDaySecond:
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
      case TypeKind::kRow: break;  // refused at creation
    }
  }

  bool NeedsQuotes(std::string_view text) const {
    size_t characters = 0;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < lowest_safe_ || dialect_.escape == c) return true;
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++characters > kMaxQuoteCheck) return true;
    }
    return false;
  }

  void AppendText(std::string_view text, std::string& out) {
    if (!dialect_.quote || !NeedsQuotes(text)) {
      out += text;
      return;
    }
    out.push_back(*dialect_.quote);
    for (const char c : text) {
      if (c == *dialect_.quote || dialect_.escape == c) out.push_back(c);
      out.push_back(c);
    }
    out.push_back(*dialect_.quote);
  }

  CsvDialect dialect_;
  bool plain_decimals_;
  unsigned lowest_safe_ = 0;
  std::string scratch_;
};

}  // namespace

Result<std::unique_ptr<connect::Encoder>> MakeCsvEncoder(const connect::FormatContext& context) {
  MR_ASSIGN(CsvDialect dialect, CsvDialect::From(context.options));
  MR_TRY(CheckCsvFields(context.fields));
  return std::unique_ptr<connect::Encoder>(std::make_unique<CsvEncoder>(
      std::move(dialect), context.options.GetBool("write-bigdecimal-in-scientific-notation")));
}

}  // namespace millrace::formats
