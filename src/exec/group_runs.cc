#include "exec/group_runs.h"

#include <algorithm>

#include "data/hash.h"

namespace millrace::exec {
namespace {

constexpr size_t kOwnRun = 1 << 14;       // groups
constexpr size_t kLargestPart = 1 << 16;  // groups: their table stays in the cache

bool Overlaps(const state::Run& run, std::span<const int64_t> slices) {
  const auto first = std::lower_bound(slices.begin(), slices.end(), run.first);
  return first != slices.end() && *first <= run.last;
}

// The table's groups by upper half of the hash, then encoded keys; each in the lower half of an element.
std::vector<uint64_t> InRunOrder(const GroupTable& table) {
  std::vector<uint64_t> order(table.size());
  for (size_t group = 0; group < table.size(); ++group) order[group] = table.hash(group) >> 32 << 32 | group;
  std::sort(order.begin(), order.end());
  const auto key_of = [&](uint64_t element) {
    std::string key;
    table.keys().Encode(static_cast<uint32_t>(element), key);
    return key;
  };
  for (size_t begin = 0, end = 1; begin < order.size(); begin = end++) {
    while (end < order.size() && order[end] >> 32 == order[begin] >> 32) ++end;
    if (end - begin == 1) continue;
    std::sort(order.begin() + static_cast<std::ptrdiff_t>(begin), order.begin() + static_cast<std::ptrdiff_t>(end),
              [&](uint64_t a, uint64_t b) { return key_of(a) < key_of(b); });
  }
  return order;
}

}  // namespace

Status GroupRunWriter::Add(int64_t slice_end, const GroupTable& table) {
  if (table.size() == 0) return Ok();
  const bool next_slice = run_ != nullptr && slice_end != slice_end_;
  if (next_slice && (num_in_run_ >= kOwnRun || table.size() >= kOwnRun)) MR_TRY(Cut());
  if (run_ == nullptr) {
    MR_ASSIGN(run_, store_->NewRun());
  }
  slice_end_ = slice_end;
  num_in_run_ += table.size();
  for (const uint64_t element : InRunOrder(table)) {
    const auto group = static_cast<uint32_t>(element);
    key_.clear();
    value_.clear();
    table.keys().Encode(group, key_);
    table.aggregates().Serialize(table.state(group), value_);
    MR_TRY(run_->Add({.name_space = slice_end, .hash = table.hash(group), .key = key_, .value = value_}));
  }
  return Ok();
}

Status GroupRunWriter::Cut() {
  MR_ASSIGN(state::RunPtr run, run_->Finish());
  runs_.push_back(std::move(run));
  run_.reset();
  num_in_run_ = 0;
  return Ok();
}

Result<std::vector<state::RunPtr>> GroupRunWriter::Finish() {
  if (run_ != nullptr) MR_TRY(Cut());
  return std::move(runs_);
}

Result<GroupRunMerger> GroupRunMerger::Open(const GroupLayout& layout, std::span<const state::RunPtr> runs,
                                            size_t memory_bytes) {
  GroupRunMerger merger(layout);
  merger.memory_bytes_ = memory_bytes;
  for (const state::RunPtr& run : runs) {
    MR_ASSIGN(auto reader, run->Open());
    merger.inputs_.push_back({run, std::move(reader)});
  }
  return merger;
}

size_t GroupRunMerger::NumParts(std::span<const int64_t> slices, state::HashRange range, size_t num_beside) const {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  for (const Input& input : inputs_) {
    if (!Overlaps(*input.run, slices)) continue;
    entries += input.run->num_entries;
    bytes += input.run->num_bytes;
  }
  size_t group_bytes = layout_.aggregates->row_size() + 64;
  if (entries > 0) group_bytes = std::max<size_t>(group_bytes, 4 * bytes / entries);
  entries = static_cast<uint64_t>(static_cast<double>(entries) * static_cast<double>(range.end - range.begin) /
                                  static_cast<double>(layout_.share.end - layout_.share.begin));
  const size_t most = std::clamp<size_t>(memory_bytes_ / group_bytes, 64, kLargestPart);
  return std::min<uint64_t>((entries + num_beside) / most + 1, range.end - range.begin);
}

Status GroupRunMerger::Load(std::span<const int64_t> slices, state::HashRange part, GroupLoader& loader) {
  for (const int64_t slice : slices) {
    for (const Input& input : inputs_) {
      if (slice < input.run->first || slice > input.run->last) continue;
      MR_TRY(input.reader->Read(slice, part, [&](const state::RunEntry& entry) {
        return loader.Add(slice, KeyGroupOf(entry.hash, kDefaultKeyGroups), entry.key, entry.value);
      }));
    }
  }
  return Ok();
}

Status GroupRunMerger::Merge(std::span<const int64_t> slices, state::HashRange range, size_t num_beside,
                             const Beside& beside, const std::function<Status(const GroupTable&)>& take) {
  const uint64_t parts = NumParts(slices, range, num_beside);
  const uint64_t width = range.end - range.begin;
  for (uint64_t n = 0; n < parts; ++n) {
    const state::HashRange part{range.begin + width * n / parts, range.begin + width * (n + 1) / parts};
    GroupTable table = layout_.NewTable();
    GroupLoader loader(layout_.key_types, layout_.aggregates.get(), [&](int64_t) -> GroupTable& { return table; });
    MR_TRY(Load(slices, part, loader));
    if (beside) MR_TRY(beside(part, loader));
    MR_TRY(loader.Flush());
    if (table.size() > 0) MR_TRY(take(table));
  }
  return Ok();
}

}  // namespace millrace::exec
