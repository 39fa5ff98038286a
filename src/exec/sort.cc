// Sort: keeps all rows and emits them in order, at the end of a bounded input or, when the leading key is the event
// time ascending, as far as the watermark has passed.
#include <algorithm>

#include "exec/operators.h"

namespace millrace::exec {
namespace {

// -1, 0, 1; NULLs by the key's own rule.
template <typename T>
int CompareValues(const Column& a, size_t i, const Column& b, size_t j) {
  const T& x = a.values<T>()[i];
  const T& y = b.values<T>()[j];
  return x < y ? -1 : y < x ? 1 : 0;
}

int CompareRows(const Column& a, size_t i, const Column& b, size_t j) {
  switch (a.type().physical()) {
    case Physical::kBool: return CompareValues<uint8_t>(a, i, b, j);
    case Physical::kInt8: return CompareValues<int8_t>(a, i, b, j);
    case Physical::kInt16: return CompareValues<int16_t>(a, i, b, j);
    case Physical::kInt32: return CompareValues<int32_t>(a, i, b, j);
    case Physical::kInt64: return CompareValues<int64_t>(a, i, b, j);
    case Physical::kFloat: return CompareValues<float>(a, i, b, j);
    case Physical::kDouble: return CompareValues<double>(a, i, b, j);
    case Physical::kInt128: return CompareValues<Int128>(a, i, b, j);
    case Physical::kTimestamp: return CompareValues<Timestamp>(a, i, b, j);
    case Physical::kString: return CompareValues<StringRef>(a, i, b, j);
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return 0;
  }
  return 0;
}

class Sort final : public Operator {
 public:
  explicit Sort(const plan::PhysicalNode& node) : node_(node) {}

  Status Process(Batch batch, Output&) override {
    pending_.push_back(std::move(batch));
    return Ok();
  }

  Status OnWatermark(int64_t watermark, Output& output) override {
    if (pending_.empty()) return Ok();
    if (watermark == kEndOfTime) return EmitSorted(kEndOfTime, output);
    const auto& leading = node_.sort_keys[0];
    const DataType& type = node_.schema.fields[leading.column].type;
    const bool by_time =
        type.time_attribute == TimeAttribute::kRowtime && leading.ascending && type.physical() == Physical::kInt64;
    return by_time ? EmitSorted(watermark, output) : Ok();
  }

  Status Finish(Output& output) override { return EmitSorted(kEndOfTime, output); }

 private:
  Status EmitSorted(int64_t watermark, Output& output) {
    if (pending_.empty()) return Ok();
    const Batch all = ConcatBatches(pending_);
    pending_.clear();
    std::vector<uint32_t> order(all.num_rows);
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) { return Less(all, x, y); });
    size_t ready = order.size();
    if (watermark != kEndOfTime) {
      const Column& time = *all.columns[node_.sort_keys[0].column];
      ready = 0;
      while (ready < order.size() && (time.IsNull(order[ready]) || time.values<int64_t>()[order[ready]] <= watermark))
        ++ready;
    }
    if (ready < order.size()) pending_.push_back(all.Gather(std::span(order).subspan(ready)));
    for (size_t begin = 0; begin < ready; begin += kBatchRows) {
      MR_TRY(output.Emit(all.Gather(std::span(order).subspan(begin, std::min(kBatchRows, ready - begin)))));
    }
    return Ok();
  }

  bool Less(const Batch& batch, uint32_t x, uint32_t y) const {
    for (const auto& key : node_.sort_keys) {
      const Column& column = *batch.columns[key.column];
      const bool x_null = column.IsNull(x);
      const bool y_null = column.IsNull(y);
      if (x_null || y_null) {
        if (x_null && y_null) continue;
        return x_null == key.nulls_first;
      }
      const int order = CompareRows(column, x, column, y);
      if (order != 0) return key.ascending ? order < 0 : order > 0;
    }
    return false;
  }

  const plan::PhysicalNode& node_;
  std::vector<Batch> pending_;
};

}  // namespace

OperatorPtr MakeSort(const plan::PhysicalNode& node) { return std::make_unique<Sort>(node); }

}  // namespace millrace::exec
