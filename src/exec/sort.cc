// Sort: keeps all rows and emits them in order, at the end of a bounded input or, when the leading key is the event
// time ascending, as far as the watermark has passed. All rows come to slot 0. Its state: the rows it keeps, as entries
// of key group 0 in order of arrival: number (ordered) -> row kind, encoded row.
#include <algorithm>

#include "data/row_encoding.h"
#include "exec/operators.h"
#include "state/bytes.h"

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

class PendingRows final : public state::KeyedSnapshot {
 public:
  explicit PendingRows(std::vector<Batch> batches) : batches_(std::move(batches)) {}

  Status Write(state::KeyedWriter& writer) override {
    int64_t number = 0;
    std::string key;
    std::string value;
    std::vector<size_t> columns;
    for (const Batch& batch : batches_) {
      while (columns.size() < batch.columns.size()) columns.push_back(columns.size());
      for (size_t row = 0; row < batch.num_rows; ++row) {
        key.clear();
        state::PutOrdered(number++, key);
        value.assign(1, static_cast<char>(batch.kind(row)));
        EncodeRow(batch, columns, row, value);
        MR_TRY(writer.Add({.key_group = 0, .key = key, .value = value}));
      }
    }
    return Ok();
  }

 private:
  std::vector<Batch> batches_;  // columns are immutable: nothing is copied
};

class Sort final : public Operator {
 public:
  explicit Sort(const plan::PhysicalNode& node) : node_(node) {}

  Status Process(Batch batch, Output&) override {
    pending_.push_back(std::move(batch));
    return Ok();
  }

  Status OnTimer(int64_t, Output&) override {
    size_t rows = 0;
    for (const Batch& batch : pending_) rows += batch.num_rows;
    context_->metrics->state_rows.Set(static_cast<int64_t>(rows));
    if (!pending_.empty()) row_bytes_ = std::max<size_t>(1, pending_[0].MemoryBytes() / pending_[0].num_rows);
    context_->metrics->state_bytes.Set(static_cast<int64_t>(rows * row_bytes_));
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

  Status Snapshot(state::OperatorSnapshot& snapshot) override {
    snapshot.keyed = std::make_unique<PendingRows>(pending_);
    return Ok();
  }

  Status Restore(const state::OperatorState& state) override {
    RestoredRows rows(node_.schema);
    for (const state::OperatorPart& part : state.parts) {
      if (!part.read_keyed) continue;
      MR_TRY(part.read_keyed(state.range, [&](const state::KeyedEntry& entry) -> Status {
        MR_TRY(rows.Add(entry.value));
        if (rows.size() == kBatchRows) pending_.push_back(rows.Finish());
        return Ok();
      }));
    }
    if (rows.size() > 0) pending_.push_back(rows.Finish());
    return Ok();
  }

 private:
  class RestoredRows {
   public:
    explicit RestoredRows(const Schema& schema) {
      for (const Field& field : schema.fields) builders_.emplace_back(field.type);
    }
    size_t size() const { return kinds_.size(); }
    Status Add(std::string_view bytes) {
      uint8_t kind = 0;
      MR_TRY(state::TakeNumber(bytes, &kind));
      if (kind > static_cast<uint8_t>(RowKind::kDelete)) return InternalError("A sorted row's kind is damaged.");
      MR_TRY(DecodeRow(bytes, builders_));
      kinds_.push_back(static_cast<RowKind>(kind));
      return Ok();
    }
    Batch Finish() {
      Batch batch{.num_rows = kinds_.size()};
      for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
      const bool inserts = std::all_of(kinds_.begin(), kinds_.end(), [](RowKind k) { return k == RowKind::kInsert; });
      if (!inserts) batch.kinds = std::make_shared<const std::vector<RowKind>>(kinds_);
      kinds_.clear();
      return batch;
    }

   private:
    std::vector<ColumnBuilder> builders_;
    std::vector<RowKind> kinds_;
  };

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
  size_t row_bytes_ = 0;  // about
};

}  // namespace

OperatorPtr MakeSort(const plan::PhysicalNode& node) { return std::make_unique<Sort>(node); }

}  // namespace millrace::exec
