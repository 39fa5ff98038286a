// COUNT, SUM and AVG.
#include <limits>

#include "functions/aggregator_base.h"

namespace millrace::functions {
namespace {

struct CountState {
  int64_t count = 0;
};

template <bool kHasArgument>
class Count final : public PlainAggregator<Count<kHasArgument>, CountState> {
 public:
  static constexpr bool kSkipsNulls = kHasArgument;
  void Add(CountState& state, const Column*, size_t, bool retract) const { state.count += retract ? -1 : 1; }
  void Join(CountState& into, const CountState& from) const { into.count += from.count; }
  void Emit(const CountState& state, ColumnBuilder& out) const { out.Append(state.count); }
};

// Sums integers in their unsigned twin, where overflow wraps as Java's does.
template <typename T>
struct SumOf {
  using Type = std::conditional_t<std::is_integral_v<T>,
                                  std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>, T>;
};
template <>
struct SumOf<float> {
  using Type = float;
};
template <>
struct SumOf<double> {
  using Type = double;
};

template <typename T>
struct SumState {
  typename SumOf<T>::Type sum = 0;
  int64_t count = 0;  // of values that are not NULL
};

template <typename T>
class Sum final : public PlainAggregator<Sum<T>, SumState<T>> {
 public:
  static constexpr bool kSkipsNulls = true;
  void Add(SumState<T>& state, const Column* column, size_t row, bool retract) const {
    const auto value = static_cast<typename SumOf<T>::Type>(column->values<T>()[row]);
    state.sum = static_cast<typename SumOf<T>::Type>(retract ? state.sum - value : state.sum + value);
    state.count += retract ? -1 : 1;
  }
  void Join(SumState<T>& into, const SumState<T>& from) const {
    into.sum = static_cast<typename SumOf<T>::Type>(into.sum + from.sum);
    into.count += from.count;
  }
  void Emit(const SumState<T>& state, ColumnBuilder& out) const {
    state.count == 0 ? out.AppendNull() : out.Append(static_cast<T>(state.sum));
  }
};

// 38 nines: the largest DECIMAL.
constexpr Int128 MaxDecimal() {
  Int128 value = 0;
  for (int i = 0; i < 38; ++i) value = value * 10 + 9;
  return value;
}
constexpr Int128 kMaxDecimal = MaxDecimal();

struct DecimalState {
  Int128 sum = 0;
  int64_t count = 0;
  int64_t overflow = 0;
};

// Shared by SUM and AVG over DECIMAL.
template <typename Derived>
class DecimalSum : public PlainAggregator<Derived, DecimalState> {
 public:
  static constexpr bool kSkipsNulls = true;
  void Add(DecimalState& state, const Column* column, size_t row, bool retract) const {
    const Int128 value = column->values<Int128>()[row];
    AddTo(state, retract ? -value : value);
    state.count += retract ? -1 : 1;
  }
  void Join(DecimalState& into, const DecimalState& from) const {
    AddTo(into, from.sum);
    into.count += from.count;
    into.overflow |= from.overflow;
  }

 protected:
  static void AddTo(DecimalState& state, Int128 value) {
    // Two 38-digit numbers fit into 127 bits, so the sum itself cannot overflow.
    state.sum += value;
    if (state.sum > kMaxDecimal || state.sum < -kMaxDecimal) {
      state.overflow = 1;
      state.sum = 0;
    }
  }
};

class SumDecimal final : public DecimalSum<SumDecimal> {
 public:
  void Emit(const DecimalState& state, ColumnBuilder& out) const {
    state.count == 0 || state.overflow != 0 ? out.AppendNull() : out.Append(state.sum);
  }
};

class AvgDecimal final : public DecimalSum<AvgDecimal> {
 public:
  explicit AvgDecimal(int32_t extra_digits) : extra_digits_(extra_digits) {}
  void Emit(const DecimalState& state, ColumnBuilder& out) const {
    if (state.count == 0 || state.overflow != 0) return out.AppendNull();
    // Long division, so that the added digits need no wider number; rounds half up.
    const bool negative = state.sum < 0;
    const Int128 sum = negative ? -state.sum : state.sum;
    const Int128 count = state.count;
    Int128 quotient = sum / count;
    Int128 rest = sum % count;
    for (int32_t i = 0; i < extra_digits_; ++i) {
      if (quotient > kMaxDecimal / 10) return out.AppendNull();
      rest *= 10;
      quotient = quotient * 10 + rest / count;
      rest %= count;
    }
    if (rest * 2 >= count) quotient += 1;
    out.Append(negative ? -quotient : quotient);
  }

 private:
  int32_t extra_digits_;
};

struct AvgState {
  uint64_t sum = 0;  // BIGINT arithmetic
  int64_t count = 0;
};

template <typename T>
class AvgInteger final : public PlainAggregator<AvgInteger<T>, AvgState> {
 public:
  static constexpr bool kSkipsNulls = true;
  void Add(AvgState& state, const Column* column, size_t row, bool retract) const {
    const auto value = static_cast<uint64_t>(static_cast<int64_t>(column->values<T>()[row]));
    state.sum = retract ? state.sum - value : state.sum + value;
    state.count += retract ? -1 : 1;
  }
  void Join(AvgState& into, const AvgState& from) const {
    into.sum += from.sum;
    into.count += from.count;
  }
  void Emit(const AvgState& state, ColumnBuilder& out) const {
    if (state.count == 0) return out.AppendNull();
    const auto sum = static_cast<int64_t>(state.sum);
    // INT64_MIN / -1 does not occur: counts are positive.
    out.Append(static_cast<T>(sum / state.count));
  }
};

struct AvgDoubleState {
  double sum = 0;
  int64_t count = 0;
};

template <typename T>
class AvgFloating final : public PlainAggregator<AvgFloating<T>, AvgDoubleState> {
 public:
  static constexpr bool kSkipsNulls = true;
  void Add(AvgDoubleState& state, const Column* column, size_t row, bool retract) const {
    const double value = column->values<T>()[row];
    state.sum += retract ? -value : value;
    state.count += retract ? -1 : 1;
  }
  void Join(AvgDoubleState& into, const AvgDoubleState& from) const {
    into.sum += from.sum;
    into.count += from.count;
  }
  void Emit(const AvgDoubleState& state, ColumnBuilder& out) const {
    state.count == 0 ? out.AppendNull() : out.Append(static_cast<T>(state.sum / static_cast<double>(state.count)));
  }
};

}  // namespace

std::unique_ptr<Aggregator> MakeCount(bool has_argument) {
  if (has_argument) return std::make_unique<Count<true>>();
  return std::make_unique<Count<false>>();
}

std::unique_ptr<Aggregator> MakeSum(const DataType& argument, const DataType&) {
  switch (argument.physical()) {
    case Physical::kInt8: return std::make_unique<Sum<int8_t>>();
    case Physical::kInt16: return std::make_unique<Sum<int16_t>>();
    case Physical::kInt32: return std::make_unique<Sum<int32_t>>();
    case Physical::kInt64: return std::make_unique<Sum<int64_t>>();
    case Physical::kFloat: return std::make_unique<Sum<float>>();
    case Physical::kDouble: return std::make_unique<Sum<double>>();
    case Physical::kInt128: return std::make_unique<SumDecimal>();
    case Physical::kBool:
    case Physical::kTimestamp:
    case Physical::kString:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return nullptr;
  }
  return nullptr;
}

std::unique_ptr<Aggregator> MakeAvg(const DataType& argument, const DataType& result) {
  switch (argument.physical()) {
    case Physical::kInt8: return std::make_unique<AvgInteger<int8_t>>();
    case Physical::kInt16: return std::make_unique<AvgInteger<int16_t>>();
    case Physical::kInt32: return std::make_unique<AvgInteger<int32_t>>();
    case Physical::kInt64: return std::make_unique<AvgInteger<int64_t>>();
    case Physical::kFloat: return std::make_unique<AvgFloating<float>>();
    case Physical::kDouble: return std::make_unique<AvgFloating<double>>();
    case Physical::kInt128: return std::make_unique<AvgDecimal>(result.scale - argument.scale);
    case Physical::kBool:
    case Physical::kTimestamp:
    case Physical::kString:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return nullptr;
  }
  return nullptr;
}

}  // namespace millrace::functions
