#include "server/gateway/result_json.h"

#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::server::gateway {
namespace {

using codec::Json;

std::string_view TypeRoot(TypeKind kind) {
  switch (kind) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kTinyInt: return "TINYINT";
    case TypeKind::kSmallInt: return "SMALLINT";
    case TypeKind::kInt: return "INTEGER";
    case TypeKind::kBigInt: return "BIGINT";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal: return "DECIMAL";
    case TypeKind::kChar: return "CHAR";
    case TypeKind::kVarChar: return "VARCHAR";
    case TypeKind::kBinary: return "BINARY";
    case TypeKind::kVarBinary: return "VARBINARY";
    case TypeKind::kDate: return "DATE";
    case TypeKind::kTime: return "TIME_WITHOUT_TIME_ZONE";
    case TypeKind::kTimestamp: return "TIMESTAMP_WITHOUT_TIME_ZONE";
    case TypeKind::kTimestampLtz: return "TIMESTAMP_WITH_LOCAL_TIME_ZONE";
    case TypeKind::kIntervalYearMonth: return "INTERVAL_YEAR_MONTH";
    case TypeKind::kIntervalDaySecond: return "INTERVAL_DAY_TIME";
    case TypeKind::kArray: return "ARRAY";
    case TypeKind::kMap: return "MAP";
    case TypeKind::kMultiset: return "MULTISET";
    case TypeKind::kRow: return "ROW";
  }
  return "";
}

Json RowMembers(const DataType& type) {
  Json fields = Json::MakeArray();
  for (const Field& field : *type.children) {
    Json one = Json::MakeObject();
    one.Set("name", field.name).Set("fieldType", LogicalTypeJson(field.type));
    if (!field.comment.empty()) one.Set("description", field.comment);
    fields.Append(std::move(one));
  }
  return fields;
}

std::string_view KindName(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert: return "INSERT";
    case RowKind::kUpdateBefore: return "UPDATE_BEFORE";
    case RowKind::kUpdateAfter: return "UPDATE_AFTER";
    case RowKind::kDelete: return "DELETE";
  }
  return "";
}

// java.time's ISO form: "1990-10-14T12:12:43.123", the fraction only as long as it has to be.
std::string IsoTimestamp(int64_t millis, int32_t nanos) {
  std::string text = FormatTimestamp(millis, nanos, 9);
  text[text.find(' ')] = 'T';
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string IsoTimestamp(const Value& value, const TimeZone* zone) {
  const auto* fine = std::get_if<Timestamp>(&value);
  const int64_t millis = fine != nullptr ? fine->millis : std::get<int64_t>(value);
  return IsoTimestamp(zone == nullptr ? millis : zone->ToLocalMillis(millis), fine != nullptr ? fine->nanos : 0);
}

class CellWriter {
 public:
  CellWriter(std::string& out, const RowStyle& style) : out_(out), style_(style) {}

  void Text(const Column& column, size_t row) {
    if (column.IsNull(row)) {
      out_ += "null";
    } else if (column.type().IsString()) {
      codec::AppendJsonString(out_, column.values<StringRef>()[row].view());
    } else if (column.type().IsBinary()) {
      codec::AppendJsonString(out_, fmt::format("x'{}'", HexEncode(column.values<StringRef>()[row].view())));
    } else if (!style_.query && column.type().kind == TypeKind::kTimestampLtz) {
      codec::AppendJsonString(out_, IsoTimestamp(ColumnValue(column, row), nullptr));
    } else {
      codec::AppendJsonString(out_, ValueToString(ColumnValue(column, row), column.type(), style_.zone));
    }
  }

  void JsonCell(const Column& column, size_t row) {
    if (column.type().IsString() && !column.IsNull(row)) {
      codec::AppendJsonString(out_, column.values<StringRef>()[row].view());
    } else {
      JsonValue(ColumnValue(column, row), column.type());
    }
  }

  void JsonValue(const Value& value, const DataType& type) {
    if (value.is_null()) {
      out_ += "null";
      return;
    }
    switch (type.kind) {
      case TypeKind::kNull: out_ += "null"; break;
      case TypeKind::kBoolean: out_ += std::get<bool>(value) ? "true" : "false"; break;
      case TypeKind::kTinyInt:
      case TypeKind::kSmallInt:
      case TypeKind::kInt:
      case TypeKind::kBigInt:
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDaySecond: out_ += fmt::format_int(std::get<int64_t>(value)).str(); break;
      case TypeKind::kFloat:
      case TypeKind::kDouble: Floating(value, type); break;
      case TypeKind::kDecimal: out_ += DecimalToString(std::get<Int128>(value), type.scale); break;
      case TypeKind::kChar:
      case TypeKind::kVarChar: codec::AppendJsonString(out_, std::get<std::string>(value)); break;
      case TypeKind::kBinary:
      case TypeKind::kVarBinary: codec::AppendJsonString(out_, Base64Encode(std::get<std::string>(value))); break;
      case TypeKind::kDate:
        codec::AppendJsonString(out_, FormatDate(static_cast<int32_t>(std::get<int64_t>(value))));
        break;
      case TypeKind::kTime:
        codec::AppendJsonString(out_, FormatTime(static_cast<int32_t>(std::get<int64_t>(value)), 0));
        break;
      case TypeKind::kTimestamp: codec::AppendJsonString(out_, IsoTimestamp(value, nullptr)); break;
      case TypeKind::kTimestampLtz: codec::AppendJsonString(out_, IsoTimestamp(value, style_.zone) + "Z"); break;
      case TypeKind::kArray:
      case TypeKind::kMap:
      case TypeKind::kMultiset:
      case TypeKind::kRow: Nested(*std::get<std::shared_ptr<const ValueList>>(value), type); break;
    }
  }

 private:
  void Floating(const Value& value, const DataType& type) {
    const double number = std::get<double>(value);
    const std::string text =
        type.kind == TypeKind::kFloat ? JavaFloatToString(static_cast<float>(number)) : JavaDoubleToString(number);
    if (std::isfinite(number)) {
      out_ += text;
    } else {
      codec::AppendJsonString(out_, text);
    }
  }

  void Nested(const ValueList& list, const DataType& type) {
    const bool is_array = type.kind == TypeKind::kArray;
    const size_t step = type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset ? 2 : 1;
    out_ += is_array ? '[' : '{';
    for (size_t i = 0; i + step <= list.size(); i += step) {
      if (i > 0) out_ += ',';
      if (!is_array) {
        codec::AppendJsonString(out_, step == 2 ? Key(list[i], type.child(0)) : (*type.children)[i].name);
        out_ += ':';
      }
      JsonValue(list[i + step - 1], type.child(is_array ? 0 : step == 2 ? 1 : i));
    }
    out_ += is_array ? ']' : '}';
  }

  std::string Key(const Value& key, const DataType& type) const {
    return key.is_null() ? "null" : ValueToString(key, type, style_.zone);
  }

  std::string& out_;
  const RowStyle& style_;
};

}  // namespace

Json LogicalTypeJson(const DataType& type) {
  Json out = Json::MakeObject();
  out.Set("type", TypeRoot(type.kind));
  if (type.kind == TypeKind::kNull) return out;
  out.Set("nullable", type.nullable);
  switch (type.kind) {
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: out.Set("length", int64_t{type.precision}); break;
    case TypeKind::kDecimal: out.Set("precision", int64_t{type.precision}).Set("scale", int64_t{type.scale}); break;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: out.Set("precision", int64_t{type.precision}); break;
    case TypeKind::kIntervalYearMonth: out.Set("precision", 2).Set("resolution", "MONTH"); break;
    case TypeKind::kIntervalDaySecond:
      out.Set("precision", 2).Set("fractionalPrecision", 3).Set("resolution", "SECOND");
      break;
    case TypeKind::kArray:
    case TypeKind::kMultiset: out.Set("elementType", LogicalTypeJson(type.child(0))); break;
    case TypeKind::kMap:
      out.Set("keyType", LogicalTypeJson(type.child(0))).Set("valueType", LogicalTypeJson(type.child(1)));
      break;
    case TypeKind::kRow: out.Set("fields", RowMembers(type)); break;
    case TypeKind::kNull:
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDate: break;
  }
  return out;
}

void AppendRows(std::string& out, const Batch& batch, const Schema& schema, const RowStyle& style) {
  CellWriter writer(out, style);
  for (size_t row = 0; row < batch.num_rows; ++row) {
    out += row == 0 ? R"({"kind":")" : R"(,{"kind":")";
    out += KindName(batch.kind(row));
    out += R"(","fields":[)";
    for (size_t i = 0; i < schema.size(); ++i) {
      if (i > 0) out += ',';
      if (style.format == RowFormat::kJson) {
        writer.JsonCell(*batch.columns[i], row);
      } else {
        writer.Text(*batch.columns[i], row);
      }
    }
    out += "]}";
  }
}

void AppendJsonCell(std::string& out, const Value& value, const DataType& type, const TimeZone* zone) {
  CellWriter(out, {.zone = zone}).JsonValue(value, type);
}

}  // namespace millrace::server::gateway
