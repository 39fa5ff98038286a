#include "data/column.h"

#include "base/check.h"
#include "data/column_builder.h"

namespace millrace {
namespace {

template <typename T>
std::shared_ptr<T> AllocateArray(size_t count) {
  // At least one element, so that empty columns have a pointer to hand out.
  return std::shared_ptr<T>(new T[count == 0 ? 1 : count], [](T* p) { delete[] p; });
}

std::shared_ptr<void> AllocateBytes(size_t bytes) {
  // 16-byte aligned: Int128 and Timestamp values.
  const size_t words = (bytes + 15) / 16;
  return AllocateArray<Int128>(words);
}

size_t Words(size_t rows) { return (rows + 63) / 64; }

std::shared_ptr<const uint64_t> GatherValidity(const Column& column, std::span<const uint32_t> rows) {
  auto words = AllocateArray<uint64_t>(Words(rows.size()));
  bool any_null = false;
  for (size_t w = 0; w < Words(rows.size()); ++w) {
    uint64_t word = 0;
    const size_t end = std::min<size_t>(64, rows.size() - w * 64);
    for (size_t bit = 0; bit < end; ++bit) {
      word |= static_cast<uint64_t>(!column.IsNull(rows[w * 64 + bit])) << bit;
    }
    any_null |= word != (end == 64 ? ~0ULL : (1ULL << end) - 1);
    words.get()[w] = word;
  }
  return any_null ? words : nullptr;
}

template <typename T>
std::shared_ptr<void> GatherValues(const Column& column, std::span<const uint32_t> rows) {
  auto bytes = AllocateBytes(rows.size() * sizeof(T));
  const T* from = column.values<T>();
  T* to = static_cast<T*>(bytes.get());
  for (size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
  return bytes;
}

std::shared_ptr<void> GatherFixed(const Column& column, std::span<const uint32_t> rows) {
  switch (PhysicalWidth(column.type().physical())) {
    case 1: return GatherValues<uint8_t>(column, rows);
    case 2: return GatherValues<uint16_t>(column, rows);
    case 4: return GatherValues<uint32_t>(column, rows);
    case 8: return GatherValues<uint64_t>(column, rows);
    case 16: return GatherValues<Int128>(column, rows);
    default: return nullptr;
  }
}

// The child rows that the lists of `rows` hold, and the offsets of the gathered lists.
std::vector<uint32_t> ListRows(const Column& column, std::span<const uint32_t> rows, int32_t* offsets) {
  std::vector<uint32_t> out;
  offsets[0] = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int32_t at = column.offsets()[rows[i]]; at < column.offsets()[rows[i] + 1]; ++at) {
      out.push_back(static_cast<uint32_t>(at));
    }
    offsets[i + 1] = static_cast<int32_t>(out.size());
  }
  return out;
}

std::shared_ptr<const uint64_t> SliceValidity(const Column& column, size_t offset, size_t count) {
  if (!column.has_nulls()) return nullptr;
  if (offset % 64 == 0) return {column.parts().validity, column.validity() + offset / 64};
  auto words = AllocateArray<uint64_t>(Words(count));
  const size_t shift = offset % 64;
  const size_t last = Words(column.size());
  for (size_t w = 0; w < Words(count); ++w) {
    const size_t from = offset / 64 + w;
    uint64_t word = column.validity()[from] >> shift;
    if (from + 1 < last) word |= column.validity()[from + 1] << (64 - shift);
    words.get()[w] = word;
  }
  return words;
}

}  // namespace

size_t PhysicalWidth(Physical physical) {
  switch (physical) {
    case Physical::kBool:
    case Physical::kInt8: return 1;
    case Physical::kInt16: return 2;
    case Physical::kInt32:
    case Physical::kFloat: return 4;
    case Physical::kInt64:
    case Physical::kDouble: return 8;
    case Physical::kInt128:
    case Physical::kTimestamp:
    case Physical::kString: return 16;
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return 0;
  }
  return 0;
}

ColumnPtr Column::WithType(DataType type) const {
  CHECK(type.physical() == parts_.type.physical());
  Parts parts = parts_;
  parts.type = std::move(type);
  return std::make_shared<const Column>(std::move(parts));
}

ColumnPtr Column::Gather(std::span<const uint32_t> rows) const {
  Parts parts{.type = parts_.type, .size = rows.size(), .keep_alive = parts_.keep_alive};
  if (has_nulls()) parts.validity = GatherValidity(*this, rows);
  const Physical physical = parts_.type.physical();
  if (physical == Physical::kStruct) {
    for (const ColumnPtr& child : parts_.children) parts.children.push_back(child->Gather(rows));
  } else if (physical == Physical::kList || physical == Physical::kMap) {
    auto offsets = AllocateArray<int32_t>(rows.size() + 1);
    const std::vector<uint32_t> child_rows = ListRows(*this, rows, offsets.get());
    parts.offsets = std::move(offsets);
    for (const ColumnPtr& child : parts_.children) parts.children.push_back(child->Gather(child_rows));
  } else {
    parts.values = GatherFixed(*this, rows);
    // String refs point into the old column's bytes: its arenas are in keep_alive already.
  }
  return std::make_shared<const Column>(std::move(parts));
}

ColumnPtr Column::Slice(size_t offset, size_t count) const {
  CHECK(offset + count <= parts_.size);
  Parts parts = parts_;
  parts.size = count;
  parts.validity = SliceValidity(*this, offset, count);
  const Physical physical = parts_.type.physical();
  if (physical == Physical::kStruct) {
    for (ColumnPtr& child : parts.children) child = child->Slice(offset, count);
  } else if (physical == Physical::kList || physical == Physical::kMap) {
    parts.offsets = std::shared_ptr<const int32_t>(parts_.offsets, parts_.offsets.get() + offset);
  } else {
    const auto* bytes = static_cast<const char*>(parts_.values.get()) + offset * PhysicalWidth(physical);
    parts.values = std::shared_ptr<const void>(parts_.values, bytes);
  }
  return std::make_shared<const Column>(std::move(parts));
}

size_t Column::MemoryBytes() const {
  size_t bytes = parts_.size * PhysicalWidth(parts_.type.physical());
  if (has_nulls()) bytes += Words(parts_.size) * 8;
  if (parts_.offsets != nullptr) bytes += (parts_.size + 1) * 4;
  if (parts_.type.physical() == Physical::kString) {
    for (size_t i = 0; i < parts_.size; ++i) {
      const StringRef& ref = values<StringRef>()[i];
      if (!ref.is_inline()) bytes += ref.size;
    }
  }
  for (const ColumnPtr& child : parts_.children) bytes += child->MemoryBytes();
  return bytes;
}

ColumnPtr NullColumn(const DataType& type, size_t count) {
  ColumnBuilder builder(type);
  builder.AppendNulls(count);
  return builder.Finish();
}

ColumnPtr ConcatColumns(std::span<const ColumnPtr> pieces) {
  CHECK(!pieces.empty());
  if (pieces.size() == 1) return pieces[0];
  ColumnBuilder builder(pieces[0]->type());
  size_t rows = 0;
  for (const ColumnPtr& piece : pieces) rows += piece->size();
  builder.Reserve(rows);
  for (const ColumnPtr& piece : pieces) builder.AppendRange(*piece, 0, piece->size());
  return builder.Finish();
}

}  // namespace millrace
