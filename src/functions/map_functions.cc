// MAP_* (Flink 1.18 - 1.20) and STR_TO_MAP.
#include <algorithm>

#include "functions/comparison.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/regex.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool AnyNull(std::span<const ColumnPtr> arguments, size_t row) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const auto& a) { return a->IsNull(row); });
}

template <typename MakeResult>
Result<CallTyping> InferOneMap(std::string_view name, std::span<const Argument> arguments, MakeResult make_result) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  const DataType& map = arguments[0].type;
  if (map.kind != TypeKind::kMap) return CannotApply(name, arguments);
  return CallTyping{{map}, DataType::Array(make_result(map)).WithNullable(map.nullable)};
}

template <size_t Child>
Result<CallTyping> InferPart(std::string_view name, std::span<const Argument> arguments) {
  return InferOneMap(name, arguments, [](const DataType& map) { return map.child(Child); });
}

Result<CallTyping> InferEntries(std::string_view name, std::span<const Argument> arguments) {
  return InferOneMap(name, arguments, [](const DataType& map) {
    return DataType::Row({{"key", map.child(0), ""}, {"value", map.child(1), ""}});
  });
}

// The keys (or values) of a map are an array already: the same offsets over one child.
template <size_t Child>
Result<ColumnPtr> Part(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result, size_t) {
  Column::Parts parts = arguments[0]->parts();
  parts.type = result;
  parts.children = {arguments[0]->child(Child)};
  return std::make_shared<const Column>(std::move(parts));
}

Result<ColumnPtr> Entries(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result, size_t) {
  Column::Parts parts = arguments[0]->parts();
  Column::Parts rows{.type = result.child(0), .size = arguments[0]->child(0)->size()};
  rows.children = {arguments[0]->child(0), arguments[0]->child(1)};
  parts.type = result;
  parts.children = {std::make_shared<const Column>(std::move(rows))};
  return std::make_shared<const Column>(std::move(parts));
}

Result<CallTyping> InferUnion(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  DataType common = arguments[0].type;
  for (const Argument& argument : arguments) {
    const auto wider = CommonType(common, argument.type);
    if (!wider || (argument.type.kind != TypeKind::kMap && !IsNullType(argument.type))) {
      return CannotApply(name, arguments).WithHint("All arguments are maps of the same types.");
    }
    common = *wider;
  }
  if (common.kind != TypeKind::kMap) return CannotApply(name, arguments);
  return CallTyping{std::vector<DataType>(arguments.size(), common), common.WithNullable(AnyNullable(arguments))};
}

struct Entry {
  const Column* map;
  size_t at;
};

// The place of `key` among the entries, or their number.
size_t FindEntry(const std::vector<Entry>& entries, const Column& keys, size_t at) {
  size_t i = 0;
  while (i < entries.size() && !SameAt(*entries[i].map->child(0), entries[i].at, keys, at)) ++i;
  return i;
}

// The entries of all maps; of a key that several have, the last one.
Result<ColumnPtr> Union(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::vector<Entry> entries;
  for (size_t row = 0; row < count; ++row) {
    if (AnyNull(arguments, row)) {
      builder.AppendNull();
      continue;
    }
    entries.clear();
    for (const ColumnPtr& map : arguments) {
      for (auto at = static_cast<size_t>(map->offsets()[row]); at < static_cast<size_t>(map->offsets()[row + 1]);
           ++at) {
        const size_t known = FindEntry(entries, *map->child(0), at);
        if (known == entries.size()) entries.emplace_back();
        entries[known] = {map.get(), at};
      }
    }
    for (const Entry& entry : entries) {
      for (const size_t child : {0, 1}) builder.child(child).AppendFrom(*entry.map->child(child), entry.at);
    }
    builder.EndList();
  }
  return builder.Finish();
}

Result<CallTyping> InferFromArrays(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const DataType& keys = arguments[0].type;
  const DataType& values = arguments[1].type;
  if (keys.kind != TypeKind::kArray || values.kind != TypeKind::kArray) return CannotApply(name, arguments);
  return CallTyping{{keys, values}, DataType::Map(keys.child(0), values.child(0)).WithNullable(AnyNullable(arguments))};
}

Result<ColumnPtr> FromArrays(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                             size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  for (size_t row = 0; row < count; ++row) {
    if (AnyNull(arguments, row)) {
      builder.AppendNull();
      continue;
    }
    const auto size = [&](size_t i) { return arguments[i]->offsets()[row + 1] - arguments[i]->offsets()[row]; };
    if (size(0) != size(1)) {
      return UserError("Invalid function MAP_FROM_ARRAYS call:\nThe length of the keys array " +
                       std::to_string(size(0)) + " is not equal to the length of the values array " +
                       std::to_string(size(1)));
    }
    for (const size_t child : {0, 1}) {
      const auto begin = static_cast<size_t>(arguments[child]->offsets()[row]);
      for (size_t i = 0; i < static_cast<size_t>(size(0)); ++i) {
        builder.child(child).AppendFrom(*arguments[child]->child(0), begin + i);
      }
    }
    builder.EndList();
  }
  return builder.Finish();
}

Result<CallTyping> InferStrToMap(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() == 2) return WrongCount(name, 3);
  MR_ASSIGN(CallTyping typing, TypeBySpec("string, string?, string? -> string", name, arguments));
  typing.result = DataType::Map(DataType::String(), DataType::String());
  return typing;
}

// Whether the pattern stands for itself only.
bool IsPlain(std::string_view pattern) { return pattern.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos; }

// The first match of a regular expression in text from `from` on; nullopt if there is none.
std::optional<std::string_view> FindSeparator(std::string_view text, std::string_view pattern, size_t from) {
  if (IsPlain(pattern)) {
    const size_t at = text.find(pattern, from);
    return at == std::string_view::npos ? std::nullopt : std::optional(text.substr(at, pattern.size()));
  }
  const Regex* regex = Regex::Find(pattern);
  if (regex == nullptr || !regex->Search(text, from)) return std::nullopt;
  return regex->Group(text, 0);
}

// The pieces between matches; empty ones at the end are dropped, as by Java's String.split.
std::vector<std::string_view> SplitByRegex(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto match = FindSeparator(text, separator, 0);
    if (!match || match->empty()) break;  // a separator that matches nothing would go on for ever
    const auto at = static_cast<size_t>(match->data() - text.data());
    pieces.push_back(text.substr(0, at));
    text.remove_prefix(at + match->size());
  }
  pieces.push_back(text);
  while (!pieces.empty() && pieces.back().empty()) pieces.pop_back();
  return pieces;
}

// `a=1,b=2` by two regular expressions. A later key replaces an earlier one; without a separator the value is NULL.
void AddPairs(std::string_view text, std::string_view pairs, std::string_view key_value, ColumnBuilder& out) {
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> entries;
  for (const std::string_view pair : SplitByRegex(text, pairs)) {
    const auto middle = FindSeparator(pair, key_value, 0);
    std::string_view key = pair;
    std::optional<std::string_view> value;
    if (middle && !middle->empty()) {
      const auto at = static_cast<size_t>(middle->data() - pair.data());
      key = pair.substr(0, at);
      value = pair.substr(at + middle->size());
    }
    const auto known =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
    if (known == entries.end()) {
      entries.emplace_back(key, value);
    } else {
      known->second = value;
    }
  }
  for (const auto& [key, value] : entries) {
    out.child(0).AppendStringNoCopy(key);
    value ? out.child(1).AppendStringNoCopy(*value) : out.child(1).AppendNull();
  }
  out.EndList();
}

Result<ColumnPtr> StrToMap(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  for (const size_t child : {0, 1}) builder.child(child).KeepAlive(arguments[0]);
  const auto text = [&](size_t argument, size_t row, std::string_view otherwise) {
    return argument < arguments.size() ? arguments[argument]->values<StringRef>()[row].view() : otherwise;
  };
  for (size_t row = 0; row < count; ++row) {
    if (AnyNull(arguments, row)) {
      builder.AppendNull();
    } else {
      AddPairs(text(0, row, ""), text(1, row, ","), text(2, row, "="), builder);
    }
  }
  return builder.Finish();
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "MAP_KEYS",
     .signature = "MAP_KEYS(map)",
     .doc = "The keys as an array.",
     .example = "MAP_KEYS(MAP['a', 1]) -> [a]",
     .infer = &InferPart<0>,
     .kernel = &Part<0>},
    {.name = "MAP_VALUES",
     .signature = "MAP_VALUES(map)",
     .doc = "The values as an array.",
     .example = "MAP_VALUES(MAP['a', 1]) -> [1]",
     .infer = &InferPart<1>,
     .kernel = &Part<1>},
    {.name = "MAP_ENTRIES",
     .signature = "MAP_ENTRIES(map)",
     .doc = "The entries as an array of ROW(key, value).",
     .example = "MAP_ENTRIES(MAP['a', 1]) -> [(a, 1)]",
     .infer = &InferEntries,
     .kernel = &Entries},
    {.name = "MAP_UNION",
     .signature = "MAP_UNION(map, ..)",
     .doc = "The entries of all maps; of a key that several have, the last one.",
     .example = "MAP_UNION(MAP['a', 1], MAP['a', 2]) -> {a=2}",
     .infer = &InferUnion,
     .kernel = &Union},
    {.name = "MAP_FROM_ARRAYS",
     .signature = "MAP_FROM_ARRAYS(keys, values)",
     .doc = "A map of the keys to the values at the same places; an error if there are more of one.",
     .example = "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2]) -> {a=1, b=2}",
     .infer = &InferFromArrays,
     .kernel = &FromArrays},
    {.name = "STR_TO_MAP",
     .signature = "STR_TO_MAP(string [, pair_separator, key_value_separator])",
     .doc = "The map that 'a=1,b=2' stands for; the separators are regular expressions.",
     .example = "STR_TO_MAP('a=1,b=2')['b'] -> 2",
     .infer = &InferStrToMap,
     .kernel = &StrToMap},
};

}  // namespace

std::span<const ScalarFunction> MapFunctions() { return kFunctions; }

}  // namespace millrace::functions
