#include "formats/json/json_encoder.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/json.h"
#include "data/value.h"
#include "formats/json/json_text.h"
#include "formats/text_values.h"

namespace millrace::formats {
namespace {

enum class NullKeyMode : uint8_t { kFail, kDrop, kLiteral };

class JsonEncoder final : public connect::Encoder {
 public:
  explicit JsonEncoder(const connect::FormatContext& context)
      : standard_(context.options.GetEnum("timestamp-format.standard") == "iso-8601" ? TimestampStandard::kIso8601
                                                                                     : TimestampStandard::kSql),
        plain_decimals_(context.options.GetBool("encode.decimal-as-plain-number")),
        ignore_nulls_(context.options.GetBool("encode.ignore-null-fields")),
        null_key_literal_(context.options.GetString("map-null-key.literal")) {
    const std::string mode = context.options.GetEnum("map-null-key.mode");
    null_key_mode_ = mode == "drop"      ? NullKeyMode::kDrop
                     : mode == "literal" ? NullKeyMode::kLiteral
                                         : NullKeyMode::kFail;
    for (const Field& field : context.fields) names_.push_back(QuotedName(field.name));
  }

  Status Encode(const Batch& batch, std::string& out, std::vector<size_t>& ends) override {
    for (size_t row = 0; row < batch.num_rows; ++row) {
      const size_t begin = out.size();
      if (Status status = AppendObject(names_, batch.columns, row, out); !status.ok()) {
        out.resize(begin);
        return status;
      }
      ends.push_back(out.size());
    }
    return Ok();
  }

 private:
  // "name": with its quotes and colon.
  static std::string QuotedName(const std::string& name) {
    std::string quoted;
    codec::AppendJsonString(quoted, name);
    quoted.push_back(':');
    return quoted;
  }

  Status AppendObject(const std::vector<std::string>& names, std::span<const ColumnPtr> columns, size_t row,
                      std::string& out) {
    out.push_back('{');
    bool first = true;
    for (size_t i = 0; i < columns.size(); ++i) {
      const Column& column = *columns[i];
      const bool is_null = column.IsNull(row);
      if (is_null && ignore_nulls_) continue;
      if (!first) out.push_back(',');
      first = false;
      out += names[i];
      if (is_null) {
        out += "null";
      } else {
        MR_TRY(AppendValue(column, row, out));
      }
    }
    out.push_back('}');
    return Ok();
  }

  template <typename T>
  void AppendInteger(T value, std::string& out) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, static_cast<int64_t>(value)).ptr;
    out.append(buffer, end);
  }

  // Jackson quotes NaN and the infinities.
  void AppendReal(std::string text, bool finite, std::string& out) {
    if (!finite) out.push_back('"');
    out += text;
    if (!finite) out.push_back('"');
  }

  Status AppendValue(const Column& column, size_t row, std::string& out) {
    const DataType& type = column.type();
    switch (type.kind) {
      case TypeKind::kNull: out += "null"; break;
      case TypeKind::kBoolean: out += column.values<uint8_t>()[row] != 0 ? "true" : "false"; break;
      case TypeKind::kTinyInt: AppendInteger(column.values<int8_t>()[row], out); break;
      case TypeKind::kSmallInt: AppendInteger(column.values<int16_t>()[row], out); break;
      case TypeKind::kInt:
      case TypeKind::kIntervalYearMonth: AppendInteger(column.values<int32_t>()[row], out); break;
      case TypeKind::kBigInt:
      case TypeKind::kIntervalDaySecond: AppendInteger(column.values<int64_t>()[row], out); break;
      case TypeKind::kFloat: {
        const float value = column.values<float>()[row];
        AppendReal(JavaFloatToString(value), std::isfinite(value), out);
        break;
      }
      case TypeKind::kDouble: {
        const double value = column.values<double>()[row];
        AppendReal(JavaDoubleToString(value), std::isfinite(value), out);
        break;
      }
      case TypeKind::kDecimal:
        AppendStrippedDecimal(out, column.values<Int128>()[row], type.scale, plain_decimals_);
        break;
      case TypeKind::kChar:
      case TypeKind::kVarChar: codec::AppendJsonString(out, column.values<StringRef>()[row].view()); break;
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: out += '"' + Base64Encode(column.values<StringRef>()[row].view()) + '"'; break;
      case TypeKind::kDate:
      case TypeKind::kTime:
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: AppendTime(column, row, out); break;
      case TypeKind::kArray: return AppendArray(column, row, out);
      case TypeKind::kMap:
      case TypeKind::kMultiset: return AppendMap(column, row, out);
      case TypeKind::kRow: return AppendRow(column, row, out);
    }
    return Ok();
  }

  void AppendTime(const Column& column, size_t row, std::string& out) {
    const DataType& type = column.type();
    out.push_back('"');
    if (type.kind == TypeKind::kDate) {
      AppendIsoDate(out, column.values<int32_t>()[row]);
    } else if (type.kind == TypeKind::kTime) {
      AppendIsoTime(out, column.values<int32_t>()[row]);
    } else {
      const Timestamp value =
          type.precision <= 3 ? Timestamp{column.values<int64_t>()[row], 0} : column.values<Timestamp>()[row];
      AppendTimestampText(out, value, standard_, type.kind == TypeKind::kTimestampLtz);
    }
    out.push_back('"');
  }

  Status AppendArray(const Column& column, size_t row, std::string& out) {
    const Column& elements = *column.child(0);
    const auto begin = static_cast<size_t>(column.offsets()[row]);
    const auto end = static_cast<size_t>(column.offsets()[row + 1]);
    out.push_back('[');
    for (size_t i = begin; i < end; ++i) {
      if (i != begin) out.push_back(',');
      if (elements.IsNull(i)) {
        out += "null";
      } else {
        MR_TRY(AppendValue(elements, i, out));
      }
    }
    out.push_back(']');
    return Ok();
  }

  Status AppendMap(const Column& column, size_t row, std::string& out) {
    const Column& keys = *column.child(0);
    const Column& values = *column.child(1);
    bool first = true;
    out.push_back('{');
    for (auto i = static_cast<size_t>(column.offsets()[row]); i < static_cast<size_t>(column.offsets()[row + 1]); ++i) {
      std::string_view key = null_key_literal_;
      if (!keys.IsNull(i)) {
        key = keys.values<StringRef>()[i].view();
      } else if (null_key_mode_ == NullKeyMode::kDrop) {
        continue;
      } else if (null_key_mode_ == NullKeyMode::kFail) {
        return UserError("JSON format doesn't support to serialize map data with null keys.")
            .WithHint("Set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'.");
      }
      if (!first) out.push_back(',');
      first = false;
      codec::AppendJsonString(out, key);
      out.push_back(':');
      if (values.IsNull(i)) {
        out += "null";
      } else {
        MR_TRY(AppendValue(values, i, out));
      }
    }
    out.push_back('}');
    return Ok();
  }

  Status AppendRow(const Column& column, size_t row, std::string& out) {
    std::vector<std::string> names;
    for (const Field& field : *column.type().children) names.push_back(QuotedName(field.name));
    return AppendObject(names, column.parts().children, row, out);
  }

  std::vector<std::string> names_;
  TimestampStandard standard_;
  bool plain_decimals_;
  bool ignore_nulls_;
  NullKeyMode null_key_mode_ = NullKeyMode::kFail;
  std::string null_key_literal_;
};

Status CheckWritable(const DataType& type) {
  if ((type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset) && !type.child(0).IsString()) {
    return ValidationError(
        fmt::format("JSON format doesn't support non-string as key type of map. The type is: {}", type.ToString()));
  }
  if (type.children != nullptr) {
    for (const Field& child : *type.children) MR_TRY(CheckWritable(child.type));
  }
  return Ok();
}

}  // namespace

Result<std::unique_ptr<connect::Encoder>> MakeJsonEncoder(const connect::FormatContext& context) {
  for (const Field& field : context.fields) MR_TRY(CheckWritable(field.type));
  return std::unique_ptr<connect::Encoder>(std::make_unique<JsonEncoder>(context));
}

}  // namespace millrace::formats
