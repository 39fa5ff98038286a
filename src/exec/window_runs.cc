#include "exec/window_runs.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace millrace::exec {
namespace {

// So many runs of one slice are too many: the newest of them become one. Should the other thread not keep up, rows wait
// for it.
constexpr size_t kManyRuns = 64;
constexpr size_t kMostRuns = 128;

bool Holds(const state::Run& run, int64_t slice) { return run.first <= slice && slice <= run.last; }

std::vector<int64_t> Within(std::span<const int64_t> slices, const std::vector<state::RunPtr>& runs) {
  std::vector<int64_t> out;
  for (const int64_t slice : slices) {
    if (std::any_of(runs.begin(), runs.end(), [&](const auto& run) { return Holds(*run, slice); }))
      out.push_back(slice);
  }
  return out;
}

}  // namespace

// Makes new runs of some runs on a thread of its own.
class WindowRuns::Compaction {
 public:
  Compaction(const GroupLayout& layout, state::Store* store, std::vector<state::RunPtr> inputs,
             std::vector<int64_t> slices)
      : inputs_(std::move(inputs)), thread_([this, layout, store, slices = std::move(slices)] {
          outputs_ = Run(layout, store, slices);
          done_.store(true, std::memory_order_release);
        }) {}
  ~Compaction() {
    stop_.store(true);
    Wait();
  }
  void Wait() {
    if (thread_.joinable()) thread_.join();
  }
  bool done() const { return done_.load(std::memory_order_acquire); }
  const std::vector<state::RunPtr>& inputs() const { return inputs_; }
  Result<std::vector<state::RunPtr>>& outputs() { return outputs_; }  // when done

 private:
  Result<std::vector<state::RunPtr>> Run(const GroupLayout& layout, state::Store* store,
                                         const std::vector<int64_t>& slices) {
    MR_ASSIGN(GroupRunMerger merger, GroupRunMerger::Open(layout, inputs_, store->merge_bytes()));
    GroupRunWriter writer(store);
    for (const int64_t slice : slices) {
      MR_TRY(merger.Merge({&slice, 1}, layout.share, 0, nullptr, [&](const GroupTable& table) -> Status {
        if (stop_.load(std::memory_order_relaxed)) return InternalError("stopped");
        return writer.Add(slice, table);
      }));
    }
    return writer.Finish();
  }

  std::vector<state::RunPtr> inputs_;
  Result<std::vector<state::RunPtr>> outputs_ = std::vector<state::RunPtr>();
  std::atomic<bool> done_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses the others
};

WindowRuns::WindowRuns(GroupLayout layout, std::unique_ptr<state::Store> store)
    : layout_(std::move(layout)), store_(std::move(store)), dropped_(INT64_MIN) {}

WindowRuns::~WindowRuns() = default;

bool WindowRuns::AnyIn(int64_t after, int64_t last) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const state::RunPtr& run) { return run->first <= last && run->last > after; });
}

Status WindowRuns::Write(std::span<const std::pair<int64_t, const GroupTable*>> tables, std::span<const int64_t> open) {
  MR_TRY(TakeCompacted());
  GroupRunWriter writer(store_.get());
  for (const auto& [slice_end, table] : tables) MR_TRY(writer.Add(slice_end, *table));
  MR_ASSIGN(auto written, writer.Finish());
  runs_.insert(runs_.end(), written.begin(), written.end());
  if (compaction_ != nullptr && Deepest().size() > kMostRuns) {
    compaction_->Wait();
    MR_TRY(TakeCompacted());
  }
  if (compaction_ == nullptr) StartCompaction(open);
  return Ok();
}

// The runs from `from` on that hold slices of the range, or slices that those hold beside: what is made of them can
// take the place of the last one without getting before or behind another run of the same slice.
std::vector<state::RunPtr> WindowRuns::Closure(size_t from, int64_t first, int64_t last) const {
  std::vector<state::RunPtr> out;
  for (size_t before = SIZE_MAX; before != out.size();) {
    before = out.size();
    out.clear();
    for (size_t i = from; i < runs_.size(); ++i) {
      const state::Run& run = *runs_[i];
      if (run.first > last || run.last < first) continue;
      first = std::min(first, run.first);
      last = std::max(last, run.last);
      out.push_back(runs_[i]);
    }
  }
  return out;
}

// The places of the runs that hold the slice which lies in the most of them.
std::vector<size_t> WindowRuns::Deepest() const {
  std::vector<size_t> deepest;
  for (const state::RunPtr& run : runs_) {
    std::vector<size_t> same;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (Holds(*runs_[i], run->last)) same.push_back(i);
    }
    if (same.size() > deepest.size()) deepest = std::move(same);
  }
  return deepest;
}

// Of the slice with the most runs: from the newest back, until one is much larger than those behind it together. So
// each group is written again a few times only, however long its slice stays open.
std::vector<state::RunPtr> WindowRuns::RunsToMerge() const {
  const std::vector<size_t> deepest = Deepest();
  if (deepest.size() < kManyRuns) return {};
  uint64_t entries = 0;
  size_t oldest = deepest.size();
  while (oldest > 0) {
    const uint64_t more = runs_[deepest[oldest - 1]]->num_entries;
    if (more > 2 * entries && deepest.size() - oldest >= kManyRuns / 2) break;
    entries += more;
    --oldest;
  }
  const state::Run& newest = *runs_[deepest.back()];
  return Closure(deepest[oldest], newest.first, newest.last);
}

void WindowRuns::StartCompaction(std::span<const int64_t> open) {
  std::vector<state::RunPtr> inputs = RunsToMerge();
  if (inputs.empty()) return;
  std::vector<int64_t> slices = Within(open, inputs);
  compaction_ = std::make_unique<Compaction>(layout_, store_.get(), std::move(inputs), std::move(slices));
}

Status WindowRuns::TakeCompacted() {
  if (compaction_ == nullptr || !compaction_->done()) return Ok();
  const std::unique_ptr<Compaction> done = std::move(compaction_);
  MR_ASSIGN(auto outputs, std::move(done->outputs()));
  Replace(done->inputs(), std::move(outputs));
  return Ok();
}

void WindowRuns::Replace(const std::vector<state::RunPtr>& inputs, std::vector<state::RunPtr> outputs) {
  std::erase_if(outputs, [&](const state::RunPtr& run) { return run->last <= dropped_; });
  const auto newest = std::find_if(runs_.rbegin(), runs_.rend(), [&](const state::RunPtr& run) {
    return std::find(inputs.begin(), inputs.end(), run) != inputs.end();
  });
  runs_.insert(newest.base(), outputs.begin(), outputs.end());
  std::erase_if(runs_,
                [&](const state::RunPtr& run) { return std::find(inputs.begin(), inputs.end(), run) != inputs.end(); });
}

Status WindowRuns::Read(std::span<const int64_t> slices, const TakeTable& take) {
  MR_TRY(TakeCompacted());
  const auto inputs = Holding(slices);
  MR_ASSIGN(GroupRunMerger merger, GroupRunMerger::Open(layout_, inputs, merge_bytes()));
  return merger.Merge(slices, layout_.share, 0, nullptr, take);
}

std::vector<state::RunPtr> WindowRuns::Holding(std::span<const int64_t> slices) const {
  std::vector<state::RunPtr> out;
  for (const state::RunPtr& run : runs_) {
    if (run->first <= slices.back() && run->last >= slices.front()) out.push_back(run);
  }
  return out;
}

Status WindowRuns::ReadAndMerge(std::span<const int64_t> slices, int64_t last, std::span<const int64_t> open,
                                const TakeTable& take) {
  // What another thread merges would bring the slices back.
  compaction_.reset();
  const auto inputs = Closure(0, slices.front(), last);
  MR_ASSIGN(GroupRunMerger merger, GroupRunMerger::Open(layout_, inputs, merge_bytes()));
  GroupRunWriter writer(store_.get());
  MR_TRY(merger.Merge(slices, layout_.share, 0, nullptr, [&](const GroupTable& table) -> Status {
    MR_TRY(take(table));
    return writer.Add(last, table);
  }));
  for (const int64_t slice : Within(open, inputs)) {
    if (slice <= last) continue;
    MR_TRY(merger.Merge({&slice, 1}, layout_.share, 0, nullptr,
                        [&](const GroupTable& table) { return writer.Add(slice, table); }));
  }
  MR_ASSIGN(auto outputs, writer.Finish());
  Replace(inputs, std::move(outputs));
  return Ok();
}

void WindowRuns::DropUpTo(int64_t last) {
  dropped_ = std::max(dropped_, last);
  std::erase_if(runs_, [&](const state::RunPtr& run) { return run->last <= dropped_; });
}

Result<std::vector<int64_t>> WindowRuns::Adopt(const state::KeyedSnapshot::NativeFile& file, int64_t dead_up_to) {
  MR_ASSIGN(const state::RunPtr run, store_->Adopt(file));
  MR_ASSIGN(const auto reader, run->Open());
  // Of several slots the one that had come least far decides.
  dropped_ = runs_.empty() ? dead_up_to : std::min(dropped_, dead_up_to);
  runs_.push_back(run);
  MR_ASSIGN(auto slices, reader->NameSpaces(layout_.share));
  std::erase_if(slices, [&](int64_t slice_end) { return slice_end <= dead_up_to; });
  return slices;
}

}  // namespace millrace::exec
