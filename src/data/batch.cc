#include "data/batch.h"

#include "base/check.h"
#include "base/strings.h"
#include "data/value.h"

namespace millrace {

Batch Batch::Gather(std::span<const uint32_t> rows) const {
  Batch out{.num_rows = rows.size()};
  out.columns.reserve(columns.size());
  for (const ColumnPtr& column : columns) out.columns.push_back(column->Gather(rows));
  if (kinds != nullptr) {
    std::vector<RowKind> picked;
    picked.reserve(rows.size());
    for (const uint32_t row : rows) picked.push_back((*kinds)[row]);
    out.kinds = std::make_shared<const std::vector<RowKind>>(std::move(picked));
  }
  return out;
}

Batch Batch::Slice(size_t offset, size_t count) const {
  Batch out{.num_rows = count};
  for (const ColumnPtr& column : columns) out.columns.push_back(column->Slice(offset, count));
  if (kinds != nullptr) {
    const auto begin = kinds->begin() + static_cast<ptrdiff_t>(offset);
    out.kinds = std::make_shared<const std::vector<RowKind>>(begin, begin + static_cast<ptrdiff_t>(count));
  }
  return out;
}

size_t Batch::MemoryBytes() const {
  size_t bytes = kinds == nullptr ? 0 : kinds->size();
  for (const ColumnPtr& column : columns) bytes += column->MemoryBytes();
  return bytes;
}

Batch ConcatBatches(std::span<const Batch> batches) {
  CHECK(!batches.empty());
  if (batches.size() == 1) return batches[0];
  Batch out;
  bool has_kinds = false;
  for (const Batch& batch : batches) {
    out.num_rows += batch.num_rows;
    has_kinds |= batch.kinds != nullptr;
  }
  for (size_t i = 0; i < batches[0].columns.size(); ++i) {
    std::vector<ColumnPtr> pieces;
    for (const Batch& batch : batches) pieces.push_back(batch.columns[i]);
    out.columns.push_back(ConcatColumns(pieces));
  }
  if (has_kinds) {
    std::vector<RowKind> kinds;
    for (const Batch& batch : batches) {
      for (size_t row = 0; row < batch.num_rows; ++row) kinds.push_back(batch.kind(row));
    }
    out.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
  }
  return out;
}

std::string FormatRow(const Batch& batch, size_t row) {
  std::string out(RowKindShortName(batch.kind(row)));
  for (const ColumnPtr& column : batch.columns) {
    out += " | ";
    if (column->IsNull(row)) {
      out += "NULL";
    } else if (column->type().IsBinary()) {
      out += "x'" + HexEncode(column->values<StringRef>()[row].view()) + "'";
    } else {
      AppendValueText(out, *column, row);
    }
  }
  return out;
}

}  // namespace millrace
