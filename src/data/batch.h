#pragma once

#include <memory>
#include <span>
#include <vector>

#include "data/column.h"

namespace millrace {

// 1 .. ~4096 rows in columns. Cheap to copy: columns are shared. Rows are dense; operators that filter gather (no copy
// when every row passes).
struct Batch {
  size_t num_rows = 0;
  std::vector<ColumnPtr> columns;
  // One kind per row; null when every row is +I.
  std::shared_ptr<const std::vector<RowKind>> kinds;

  RowKind kind(size_t row) const { return kinds == nullptr ? RowKind::kInsert : (*kinds)[row]; }
  Batch Gather(std::span<const uint32_t> rows) const;
  Batch Slice(size_t offset, size_t count) const;
  size_t MemoryBytes() const;
};

inline constexpr size_t kBatchRows = 4096;

// Rows of all batches in order; columns must agree in type.
Batch ConcatBatches(std::span<const Batch> batches);

// "+I | a | 1" per row: what golden tests and logs show.
std::string FormatRow(const Batch& batch, size_t row);

}  // namespace millrace
