#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "data/type.h"

namespace millrace {

// A 16-byte string view (Arrow's "string view" layout): up to 12 bytes inline, longer ones by pointer with a 4-byte
// prefix. Unused inline bytes are zero, so two short refs are equal iff their 16 bytes are. Does not own the bytes it
// points at: the column that holds it does.
struct StringRef {
  uint32_t size = 0;
  char prefix[4] = {};
  union {
    char rest[8] = {};
    const char* pointer;
  };

  static constexpr uint32_t kInlineSize = 12;

  StringRef() = default;
  explicit StringRef(std::string_view text) : size(static_cast<uint32_t>(text.size())) {
    if (size <= kInlineSize) {
      if (size != 0) std::memcpy(prefix, text.data(), size);
    } else {
      std::memcpy(prefix, text.data(), 4);
      pointer = text.data();
    }
  }
  bool is_inline() const { return size <= kInlineSize; }
  const char* data() const { return is_inline() ? prefix : pointer; }
  std::string_view view() const { return {data(), size}; }
  bool operator==(const StringRef& other) const {
    uint64_t a[2];
    uint64_t b[2];
    std::memcpy(a, this, 16);
    std::memcpy(b, &other, 16);
    if (a[0] != b[0]) return false;
    return a[1] == b[1] || (!is_inline() && std::memcmp(pointer, other.pointer, size) == 0);
  }
  std::strong_ordering operator<=>(const StringRef& other) const {
    const int order = view().compare(other.view());  // bytes, unsigned
    return order <=> 0;
  }
};
static_assert(sizeof(StringRef) == 16);

class Column;
using ColumnPtr = std::shared_ptr<const Column>;

// An immutable column of one type, shared freely between threads once built. Layout follows Arrow: a validity bitmap
// (bit set = not null; absent = no nulls), fixed-width values by DataType::physical(), 16-byte string refs, int32
// offsets for lists and maps, children for nested types. Values under a null are zero.
class Column {
 public:
  // The parts a column is made of; normally a ColumnBuilder fills them.
  struct Parts {
    DataType type;
    size_t size = 0;
    std::shared_ptr<const void> values;        // size * width bytes; null for kStruct
    std::shared_ptr<const uint64_t> validity;  // (size + 63) / 64 words; null = no nulls
    std::shared_ptr<const int32_t> offsets;    // size + 1, kList and kMap
    std::vector<ColumnPtr> children;
    std::vector<std::shared_ptr<const void>> keep_alive;  // owners of bytes that string refs point at
  };
  explicit Column(Parts parts) : parts_(std::move(parts)) {}

  const DataType& type() const { return parts_.type; }
  size_t size() const { return parts_.size; }
  bool has_nulls() const { return parts_.validity != nullptr; }
  const uint64_t* validity() const { return parts_.validity.get(); }
  bool IsNull(size_t row) const {
    return parts_.validity != nullptr && (parts_.validity.get()[row >> 6] >> (row & 63) & 1) == 0;
  }
  // T is the C++ type of DataType::physical(): uint8_t, int8_t .. int64_t, float, double, Int128, Timestamp, StringRef.
  template <typename T>
  const T* values() const {
    return static_cast<const T*>(parts_.values.get());
  }
  const int32_t* offsets() const { return parts_.offsets.get(); }
  const ColumnPtr& child(size_t i) const { return parts_.children[i]; }
  size_t num_children() const { return parts_.children.size(); }
  const Parts& parts() const { return parts_; }

  // The same values under another type of the same physical layout (e.g. another nullability or length).
  ColumnPtr WithType(DataType type) const;
  // Rows `rows[i]` in that order; string bytes are shared, not copied.
  ColumnPtr Gather(std::span<const uint32_t> rows) const;
  ColumnPtr Slice(size_t offset, size_t count) const;
  size_t MemoryBytes() const;

 private:
  Parts parts_;
};

size_t PhysicalWidth(Physical physical);  // bytes per value; 0 for kStruct, kList and kMap

// `count` rows of NULL.
ColumnPtr NullColumn(const DataType& type, size_t count);
// Rows of all pieces in order; all of the same type. At least one piece.
ColumnPtr ConcatColumns(std::span<const ColumnPtr> pieces);

}  // namespace millrace
