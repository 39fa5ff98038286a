#include "functions/typing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"

namespace millrace::functions {
namespace {

struct Parameter {
  std::string_view family;
  bool optional = false;
  bool repeated = false;
};

std::vector<Parameter> ParseParameters(std::string_view text) {
  std::vector<Parameter> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view word = Trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    if (word.empty()) continue;
    Parameter parameter;
    parameter.optional = word.ends_with('?');
    parameter.repeated = word.ends_with('*');
    if (parameter.optional || parameter.repeated) word.remove_suffix(1);
    parameter.family = word;
    out.push_back(parameter);
  }
  return out;
}

DataType ToPrecision3(const DataType& type) {
  DataType out = type;
  out.precision = 3;
  return out;
}

// The type that a value of `type` is cast to for this parameter; nullopt: refused.
std::optional<DataType> Accept(std::string_view family, const DataType& type) {
  const bool null = IsNullType(type);
  const auto when = [&](bool ok, const DataType& target) -> std::optional<DataType> {
    if (!ok && !null) return std::nullopt;
    return target.WithNullable(type.nullable || null);
  };
  const DataType string = null ? DataType::String() : type;
  if (family == "any") return null ? DataType::Of(TypeKind::kBoolean) : type;
  if (family == "bool") return when(type.kind == TypeKind::kBoolean, DataType::Of(TypeKind::kBoolean));
  if (family == "integer") return when(type.IsInteger(), DataType::Of(TypeKind::kBigInt));
  if (family == "double") return when(type.IsNumeric(), DataType::Of(TypeKind::kDouble));
  if (family == "number") return when(type.IsNumeric(), null ? DataType::Of(TypeKind::kInt) : type);
  if (family == "string") return when(type.IsString(), string);
  if (family == "bytes") return when(type.IsBinary(), null ? DataType::Bytes() : type);
  if (family == "text") return when(type.IsString() || type.IsBinary(), string);
  if (family == "date") return when(type.kind == TypeKind::kDate, DataType::Of(TypeKind::kDate));
  if (family == "time") return when(type.kind == TypeKind::kTime, null ? DataType{.kind = TypeKind::kTime} : type);
  if (family == "timestamp" || (family == "day" && type.IsTimestamp())) {
    return when(type.IsTimestamp(), null ? DataType::TimestampOf(3) : ToPrecision3(type));
  }
  if (family == "day") return when(type.kind == TypeKind::kDate, DataType::Of(TypeKind::kDate));
  if (family == "interval") return when(IsInterval(type), null ? DataType::Of(TypeKind::kIntervalDaySecond) : type);
  if (family == "array" && type.kind == TypeKind::kArray) return type;
  if (family == "map" && type.kind == TypeKind::kMap) return type;
  CHECK(family == "array" || family == "map");
  return std::nullopt;
}

DataType ResultType(std::string_view word, const CallTyping& typing) {
  if (word == "bool") return DataType::Of(TypeKind::kBoolean);
  if (word == "int") return DataType::Of(TypeKind::kInt);
  if (word == "bigint") return DataType::Of(TypeKind::kBigInt);
  if (word == "double") return DataType::Of(TypeKind::kDouble);
  if (word == "string") return DataType::String();
  if (word == "bytes") return DataType::Bytes();
  if (word == "date") return DataType::Of(TypeKind::kDate);
  if (word == "time") return {.kind = TypeKind::kTime};
  if (word == "timestamp") return DataType::TimestampOf(3);
  if (word == "ltz") return DataType::TimestampLtzOf(3);
  if (word == "0") return typing.argument_types[0];
  if (word == "0v") {
    DataType type = typing.argument_types[0];
    if (type.kind == TypeKind::kChar) type.kind = TypeKind::kVarChar;
    if (type.kind == TypeKind::kBinary) type.kind = TypeKind::kVarBinary;
    return type;
  }
  int32_t length = 0;
  const bool fixed = word.starts_with("char(");
  CHECK(fixed || word.starts_with("varchar("));
  std::from_chars(word.data() + word.find('(') + 1, word.data() + word.size(), length);
  return fixed ? DataType::Char(length) : DataType{.kind = TypeKind::kVarChar, .precision = length};
}

}  // namespace

Result<CallTyping> TypeBySpec(std::string_view spec, std::string_view name, std::span<const Argument> arguments) {
  const size_t arrow = spec.find("->");
  CHECK(arrow != std::string_view::npos);
  const std::vector<Parameter> parameters = ParseParameters(spec.substr(0, arrow));
  const auto required = static_cast<size_t>(
      std::count_if(parameters.begin(), parameters.end(), [](const auto& p) { return !p.optional && !p.repeated; }));
  const bool endless = !parameters.empty() && parameters.back().repeated;
  if (arguments.size() < required || (arguments.size() > parameters.size() && !endless)) {
    return WrongCount(name, arguments.size() < required ? required : parameters.size());
  }
  CallTyping typing;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Parameter& parameter = parameters[std::min(i, parameters.size() - 1)];
    const auto type = Accept(parameter.family, arguments[i].type);
    if (!type) return CannotApply(name, arguments);
    typing.argument_types.push_back(*type);
  }
  std::string_view result = Trim(spec.substr(arrow + 2));
  bool nullable = AnyNullable(arguments);
  if (result.ends_with('?')) nullable = true;
  if (result.ends_with('!')) nullable = false;
  if (result.ends_with('?') || result.ends_with('!')) result.remove_suffix(1);
  typing.result = ResultType(result, typing).WithNullable(nullable).WithTimeAttribute(TimeAttribute::kNone);
  return typing;
}

Error CannotApply(std::string_view name, std::span<const Argument> arguments) {
  const auto type = [](const Argument& argument) {
    return fmt::format("<{}>", argument.type.WithTimeAttribute(TimeAttribute::kNone).Nullable().ToString());
  };
  const bool symbol = !name.empty() && std::isalnum(static_cast<unsigned char>(name[0])) == 0;
  std::string call;
  if (symbol && arguments.size() == 2) {
    call = fmt::format("{} {} {}", type(arguments[0]), name, type(arguments[1]));
  } else {
    std::vector<std::string> types;
    for (const Argument& argument : arguments) types.push_back(type(argument));
    call = fmt::format("{}({})", name, Join(types, ", "));
  }
  return ValidationError(fmt::format("Cannot apply '{}' to arguments of type '{}'.", name, call));
}

Error WrongCount(std::string_view name, size_t expected) {
  return ValidationError(
      fmt::format("Invalid number of arguments to function '{}'. Was expecting {} arguments", name, expected));
}

bool AnyNullable(std::span<const Argument> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const Argument& argument) { return argument.type.nullable; });
}

bool IsInterval(const DataType& type) {
  return type.kind == TypeKind::kIntervalDaySecond || type.kind == TypeKind::kIntervalYearMonth;
}

std::string LiteralText(const Argument& argument) {
  if (!argument.literal) return "";
  const auto* text = std::get_if<std::string>(&*argument.literal);
  return text == nullptr ? "" : *text;
}

}  // namespace millrace::functions
