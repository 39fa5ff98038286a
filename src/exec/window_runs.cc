#include "exec/window_runs.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/failpoint.h"

namespace millrace::exec {
namespace {

// So many runs of about the same size and of the same slices are made one.
constexpr size_t kFanIn = 32;

std::vector<int64_t> Within(std::span<const int64_t> slices, const std::vector<state::RunPtr>& runs) {
  std::vector<int64_t> out;
  for (const int64_t slice : slices) {
    const auto holds = [&](const state::RunPtr& run) { return run->first <= slice && slice <= run->last; };
    if (std::any_of(runs.begin(), runs.end(), holds)) out.push_back(slice);
  }
  return out;
}

// The runs of one slice, or those of several, within a factor of 16 in size.
std::vector<state::RunPtr> RunsToMerge(const std::vector<state::RunPtr>& runs) {
  std::map<std::tuple<bool, int64_t, int>, std::vector<state::RunPtr>> classes;
  for (const state::RunPtr& run : runs) {
    const bool one_slice = run->first == run->last;
    const int size = (64 - __builtin_clzll(run->num_entries | 1)) / 4;
    auto& same = classes[{one_slice, one_slice ? run->first : 0, size}];
    same.push_back(run);
    if (same.size() == kFanIn) return std::move(same);
  }
  return {};
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
  ~Compaction() { Wait(); }
  void Wait() {
    stop_.store(true);
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

Status WindowRuns::Write(std::span<const std::pair<int64_t, const GroupTable*>> tables,
                         std::span<const int64_t> open) {
  MR_TRY(TakeCompacted());
  GroupRunWriter writer(store_.get());
  for (const auto& [slice_end, table] : tables) MR_TRY(writer.Add(slice_end, *table));
  MR_ASSIGN(auto written, writer.Finish());
  FailPoint("state.spilled");
  runs_.insert(runs_.end(), written.begin(), written.end());
  if (compaction_ == nullptr) StartCompaction(open);
  return Ok();
}

void WindowRuns::StartCompaction(std::span<const int64_t> open) {
  std::vector<state::RunPtr> inputs = RunsToMerge(runs_);
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
  std::erase_if(runs_, [&](const state::RunPtr& run) {
    return std::find(inputs.begin(), inputs.end(), run) != inputs.end();
  });
  for (state::RunPtr& run : outputs) {
    if (run->last > dropped_) runs_.push_back(std::move(run));
  }
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
  const auto inputs = Holding(slices);
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

Result<std::vector<int64_t>> WindowRuns::Adopt(const state::KeyedSnapshot::NativeFile& file) {
  MR_ASSIGN(const state::RunPtr run, store_->Adopt(file));
  MR_ASSIGN(const auto reader, run->Open());
  runs_.push_back(run);
  return reader->NameSpaces(layout_.share);
}

}  // namespace millrace::exec
