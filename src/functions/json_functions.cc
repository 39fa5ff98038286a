// JSON_VALUE, JSON_QUERY, JSON_EXISTS and IS JSON. The clauses of the SQL functions arrive as further arguments:
//   JSON_VALUE(json, path [, on empty, on error, default on empty, default on error])
//   JSON_QUERY(json, path [, wrapper, on empty, on error, result])
//   JSON_EXISTS(json, path [, on error])
// with NULL, ERROR, DEFAULT, EMPTY ARRAY, EMPTY OBJECT, TRUE, FALSE, UNKNOWN for what happens; WITHOUT, CONDITIONAL,
// UNCONDITIONAL for the wrapper; STRING, ARRAY for the result.
#include <fmt/format.h>

#include "functions/function_tables.h"
#include "functions/json_node.h"
#include "functions/json_path.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

using Text = std::string_view;
using Kind = JsonNode::Kind;

// What the path found. In lax mode whatever is missing, NULL or no JSON is empty; in strict mode it is an error.
struct Found {
  enum class State : uint8_t { kValue, kEmpty, kError };
  State state = State::kError;
  JsonNode node{};
  Text reason = "";
};

Found Evaluate(Text json, Text path_text) {
  const Found::State missing = JsonPath::IsLax(path_text) ? Found::State::kEmpty : Found::State::kError;
  const JsonPath* path = JsonPath::Find(path_text);
  if (path == nullptr) return {missing, {}, "the path is malformed"};
  const auto root = ParseJson(json);
  if (!root) return {missing, {}, "the text is no JSON"};
  auto node = path->Evaluate(*root);
  if (!node) return {missing, {}, "there is nothing at the path"};
  if (node->kind == Kind::kNull) return {missing, {}, "the value at the path is null"};
  return {Found::State::kValue, std::move(*node)};
}

Text TextAt(std::span<const ColumnPtr> arguments, size_t index, size_t row, Text otherwise) {
  return index < arguments.size() ? arguments[index]->values<StringRef>()[row].view() : otherwise;
}

Error JsonError(Text function, Text path, Text reason) {
  return UserError(fmt::format("{}: path '{}': {}", function, path, reason))
      .WithHint("NULL ON EMPTY, NULL ON ERROR or DEFAULT avoid the error.");
}

bool InputIsNull(std::span<const ColumnPtr> arguments, size_t row) {
  return arguments[0]->IsNull(row) || arguments[1]->IsNull(row);
}

void AppendScalar(const JsonNode& node, std::string& out) {
  if (node.kind == Kind::kString) {
    out += node.text;
  } else {
    AppendJson(node, out);
  }
}

// A filter would be taken for a path that finds nothing.
Status CheckPath(std::span<const Argument> arguments) {
  if (arguments.size() < 2 || LiteralText(arguments[1]).find("[?") == std::string::npos) return Ok();
  return ValidationError(fmt::format("JSON path '{}': filters are not supported", LiteralText(arguments[1])))
      .WithHint("Steps are .name, ['name'], [0], [1:3], [*], .* and ..name.");
}

// JSON_VALUE ------------------------------------------------------------------------------------------------------

Result<CallTyping> InferJsonValue(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2 && arguments.size() != 6) return WrongCount(name, 2);
  MR_TRY(CheckPath(arguments));
  return arguments.size() == 2 ? TypeBySpec("text, string -> string?", name, arguments)
                               : TypeBySpec("text, string, string, string, string, string -> string?", name, arguments);
}

Result<ColumnPtr> JsonValue(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                            size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    if (InputIsNull(arguments, row)) {
      builder.AppendNull();
      continue;
    }
    const Text path = TextAt(arguments, 1, row, "");
    Found found = Evaluate(TextAt(arguments, 0, row, ""), path);
    if (found.state == Found::State::kValue && found.node.is_container()) {
      found.state = JsonPath::IsLax(path) ? Found::State::kEmpty : Found::State::kError;
      found.reason = "the value at the path is an array or an object";
    }
    if (found.state == Found::State::kValue) {
      text.clear();
      AppendScalar(found.node, text);
      builder.AppendString(text);
      continue;
    }
    const size_t clause = found.state == Found::State::kEmpty ? 2 : 3;
    const Text behavior = TextAt(arguments, clause, row, "NULL");
    if (behavior == "ERROR") return JsonError("JSON_VALUE", path, found.reason);
    if (behavior == "DEFAULT" && !arguments[clause + 2]->IsNull(row)) {
      builder.AppendString(TextAt(arguments, clause + 2, row, ""));
    } else {
      builder.AppendNull();
    }
  }
  return builder.Finish();
}

// JSON_QUERY ------------------------------------------------------------------------------------------------------

Result<CallTyping> InferJsonQuery(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2 && arguments.size() != 6) return WrongCount(name, 2);
  MR_TRY(CheckPath(arguments));
  if (arguments.size() == 2) return TypeBySpec("text, string -> string?", name, arguments);
  MR_ASSIGN(CallTyping typing, TypeBySpec("text, string, string, string, string, string -> string?", name, arguments));
  if (LiteralText(arguments[5]) == "ARRAY") typing.result = DataType::Array(DataType::String());
  return typing;
}

// Puts the value into an array by the wrapper clause.
JsonNode Wrap(JsonNode node, Text wrapper) {
  if (wrapper == "WITHOUT" || (wrapper == "CONDITIONAL" && node.kind == Kind::kArray)) return node;
  JsonNode array{.kind = Kind::kArray};
  array.items.push_back(std::move(node));
  return array;
}

void AppendArray(const JsonNode& array, ColumnBuilder& out) {
  std::string text;
  for (const JsonNode& item : array.items) {
    if (item.kind == Kind::kNull) {
      out.child(0).AppendNull();
      continue;
    }
    text.clear();
    AppendScalar(item, text);
    out.child(0).AppendString(text);
  }
  out.EndList();
}

Result<ColumnPtr> JsonQuery(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                            size_t count) {
  const bool array = result.kind == TypeKind::kArray;
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  for (size_t row = 0; row < count; ++row) {
    if (InputIsNull(arguments, row)) {
      builder.AppendNull();
      continue;
    }
    const Text path = TextAt(arguments, 1, row, "");
    Found found = Evaluate(TextAt(arguments, 0, row, ""), path);
    if (found.state == Found::State::kValue)
      found.node = Wrap(std::move(found.node), TextAt(arguments, 2, row, "WITHOUT"));
    if (found.state == Found::State::kValue && !found.node.is_container()) {
      found.state = JsonPath::IsLax(path) ? Found::State::kEmpty : Found::State::kError;
      found.reason = "the value at the path is no array or object";
    }
    if (found.state != Found::State::kValue) {
      const Text behavior = TextAt(arguments, found.state == Found::State::kEmpty ? 3 : 4, row, "NULL");
      if (behavior == "ERROR") return JsonError("JSON_QUERY", path, found.reason);
      if (behavior == "NULL") {
        builder.AppendNull();
        continue;
      }
      found.node = {.kind = behavior == "EMPTY ARRAY" ? Kind::kArray : Kind::kObject};
    }
    if (array) {
      found.node.kind == Kind::kArray ? AppendArray(found.node, builder) : builder.AppendNull();
      continue;
    }
    text.clear();
    AppendJson(found.node, text);
    builder.AppendString(text);
  }
  return builder.Finish();
}

// JSON_EXISTS -----------------------------------------------------------------------------------------------------

Result<CallTyping> InferJsonExists(std::string_view name, std::span<const Argument> arguments) {
  MR_TRY(CheckPath(arguments));
  return TypeBySpec("text, string, string? -> bool?", name, arguments);
}

Result<ColumnPtr> JsonExists(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                             size_t count) {
  std::optional<Error> error;
  ColumnPtr out = MapRowsOrNull<uint8_t>(result, count, CombineValidity(arguments, count),
                                         [&](size_t row) -> std::optional<uint8_t> {
                                           const Text path = TextAt(arguments, 1, row, "");
                                           const Found found = Evaluate(TextAt(arguments, 0, row, ""), path);
                                           if (found.state != Found::State::kError)
                                             return found.state == Found::State::kValue ? 1 : 0;
                                           const Text behavior = TextAt(arguments, 2, row, "FALSE");
                                           if (behavior == "ERROR" && !error)
                                             error = JsonError("JSON_EXISTS", path, found.reason);
                                           if (behavior == "UNKNOWN") return std::nullopt;
                                           return behavior == "TRUE" ? 1 : 0;
                                         });
  if (error) return std::move(*error);
  return out;
}

// IS JSON ---------------------------------------------------------------------------------------------------------

enum class JsonTest : uint8_t { kValue, kObject, kArray, kScalar };

template <JsonTest Test>
Result<ColumnPtr> IsJson(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return MapRows<uint8_t>(result, count, nullptr, [&](size_t row) -> uint8_t {
    if (arguments[0]->IsNull(row)) return 0;
    const auto node = ParseJson(TextAt(arguments, 0, row, ""));
    if (!node) return 0;
    switch (Test) {
      case JsonTest::kValue: return 1;
      case JsonTest::kObject: return node->kind == Kind::kObject;
      case JsonTest::kArray: return node->kind == Kind::kArray;
      case JsonTest::kScalar: return !node->is_container();
    }
    return 0;
  });
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "JSON_VALUE",
     .signature = "JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [.. ON ERROR])",
     .doc = "The scalar at the path, as STRING unless RETURNING names a type. Without 'lax' before the path a missing "
            "value is an error, by default NULL.",
     .example = "JSON_VALUE('{\"a\": [1, 2]}', '$.a[1]') -> 2",
     .infer = &InferJsonValue,
     .kernel = &JsonValue},
    {.name = "JSON_QUERY",
     .signature = "JSON_QUERY(json, path [RETURNING ARRAY<STRING>] [WITH [CONDITIONAL] WRAPPER] [NULL | ERROR | EMPTY "
                  "ARRAY | EMPTY OBJECT ON EMPTY] [.. ON ERROR])",
     .doc = "The array or object at the path, as text.",
     .example = "JSON_QUERY('{\"a\": {\"b\": 1}}', '$.a') -> {\"b\":1}",
     .infer = &InferJsonQuery,
     .kernel = &JsonQuery},
    {.name = "JSON_EXISTS",
     .signature = "JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])",
     .doc = "TRUE if there is a value other than null at the path.",
     .example = "JSON_EXISTS('{\"a\": 1}', '$.a') -> TRUE",
     .infer = &InferJsonExists,
     .kernel = &JsonExists},
    {.name = "IS JSON VALUE",
     .signature = "string IS JSON [VALUE]",
     .doc = "TRUE if the text is JSON; FALSE of NULL.",
     .example = "'[1]' IS JSON VALUE -> TRUE",
     .infer = &Typed<"text -> bool!">,
     .kernel = &IsJson<JsonTest::kValue>},
    {.name = "IS JSON OBJECT",
     .signature = "string IS JSON OBJECT",
     .doc = "TRUE if the text is a JSON object; FALSE of NULL.",
     .example = "'{}' IS JSON OBJECT -> TRUE",
     .infer = &Typed<"text -> bool!">,
     .kernel = &IsJson<JsonTest::kObject>},
    {.name = "IS JSON ARRAY",
     .signature = "string IS JSON ARRAY",
     .doc = "TRUE if the text is a JSON array; FALSE of NULL.",
     .example = "'[1]' IS JSON ARRAY -> TRUE",
     .infer = &Typed<"text -> bool!">,
     .kernel = &IsJson<JsonTest::kArray>},
    {.name = "IS JSON SCALAR",
     .signature = "string IS JSON SCALAR",
     .doc = "TRUE if the text is a JSON string, number, true, false or null; FALSE of NULL.",
     .example = "'1' IS JSON SCALAR -> TRUE",
     .infer = &Typed<"text -> bool!">,
     .kernel = &IsJson<JsonTest::kScalar>},
};

}  // namespace

std::span<const ScalarFunction> JsonFunctions() { return kFunctions; }

}  // namespace millrace::functions
