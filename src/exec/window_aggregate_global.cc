// GlobalWindowAggregate: merges slices into windows and fires them (flink-sql.md 3.3). Its state: the groups of the
// open slices by key (`window_state.h`) and, as values, the watermark that was acted on (`fired_marks.h`). What is
// still to fire follows from both.
#include <numeric>
#include <set>

#include "data/hash.h"
#include "exec/fired_marks.h"
#include "exec/operators.h"
#include "exec/window_aggregate.h"
#include "exec/window_slices.h"
#include "exec/window_state.h"

namespace millrace::exec {
namespace {

class GlobalWindowAggregate final : public Operator {
 public:
  GlobalWindowAggregate(const plan::PhysicalNode& node, const plan::PhysicalNode& keyed, bool from_local)
      : node_(node), from_local_(from_local), slicing_(keyed) {
    if (from_local_) {
      for (size_t i = 0; i < node_.keys.size(); ++i) keys_.push_back(i);
    } else {
      keys_ = keyed.keys;
    }
  }

  Status Open(OperatorContext& context) override {
    times_.emplace(node_.window, context.kernel.zone);
    slices_.emplace(slicing_, &*times_);
    AggregateSet aggregates = MakeAggregateSet(slicing_);
    num_results_ = aggregates.calls().size();
    counts_rows_ = !node_.inputs.front()->changelog.IsInsertOnly();
    if (counts_rows_) {
      const DataType bigint = DataType::Of(TypeKind::kBigInt).NotNull();
      aggregates.Add(
          {.aggregator = functions::FindAggregateFunction("COUNT")->make({}, bigint, false), .type = bigint});
    }
    state_.emplace(KeyTypes(node_), std::move(aggregates), state::RangeOfSlot(context.slot, context.parallelism),
                   context.backend);
    return Operator::Open(context);
  }

  Status Process(Batch batch, Output&) override {
    hashes_.resize(batch.num_rows);
    states_.resize(batch.num_rows);
    HashRows(batch, keys_, hashes_.data());
    if (from_local_) return MergePartials(batch);
    MR_ASSIGN(auto slices, slices_->Split(batch, *context_));
    const bool any_late =
        std::any_of(slices.begin(), slices.end(), [&](const auto& slice) { return IsLate(slice.end); });
    if (any_late) {
      // Without the late rows every row of the batch belongs to a slice, which the bulk update needs.
      batch = DropLate(batch, slices);
      if (batch.num_rows == 0) return Ok();
      HashRows(batch, keys_, hashes_.data());
      states_.resize(batch.num_rows);
      MR_ASSIGN(slices, slices_->Split(batch, *context_));
    }
    for (const WindowSlices::Slice& slice : slices) {
      TableOf(slice.end).Find(batch, keys_, hashes_.data(), slice.rows, states_.data());
    }
    state_->aggregates().Update(batch, states_);
    return MakeRoom(batch);
  }

  Status OnWatermark(int64_t watermark, Output& output) override {
    return node_.window.event_time ? FireUpTo(watermark, output) : Ok();
  }

  Status OnTimer(int64_t now_millis, Output& output) override {
    const WindowState::Size size = state_->size();
    context_->metrics->state_rows.Set(static_cast<int64_t>(size.rows));
    context_->metrics->state_bytes.Set(static_cast<int64_t>(size.bytes));
    return node_.window.event_time ? Ok() : FireUpTo(now_millis, output);
  }

  // Windows over processing time would never end with a finished input: they close now, so that nothing is lost.
  Status Finish(Output& output) override { return FireUpTo(kEndOfTime, output); }

  Status Snapshot(state::OperatorSnapshot& snapshot) override {
    snapshot.values = restored_.Encode(state::RangeOfSlot(context_->slot, context_->parallelism), fired_up_to_);
    snapshot.keyed = state_->Snapshot();
    return Ok();
  }

  Status Restore(const state::OperatorState& state) override {
    if (state.parts.empty()) return Ok();
    MR_TRY(restored_.Decode(state));
    fired_up_to_ = restored_.lowest();
    MR_TRY(state_->Restore(state, [this](int64_t slice_end) { return IsSlice(slice_end) && !IsLate(slice_end); }));
    for (const int64_t slice_end : state_->slices()) SetTimer(slice_end);
    return Ok();
  }

 private:
  int64_t FirstEnd(int64_t slice_end) const { return attached() ? slice_end : times_->FirstWindowEnd(slice_end); }
  int64_t LastEnd(int64_t slice_end) const { return attached() ? slice_end : times_->LastWindowEnd(slice_end); }
  std::optional<int64_t> NextEnd(int64_t window_end) const {
    return attached() ? std::nullopt : times_->NextWindowEnd(window_end);
  }
  bool attached() const { return node_.attached_window.has_value(); }
  bool Fired(int64_t window_end) const { return times_->FireTime(window_end) <= fired_up_to_; }
  // Dropped iff the last window that contains the slice has fired.
  bool IsLate(int64_t slice_end) const { return fired_up_to_ != kNoWatermark && Fired(LastEnd(slice_end)); }

  // Of restored state: a time that rows can have had.
  bool IsSlice(int64_t slice_end) const {
    constexpr int64_t kFarthest = 1LL << 60;
    if (slice_end < -kFarthest || slice_end > kFarthest) return false;
    return attached() || times_->SliceEnd(slice_end - 1) == slice_end;
  }

  Batch DropLate(const Batch& batch, std::span<const WindowSlices::Slice> slices) {
    std::vector<uint32_t> kept;
    for (const WindowSlices::Slice& slice : slices) {
      if (!IsLate(slice.end)) kept.insert(kept.end(), slice.rows.begin(), slice.rows.end());
    }
    context_->metrics->late_rows.Add(static_cast<int64_t>(batch.num_rows - kept.size()));
    std::sort(kept.begin(), kept.end());
    return batch.Gather(kept);
  }

  GroupTable& TableOf(int64_t slice_end) {
    if (!state_->Has(slice_end)) SetTimer(slice_end);
    return state_->TableOf(slice_end);
  }

  // For the first window of the slice that has not fired yet; the slice is not late.
  void SetTimer(int64_t slice_end) {
    int64_t window_end = FirstEnd(slice_end);
    while (fired_up_to_ != kNoWatermark && Fired(window_end)) window_end = *NextEnd(window_end);
    timers_.insert(window_end);
  }

  // Accumulators may keep what they get.
  Status MakeRoom(const Batch& batch) {
    if (!state_->limited()) return Ok();
    size_t bytes = 0;
    if (!state_->aggregates().trivially_destructible()) {
      for (const AggregateSet::Call& call : state_->aggregates().calls()) {
        for (const size_t column : call.args) bytes += 2 * batch.columns[column]->MemoryBytes();
      }
    }
    return state_->MakeRoom(batch.num_rows, bytes);
  }

  Status MergePartials(const Batch& batch) {
    const Column& bytes = *batch.columns[keys_.size()];
    const AggregateSet& aggregates = state_->aggregates();
    const int64_t* ends = batch.columns[keys_.size() + 1]->values<int64_t>();
    std::unique_ptr<char[]> partial(new char[std::max<size_t>(16, aggregates.row_size())]);
    for (uint32_t row = 0; row < batch.num_rows; ++row) {
      if (IsLate(ends[row])) {
        context_->metrics->late_rows.Add(1);
        continue;
      }
      TableOf(ends[row]).Find(batch, keys_, hashes_.data(), std::span(&row, 1), states_.data());
      aggregates.Init(partial.get());
      const Status status = aggregates.Deserialize(bytes.values<StringRef>()[row].view(), partial.get());
      if (status.ok()) aggregates.Merge(states_[row], partial.get());
      aggregates.Destroy(partial.get());
      MR_TRY(status);
    }
    return state_->limited() ? state_->MakeRoom(batch.num_rows, 2 * bytes.MemoryBytes()) : Ok();
  }

  Status FireUpTo(int64_t watermark, Output& output) {
    while (!timers_.empty() && times_->FireTime(*timers_.begin()) <= watermark) {
      const int64_t window_end = *timers_.begin();
      timers_.erase(timers_.begin());
      MR_TRY(Fire(window_end, output));
      fired_up_to_ = std::max(fired_up_to_, times_->FireTime(window_end));
    }
    fired_up_to_ = std::max(fired_up_to_, watermark);
    return Ok();
  }

  Status Fire(int64_t window_end, Output& output) {
    const int64_t start = attached() ? window_end - 1 : times_->WindowStart(window_end);
    if (!state_->AnyIn(start, window_end)) return Ok();
    const auto next = NextEnd(window_end);
    // Later steps of CUMULATE contain all of this one: it stays merged in place of its slices.
    const bool keep_merged = times_->kind() == plan::WindowKind::kCumulate && next;
    MR_TRY(state_->Read(start, window_end, keep_merged,
                        [&](const GroupBlock& groups) { return EmitWindow(groups, window_end, output); }));
    // Slices that no later window contains are dropped whole.
    state_->DropUpTo(next ? times_->WindowStart(*next) : window_end);
    if (next && state_->AnyIn(INT64_MIN, *next)) timers_.insert(*next);
    return Ok();
  }

  Status EmitWindow(const GroupBlock& groups, int64_t window_end, Output& output) {
    Batch batch{.num_rows = groups.size, .columns = groups.keys};
    const auto finish = [&](const AggregateSet::Call& call) {
      accumulators_.clear();
      for (const char* state : groups.states) accumulators_.push_back(state + call.offset);
      ColumnBuilder builder(call.type);
      builder.Reserve(groups.size);
      call.aggregator->Finish(accumulators_, builder);
      return builder.Finish();
    };
    const std::vector<AggregateSet::Call>& calls = state_->aggregates().calls();
    for (size_t i = 0; i < num_results_; ++i) batch.columns.push_back(finish(calls[i]));
    // A group whose rows were all taken back was never there.
    const ColumnPtr counts = counts_rows_ ? finish(calls.back()) : nullptr;
    const bool restored = restored_.Reaches(times_->FireTime(window_end));
    if (restored) HashRows({.num_rows = groups.size, .columns = groups.keys}, AllKeys(), HashesFor(groups.size));
    if (restored || counts != nullptr) {
      std::vector<uint32_t> kept;
      for (uint32_t group = 0; group < groups.size; ++group) {
        if (counts != nullptr && counts->values<int64_t>()[group] == 0) continue;
        if (restored && restored_.HasFired(hashes_[group], times_->FireTime(window_end))) continue;
        kept.push_back(group);
      }
      if (kept.empty()) return Ok();
      if (kept.size() < groups.size) batch = batch.Gather(kept);
    }
    for (const plan::WindowProperty property : node_.window_properties) {
      const int64_t value = property == plan::WindowProperty::kStart ? times_->WindowStart(window_end)
                            : property == plan::WindowProperty::kEnd ? window_end
                                                                     : times_->WindowTime(window_end);
      batch.columns.push_back(
          ConstantColumn(node_.schema.fields[batch.columns.size()].type, Value(value), batch.num_rows));
    }
    context_->metrics->windows_fired.Add(static_cast<int64_t>(batch.num_rows));
    return output.Emit(std::move(batch));
  }

  uint64_t* HashesFor(size_t rows) {
    hashes_.resize(rows);
    return hashes_.data();
  }

  std::vector<size_t> AllKeys() const {
    std::vector<size_t> columns(keys_.size());
    std::iota(columns.begin(), columns.end(), size_t{0});
    return columns;
  }

  const plan::PhysicalNode& node_;
  const bool from_local_;
  const plan::PhysicalNode& slicing_;  // its keys and time column index the rows that arrive
  std::vector<size_t> keys_;
  std::optional<WindowTimes> times_;
  std::optional<WindowSlices> slices_;
  std::optional<WindowState> state_;
  size_t num_results_ = 0;              // calls whose results are columns
  bool counts_rows_ = false;            // behind them: a COUNT(*), because rows may be taken back
  std::set<int64_t> timers_;            // ends of windows to fire
  int64_t fired_up_to_ = kNoWatermark;  // watermark that was acted on
  FiredMarks restored_;
  std::vector<const char*> accumulators_;
  std::vector<uint64_t> hashes_;
  std::vector<char*> states_;
};

}  // namespace

OperatorPtr MakeGlobalWindowAggregate(const plan::PhysicalNode& node, const plan::PhysicalNode& keyed_input,
                                      bool from_local) {
  return std::make_unique<GlobalWindowAggregate>(node, keyed_input, from_local);
}

}  // namespace millrace::exec
