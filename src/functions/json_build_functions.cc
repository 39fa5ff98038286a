// JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_QUOTE, JSON_UNQUOTE: JSON from values. The first argument of JSON_OBJECT
// and JSON_ARRAY says what to do with NULL ('NULL' or 'ABSENT') and, after a colon, with a letter for each value
// whether it is JSON already: `j` (the call of another JSON_OBJECT or JSON_ARRAY), else `v`.
#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "codec/json.h"
#include "functions/function_tables.h"
#include "functions/json_node.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;

bool HasJson(const DataType& type) {
  switch (type.kind) {
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kMultiset: return false;
    case TypeKind::kArray: return HasJson(type.child(0));
    case TypeKind::kMap: return type.child(0).IsString() && HasJson(type.child(1));
    case TypeKind::kRow:
      return std::all_of(type.children->begin(), type.children->end(), [](const Field& f) { return HasJson(f.type); });
    default: return true;
  }
}

Status CheckValue(const DataType& type) {
  if (HasJson(type)) return Ok();
  return ValidationError(fmt::format("Type '{}' is not scalar or cannot be converted into JSON.", type.ToString()))
      .WithHint("CAST the value to STRING. The keys of a map have to be strings.");
}

// As java.math.BigDecimal prints it without zeros at the end: 1.5, 1E+2, 1E-8.
void AppendDecimal(Int128 value, int32_t scale, std::string& out) {
  while (value != 0 && value % 10 == 0) {
    value /= 10;
    --scale;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  std::string digits = DecimalToString(value < 0 ? -value : value, 0);
  const int32_t exponent = static_cast<int32_t>(digits.size()) - 1 - scale;
  if (scale >= 0 && exponent >= -6) {
    out += DecimalToString(value, scale);
    return;
  }
  if (value < 0) out += '-';
  if (digits.size() > 1) digits.insert(1, ".");
  out += fmt::format("{}E{:+}", digits, exponent);
}

// ISO-8601 without zeros at the end of the fraction.
void AppendMoment(const Timestamp& value, bool utc, std::string& out) {
  std::string text = FormatTimestamp(value.millis, value.nanos, 9);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  const size_t blank = text.find(' ');
  if (blank != std::string::npos) text[blank] = 'T';
  out += '"' + text + (utc ? "Z\"" : "\"");
}

void AppendValue(const Column& column, size_t row, std::string& out);

// Members in the order of their names.
void AppendMembers(std::vector<std::pair<std::string, std::string>> members, std::string& out) {
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  bool first = true;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i + 1].first == members[i].first) continue;  // the last of a name counts
    if (!first) out += ',';
    first = false;
    codec::AppendJsonString(out, members[i].first);
    out += ':';
    out += members[i].second;
  }
  out += '}';
}

std::string ValueText(const Column& column, size_t row) {
  std::string out;
  AppendValue(column, row, out);
  return out;
}

void AppendNested(const Column& column, size_t row, std::string& out) {
  std::vector<std::pair<std::string, std::string>> members;
  if (column.type().kind == TypeKind::kRow) {
    const std::vector<Field>& fields = *column.type().children;
    for (size_t i = 0; i < fields.size(); ++i) members.emplace_back(fields[i].name, ValueText(*column.child(i), row));
    return AppendMembers(std::move(members), out);
  }
  const auto begin = static_cast<size_t>(column.offsets()[row]);
  const auto end = static_cast<size_t>(column.offsets()[row + 1]);
  if (column.type().kind == TypeKind::kMap) {
    for (size_t at = begin; at < end; ++at) {
      members.emplace_back(column.child(0)->values<StringRef>()[at].view(), ValueText(*column.child(1), at));
    }
    return AppendMembers(std::move(members), out);
  }
  out += '[';
  for (size_t at = begin; at < end; ++at) {
    if (at > begin) out += ',';
    AppendValue(*column.child(0), at, out);
  }
  out += ']';
}

void AppendValue(const Column& column, size_t row, std::string& out) {
  if (column.IsNull(row)) {
    out += "null";
    return;
  }
  switch (column.type().kind) {
    case TypeKind::kBoolean: out += column.values<uint8_t>()[row] != 0 ? "true" : "false"; return;
    case TypeKind::kTinyInt: out += std::to_string(column.values<int8_t>()[row]); return;
    case TypeKind::kSmallInt: out += std::to_string(column.values<int16_t>()[row]); return;
    case TypeKind::kInt: out += std::to_string(column.values<int32_t>()[row]); return;
    case TypeKind::kBigInt: out += std::to_string(column.values<int64_t>()[row]); return;
    case TypeKind::kFloat: out += JavaFloatToString(column.values<float>()[row]); return;
    case TypeKind::kDouble: out += JavaDoubleToString(column.values<double>()[row]); return;
    case TypeKind::kDecimal: return AppendDecimal(column.values<Int128>()[row], column.type().scale, out);
    case TypeKind::kChar:
    case TypeKind::kVarChar: return codec::AppendJsonString(out, column.values<StringRef>()[row].view());
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: out += '"' + Base64Encode(column.values<StringRef>()[row].view()) + '"'; return;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      const bool wide = column.type().physical() == Physical::kTimestamp;
      const Timestamp value = wide ? column.values<Timestamp>()[row] : Timestamp{column.values<int64_t>()[row], 0};
      return AppendMoment(value, column.type().kind == TypeKind::kTimestampLtz, out);
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kRow: return AppendNested(column, row, out);
    case TypeKind::kNull:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kMultiset: break;  // refused by CheckValue
  }
  out += "null";
}

DataType ValueType(const DataType& type) { return IsNullType(type) ? DataType::String() : type; }

Result<CallTyping> InferJsonObject(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() % 2 != 1) return WrongCount(name, 2);
  if (!arguments[0].type.IsString()) return CannotApply(name, arguments);
  CallTyping typing{{arguments[0].type}, DataType::String().NotNull()};
  for (size_t i = 1; i < arguments.size(); i += 2) {
    if (!arguments[i].type.IsString()) {
      return ValidationError("JSON_OBJECT: a key has to be a string.").WithHint("JSON_OBJECT('key' VALUE value, ..)");
    }
    MR_TRY(CheckValue(arguments[i + 1].type));
    typing.argument_types.push_back(arguments[i].type);
    typing.argument_types.push_back(ValueType(arguments[i + 1].type));
  }
  return typing;
}

Result<CallTyping> InferJsonArray(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  if (!arguments[0].type.IsString()) return CannotApply(name, arguments);
  CallTyping typing{{arguments[0].type}, DataType::String().NotNull()};
  for (const Argument& argument : arguments.subspan(1)) {
    MR_TRY(CheckValue(argument.type));
    typing.argument_types.push_back(ValueType(argument.type));
  }
  return typing;
}

// The first argument, "NULL:vj".
struct Clauses {
  bool absent;
  Text letters;
  bool IsJson(size_t value) const { return value < letters.size() && letters[value] == 'j'; }
};

Clauses ReadClauses(const Column& column, size_t row) {
  const Text text = column.values<StringRef>()[row].view();
  const size_t colon = text.find(':');
  return {text.starts_with("ABSENT"), colon == Text::npos ? Text() : text.substr(colon + 1)};
}

void AppendPart(const Column& column, size_t row, bool json, std::string& out) {
  if (json && !column.IsNull(row) && column.type().IsString()) {
    out += column.values<StringRef>()[row].view();
  } else {
    AppendValue(column, row, out);
  }
}

Result<ColumnPtr> JsonObject(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                             size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    const Clauses clauses = ReadClauses(*arguments[0], row);
    std::vector<std::pair<std::string, std::string>> members;
    for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
      if (arguments[i]->IsNull(row)) return UserError("JSON_OBJECT: a key is NULL.");
      if (clauses.absent && arguments[i + 1]->IsNull(row)) continue;
      std::string value;
      AppendPart(*arguments[i + 1], row, clauses.IsJson(i / 2), value);
      members.emplace_back(arguments[i]->values<StringRef>()[row].view(), std::move(value));
    }
    text.clear();
    AppendMembers(std::move(members), text);
    builder.AppendString(text);
  }
  return builder.Finish();
}

Result<ColumnPtr> JsonArray(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                            size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    const Clauses clauses = ReadClauses(*arguments[0], row);
    text = "[";
    for (size_t i = 1; i < arguments.size(); ++i) {
      if (clauses.absent && arguments[i]->IsNull(row)) continue;
      if (text.size() > 1) text += ',';
      AppendPart(*arguments[i], row, clauses.IsJson(i - 1), text);
    }
    text += ']';
    builder.AppendString(text);
  }
  return builder.Finish();
}

Result<CallTyping> InferJsonString(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  MR_TRY(CheckValue(arguments[0].type));
  return CallTyping{{ValueType(arguments[0].type)}, DataType::String().WithNullable(arguments[0].type.nullable)};
}

Result<ColumnPtr> JsonString(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                             size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    if (arguments[0]->IsNull(row)) {
      builder.AppendNull();
      continue;
    }
    text.clear();
    AppendValue(*arguments[0], row, text);
    builder.AppendString(text);
  }
  return builder.Finish();
}

void JsonQuote(Text text, std::string& out) { codec::AppendJsonString(out, text); }

// Text that is no JSON string stays as it is.
void JsonUnquote(Text text, std::string& out) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  const auto node = quoted ? ParseJson(text) : std::nullopt;
  out = node && node->kind == JsonNode::Kind::kString ? node->text : std::string(text);
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "JSON_OBJECT",
     .signature = "JSON_OBJECT([[KEY] key VALUE value, ..] [NULL | ABSENT ON NULL])",
     .doc = "A JSON object, its members in the order of their names. NULL becomes null unless ABSENT ON NULL.",
     .example = "JSON_OBJECT('a' VALUE 1) -> {\"a\":1}",
     .infer = &InferJsonObject,
     .kernel = &JsonObject},
    {.name = "JSON_ARRAY",
     .signature = "JSON_ARRAY([value, ..] [NULL | ABSENT ON NULL])",
     .doc = "A JSON array. NULLs are left out unless NULL ON NULL.",
     .example = "JSON_ARRAY(1, 'x') -> [1,\"x\"]",
     .infer = &InferJsonArray,
     .kernel = &JsonArray},
    {.name = "JSON_STRING",
     .signature = "JSON_STRING(value)",
     .doc = "The value as JSON.",
     .example = "JSON_STRING('a\"b') -> \"a\\\"b\"",
     .infer = &InferJsonString,
     .kernel = &JsonString},
    {.name = "JSON_QUOTE",
     .signature = "JSON_QUOTE(string)",
     .doc = "The text as a JSON string: in double quotes, escaped.",
     .example = "JSON_QUOTE('ab') -> \"ab\"",
     .infer = &Typed<"string -> string">,
     .kernel = &Strict<JsonQuote>},
    {.name = "JSON_UNQUOTE",
     .signature = "JSON_UNQUOTE(string)",
     .doc = "The text that a JSON string stands for; other text as it is.",
     .example = "JSON_UNQUOTE('\"ab\"') -> ab",
     .infer = &Typed<"string -> string">,
     .kernel = &Strict<JsonUnquote>},
};

}  // namespace

std::span<const ScalarFunction> JsonBuildFunctions() { return kFunctions; }

}  // namespace millrace::functions
