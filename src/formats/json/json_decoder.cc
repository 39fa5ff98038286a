#include "formats/json/json_decoder.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/strings.h"
#include "data/value.h"
#include "formats/json/json_text.h"
#include "formats/record_loop.h"
#include "formats/text_values.h"

namespace millrace::formats {
namespace {

namespace ondemand = simdjson::ondemand;

// One column or nested value to fill, prepared once.
struct Node {
  std::string name;
  DataType type;
  std::vector<Node> children;
  bool is_plain;  // the name needs no escapes in JSON

  explicit Node(const Field& field)
      : name(field.name), type(field.type), is_plain(field.name.find_first_of("\"\\") == std::string::npos) {
    if (type.children == nullptr) return;
    for (const Field& child : *type.children) children.emplace_back(child);
  }
};

Status CheckReadable(const DataType& type) {
  if (type.kind == TypeKind::kNull) {
    return ValidationError("Unsupported type: NULL").WithHint("The json format cannot read a column of type NULL.");
  }
  if ((type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset) && !type.child(0).IsString()) {
    return ValidationError(
        fmt::format("JSON format doesn't support non-string as key type of map. The type is: {}", type.ToString()));
  }
  if (type.children != nullptr) {
    for (const Field& child : *type.children) MR_TRY(CheckReadable(child.type));
  }
  return Ok();
}

std::string_view TypeName(ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::array: return "an array";
    case ondemand::json_type::object: return "an object";
    case ondemand::json_type::number: return "a number";
    case ondemand::json_type::string: return "a string";
    case ondemand::json_type::boolean: return "a boolean";
    case ondemand::json_type::null: return "null";
  }
  return "a value";
}

class JsonDecoder final : public connect::Decoder {
 public:
  JsonDecoder(const connect::FormatContext& context)
      : fail_on_missing_(context.options.GetBool("fail-on-missing-field")),
        ignore_errors_(context.options.GetBool("ignore-parse-errors")),
        standard_(context.options.GetEnum("timestamp-format.standard") == "iso-8601" ? TimestampStandard::kIso8601
                                                                                     : TimestampStandard::kSql) {
    for (const Field& field : context.fields) nodes_.emplace_back(field);
    seen_.resize(nodes_.size());
  }

  Result<connect::DecodeResult> Decode(std::span<const connect::ByteView> messages,
                                       std::span<ColumnBuilder> columns) override;

 private:
  using Builders = std::span<ColumnBuilder>;

  bool DecodeMessage(std::string_view message, Builders columns);
  bool DecodeDocument(std::string_view padded, Builders columns);
  // The fields of an object; `builder(i)` is the column of node i. False with reason_ set on failure.
  template <typename BuilderOf>
  bool DecodeFields(ondemand::object& object, const std::vector<Node>& nodes, std::vector<uint8_t>& seen, size_t row,
                    const BuilderOf& builder);
  bool AppendField(ondemand::value value, const Node& node, ColumnBuilder& builder);
  bool AppendTyped(ondemand::value& value, ondemand::json_type type, const Node& node, ColumnBuilder& builder);
  template <typename T>
  bool AppendInteger(ondemand::value& value, ondemand::json_type type, const Node& node, ColumnBuilder& builder);
  bool AppendText(std::string_view text, ondemand::json_type type, const Node& node, ColumnBuilder& builder);
  bool AppendString(ondemand::value& value, ondemand::json_type type, ColumnBuilder& builder);
  bool AppendArray(ondemand::value& value, const Node& node, ColumnBuilder& builder);
  bool AppendMap(ondemand::value& value, const Node& node, ColumnBuilder& builder);
  bool AppendRow(ondemand::value& value, const Node& node, ColumnBuilder& builder);

  // The text of a scalar; views live until the next call.
  bool ScalarText(ondemand::value& value, ondemand::json_type type, std::string_view& text);
  bool ContainerText(ondemand::value& value, ondemand::json_type type, std::string_view& raw);
  bool BadValue(const Node& node, std::string_view text);
  bool Malformed(simdjson::error_code code);

  std::vector<Node> nodes_;
  std::vector<uint8_t> seen_;
  bool fail_on_missing_;
  bool ignore_errors_;
  TimestampStandard standard_;
  ondemand::parser parser_;
  std::string buffer_;      // the message and simdjson's padding
  std::string scratch_;     // re-spelled texts
  std::string reason_;      // why the last Append failed
  bool malformed_ = false;  // the document itself is broken: no field of it can be trusted
};

bool JsonDecoder::Malformed(simdjson::error_code code) {
  malformed_ = true;
  reason_ = simdjson::error_message(code);
  return false;
}

bool JsonDecoder::BadValue(const Node& node, std::string_view text) {
  if (reason_.empty()) {
    reason_ = fmt::format("Fail to deserialize at field: {}. '{}' is no {}.", node.name, ShortenForMessage(text),
                          node.type.Nullable().ToString());
  }
  return false;
}

Result<connect::DecodeResult> JsonDecoder::Decode(std::span<const connect::ByteView> messages,
                                                  std::span<ColumnBuilder> columns) {
  return DecodeEach(
      messages,
      [&](const connect::ByteView& message) {
        if (message.is_null()) return RecordOutcome::kSkip;
        if (DecodeMessage(message.view(), columns)) return RecordOutcome::kRow;
        return ignore_errors_ ? RecordOutcome::kSkip : RecordOutcome::kError;
      },
      [&](const connect::ByteView& message) {
        return UserError(
            fmt::format("Failed to deserialize JSON '{}'. {}", ShortenForMessage(message.view()), reason_));
      });
}

bool JsonDecoder::DecodeMessage(std::string_view message, Builders columns) {
  if (message.starts_with("\xEF\xBB\xBF")) message.remove_prefix(3);
  const size_t needed = message.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_.size() < needed) buffer_.resize(std::max(needed, buffer_.size() * 2));
  if (!message.empty()) std::memcpy(buffer_.data(), message.data(), message.size());
  std::memset(buffer_.data() + message.size(), 0, simdjson::SIMDJSON_PADDING);
  const size_t rows = columns.empty() ? 0 : columns[0].size();
  malformed_ = false;
  reason_.clear();
  if (DecodeDocument({buffer_.data(), message.size()}, columns)) return true;
  for (ColumnBuilder& column : columns) column.TruncateTo(rows);
  if (!malformed_) return false;
  // Jackson lets control characters stand in strings, simdjson does not.
  std::string escaped;
  if (!EscapeControlCharacters(message, escaped)) return false;
  return DecodeMessage(escaped, columns);
}

bool JsonDecoder::DecodeDocument(std::string_view padded, Builders columns) {
  ondemand::document document;
  if (const auto error =
          parser_.iterate(padded.data(), padded.size(), padded.size() + simdjson::SIMDJSON_PADDING).get(document)) {
    return Malformed(error);
  }
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    if (error != simdjson::INCORRECT_TYPE) return Malformed(error);
    malformed_ = true;
    reason_ = "The record is no JSON object.";
    return false;
  }
  const size_t row = columns.empty() ? 0 : columns[0].size();
  return DecodeFields(object, nodes_, seen_, row, [&](size_t i) -> ColumnBuilder& { return columns[i]; });
}

template <typename BuilderOf>
bool JsonDecoder::DecodeFields(ondemand::object& object, const std::vector<Node>& nodes, std::vector<uint8_t>& seen,
                               size_t row, const BuilderOf& builder) {
  std::fill(seen.begin(), seen.end(), uint8_t{0});
  size_t expected = 0;  // producers write fields in a fixed order
  const char* end = buffer_.data() + buffer_.size();
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return Malformed(error);
    const char* raw = field.key().raw();
    const auto is_named = [&](const Node& node) {
      return node.is_plain && static_cast<size_t>(end - raw) > node.name.size() && raw[node.name.size()] == '"' &&
             std::memcmp(raw, node.name.data(), node.name.size()) == 0;
    };
    size_t index = expected;
    if (index >= nodes.size() || !is_named(nodes[index])) {
      std::string_view name;
      if (const auto error = field.unescaped_key().get(name)) return Malformed(error);
      index = 0;
      while (index < nodes.size() && nodes[index].name != name) ++index;
    }
    ondemand::value value = field.value();
    if (index == nodes.size()) {  // not a column of the table; its content must at least look like JSON
      ondemand::json_type type;
      if (const auto error = value.type().get(type)) return Malformed(error);
      continue;
    }
    expected = index + 1;
    if (seen[index] != 0) builder(index).TruncateTo(row);
    seen[index] = 1;
    if (!AppendField(std::move(value), nodes[index], builder(index))) return false;
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (seen[i] != 0) continue;
    if (fail_on_missing_) {
      reason_ = fmt::format("Could not find field with name '{}'.", nodes[i].name);
      return false;
    }
    builder(i).AppendNull();
  }
  return true;
}

bool JsonDecoder::AppendField(ondemand::value value, const Node& node, ColumnBuilder& builder) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return Malformed(error);
  if (type == ondemand::json_type::null) {
    bool is_null = false;
    if (const auto error = value.is_null().get(is_null)) return Malformed(error);
    if (!is_null) return Malformed(simdjson::N_ATOM_ERROR);
    builder.AppendNull();
    return true;
  }
  const size_t rows = builder.size();
  if (AppendTyped(value, type, node, builder)) return true;
  if (!ignore_errors_ || malformed_) return false;
  builder.TruncateTo(rows);
  builder.AppendNull();
  reason_.clear();
  return true;
}

bool JsonDecoder::AppendTyped(ondemand::value& value, ondemand::json_type type, const Node& node,
                              ColumnBuilder& builder) {
  switch (node.type.kind) {
    case TypeKind::kTinyInt: return AppendInteger<int8_t>(value, type, node, builder);
    case TypeKind::kSmallInt: return AppendInteger<int16_t>(value, type, node, builder);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth: return AppendInteger<int32_t>(value, type, node, builder);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDaySecond: return AppendInteger<int64_t>(value, type, node, builder);
    case TypeKind::kChar:
    case TypeKind::kVarChar: return AppendString(value, type, builder);
    case TypeKind::kArray: return AppendArray(value, node, builder);
    case TypeKind::kMap:
    case TypeKind::kMultiset: return AppendMap(value, node, builder);
    case TypeKind::kRow: return AppendRow(value, node, builder);
    case TypeKind::kNull:
    case TypeKind::kBoolean:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: break;
  }
  std::string_view text;
  if (type == ondemand::json_type::array || type == ondemand::json_type::object) return BadValue(node, TypeName(type));
  return ScalarText(value, type, text) && AppendText(text, type, node, builder);
}

bool JsonDecoder::ScalarText(ondemand::value& value, ondemand::json_type type, std::string_view& text) {
  const std::string_view token = Trim(value.raw_json_token());
  if (type == ondemand::json_type::string) {
    if (token.size() >= 2 && token.back() == '"' && std::memchr(token.data(), '\\', token.size()) == nullptr) {
      text = token.substr(1, token.size() - 2);
      return true;
    }
    if (const auto error = value.get_string().get(text)) return Malformed(error);
    return true;
  }
  text = token;
  if (type == ondemand::json_type::number) return IsJsonNumber(text) || Malformed(simdjson::NUMBER_ERROR);
  return text == "true" || text == "false" || Malformed(simdjson::T_ATOM_ERROR);
}

template <typename T>
bool JsonDecoder::AppendInteger(ondemand::value& value, ondemand::json_type type, const Node& node,
                                ColumnBuilder& builder) {
  if (type == ondemand::json_type::array || type == ondemand::json_type::object) return BadValue(node, TypeName(type));
  std::string_view text;
  if (!ScalarText(value, type, text)) return false;
  if (const auto number = ParseJavaInteger<T>(type == ondemand::json_type::number ? text : Trim(text))) {
    builder.Append(*number);
    return true;
  }
  if (type == ondemand::json_type::number && sizeof(T) >= 4) {  // Jackson's canConvertToInt: a fraction is cut off
    const auto real = ParseJavaDouble(text);
    constexpr double kBelow = sizeof(T) == 4 ? -2147483649.0 : -9223372036854777856.0;
    constexpr double kAbove = sizeof(T) == 4 ? 2147483648.0 : 9223372036854775808.0;
    if (real && *real > kBelow && *real < kAbove && text.find_first_of(".eE") != std::string_view::npos) {
      builder.Append(static_cast<T>(*real));
      return true;
    }
  }
  return BadValue(node, text);
}

bool JsonDecoder::ContainerText(ondemand::value& value, ondemand::json_type type, std::string_view& raw) {
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Malformed(error);
    if (const auto error = array.raw_json().get(raw)) return Malformed(error);
    return true;
  }
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return Malformed(error);
  if (const auto error = object.raw_json().get(raw)) return Malformed(error);
  return true;
}

bool JsonDecoder::AppendString(ondemand::value& value, ondemand::json_type type, ColumnBuilder& builder) {
  if (type == ondemand::json_type::array || type == ondemand::json_type::object) {
    std::string_view raw;
    if (!ContainerText(value, type, raw)) return false;
    scratch_.clear();
    if (!AppendCompactJson(raw, scratch_)) return Malformed(simdjson::TAPE_ERROR);
    builder.AppendString(scratch_);
    return true;
  }
  std::string_view text;
  if (!ScalarText(value, type, text)) return false;
  builder.AppendString(text);
  return true;
}

bool JsonDecoder::AppendText(std::string_view text, ondemand::json_type type, const Node& node,
                             ColumnBuilder& builder) {
  const DataType& target = node.type;
  const bool is_string = type == ondemand::json_type::string;
  switch (target.kind) {
    case TypeKind::kBoolean: builder.Append<uint8_t>(EqualsIgnoreCase(Trim(text), "true") ? 1 : 0); return true;
    case TypeKind::kFloat: {
      const auto number = ParseJavaFloat(Trim(text));
      if (number) builder.Append(*number);
      return number.has_value() || BadValue(node, text);
    }
    case TypeKind::kDouble: {
      const auto number = ParseJavaDouble(Trim(text));
      if (number) builder.Append(*number);
      return number.has_value() || BadValue(node, text);
    }
    case TypeKind::kDecimal: {
      if (!IsJavaBigDecimal(text)) return BadValue(node, text);
      const auto number = ParseDecimal(text, target.precision, target.scale);
      number ? builder.Append(*number) : builder.AppendNull();  // does not fit: NULL
      return true;
    }
    case TypeKind::kBinary:
    case TypeKind::kVarBinary: {
      if (!is_string) return BadValue(node, text);
      const auto bytes = Base64Decode(text);
      if (bytes.ok()) builder.AppendString(*bytes);
      return bytes.ok() || BadValue(node, text);
    }
    case TypeKind::kDate: {
      const auto days = ParseIsoDate(text);
      if (days) builder.Append(*days);
      return days.has_value() || BadValue(node, text);
    }
    case TypeKind::kTime: {  // the fraction is dropped, as TIME(0) has none
      const auto nanos = ParseIsoTime(text, false);
      if (nanos) builder.Append(static_cast<int32_t>(*nanos / 1'000'000'000 * 1000));
      return nanos.has_value() || BadValue(node, text);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      const auto parsed = ParseTimestampText(text, standard_, target.kind == TypeKind::kTimestampLtz);
      if (!parsed) return BadValue(node, text);
      const Timestamp value = TruncateToPrecision(*parsed, target.precision);
      target.precision <= 3 ? builder.Append(value.millis) : builder.Append(value);
      return true;
    }
    case TypeKind::kNull:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDaySecond:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: break;
  }
  return BadValue(node, text);
}

bool JsonDecoder::AppendArray(ondemand::value& value, const Node& node, ColumnBuilder& builder) {
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) {
    return error == simdjson::INCORRECT_TYPE ? BadValue(node, Trim(value.raw_json_token())) : Malformed(error);
  }
  for (auto item : array) {
    ondemand::value element;
    if (const auto error = std::move(item).get(element)) return Malformed(error);
    if (!AppendField(std::move(element), node.children[0], builder.child(0))) return false;
  }
  builder.EndList();
  return true;
}

bool JsonDecoder::AppendMap(ondemand::value& value, const Node& node, ColumnBuilder& builder) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) {
    return error == simdjson::INCORRECT_TYPE ? BadValue(node, Trim(value.raw_json_token())) : Malformed(error);
  }
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return Malformed(error);
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return Malformed(error);
    builder.child(0).AppendString(key);
    if (!AppendField(field.value(), node.children[1], builder.child(1))) return false;
  }
  builder.EndList();
  return true;
}

bool JsonDecoder::AppendRow(ondemand::value& value, const Node& node, ColumnBuilder& builder) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) {
    return error == simdjson::INCORRECT_TYPE ? BadValue(node, Trim(value.raw_json_token())) : Malformed(error);
  }
  std::vector<uint8_t> seen(node.children.size());
  if (!DecodeFields(object, node.children, seen, builder.size(),
                    [&](size_t i) -> ColumnBuilder& { return builder.child(i); })) {
    return false;
  }
  builder.EndStruct();
  return true;
}

}  // namespace

Result<std::unique_ptr<connect::Decoder>> MakeJsonDecoder(const connect::FormatContext& context) {
  if (context.options.GetBool("fail-on-missing-field") && context.options.GetBool("ignore-parse-errors")) {
    return ValidationError("fail-on-missing-field and ignore-parse-errors shouldn't both be true.");
  }
  for (const Field& field : context.fields) MR_TRY(CheckReadable(field.type));
  return std::unique_ptr<connect::Decoder>(std::make_unique<JsonDecoder>(context));
}

}  // namespace millrace::formats
