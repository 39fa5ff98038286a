#pragma once

#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "data/column_builder.h"
#include "functions/scalar_function.h"

namespace millrace::functions {

// Building blocks of kernels. A kernel works on whole columns; the null rows are known from bitmaps before it looks at
// any value.

using ValidityPtr = std::shared_ptr<const uint64_t>;

// The rows in which no argument is NULL; null when that is every row.
ValidityPtr CombineValidity(std::span<const ColumnPtr> arguments, size_t count);

// Uninitialised places for `count` values.
template <typename T>
std::shared_ptr<T> NewValues(size_t count) {
  return std::shared_ptr<T>(new T[count + 1], [](T* values) { delete[] values; });
}

// A column of fixed-width values; those under a null must be zero.
ColumnPtr FixedColumn(const DataType& type, size_t count, std::shared_ptr<const void> values, ValidityPtr validity);

// Calls each(row) for the rows whose bit is set, ascending.
template <typename F>
inline void ForEachValid(const uint64_t* validity, size_t count, F&& each) {
  if (validity == nullptr) {
    for (size_t row = 0; row < count; ++row) each(row);
    return;
  }
  for (size_t base = 0; base < count; base += 64) {
    const size_t rows = std::min<size_t>(64, count - base);
    uint64_t word = validity[base / 64];
    if (rows < 64) word &= (1ULL << rows) - 1;
    if (word == ~0ULL) {
      for (size_t row = base; row < base + 64; ++row) each(row);
    } else {
      for (; word != 0; word &= word - 1) each(base + static_cast<size_t>(std::countr_zero(word)));
    }
  }
}

// out[row] = op(row) for the valid rows.
template <typename Out, typename Op>
ColumnPtr MapRows(const DataType& type, size_t count, ValidityPtr validity, Op&& op) {
  std::shared_ptr<Out> values = NewValues<Out>(count);
  Out* out = values.get();
  if (validity != nullptr) std::memset(static_cast<void*>(out), 0, count * sizeof(Out));
  ForEachValid(validity.get(), count, [&](size_t row) { out[row] = op(row); });
  return FixedColumn(type, count, std::move(values), std::move(validity));
}

// A writable copy of `validity` (all set when null), made when the first row turns to NULL.
class NullMarker {
 public:
  NullMarker(ValidityPtr validity, size_t count) : validity_(std::move(validity)), count_(count) {}
  void SetNull(size_t row) {
    if (words_ == nullptr) Own();
    words_.get()[row >> 6] &= ~(1ULL << (row & 63));
  }
  ValidityPtr Finish() { return words_ == nullptr ? std::move(validity_) : ValidityPtr(std::move(words_)); }

 private:
  void Own();
  ValidityPtr validity_;
  size_t count_;
  std::shared_ptr<uint64_t> words_;
};

// As MapRows; op returns std::optional<Out>, nullopt = NULL.
template <typename Out, typename Op>
ColumnPtr MapRowsOrNull(const DataType& type, size_t count, ValidityPtr validity, Op&& op) {
  std::shared_ptr<Out> values = NewValues<Out>(count);
  Out* out = values.get();
  if (validity != nullptr) std::memset(static_cast<void*>(out), 0, count * sizeof(Out));
  NullMarker nulls(validity, count);
  ForEachValid(validity.get(), count, [&](size_t row) {
    const std::optional<Out> value = op(row);
    out[row] = value.value_or(Out{});
    if (!value) nulls.SetNull(row);
  });
  return FixedColumn(type, count, std::move(values), nulls.Finish());
}

// The rest turns an ordinary function on values into a kernel: `kernel = &Strict<CharLength>` where
//   int32_t CharLength(std::string_view text);
// Strict: a NULL argument makes the row NULL without a call. Parameters, in the order of the call's arguments:
//   bool, int8_t .. int64_t, float, double, Int128, Timestamp   a column of that physical type
//   std::string_view                                           CHAR, VARCHAR, BINARY, VARBINARY
//   LocalMillis                                                DATE, TIMESTAMP(<= 3), or an LTZ in the session's zone
//   std::optional<T>                                           an argument that may be left out
// and, where wanted, const KernelContext& first and std::string& (the result's text, empty at first) last.
// Results: T, std::optional<T> (nullopt = NULL), Result<T> (an error fails the job); with std::string& last: void, bool
// (false = NULL) or Status. A std::string_view result must point into an argument or at something that lives forever.
struct LocalMillis {
  int64_t value = 0;
};

namespace kernel_internal {

struct Environment {
  const KernelContext& context;
  std::span<const ColumnPtr> arguments;
  size_t next = 0;
  std::string text = {};
};

template <typename T>
struct Reader {  // fixed-width values
  const T* values;
  explicit Reader(Environment& env) : values(env.arguments[env.next++]->template values<T>()) {}
  T operator()(size_t row) const { return values[row]; }
};

template <>
struct Reader<bool> {
  const uint8_t* values;
  explicit Reader(Environment& env) : values(env.arguments[env.next++]->values<uint8_t>()) {}
  bool operator()(size_t row) const { return values[row] != 0; }
};

template <>
struct Reader<std::string_view> {
  const StringRef* values;
  explicit Reader(Environment& env) : values(env.arguments[env.next++]->values<StringRef>()) {}
  std::string_view operator()(size_t row) const { return values[row].view(); }
};

template <>
struct Reader<LocalMillis> {
  const Column* column;
  const TimeZone* zone = nullptr;  // of an LTZ
  explicit Reader(Environment& env) : column(env.arguments[env.next++].get()) {
    if (column->type().kind == TypeKind::kTimestampLtz) zone = env.context.zone;
  }
  LocalMillis operator()(size_t row) const {
    if (column->type().kind == TypeKind::kDate) return {column->values<int32_t>()[row] * int64_t{86'400'000}};
    const int64_t millis = column->values<int64_t>()[row];
    return {zone == nullptr ? millis : zone->ToLocalMillis(millis)};
  }
};

template <typename T>
struct Reader<std::optional<T>> {
  std::optional<Reader<T>> reader;
  explicit Reader(Environment& env) {
    if (env.next < env.arguments.size()) reader.emplace(env);
  }
  std::optional<T> operator()(size_t row) const {
    return reader ? std::optional<T>((*reader)(row)) : std::optional<T>();
  }
};

template <>
struct Reader<const KernelContext&> {
  const KernelContext& context;
  explicit Reader(Environment& env) : context(env.context) {}
  const KernelContext& operator()(size_t) const { return context; }
};

template <>
struct Reader<std::string&> {
  std::string& text;
  explicit Reader(Environment& env) : text(env.text) {}
  std::string& operator()(size_t) const { return text; }
};

template <typename T>
struct Traits {  // T
  using Value = T;
  static constexpr bool kNullable = false, kFails = false;
};
template <typename T>
struct Traits<std::optional<T>> {
  using Value = T;
  static constexpr bool kNullable = true, kFails = false;
};
template <typename T>
struct Traits<Result<T>> {
  using Value = typename Traits<T>::Value;
  static constexpr bool kNullable = Traits<T>::kNullable, kFails = true;
};
template <>
struct Traits<Status> {
  using Value = void;
  static constexpr bool kNullable = false, kFails = true;
};

template <typename T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

// Rows whose result is text written to env.text.
template <typename R, typename Call>
Result<ColumnPtr> TextRows(Environment& env, const DataType& type, size_t count, const ValidityPtr& validity,
                           Call&& call) {
  ColumnBuilder builder(type);
  builder.Reserve(count);
  size_t next = 0;
  std::optional<Error> error;
  ForEachValid(validity.get(), count, [&](size_t row) {
    if constexpr (Traits<R>::kFails) {
      if (error) return;
    }
    builder.AppendNulls(row - next);
    next = row + 1;
    env.text.clear();
    if constexpr (std::is_same_v<R, void>) {
      call(row);
    } else if constexpr (std::is_same_v<R, bool>) {
      if (!call(row)) return builder.AppendNull();
    } else {
      auto status = call(row);
      if (!status.ok()) {
        error = std::move(status).error();
        return;
      }
    }
    builder.AppendString(env.text);
  });
  if (error) return std::move(*error);
  builder.AppendNulls(count - next);
  return builder.Finish();
}

// Rows whose result is a piece of an argument.
template <typename R, typename Call>
Result<ColumnPtr> ViewRows(Environment& env, const DataType& type, size_t count, const ValidityPtr& validity,
                           Call&& call) {
  ColumnBuilder builder(type);
  builder.Reserve(count);
  for (const ColumnPtr& argument : env.arguments) {
    for (const auto& owner : argument->parts().keep_alive) builder.KeepAlive(owner);
  }
  size_t next = 0;
  ForEachValid(validity.get(), count, [&](size_t row) {
    builder.AppendNulls(row - next);
    next = row + 1;
    if constexpr (Traits<R>::kNullable) {
      const std::optional<std::string_view> view = call(row);
      view ? builder.AppendStringNoCopy(*view) : builder.AppendNull();
    } else {
      builder.AppendStringNoCopy(call(row));
    }
  });
  builder.AppendNulls(count - next);
  return builder.Finish();
}

template <typename R, typename Call>
Result<ColumnPtr> FallibleRows(const DataType& type, size_t count, const ValidityPtr& validity, Call&& call) {
  using Value = Stored<typename Traits<R>::Value>;
  std::optional<Error> error;
  ColumnPtr column = MapRowsOrNull<Value>(type, count, validity, [&](size_t row) -> std::optional<Value> {
    if (error) return std::nullopt;
    auto result = call(row);
    if (result.ok()) return *result;
    error = std::move(result).error();
    return std::nullopt;
  });
  if (error) return std::move(*error);
  return column;
}

// The readers by position, since two parameters may have the same type.
template <auto Function, typename R, typename... Args, size_t... Is>
Result<ColumnPtr> RunIndexed(R (*)(Args...), std::index_sequence<Is...>, const KernelContext& context,
                             std::span<const ColumnPtr> arguments, const DataType& type, size_t count) {
  Environment env{context, arguments};
  const std::tuple<Reader<Args>...> readers{Reader<Args>(env)...};  // braces: from left to right
  const auto call = [&readers](size_t row) { return Function(std::get<Is>(readers)(row)...); };
  ValidityPtr validity = CombineValidity(arguments, count);
  constexpr bool kText = (std::is_same_v<Args, std::string&> || ...);
  if constexpr (kText) {
    return TextRows<R>(env, type, count, validity, call);
  } else if constexpr (std::is_same_v<typename Traits<R>::Value, std::string_view>) {
    return ViewRows<R>(env, type, count, validity, call);
  } else if constexpr (Traits<R>::kFails) {
    return FallibleRows<R>(type, count, validity, call);
  } else if constexpr (Traits<R>::kNullable) {
    return MapRowsOrNull<Stored<typename Traits<R>::Value>>(type, count, std::move(validity), call);
  } else {
    return MapRows<Stored<R>>(type, count, std::move(validity), call);
  }
}

template <auto Function, typename R, typename... Args>
Result<ColumnPtr> RunFunction(R (*function)(Args...), const KernelContext& context,
                              std::span<const ColumnPtr> arguments, const DataType& type, size_t count) {
  return RunIndexed<Function>(function, std::index_sequence_for<Args...>{}, context, arguments, type, count);
}

}  // namespace kernel_internal

template <auto Function>
Result<ColumnPtr> Strict(const KernelContext& context, std::span<const ColumnPtr> arguments, const DataType& result,
                         size_t count) {
  return kernel_internal::RunFunction<Function>(Function, context, arguments, result, count);
}

// One kernel for several numeric types: calls f.template operator()<T>() with the C++ type of `physical`.
template <typename F>
Result<ColumnPtr> DispatchNumber(Physical physical, F&& f) {
  switch (physical) {
    case Physical::kInt8: return f.template operator()<int8_t>();
    case Physical::kInt16: return f.template operator()<int16_t>();
    case Physical::kInt32: return f.template operator()<int32_t>();
    case Physical::kInt64: return f.template operator()<int64_t>();
    case Physical::kFloat: return f.template operator()<float>();
    case Physical::kDouble: return f.template operator()<double>();
    case Physical::kInt128: return f.template operator()<Int128>();
    case Physical::kBool:
    case Physical::kTimestamp:
    case Physical::kString:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: break;
  }
  return InternalError("kernel: a number was expected");
}

}  // namespace millrace::functions
