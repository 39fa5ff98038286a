#include "app/client/result_model.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"

namespace millrace::app::client {
namespace {

size_t HashOf(const Cells& cells) {
  size_t hash = cells.size();
  for (const auto& cell : cells) hash = hash * 31 + (cell ? std::hash<std::string_view>()(*cell) : 7);
  return hash;
}

}  // namespace

void ResultModel::Apply(std::vector<ResultRow> changes) {
  if (changes.empty()) return;
  num_changes_ += static_cast<int64_t>(changes.size());
  for (ResultRow& change : changes) {
    const bool removes = change.kind == RowKind::kUpdateBefore || change.kind == RowKind::kDelete;
    if (mode_ == Mode::kTable && removes) {
      Remove(change);
    } else {
      Add(std::move(change));
    }
  }
  Compact();
  arranged_ = false;
}

void ResultModel::Add(ResultRow row) {
  const size_t hash = mode_ == Mode::kTable ? HashOf(row.cells) : 0;
  const bool in_place = vacated_ && row.kind == RowKind::kUpdateAfter;
  const size_t slot = in_place ? *vacated_ : slots_.size();
  vacated_.reset();
  if (mode_ == Mode::kTable) by_hash_.emplace(hash, slot);
  if (in_place) {
    slots_[slot] = {.row = std::move(row)};
  } else {
    slots_.push_back({.row = std::move(row)});
  }
  ++num_live_;
  if (num_live_ <= max_rows_) return;
  while (!slots_[first_].live) ++first_;
  Forget(first_);
}

// The newest row with these cells.
void ResultModel::Remove(const ResultRow& row) {
  vacated_.reset();
  std::optional<size_t> newest;
  const auto [begin, end] = by_hash_.equal_range(HashOf(row.cells));
  for (auto it = begin; it != end; ++it) {
    if ((!newest || it->second > *newest) && slots_[it->second].row.cells == row.cells) newest = it->second;
  }
  if (!newest) return;  // it was among those that had to go
  Forget(*newest);
  if (row.kind == RowKind::kUpdateBefore) vacated_ = newest;
}

void ResultModel::Forget(size_t slot) {
  Slot& gone = slots_[slot];
  if (mode_ == Mode::kTable) {
    const auto [begin, end] = by_hash_.equal_range(HashOf(gone.row.cells));
    const auto it = std::find_if(begin, end, [&](const auto& entry) { return entry.second == slot; });
    if (it != end) by_hash_.erase(it);
  }
  gone.live = false;
  gone.row = {};
  --num_live_;
}

// Takes out dead slots once they are the most.
void ResultModel::Compact() {
  if (slots_.size() < 64 || slots_.size() < 2 * num_live_) return;
  vacated_.reset();
  first_ = 0;
  std::erase_if(slots_, [](const Slot& slot) { return !slot.live; });
  if (mode_ != Mode::kTable) return;
  by_hash_.clear();
  for (size_t i = 0; i < slots_.size(); ++i) by_hash_.emplace(HashOf(slots_[i].row.cells), i);
}

void ResultModel::SortBy(std::optional<Sorting> sorting) {
  sorting_ = sorting;
  arranged_ = false;
}

bool ResultModel::Before(size_t a, size_t b) const {
  const auto& left = slots_[a].row.cells[sorting_->column];
  const auto& right = slots_[b].row.cells[sorting_->column];
  if (!left || !right) return !left && right;
  if (schema_.fields[sorting_->column].type.IsNumeric()) {
    const auto x = ParseDouble(*left);
    const auto y = ParseDouble(*right);
    if (x && y) return *x < *y;
  }
  return *left < *right;
}

void ResultModel::Arrange() {
  arranged_ = true;
  order_.clear();
  for (size_t i = first_; i < slots_.size(); ++i) {
    if (slots_[i].live) order_.push_back(i);
  }
  if (!sorting_ || sorting_->column >= schema_.size()) return;
  const bool descending = sorting_->descending;
  std::stable_sort(order_.begin(), order_.end(),
                   [&](size_t a, size_t b) { return descending ? Before(b, a) : Before(a, b); });
}

const ResultRow& ResultModel::row(size_t i) {
  if (!arranged_) Arrange();
  return slots_[order_[i]].row;
}

}  // namespace millrace::app::client
