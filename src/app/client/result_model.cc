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

// A cell, made ready for comparing.
struct SortKey {
  enum class Class : uint8_t { kNull, kNumber, kText };
  Class kind = Class::kNull;
  double number = 0;
  std::string_view text;
  size_t slot = 0;

  bool operator<(const SortKey& other) const {
    if (kind != other.kind) return kind < other.kind;
    return kind == Class::kNumber ? number < other.number : text < other.text;
  }
};

SortKey KeyOf(const std::optional<std::string>& cell, bool by_number, size_t slot) {
  SortKey key{.slot = slot};
  if (!cell) return key;
  const auto number = by_number ? ParseDouble(*cell) : std::nullopt;
  key.kind = number ? SortKey::Class::kNumber : SortKey::Class::kText;
  key.number = number.value_or(0);
  key.text = *cell;
  return key;
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

void ResultModel::Arrange() {
  arranged_ = true;
  order_.clear();
  for (size_t i = first_; i < slots_.size(); ++i) {
    if (slots_[i].live) order_.push_back(i);
  }
  if (!sorting_ || sorting_->column >= schema_.size()) return;
  const bool by_number = schema_.fields[sorting_->column].type.IsNumeric();
  std::vector<SortKey> keys;
  keys.reserve(order_.size());
  for (const size_t slot : order_) keys.push_back(KeyOf(slots_[slot].row.cells[sorting_->column], by_number, slot));
  const bool descending = sorting_->descending;
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const SortKey& a, const SortKey& b) { return descending ? b < a : a < b; });
  for (size_t i = 0; i < keys.size(); ++i) order_[i] = keys[i].slot;
}

const ResultRow& ResultModel::row(size_t i) {
  if (!arranged_) Arrange();
  return slots_[order_[i]].row;
}

}  // namespace millrace::app::client
