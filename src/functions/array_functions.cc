// ARRAY_* (Flink 1.18 - 1.20) and SPLIT.
#include <algorithm>

#include "functions/comparison.h"
#include "functions/function_tables.h"
#include "functions/kernel.h"
#include "functions/typing.h"
#include "functions/utf8.h"

namespace millrace::functions {
namespace {

// One row's elements: places in the array's child column.
struct Elements {
  const Column* values;
  size_t begin;
  size_t end;
};

Elements ElementsAt(const Column& array, size_t row) {
  return {array.child(0).get(), static_cast<size_t>(array.offsets()[row]),
          static_cast<size_t>(array.offsets()[row + 1])};
}

bool IsArray(const DataType& type) { return type.kind == TypeKind::kArray; }

// array -> R
template <typename MakeResult>
Result<CallTyping> InferOneArray(std::string_view name, std::span<const Argument> arguments, MakeResult make_result) {
  if (arguments.size() != 1) return WrongCount(name, 1);
  if (!IsArray(arguments[0].type)) return CannotApply(name, arguments);
  return CallTyping{{arguments[0].type}, make_result(arguments[0].type)};
}

Result<CallTyping> InferSameArray(std::string_view name, std::span<const Argument> arguments) {
  return InferOneArray(name, arguments, [](const DataType& array) { return array; });
}

Result<CallTyping> InferElementOfArray(std::string_view name, std::span<const Argument> arguments) {
  return InferOneArray(name, arguments, [](const DataType& array) { return array.child(0).Nullable(); });
}

// (array, element): the element is cast to the array's element type, or refused.
Result<std::vector<DataType>> ArrayAndElement(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() != 2) return WrongCount(name, 2);
  if (!IsArray(arguments[0].type)) return CannotApply(name, arguments);
  const DataType& element = arguments[0].type.child(0);
  const DataType& wanted = arguments[1].type;
  if (!IsNullType(wanted) && !IsImplicitCast(wanted, element) && !SameTypeIgnoringNull(wanted, element)) {
    return CannotApply(name, arguments).WithHint("CAST the value to the type of the array's elements.");
  }
  // Texts are compared as they are: a cast to the elements' length could cut the wanted one.
  const bool text = element.IsString() && wanted.IsString();
  return std::vector<DataType>{arguments[0].type,
                               text ? wanted : element.WithNullable(wanted.nullable || IsNullType(wanted))};
}

Result<CallTyping> InferContains(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(std::vector<DataType> types, ArrayAndElement(name, arguments));
  return CallTyping{types, DataType::Of(TypeKind::kBoolean).WithNullable(types[0].nullable)};
}

Result<CallTyping> InferPosition(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(std::vector<DataType> types, ArrayAndElement(name, arguments));
  return CallTyping{types, DataType::Of(TypeKind::kInt).WithNullable(types[0].nullable || types[1].nullable)};
}

Result<CallTyping> InferRemove(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(std::vector<DataType> types, ArrayAndElement(name, arguments));
  return CallTyping{types, types[0]};
}

// The array of the same elements, which may be NULL if the new one may.
Result<CallTyping> InferAppend(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(std::vector<DataType> types, ArrayAndElement(name, arguments));
  const DataType& element = types[0].child(0);
  const DataType common = element.WithNullable(element.nullable || types[1].nullable);
  types[1] = common;
  return CallTyping{types, DataType::Array(common).WithNullable(AnyNullable(arguments))};
}

Result<ColumnPtr> Contains(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  return MapRows<uint8_t>(result, count, arguments[0]->parts().validity, [&](size_t row) -> uint8_t {
    const Elements all = ElementsAt(*arguments[0], row);
    for (size_t at = all.begin; at < all.end; ++at) {
      if (SameAt(*all.values, at, *arguments[1], row)) return 1;
    }
    return 0;
  });
}

Result<ColumnPtr> Position(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  return MapRows<int32_t>(result, count, CombineValidity(arguments, count), [&](size_t row) {
    const Elements all = ElementsAt(*arguments[0], row);
    for (size_t at = all.begin; at < all.end; ++at) {
      if (SameAt(*all.values, at, *arguments[1], row)) return static_cast<int32_t>(at - all.begin + 1);
    }
    return 0;
  });
}

// The element that is less (or greater) than all others; NULLs do not take part.
template <bool Greatest>
Result<ColumnPtr> Extreme(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  ColumnBuilder builder(result);
  builder.Reserve(count);
  const Column& array = *arguments[0];
  for (size_t row = 0; row < count; ++row) {
    const Elements all = ElementsAt(array, row);
    size_t best = all.end;
    for (size_t at = all.begin; at < all.end && !array.IsNull(row); ++at) {
      if (all.values->IsNull(at)) continue;
      if (best == all.end || (CompareAt(*all.values, at, *all.values, best) > 0) == Greatest) best = at;
    }
    best == all.end ? builder.AppendNull() : builder.AppendFrom(*all.values, best);
  }
  return builder.Finish();
}

// Builds arrays from elements of argument columns.
class ArrayWriter {
 public:
  explicit ArrayWriter(const DataType& type) : builder_(type) {}
  void Add(const Column& values, size_t at) { builder_.child(0).AppendFrom(values, at); }
  void End() { builder_.EndList(); }
  void EndNull() { builder_.AppendNull(); }
  ColumnPtr Finish() { return builder_.Finish(); }

 private:
  ColumnBuilder builder_;
};

// Rows in which an argument is NULL are NULL; else fill(row, writer) adds the elements.
template <typename Fill>
Result<ColumnPtr> BuildArrays(std::span<const ColumnPtr> arguments, const DataType& result, size_t count, Fill fill) {
  ArrayWriter writer(result);
  for (size_t row = 0; row < count; ++row) {
    const bool null = std::any_of(arguments.begin(), arguments.end(), [&](const auto& a) { return a->IsNull(row); });
    if (null) {
      writer.EndNull();
      continue;
    }
    fill(row, writer);
    writer.End();
  }
  return writer.Finish();
}

Result<ColumnPtr> Remove(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return BuildArrays(arguments.first(1), result, count, [&](size_t row, ArrayWriter& out) {
    const Elements all = ElementsAt(*arguments[0], row);
    for (size_t at = all.begin; at < all.end; ++at) {
      if (!SameAt(*all.values, at, *arguments[1], row)) out.Add(*all.values, at);
    }
  });
}

template <bool Before>
Result<ColumnPtr> Append(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return BuildArrays(arguments.first(1), result, count, [&](size_t row, ArrayWriter& out) {
    const Elements all = ElementsAt(*arguments[0], row);
    if (Before) out.Add(*arguments[1], row);
    for (size_t at = all.begin; at < all.end; ++at) out.Add(*all.values, at);
    if (!Before) out.Add(*arguments[1], row);
  });
}

Result<ColumnPtr> Reverse(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                          size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    const Elements all = ElementsAt(*arguments[0], row);
    for (size_t at = all.end; at > all.begin; --at) out.Add(*all.values, at - 1);
  });
}

bool IsAmong(const Column& column, size_t row, const Column& values, const std::vector<size_t>& places) {
  return std::any_of(places.begin(), places.end(), [&](size_t at) { return SameAt(column, row, values, at); });
}

bool IsIn(const Column& column, size_t row, const Elements& elements) {
  for (size_t at = elements.begin; at < elements.end; ++at) {
    if (SameAt(column, row, *elements.values, at)) return true;
  }
  return false;
}

// Each different element once, in the order of its first appearance; `keep` says which take part.
template <typename Keep>
void AddDistinct(const Elements& all, ArrayWriter& out, Keep keep) {
  std::vector<size_t> seen;
  for (size_t at = all.begin; at < all.end; ++at) {
    if (!keep(at) || IsAmong(*all.values, at, *all.values, seen)) continue;
    seen.push_back(at);
    out.Add(*all.values, at);
  }
}

Result<ColumnPtr> Distinct(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                           size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    AddDistinct(ElementsAt(*arguments[0], row), out, [](size_t) { return true; });
  });
}

Result<ColumnPtr> Union(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    const Elements a = ElementsAt(*arguments[0], row);
    const Elements b = ElementsAt(*arguments[1], row);
    AddDistinct(a, out, [](size_t) { return true; });
    AddDistinct(b, out, [&](size_t at) { return !IsIn(*b.values, at, a); });
  });
}

template <bool Intersect>
Result<ColumnPtr> ExceptOrIntersect(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                                    size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    const Elements a = ElementsAt(*arguments[0], row);
    const Elements b = ElementsAt(*arguments[1], row);
    AddDistinct(a, out, [&](size_t at) { return IsIn(*a.values, at, b) == Intersect; });
  });
}

Result<ColumnPtr> ConcatArrays(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                               size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    for (const ColumnPtr& array : arguments) {
      const Elements all = ElementsAt(*array, row);
      for (size_t at = all.begin; at < all.end; ++at) out.Add(*all.values, at);
    }
  });
}

// Arrays of one common element type.
Result<CallTyping> InferArrays(std::string_view name, std::span<const Argument> arguments, size_t min, size_t max) {
  if (arguments.size() < min || arguments.size() > max) return WrongCount(name, min);
  DataType common = arguments[0].type;
  for (const Argument& argument : arguments) {
    const auto wider = CommonType(common, argument.type);
    if (!wider || (!IsArray(argument.type) && !IsNullType(argument.type))) {
      return CannotApply(name, arguments).WithHint("All arguments are arrays of one element type.");
    }
    common = *wider;
  }
  if (!IsArray(common)) return CannotApply(name, arguments);
  return CallTyping{std::vector<DataType>(arguments.size(), common), common.WithNullable(AnyNullable(arguments))};
}

Result<CallTyping> InferTwoArrays(std::string_view name, std::span<const Argument> arguments) {
  return InferArrays(name, arguments, 2, 2);
}
Result<CallTyping> InferConcat(std::string_view name, std::span<const Argument> arguments) {
  return InferArrays(name, arguments, 1, SIZE_MAX);
}

// The first array decides: EXCEPT and INTERSECT give some of its elements.
Result<CallTyping> InferSubset(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, InferTwoArrays(name, arguments));
  typing.result = typing.argument_types[0].WithNullable(AnyNullable(arguments));
  return typing;
}

Result<CallTyping> InferSlice(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("array, integer, integer? -> 0", name, arguments));
  return typing;
}

// From the 1-based start to the end, both inclusive; negative ones count from the end, 0 counts as 1.
Result<ColumnPtr> Slice(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    const Elements all = ElementsAt(*arguments[0], row);
    const auto size = static_cast<int64_t>(all.end - all.begin);
    const auto place = [&](int64_t index) { return index < 0 ? index + size + 1 : index == 0 ? 1 : index; };
    const int64_t first = std::max<int64_t>(1, place(arguments[1]->values<int64_t>()[row]));
    int64_t last = size;
    if (arguments.size() == 3) last = std::min(size, place(arguments[2]->values<int64_t>()[row]));
    for (int64_t i = first; i <= last; ++i) out.Add(*all.values, all.begin + static_cast<size_t>(i - 1));
  });
}

Result<CallTyping> InferSort(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("array, bool?, bool? -> 0", name, arguments));
  if (typing.argument_types[0].child(0).children != nullptr) return CannotApply(name, arguments);
  return typing;
}

// ARRAY_SORT(array [, ascending [, nulls first]]): NULLs come first when ascending unless said otherwise.
Result<ColumnPtr> Sort(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  std::vector<size_t> places;
  return BuildArrays(arguments, result, count, [&](size_t row, ArrayWriter& out) {
    const Elements all = ElementsAt(*arguments[0], row);
    const bool ascending = arguments.size() < 2 || arguments[1]->values<uint8_t>()[row] != 0;
    const bool nulls_first = arguments.size() < 3 ? ascending : arguments[2]->values<uint8_t>()[row] != 0;
    places.clear();
    for (size_t at = all.begin; at < all.end; ++at) places.push_back(at);
    std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) {
      const bool a_null = all.values->IsNull(a);
      const bool b_null = all.values->IsNull(b);
      if (a_null || b_null) return a_null != b_null && a_null == nulls_first;
      const int order = CompareAt(*all.values, a, *all.values, b);
      return ascending ? order < 0 : order > 0;
    });
    for (const size_t at : places) out.Add(*all.values, at);
  });
}

Result<CallTyping> InferJoin(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("array, string, string? -> string", name, arguments));
  if (!typing.argument_types[0].child(0).IsString()) return CannotApply(name, arguments);
  return typing;
}

// The texts with the separator between them; NULLs are left out, or replaced by the third argument.
Result<ColumnPtr> Join(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                       size_t count) {
  const ValidityPtr validity = CombineValidity(arguments, count);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  std::string text;
  size_t next = 0;
  ForEachValid(validity.get(), count, [&](size_t row) {
    builder.AppendNulls(row - next);
    next = row + 1;
    text.clear();
    bool first = true;
    const Elements all = ElementsAt(*arguments[0], row);
    for (size_t at = all.begin; at < all.end; ++at) {
      const bool null = all.values->IsNull(at);
      if (null && arguments.size() < 3) continue;
      if (!first) text += arguments[1]->values<StringRef>()[row].view();
      first = false;
      text += null ? arguments[2]->values<StringRef>()[row].view() : all.values->values<StringRef>()[at].view();
    }
    builder.AppendString(text);
  });
  builder.AppendNulls(count - next);
  return builder.Finish();
}

Result<CallTyping> InferSplit(std::string_view name, std::span<const Argument> arguments) {
  MR_ASSIGN(CallTyping typing, TypeBySpec("string, string -> string", name, arguments));
  typing.result = DataType::Array(DataType::String()).WithNullable(AnyNullable(arguments));
  return typing;
}

// The pieces between separators; an empty separator splits into characters, an empty text has no pieces.
void AddPieces(std::string_view text, std::string_view separator, ColumnBuilder& out) {
  if (separator.empty()) {
    for (size_t at = 0; at < text.size();) {
      const size_t start = at;
      NextCodePoint(text, at);
      out.AppendStringNoCopy(text.substr(start, at - start));
    }
    return;
  }
  if (text.empty()) return;
  for (size_t found = text.find(separator); found != std::string_view::npos; found = text.find(separator)) {
    out.AppendStringNoCopy(text.substr(0, found));
    text.remove_prefix(found + separator.size());
  }
  out.AppendStringNoCopy(text);
}

Result<ColumnPtr> Split(const KernelContext&, std::span<const ColumnPtr> arguments, const DataType& result,
                        size_t count) {
  const ValidityPtr validity = CombineValidity(arguments, count);
  ColumnBuilder builder(result);
  builder.Reserve(count);
  // The pieces point into the texts, whose short ones stand inside the column itself.
  builder.child(0).KeepAlive(arguments[0]);
  size_t next = 0;
  ForEachValid(validity.get(), count, [&](size_t row) {
    builder.AppendNulls(row - next);
    next = row + 1;
    AddPieces(arguments[0]->values<StringRef>()[row].view(), arguments[1]->values<StringRef>()[row].view(),
              builder.child(0));
    builder.EndList();
  });
  builder.AppendNulls(count - next);
  return builder.Finish();
}

constexpr ScalarFunction kFunctions[] = {
    {.name = "ARRAY_CONTAINS",
     .signature = "ARRAY_CONTAINS(array, value)",
     .doc = "TRUE if an element equals the value; NULL equals NULL.",
     .example = "ARRAY_CONTAINS(ARRAY[1, 2], 2) -> TRUE",
     .infer = &InferContains,
     .kernel = &Contains},
    {.name = "ARRAY_POSITION",
     .signature = "ARRAY_POSITION(array, value)",
     .doc = "Place of the first element that equals the value, from 1; 0 if there is none.",
     .example = "ARRAY_POSITION(ARRAY[4, 5], 5) -> 2",
     .infer = &InferPosition,
     .kernel = &Position},
    {.name = "ARRAY_REMOVE",
     .signature = "ARRAY_REMOVE(array, value)",
     .doc = "Without the elements that equal the value.",
     .example = "ARRAY_REMOVE(ARRAY[1, 2, 1], 1) -> [2]",
     .infer = &InferRemove,
     .kernel = &Remove},
    {.name = "ARRAY_APPEND",
     .signature = "ARRAY_APPEND(array, value)",
     .doc = "With the value behind the last element.",
     .example = "ARRAY_APPEND(ARRAY[1], 2) -> [1, 2]",
     .infer = &InferAppend,
     .kernel = &Append<false>},
    {.name = "ARRAY_PREPEND",
     .signature = "ARRAY_PREPEND(array, value)",
     .doc = "With the value before the first element.",
     .example = "ARRAY_PREPEND(ARRAY[1], 2) -> [2, 1]",
     .infer = &InferAppend,
     .kernel = &Append<true>},
    {.name = "ARRAY_DISTINCT",
     .signature = "ARRAY_DISTINCT(array)",
     .doc = "Each different element once, in the order of their first appearance.",
     .example = "ARRAY_DISTINCT(ARRAY[1, 2, 1]) -> [1, 2]",
     .infer = &InferSameArray,
     .kernel = &Distinct},
    {.name = "ARRAY_REVERSE",
     .signature = "ARRAY_REVERSE(array)",
     .doc = "The elements in reverse order.",
     .example = "ARRAY_REVERSE(ARRAY[1, 2]) -> [2, 1]",
     .infer = &InferSameArray,
     .kernel = &Reverse},
    {.name = "ARRAY_MAX",
     .signature = "ARRAY_MAX(array)",
     .doc = "The greatest element; NULLs do not count.",
     .example = "ARRAY_MAX(ARRAY[1, 3, 2]) -> 3",
     .infer = &InferElementOfArray,
     .kernel = &Extreme<true>},
    {.name = "ARRAY_MIN",
     .signature = "ARRAY_MIN(array)",
     .doc = "The least element; NULLs do not count.",
     .example = "ARRAY_MIN(ARRAY[3, 1, 2]) -> 1",
     .infer = &InferElementOfArray,
     .kernel = &Extreme<false>},
    {.name = "ARRAY_UNION",
     .signature = "ARRAY_UNION(array, array)",
     .doc = "Each different element of both once.",
     .example = "ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3]) -> [1, 2, 3]",
     .infer = &InferTwoArrays,
     .kernel = &Union},
    {.name = "ARRAY_EXCEPT",
     .signature = "ARRAY_EXCEPT(array, array)",
     .doc = "Each different element of the first that the second does not have, once.",
     .example = "ARRAY_EXCEPT(ARRAY[1, 2], ARRAY[2]) -> [1]",
     .infer = &InferSubset,
     .kernel = &ExceptOrIntersect<false>},
    {.name = "ARRAY_INTERSECT",
     .signature = "ARRAY_INTERSECT(array, array)",
     .doc = "Each different element that both have, once.",
     .example = "ARRAY_INTERSECT(ARRAY[1, 2], ARRAY[2, 3]) -> [2]",
     .infer = &InferSubset,
     .kernel = &ExceptOrIntersect<true>},
    {.name = "ARRAY_CONCAT",
     .signature = "ARRAY_CONCAT(array, ..)",
     .doc = "The elements of all arrays one after the other; NULL if an array is NULL.",
     .example = "ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3]) -> [1, 2, 3]",
     .infer = &InferConcat,
     .kernel = &ConcatArrays},
    {.name = "ARRAY_SLICE",
     .signature = "ARRAY_SLICE(array, start [, end])",
     .doc = "The elements from start to end, both inclusive, from 1; negative ones count from the end.",
     .example = "ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3) -> [2, 3]",
     .infer = &InferSlice,
     .kernel = &Slice},
    {.name = "ARRAY_SORT",
     .signature = "ARRAY_SORT(array [, ascending [, nulls_first]])",
     .doc = "The elements in order. NULLs come first when ascending, else last, unless nulls_first says otherwise.",
     .example = "ARRAY_SORT(ARRAY[3, 1, 2]) -> [1, 2, 3]",
     .infer = &InferSort,
     .kernel = &Sort},
    {.name = "ARRAY_JOIN",
     .signature = "ARRAY_JOIN(array, separator [, null_text])",
     .doc = "The texts with the separator between them; NULLs are left out or written as null_text.",
     .example = "ARRAY_JOIN(ARRAY['a', 'b'], '-') -> a-b",
     .infer = &InferJoin,
     .kernel = &Join},
    {.name = "SPLIT",
     .signature = "SPLIT(string, separator)",
     .doc = "The pieces between separators; an empty separator splits into characters.",
     .example = "SPLIT('a,b', ',') -> [a, b]",
     .infer = &InferSplit,
     .kernel = &Split},
};

}  // namespace

std::span<const ScalarFunction> ArrayFunctions() { return kFunctions; }

}  // namespace millrace::functions
