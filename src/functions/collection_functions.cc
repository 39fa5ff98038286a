#include "functions/comparison.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool IsMap(const DataType& type) { return type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset; }

Result<CallTyping> InferCardinality(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  const DataType& type = arguments[0].type;
  if (type.kind != TypeKind::kArray && !IsMap(type)) return CannotApply(name, arguments);
  return CallTyping{{type}, DataType::Of(TypeKind::kInt).WithNullable(type.nullable)};
}

Result<ColumnPtr> Cardinality(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                              size_t count) {
  const int32_t* offsets = arguments[0]->offsets();
  return MapRows<int32_t>(result, count, arguments[0]->parts().validity,
                          [=](size_t row) { return offsets[row + 1] - offsets[row]; });
}

Result<CallTyping> InferItem(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  const DataType& type = arguments[0].type;
  const DataType& key = arguments[1].type;
  if (type.kind == TypeKind::kArray && (key.IsInteger() || IsNullType(key))) {
    return CallTyping{{type, DataType::Of(TypeKind::kBigInt)}, type.child(0).Nullable()};
  }
  if (type.kind == TypeKind::kMap && (IsNullType(key) || CommonType(type.child(0), key))) {
    // Texts are compared as they are: a cast to the key's length could cut the wanted key.
    const bool text = type.child(0).IsString() && key.IsString();
    return CallTyping{{type, text ? key : type.child(0).Nullable()}, type.child(1).Nullable()};
  }
  return CannotApply(name, arguments);
}

// The place of the wanted element in the child columns, or -1.
int64_t ItemPlace(const Column& list, const Column& key, size_t row) {
  const int32_t begin = list.offsets()[row];
  const int32_t end = list.offsets()[row + 1];
  if (list.type().kind == TypeKind::kArray) {
    const int64_t index = key.values<int64_t>()[row];
    return index >= 1 && index <= end - begin ? begin + index - 1 : -1;
  }
  for (int32_t at = begin; at < end; ++at) {
    const auto place = static_cast<size_t>(at);
    if (!list.child(0)->IsNull(place) && CompareAt(*list.child(0), place, key, row) == 0) return at;
  }
  return -1;
}

Result<ColumnPtr> Item(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  const Column& list = *arguments[0];
  const Column& elements = *list.child(list.type().kind == TypeKind::kArray ? 0 : 1);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  for (size_t row = 0; row < count; ++row) {
    const bool null = list.IsNull(row) || arguments[1]->IsNull(row);
    const int64_t place = null ? -1 : ItemPlace(list, *arguments[1], row);
    if (place < 0) {
      builder.AppendNull();
    } else {
      builder.AppendFrom(elements, static_cast<size_t>(place));
    }
  }
  return builder.Finish();
}

Result<DataType> CommonElement(std::string_view name, std::span<const Argument> arguments, size_t first, size_t step) {
  DataType common = DataType::Of(TypeKind::kNull);
  common.nullable = false;
  bool nullable = false;
  for (size_t i = first; i < arguments.size(); i += step) {
    nullable = nullable || arguments[i].type.nullable;
    const auto wider = CommonType(common, arguments[i].type);
    if (!wider) return CannotApply(name, arguments).WithHint("CAST the elements to one type.");
    common = *wider;
  }
  if (IsNullType(common)) return CannotApply(name, arguments).WithHint("One element at least needs a type.");
  return common.WithNullable(nullable);
}

Result<CallTyping> InferArray(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  MR_ASSIGN(const DataType element, CommonElement(name, arguments, 0, 1));
  return CallTyping{std::vector<DataType>(arguments.size(), element), DataType::Array(element).NotNull()};
}

// One column of `pieces.size() * count` rows: for each row its value of every piece.
ColumnPtr Interleave(std::span<const ColumnPtr> pieces, size_t first, size_t step, const DataType& type, size_t count) {
  std::vector<ColumnPtr> columns;
  for (size_t i = first; i < pieces.size(); i += step) columns.push_back(pieces[i]->WithType(type));
  std::vector<uint32_t> places;
  places.reserve(columns.size() * count);
  for (size_t row = 0; row < count; ++row) {
    for (size_t i = 0; i < columns.size(); ++i) places.push_back(static_cast<uint32_t>(i * count + row));
  }
  return ConcatColumns(columns)->Gather(places);
}

std::shared_ptr<const int32_t> EvenOffsets(size_t count, size_t size) {
  std::shared_ptr<int32_t> offsets = NewValues<int32_t>(count + 1);
  for (size_t row = 0; row <= count; ++row) offsets.get()[row] = static_cast<int32_t>(row * size);
  return offsets;
}

Result<ColumnPtr> MakeArray(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                            size_t count) {
  Column::Parts parts{.type = result, .size = count, .offsets = EvenOffsets(count, arguments.size())};
  parts.children.push_back(Interleave(arguments, 0, 1, result.child(0), count));
  return std::make_shared<const Column>(std::move(parts));
}

Result<CallTyping> InferMap(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty() || arguments.size() % 2 != 0) {
    return ValidationError("MAP requires an even number of arguments: key, value, key, value ..");
  }
  MR_ASSIGN(const DataType key, CommonElement(name, arguments, 0, 2));
  MR_ASSIGN(const DataType value, CommonElement(name, arguments, 1, 2));
  CallTyping typing{{}, DataType::Map(key, value).NotNull()};
  for (size_t i = 0; i < arguments.size(); ++i) typing.argument_types.push_back(i % 2 == 0 ? key : value);
  return typing;
}

// A key given twice keeps its last value.
Result<ColumnPtr> MakeMap(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  for (size_t row = 0; row < count; ++row) {
    for (size_t i = 0; i < arguments.size(); i += 2) {
      bool again = false;
      for (size_t k = i + 2; k < arguments.size() && !again; k += 2) {
        again = SameAt(*arguments[i], row, *arguments[k], row);
      }
      if (again) continue;
      builder.child(0).AppendFrom(*arguments[i], row);
      builder.child(1).AppendFrom(*arguments[i + 1], row);
    }
    builder.EndList();
  }
  return builder.Finish();
}

Result<CallTyping> InferRow(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.empty()) return WrongCount(name, 1);
  CallTyping typing;
  std::vector<Field> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const DataType type = IsNullType(arguments[i].type) ? DataType::String() : arguments[i].type;
    typing.argument_types.push_back(type);
    fields.push_back({"EXPR$" + std::to_string(i), type, ""});
  }
  typing.result = DataType::Row(std::move(fields)).NotNull();
  return typing;
}

Result<ColumnPtr> MakeRow(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  Column::Parts parts{.type = result, .size = count};
  for (size_t i = 0; i < arguments.size(); ++i) parts.children.push_back(arguments[i]->WithType(result.child(i)));
  return std::make_shared<const Column>(std::move(parts));
}

Result<CallTyping> InferElement(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  if (arguments[0].type.kind != TypeKind::kArray) return CannotApply(name, arguments);
  return CallTyping{{arguments[0].type}, arguments[0].type.child(0).Nullable()};
}

Result<ColumnPtr> Element(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  const Column& list = *arguments[0];
  ColumnBuilder builder(result);
  for (size_t row = 0; row < count; ++row) {
    const int32_t begin = list.offsets()[row];
    const int32_t size = list.offsets()[row + 1] - begin;
    if (!list.IsNull(row) && size > 1) return UserError("ELEMENT: the array has more than one element.");
    if (list.IsNull(row) || size == 0) {
      builder.AppendNull();
    } else {
      builder.AppendFrom(*list.child(0), static_cast<size_t>(begin));
    }
  }
  return builder.Finish();
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "CARDINALITY",
     .signature = "CARDINALITY(array), CARDINALITY(map)",
     .doc = "Number of elements or entries.",
     .example = "CARDINALITY(ARRAY[4, 5]) -> 2",
     .infer = &InferCardinality,
     .kernel = &Cardinality},
    {.name = "ITEM",
     .signature = "array[index], map[key]",
     .doc = "The element with that index, from 1, or the value of that key; NULL if there is none.",
     .example = "ITEM(ARRAY[4, 5], 2) -> 5",
     .infer = &InferItem,
     .kernel = &Item},
    {.name = "ELEMENT",
     .signature = "ELEMENT(array)",
     .doc = "The only element; NULL of an empty array; an error if there are more.",
     .example = "ELEMENT(ARRAY[4]) -> 4",
     .infer = &InferElement,
     .kernel = &Element},
    {.name = "ARRAY",
     .signature = "ARRAY[a, b, ..]",
     .doc = "An array of the values.",
     .example = "ARRAY[1, 2] -> [1, 2]",
     .infer = &InferArray,
     .kernel = &MakeArray},
    {.name = "MAP",
     .signature = "MAP[key, value, key, value, ..]",
     .doc = "A map of the keys to the values.",
     .example = "MAP['a', 1, 'b', 2] -> {a=1, b=2}",
     .infer = &InferMap,
     .kernel = &MakeMap},
    {.name = "ROW",
     .signature = "ROW(a, b, ..)",
     .doc = "A row of the values.",
     .example = "ROW(1, 'x') -> (1, x)",
     .infer = &InferRow,
     .kernel = &MakeRow},
};

}  // namespace

std::span<const ScalarFunction> CollectionFunctions() { return kFunctions; }

}  // namespace millrace::functions
