// LocalWindowAggregate: partial aggregates per (key, slice), so that less goes through the exchange. All of them leave
// before a barrier, so there is nothing to snapshot.
#include <map>

#include "base/check.h"
#include "data/hash.h"
#include "exec/operators.h"
#include "exec/window_aggregate.h"
#include "exec/window_slices.h"

namespace millrace::exec {
namespace {

// Beyond this many groups the pre-aggregation stops paying: they are handed on.
constexpr size_t kMaxGroups = 1 << 16;

class LocalWindowAggregate final : public Operator {
 public:
  explicit LocalWindowAggregate(const plan::PhysicalNode& node) : node_(node) {}

  Status Open(OperatorContext& context) override {
    times_.emplace(node_.window, context.kernel.zone);
    slices_.emplace(node_, &*times_);
    aggregates_ = MakeAggregateSet(node_);
    return Operator::Open(context);
  }

  Status Process(Batch batch, Output& output) override {
    MR_ASSIGN(const auto slices, slices_->Split(batch, *context_));
    hashes_.resize(batch.num_rows);
    states_.resize(batch.num_rows);
    HashRows(batch, node_.keys, hashes_.data());
    for (const WindowSlices::Slice& slice : slices) {
      auto it = tables_.find(slice.end);
      if (it == tables_.end()) it = tables_.emplace(slice.end, GroupTable(KeyTypes(node_), &aggregates_)).first;
      const size_t before = it->second.size();
      it->second.Find(batch, node_.keys, hashes_.data(), slice.rows, states_.data());
      num_groups_ += it->second.size() - before;
    }
    aggregates_.Update(batch, states_);
    return num_groups_ > kMaxGroups ? Flush(output) : Ok();
  }

  Status OnWatermark(int64_t watermark, Output& output) override {
    if (tables_.empty() || !node_.window.event_time) return Ok();
    const int64_t first = times_->FirstWindowEnd(tables_.begin()->first);
    return times_->FireTime(first) <= watermark ? Flush(output) : Ok();
  }

  // Processing-time windows fire by the clock of the operator behind the exchange.
  Status OnTimer(int64_t, Output& output) override { return node_.window.event_time ? Ok() : Flush(output); }
  Status OnIdle(Output& output) override { return Flush(output); }
  Status OnBarrier(int64_t, Output& output) override { return Flush(output); }
  Status Finish(Output& output) override { return Flush(output); }
  Status Snapshot(state::OperatorSnapshot&) override {
    CHECK(tables_.empty());
    return Ok();
  }

 private:
  Status Flush(Output& output) {
    for (const auto& [slice_end, table] : tables_) {
      Batch batch{.num_rows = table.size(), .columns = table.keys().Columns(0, table.size())};
      ColumnBuilder accumulators(node_.schema.fields[node_.keys.size()].type);
      std::string bytes;
      for (size_t group = 0; group < table.size(); ++group) {
        bytes.clear();
        aggregates_.Serialize(table.state(group), bytes);
        accumulators.AppendString(bytes);
      }
      batch.columns.push_back(accumulators.Finish());
      batch.columns.push_back(ConstantColumn(node_.schema.fields.back().type, Value(slice_end), table.size()));
      for (size_t begin = 0; begin < batch.num_rows; begin += kBatchRows) {
        MR_TRY(output.Emit(batch.Slice(begin, std::min(kBatchRows, batch.num_rows - begin))));
      }
    }
    tables_.clear();
    num_groups_ = 0;
    return Ok();
  }

  const plan::PhysicalNode& node_;
  std::optional<WindowTimes> times_;
  std::optional<WindowSlices> slices_;
  AggregateSet aggregates_;
  std::map<int64_t, GroupTable> tables_;  // by slice end
  size_t num_groups_ = 0;
  std::vector<uint64_t> hashes_;
  std::vector<char*> states_;
};

}  // namespace

AggregateSet MakeAggregateSet(const plan::PhysicalNode& node) {
  AggregateSet set;
  for (const plan::AggregateCall& call : node.aggregates) {
    set.Add({.aggregator = call.function->make(call.arg_types, call.type, call.distinct),
             .args = call.args,
             .filter = call.filter,
             .type = call.type});
  }
  return set;
}

std::vector<DataType> KeyTypes(const plan::PhysicalNode& node) {
  std::vector<DataType> types;
  for (size_t i = 0; i < node.keys.size(); ++i) types.push_back(node.schema.fields[i].type);
  return types;
}

OperatorPtr MakeLocalWindowAggregate(const plan::PhysicalNode& node) {
  return std::make_unique<LocalWindowAggregate>(node);
}

}  // namespace millrace::exec
