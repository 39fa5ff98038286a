#include "functions/comparison.h"

#include <algorithm>

#include "functions/number_typing.h"
#include "functions/typing.h"

namespace millrace::functions {
namespace {

bool IsTemporal(const DataType& type) {
  return type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.IsTimestamp();
}

bool IsNested(const DataType& type) { return type.children != nullptr; }

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

template <typename T>
int OrderAt(const Column& a, size_t a_row, const Column& b, size_t b_row) {
  return Order(a.values<T>()[a_row], b.values<T>()[b_row]);
}

bool SameMap(const ValueList& a, const ValueList& b, const DataType& type) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i += 2) {
    bool found = false;
    for (size_t k = 0; k < b.size() && !found; k += 2) {
      found = SameValue(a[i], b[k], type.child(0)) && SameValue(a[i + 1], b[k + 1], type.child(1));
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace

std::optional<ComparedTypes> TypesForComparison(const DataType& a, const DataType& b, bool ordered) {
  const auto both = [&](const DataType& type) {
    return ComparedTypes{type.WithNullable(a.nullable), type.WithNullable(b.nullable)};
  };
  if (IsNullType(a) && IsNullType(b)) return both(DataType::Of(TypeKind::kBoolean));
  if (IsNullType(a)) return both(b);
  if (IsNullType(b)) return both(a);
  if (a.IsNumeric() && b.IsNumeric()) {
    const DataType wider = WiderNumber(a, b);
    if (wider.kind == TypeKind::kDecimal) return ComparedTypes{AsDecimal(a), AsDecimal(b)};
    // Java compares a FLOAT with a DOUBLE as doubles.
    if (wider.kind == TypeKind::kFloat && a.kind != b.kind) return both(DataType::Of(std::max(a.kind, b.kind)));
    return both(wider);
  }
  const bool text = (a.IsString() && b.IsString()) || (a.IsBinary() && b.IsBinary());
  if (text) return ComparedTypes{a, b};
  // The text is cast to the number. (Flink refuses = and <> here.)
  if (ordered && a.IsNumeric() && b.IsString()) return both(a);
  if (ordered && a.IsString() && b.IsNumeric()) return both(b);
  if (IsTemporal(a) && b.IsString()) return both(a);
  if (a.IsString() && IsTemporal(b)) return both(b);
  if (IsNested(a) && ordered) return std::nullopt;
  const auto common = CommonType(a, b);
  if (!common) return std::nullopt;
  return both(*common);
}

int CompareAt(const Column& a, size_t a_row, const Column& b, size_t b_row) {
  switch (a.type().physical()) {
    case Physical::kBool: return OrderAt<uint8_t>(a, a_row, b, b_row);
    case Physical::kInt8: return OrderAt<int8_t>(a, a_row, b, b_row);
    case Physical::kInt16: return OrderAt<int16_t>(a, a_row, b, b_row);
    case Physical::kInt32: return OrderAt<int32_t>(a, a_row, b, b_row);
    case Physical::kInt64: return OrderAt<int64_t>(a, a_row, b, b_row);
    case Physical::kFloat: return OrderAt<float>(a, a_row, b, b_row);
    case Physical::kDouble: return OrderAt<double>(a, a_row, b, b_row);
    case Physical::kTimestamp: return OrderAt<Timestamp>(a, a_row, b, b_row);
    case Physical::kString: return OrderAt<StringRef>(a, a_row, b, b_row);
    case Physical::kInt128: {
      const auto order =
          CompareDecimals(a.values<Int128>()[a_row], a.type().scale, b.values<Int128>()[b_row], b.type().scale);
      return order < 0 ? -1 : order > 0 ? 1 : 0;
    }
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: break;
  }
  return SameValue(ColumnValue(a, a_row), ColumnValue(b, b_row), a.type()) ? 0 : 1;
}

bool SameAt(const Column& a, size_t a_row, const Column& b, size_t b_row) {
  if (a.IsNull(a_row) || b.IsNull(b_row)) return a.IsNull(a_row) == b.IsNull(b_row);
  return CompareAt(a, a_row, b, b_row) == 0;
}

bool SameValue(const Value& a, const Value& b, const DataType& type) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  if (!IsNested(type)) return a == b;
  const ValueList& x = *std::get<std::shared_ptr<const ValueList>>(a);
  const ValueList& y = *std::get<std::shared_ptr<const ValueList>>(b);
  if (type.physical() == Physical::kMap) return SameMap(x, y, type);
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!SameValue(x[i], y[i], type.child(type.kind == TypeKind::kArray ? 0 : i))) return false;
  }
  return true;
}

}  // namespace millrace::functions
