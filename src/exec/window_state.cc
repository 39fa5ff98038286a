#include "exec/window_state.h"

#include <algorithm>

#include "base/check.h"
#include "data/hash.h"
#include "data/row_encoding.h"
#include "exec/frozen_groups.h"
#include "state/bytes.h"

namespace millrace::exec {
namespace {

class WindowSnapshot final : public state::KeyedSnapshot {
 public:
  void Add(int64_t slice_end, FrozenGroups groups) { slices_.push_back({slice_end, std::move(groups), {}, {}}); }

  Status Write(state::KeyedWriter& writer) override {
    for (Slice& slice : slices_) slice.order = slice.groups.ByKeyGroup(slice.begins);
    std::string key;
    std::string value;
    for (uint32_t key_group = 0; key_group < kDefaultKeyGroups; ++key_group) {
      for (const Slice& slice : slices_) {
        for (uint32_t at = slice.begins[key_group]; at < slice.begins[key_group + 1]; ++at) {
          key.clear();
          value.clear();
          state::PutOrdered(slice.end, key);
          slice.groups.Key(slice.order[at], key);
          slice.groups.Value(slice.order[at], value);
          MR_TRY(writer.Add({.key_group = key_group, .key = key, .value = value}));
        }
      }
    }
    return Ok();
  }

 private:
  struct Slice {
    int64_t end;
    FrozenGroups groups;
    std::array<uint32_t, kDefaultKeyGroups + 1> begins;
    std::vector<uint32_t> order;
  };
  std::vector<Slice> slices_;
};

Error DamagedEntry() { return InternalError("The state of a window aggregation is damaged."); }

}  // namespace

// Collects entries and adds them to their tables a batch at a time.
class WindowState::Loader {
 public:
  explicit Loader(WindowState* state) : state_(state) {
    for (const DataType& type : state->key_types_) builders_.emplace_back(type);
    for (size_t i = 0; i < builders_.size(); ++i) columns_.push_back(i);
    partial_.reset(new char[std::max<size_t>(16, state->aggregates_->row_size())]);
  }

  Status Add(const state::KeyedEntry& entry) {
    std::string_view key = entry.key;
    Row& row = rows_.emplace_back();
    MR_TRY(state::TakeOrdered(key, &row.slice_end));
    MR_TRY(DecodeRow(key, builders_));
    row.key_group = entry.key_group;
    values_ += entry.value;
    row.value_end = values_.size();
    return rows_.size() == kBatchRows ? Flush() : Ok();
  }

  Status Flush() {
    Batch batch{.num_rows = rows_.size()};
    for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
    std::vector<uint64_t> hashes(batch.num_rows);
    std::vector<char*> states(batch.num_rows);
    HashRows(batch, columns_, hashes.data());
    std::map<int64_t, std::vector<uint32_t>> rows_of;
    for (uint32_t row = 0; row < batch.num_rows; ++row) {
      if (KeyGroupOf(hashes[row], kDefaultKeyGroups) != rows_[row].key_group) return DamagedEntry();
      rows_of[rows_[row].slice_end].push_back(row);
    }
    for (const auto& [slice_end, rows] : rows_of) {
      state_->TableOf(slice_end).Find(batch, columns_, hashes.data(), rows, states.data());
    }
    for (size_t row = 0, begin = 0; row < batch.num_rows; begin = rows_[row++].value_end) {
      MR_TRY(Merge(std::string_view(values_).substr(begin, rows_[row].value_end - begin), states[row]));
    }
    rows_.clear();
    values_.clear();
    return Ok();
  }

 private:
  struct Row {
    int64_t slice_end = 0;
    uint32_t key_group = 0;
    size_t value_end = 0;
  };

  Status Merge(std::string_view bytes, char* into) {
    const AggregateSet& aggregates = *state_->aggregates_;
    aggregates.Init(partial_.get());
    Status status = aggregates.Deserialize(bytes, partial_.get());
    if (status.ok()) aggregates.Merge(into, partial_.get());
    aggregates.Destroy(partial_.get());
    return status;
  }

  WindowState* state_;
  std::vector<ColumnBuilder> builders_;
  std::vector<size_t> columns_;
  std::unique_ptr<char[]> partial_;
  std::vector<Row> rows_;
  std::string values_;
};

WindowState::WindowState(std::vector<DataType> key_types, AggregateSet aggregates)
    : key_types_(std::move(key_types)), aggregates_(std::make_shared<const AggregateSet>(std::move(aggregates))) {}

std::vector<int64_t> WindowState::slices() const {
  std::vector<int64_t> ends;
  for (const auto& [slice_end, table] : slices_) ends.push_back(slice_end);
  return ends;
}

bool WindowState::AnyIn(int64_t after, int64_t last) const {
  const auto first = slices_.upper_bound(after);
  return first != slices_.end() && first->first <= last;
}

GroupTable& WindowState::TableOf(int64_t slice_end) {
  const auto it = slices_.find(slice_end);
  if (it != slices_.end()) return it->second;
  return slices_.emplace(slice_end, GroupTable(key_types_, aggregates_.get())).first->second;
}

Status WindowState::Read(int64_t after, int64_t last, bool keep_merged, const TakeBlock& take) {
  const auto begin = slices_.upper_bound(after);
  const auto end = slices_.upper_bound(last);
  if (begin == end) return Ok();
  if (std::next(begin) == end) return ReadTable(begin->second, take);
  GroupTable merged(key_types_, aggregates_.get());
  for (auto it = begin; it != end; ++it) merged.MergeFrom(it->second);
  MR_TRY(ReadTable(merged, take));
  if (!keep_merged) return Ok();
  slices_.erase(begin, end);
  slices_.emplace(last, std::move(merged));
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

void WindowState::DropUpTo(int64_t last) { slices_.erase(slices_.begin(), slices_.upper_bound(last)); }

std::unique_ptr<state::KeyedSnapshot> WindowState::Snapshot() const {
  auto snapshot = std::make_unique<WindowSnapshot>();
  for (const auto& [slice_end, table] : slices_) snapshot->Add(slice_end, FrozenGroups(table, aggregates_));
  return snapshot;
}

Status WindowState::Restore(const state::OperatorState& state) {
  for (const state::OperatorPart& part : state.parts) {
    if (!part.read_keyed) continue;
    Loader loader(this);
    MR_TRY(part.read_keyed(state.range, [&](const state::KeyedEntry& entry) { return loader.Add(entry); }));
    MR_TRY(loader.Flush());
  }
  return Ok();
}

}  // namespace millrace::exec
