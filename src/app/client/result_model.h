#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "app/client/executor.h"

namespace millrace::app::client {

// The rows that a full-screen view shows of a stream of changes. One thread.
class ResultModel {
 public:
  enum class Mode {
    kTable,      // what all changes add up to: -U and -D take a row away, the +U behind its -U takes its place
    kChangelog,  // the changes themselves
  };
  // Beyond `max_rows` the oldest go.
  ResultModel(Schema schema, Mode mode, size_t max_rows)
      : schema_(std::move(schema)), mode_(mode), max_rows_(max_rows) {}

  void Apply(std::vector<ResultRow> changes);

  const Schema& schema() const { return schema_; }
  Mode mode() const { return mode_; }
  size_t num_rows() const { return num_live_; }
  int64_t num_changes() const { return num_changes_; }

  struct Sorting {
    size_t column = 0;
    bool descending = false;
    bool operator==(const Sorting&) const = default;
  };
  // Rows in the order they came in unless sorted: numbers by value, all else as text, NULL first. Costs a sort after
  // every Apply when sorted.
  void SortBy(std::optional<Sorting> sorting);
  const std::optional<Sorting>& sorting() const { return sorting_; }
  const ResultRow& row(size_t i);  // i < num_rows()

 private:
  struct Slot {
    ResultRow row;
    bool live = true;
  };
  void Add(ResultRow row);
  void Remove(const ResultRow& row);
  void Forget(size_t slot);
  void Compact();
  void Arrange();

  Schema schema_;
  Mode mode_;
  size_t max_rows_;
  std::vector<Slot> slots_;                          // in the order they came
  size_t first_ = 0;                                 // no slot before it is live
  std::unordered_multimap<size_t, size_t> by_hash_;  // kTable: hash of the cells -> live slot
  size_t num_live_ = 0;
  int64_t num_changes_ = 0;
  std::optional<size_t> vacated_;  // slot of the -U that came last: its +U goes there
  std::optional<Sorting> sorting_;
  std::vector<size_t> order_;  // live slots as they are shown
  bool arranged_ = false;      // order_ is up to date
};

}  // namespace millrace::app::client
