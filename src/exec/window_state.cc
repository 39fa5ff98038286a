#include "exec/window_state.h"

#include <algorithm>

#include "data/hash.h"
#include "exec/group_loader.h"
#include "exec/window_snapshot.h"
#include "state/bytes.h"

namespace millrace::exec {
namespace {

// Accumulators that own memory take about this much more of it than their bytes.
constexpr size_t kOwnedFactor = 4;

}  // namespace

WindowState::WindowState(std::vector<DataType> key_types, AggregateSet aggregates, state::KeyGroupRange share,
                         state::Backend* backend)
    : layout_{std::move(key_types), std::make_shared<const AggregateSet>(std::move(aggregates)),
              state::HashRange::Of(share)},
      share_(share) {
  if (backend == nullptr) return;
  runs_ = std::make_unique<WindowRuns>(layout_, backend->NewStore());
  check_at_ = 0;
}

std::vector<int64_t> WindowState::slices() const {
  std::vector<int64_t> ends;
  for (const auto& [slice_end, table] : slices_) ends.push_back(slice_end);
  return ends;
}

WindowState::Size WindowState::size() const {
  Size size;
  for (const auto& [slice_end, table] : slices_) {
    size.rows += table.size();
    size.bytes += table.bytes();
  }
  if (runs_ == nullptr) return size;
  for (const state::RunPtr& run : runs_->runs()) {
    size.rows += run->num_entries;
    size.bytes += run->num_bytes;
  }
  return size;
}

bool WindowState::AnyIn(int64_t after, int64_t last) const {
  const auto first = slices_.upper_bound(after);
  return first != slices_.end() && first->first <= last;
}

GroupTable& WindowState::TableOf(int64_t slice_end) {
  const auto it = slices_.find(slice_end);
  if (it != slices_.end()) return it->second;
  return slices_.emplace(slice_end, layout_.NewTable()).first->second;
}

// What accumulators own is known only from their bytes; those are counted when it may have become too much.
size_t WindowState::TableBytes() const {
  size_t bytes = 0;
  size_t owned = 0;
  std::string serialized;
  for (const auto& [slice_end, table] : slices_) {
    if (table.size() == 0) continue;
    bytes += table.bytes();
    if (aggregates().trivially_destructible()) continue;
    for (size_t group = 0; group < table.size(); ++group) {
      serialized.clear();
      aggregates().Serialize(table.state(group), serialized);
      owned += serialized.size();
    }
  }
  return bytes + owned * kOwnedFactor;
}

Status WindowState::CheckSize() {
  const size_t most = runs_->table_bytes();
  size_t bytes = TableBytes();
  if (bytes >= most) {
    MR_TRY(WriteOut(INT64_MIN, INT64_MAX));
    bytes = 0;
  }
  added_bytes_ = 0;
  check_at_ = std::max((most - bytes) / 2, most / 16);
  return Ok();
}

Status WindowState::WriteOut(int64_t after, int64_t last) {
  std::vector<std::pair<int64_t, const GroupTable*>> tables;
  for (auto it = slices_.upper_bound(after); it != slices_.end() && it->first <= last; ++it) {
    if (it->second.size() > 0) tables.emplace_back(it->first, &it->second);
  }
  if (tables.empty()) return Ok();
  MR_TRY(runs_->Write(tables, slices()));
  for (const auto& [slice_end, table] : tables) {
    const auto at = slices_.find(slice_end);
    slices_.erase(at);
    slices_.emplace(slice_end, layout_.NewTable());
  }
  return Ok();
}

Status WindowState::Read(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take) {
  const auto begin = slices_.upper_bound(after);
  const auto end = slices_.upper_bound(last);
  if (begin == end) return Ok();
  if (runs_ != nullptr && runs_->AnyIn(after, last)) return ReadFromDisk(after, last, keep_merged, take);
  if (std::next(begin) == end) return ReadTable(begin->second, take);
  GroupTable merged = layout_.NewTable();
  for (auto it = begin; it != end; ++it) merged.MergeFrom(it->second);
  MR_TRY(ReadTable(merged, take));
  if (!keep_merged) return Ok();
  slices_.erase(begin, end);
  slices_.emplace(last, std::move(merged));
  return Ok();
}

Status WindowState::ReadFromDisk(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take) {
  MR_TRY(WriteOut(after, last));
  const auto read = [&](const GroupTable& table) { return ReadTable(table, take); };
  const std::vector<int64_t> open = slices();
  std::vector<int64_t> window = open;
  std::erase_if(window, [&](int64_t slice_end) { return slice_end <= after || slice_end > last; });
  if (!keep_merged || window.size() == 1) return runs_->Read(window, read);
  MR_TRY(runs_->ReadAndMerge(window, last, open, read));
  for (const int64_t slice_end : window) slices_.erase(slice_end);
  slices_.emplace(last, layout_.NewTable());
  return Ok();
}

Status WindowState::ReadTable(const GroupTable& table, const TakeBlock& take) const {
  std::vector<const char*> states;
  for (size_t begin = 0; begin < table.size(); begin += kBatchRows) {
    const size_t end = std::min(table.size(), begin + kBatchRows);
    states.clear();
    for (size_t group = begin; group < end; ++group) states.push_back(table.state(group));
    MR_TRY(take({.size = end - begin, .keys = table.keys().Columns(begin, end), .states = states}));
  }
  return Ok();
}

void WindowState::DropUpTo(int64_t last) {
  slices_.erase(slices_.begin(), slices_.upper_bound(last));
  if (runs_ != nullptr) runs_->DropUpTo(last);
}

std::unique_ptr<state::KeyedSnapshot> WindowState::Snapshot() const {
  auto snapshot = std::make_unique<WindowSnapshot>(layout_);
  if (runs_ != nullptr) snapshot->SetRuns(runs_->runs(), runs_->dropped_up_to(), runs_->merge_bytes());
  for (const auto& [slice_end, table] : slices_) snapshot->Add(slice_end, FrozenGroups(table, layout_.aggregates));
  return snapshot;
}

Status WindowState::Restore(const state::OperatorState& state, const std::function<bool(int64_t)>& is_open) {
  for (const state::OperatorPart& part : state.parts) {
    if (!part.read_keyed) continue;
    const bool within = part.range.begin >= share_.begin && part.range.end <= share_.end;
    const bool link = runs_ != nullptr && within && !part.native_files.empty();
    if (link) MR_TRY(LinkFiles(part, is_open));
    MR_TRY(
        LoadEntries(link ? part.read_beside_files : part.read_keyed, state.range, !part.native_files.empty(), is_open));
  }
  return Ok();
}

Status WindowState::LinkFiles(const state::OperatorPart& part, const std::function<bool(int64_t)>& is_open) {
  for (const state::KeyedSnapshot::NativeFile& file : part.native_files) {
    MR_ASSIGN(const auto slices, runs_->Adopt(file, part.dead_up_to));
    for (const int64_t slice_end : slices) {
      if (is_open(slice_end)) (void)TableOf(slice_end);
    }
  }
  return Ok();
}

Status WindowState::LoadEntries(const state::OperatorPart::ReadEntries& read, state::KeyGroupRange range,
                                bool skip_closed, const std::function<bool(int64_t)>& is_open) {
  GroupLoader loader(layout_.key_types, layout_.aggregates.get(),
                     [this](int64_t slice_end) -> GroupTable& { return TableOf(slice_end); });
  size_t rows = 0;
  size_t bytes = 0;
  MR_TRY(read(range, [&](const state::KeyedEntry& entry) -> Status {
    std::string_view key = entry.key;
    int64_t slice_end = 0;
    MR_TRY(state::TakeOrdered(key, &slice_end));
    if (!is_open(slice_end)) {
      if (skip_closed) return Ok();
      return InternalError("The state holds a window that was never open or has fired already.");
    }
    MR_TRY(loader.Add(slice_end, entry.key_group, key, entry.value));
    bytes += entry.value.size() * kOwnedFactor;
    if (++rows < kBatchRows || runs_ == nullptr) return Ok();
    MR_TRY(loader.Flush());
    return MakeRoom(std::exchange(rows, 0), std::exchange(bytes, 0));
  }));
  return loader.Flush();
}

}  // namespace millrace::exec
