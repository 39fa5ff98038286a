// MIN, MAX, FIRST_VALUE, LAST_VALUE: accumulators that keep one value; DISTINCT, which keeps many.
#include <array>
#include <map>

#include "data/row_encoding.h"
#include "functions/aggregator_base.h"

namespace millrace::functions {
namespace {

template <typename T>
struct ExtremeState {
  T value{};
  int64_t present = 0;
};

template <typename T>
class Extreme final : public PlainAggregator<Extreme<T>, ExtremeState<T>> {
 public:
  static constexpr bool kSkipsNulls = true;
  explicit Extreme(bool highest) : highest_(highest) {}
  void Add(ExtremeState<T>& state, const Column* column, size_t row, bool) const {
    Take(state, column->values<T>()[row]);
  }
  void Join(ExtremeState<T>& into, const ExtremeState<T>& from) const {
    if (from.present != 0) Take(into, from.value);
  }
  void Emit(const ExtremeState<T>& state, ColumnBuilder& out) const {
    state.present == 0 ? out.AppendNull() : out.Append(state.value);
  }

 private:
  void Take(ExtremeState<T>& state, T value) const {
    if (state.present == 0 || (highest_ ? state.value < value : value < state.value)) state.value = value;
    state.present = 1;
  }
  bool highest_;
};

// A state that owns a heap object, made when the first value comes.
template <typename T>
struct Owned {
  T* object = nullptr;
};

template <typename Derived, typename T>
class OwningAggregator : public StructAggregator<Derived, Owned<T>> {
 public:
  bool trivially_destructible() const override { return false; }
  void Destroy(char* state) const override { delete this->At(state).object; }

 protected:
  static T& Get(Owned<T>& state) {
    if (state.object == nullptr) state.object = new T();
    return *state.object;
  }
};

void PutText(std::string_view text, std::string& out) {
  const auto size = static_cast<uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += text;
}

Result<std::string_view> TakeText(std::string_view& bytes) {
  uint32_t size = 0;
  if (bytes.size() < sizeof size) return InternalError("An accumulator is cut short.");
  std::memcpy(&size, bytes.data(), sizeof size);
  if (bytes.size() - sizeof size < size) return InternalError("An accumulator is cut short.");
  const std::string_view text = bytes.substr(sizeof size, size);
  bytes.remove_prefix(sizeof size + size);
  return text;
}

// One optional text: "0", or "1" and the text.
template <typename Derived>
class TextAggregator : public OwningAggregator<Derived, std::string> {
 public:
  void Serialize(const char* state, std::string& out) const override {
    const std::string* text = this->At(state).object;
    out += text == nullptr ? '\0' : '\1';
    if (text != nullptr) PutText(*text, out);
  }
  Status Deserialize(std::string_view& bytes, char* state) const override {
    if (bytes.empty()) return InternalError("An accumulator is cut short.");
    const bool present = bytes.front() != '\0';
    bytes.remove_prefix(1);
    if (!present) return Ok();
    MR_ASSIGN(const std::string_view text, TakeText(bytes));
    this->Get(this->At(state)) = text;
    return Ok();
  }
};

class ExtremeText final : public TextAggregator<ExtremeText> {
 public:
  static constexpr bool kSkipsNulls = true;
  explicit ExtremeText(bool highest) : highest_(highest) {}
  void Add(Owned<std::string>& state, const Column* column, size_t row, bool) const {
    Take(state, column->values<StringRef>()[row].view());
  }
  void Join(Owned<std::string>& into, const Owned<std::string>& from) const {
    if (from.object != nullptr) Take(into, *from.object);
  }
  void Emit(const Owned<std::string>& state, ColumnBuilder& out) const {
    state.object == nullptr ? out.AppendNull() : out.AppendString(*state.object);
  }

 private:
  void Take(Owned<std::string>& state, std::string_view text) const {
    if (state.object != nullptr && (highest_ ? *state.object >= text : *state.object <= text)) return;
    Get(state) = text;
  }
  bool highest_;
};

// Keeps the encoded value, so that every type works alike.
class FirstLast final : public TextAggregator<FirstLast> {
 public:
  static constexpr bool kSkipsNulls = true;
  explicit FirstLast(bool last) : last_(last) {}
  void Add(Owned<std::string>& state, const Column* column, size_t row, bool) const {
    if (!last_ && state.object != nullptr) return;
    const Batch one{.num_rows = column->size(), .columns = {ColumnPtr(ColumnPtr(), column)}};
    std::string& bytes = Get(state);
    bytes.clear();
    EncodeRow(one, kFirstColumn, row, bytes);
  }
  void Join(Owned<std::string>& into, const Owned<std::string>& from) const {
    if (from.object != nullptr && (last_ || into.object == nullptr)) Get(into) = *from.object;
  }
  void Emit(const Owned<std::string>& state, ColumnBuilder& out) const {
    if (state.object == nullptr || !DecodeRow(*state.object, std::span(&out, 1)).ok()) out.AppendNull();
  }

 private:
  static constexpr std::array<size_t, 1> kFirstColumn = {0};
  bool last_;
};

struct DistinctValues {
  std::map<std::string, int64_t> counts;  // encoded value -> how often
};

class Distinct final : public OwningAggregator<Distinct, DistinctValues> {
 public:
  static constexpr bool kSkipsNulls = true;
  Distinct(DataType argument, std::unique_ptr<Aggregator> inner)
      : argument_(std::move(argument)), inner_(std::move(inner)) {}

  void Add(Owned<DistinctValues>& state, const Column* column, size_t row, bool retract) const {
    static constexpr std::array<size_t, 1> kFirstColumn = {0};
    const Batch one{.num_rows = column->size(), .columns = {ColumnPtr(ColumnPtr(), column)}};
    std::string bytes;
    EncodeRow(one, kFirstColumn, row, bytes);
    auto& counts = Get(state).counts;
    const auto it = counts.try_emplace(std::move(bytes), 0).first;
    it->second += retract ? -1 : 1;
    if (it->second == 0) counts.erase(it);
  }
  void Join(Owned<DistinctValues>& into, const Owned<DistinctValues>& from) const {
    if (from.object == nullptr) return;
    for (const auto& [value, count] : from.object->counts) Get(into).counts[value] += count;
  }
  // The inner aggregate sees each value that is left once.
  void Emit(const Owned<DistinctValues>& state, ColumnBuilder& out) const {
    std::vector<ColumnBuilder> builders;
    builders.emplace_back(argument_);
    if (state.object != nullptr) {
      for (const auto& [value, count] : state.object->counts) {
        if (count > 0) static_cast<void>(DecodeRow(value, builders).ok());
      }
    }
    const ColumnPtr values = builders[0].Finish();
    std::unique_ptr<char[]> inner(new char[std::max<size_t>(16, inner_->state_size())]);
    inner_->Init(inner.get());
    inner_->UpdateOne(inner.get(), std::span(&values, 1), 0, values->size());
    const char* one = inner.get();
    inner_->Finish(std::span(&one, 1), out);
    inner_->Destroy(inner.get());
  }
  void Serialize(const char* state, std::string& out) const override {
    const DistinctValues* values = At(state).object;
    const auto size = static_cast<uint32_t>(values == nullptr ? 0 : values->counts.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    if (values == nullptr) return;
    for (const auto& [value, count] : values->counts) {
      PutText(value, out);
      out.append(reinterpret_cast<const char*>(&count), sizeof count);
    }
  }
  Status Deserialize(std::string_view& bytes, char* state) const override {
    uint32_t size = 0;
    if (bytes.size() < sizeof size) return InternalError("An accumulator is cut short.");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    for (uint32_t i = 0; i < size; ++i) {
      MR_ASSIGN(const std::string_view value, TakeText(bytes));
      int64_t count = 0;
      if (bytes.size() < sizeof count) return InternalError("An accumulator is cut short.");
      std::memcpy(&count, bytes.data(), sizeof count);
      bytes.remove_prefix(sizeof count);
      Get(At(state)).counts[std::string(value)] += count;
    }
    return Ok();
  }

 private:
  DataType argument_;
  std::unique_ptr<Aggregator> inner_;
};

}  // namespace

std::unique_ptr<Aggregator> MakeExtreme(const DataType& argument, bool highest) {
  switch (argument.physical()) {
    case Physical::kBool: return std::make_unique<Extreme<uint8_t>>(highest);
    case Physical::kInt8: return std::make_unique<Extreme<int8_t>>(highest);
    case Physical::kInt16: return std::make_unique<Extreme<int16_t>>(highest);
    case Physical::kInt32: return std::make_unique<Extreme<int32_t>>(highest);
    case Physical::kInt64: return std::make_unique<Extreme<int64_t>>(highest);
    case Physical::kFloat: return std::make_unique<Extreme<float>>(highest);
    case Physical::kDouble: return std::make_unique<Extreme<double>>(highest);
    case Physical::kInt128: return std::make_unique<Extreme<Int128>>(highest);
    case Physical::kTimestamp: return std::make_unique<Extreme<Timestamp>>(highest);
    case Physical::kString: return std::make_unique<ExtremeText>(highest);
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return nullptr;
  }
  return nullptr;
}

std::unique_ptr<Aggregator> MakeFirstLast(const DataType&, bool last) { return std::make_unique<FirstLast>(last); }

std::unique_ptr<Aggregator> MakeDistinct(const DataType& argument, std::unique_ptr<Aggregator> inner) {
  return std::make_unique<Distinct>(argument, std::move(inner));
}

}  // namespace millrace::functions
