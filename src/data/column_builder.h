#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "data/value.h"

namespace millrace {

// Builds one column row by row or in bulk. One thread. After Finish() the builder is empty and reusable.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(DataType type);
  ~ColumnBuilder();
  ColumnBuilder(ColumnBuilder&&) noexcept;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept;

  const DataType& type() const { return type_; }
  size_t size() const { return size_; }
  void Reserve(size_t rows);

  // Fixed-width kinds; T as in Column::values().
  template <typename T>
  void Append(T value) {
    if (size_ == capacity_) Grow(size_ + 1);
    reinterpret_cast<T*>(values_.get())[size_] = value;
    MarkValid(1);
    size_ += 1;
  }
  void AppendNull();
  void AppendNulls(size_t count);
  void AppendString(std::string_view text);  // copies the bytes unless they fit inline
  // No copy: whoever owns the bytes is handed to KeepAlive before Finish().
  void AppendStringNoCopy(std::string_view text) { Append(StringRef(text)); }
  void KeepAlive(std::shared_ptr<const void> owner) { keep_alive_.push_back(std::move(owner)); }

  // Bulk: `count` not-null rows whose values the caller writes before the next call.
  template <typename T>
  T* AppendUninitialized(size_t count) {
    if (size_ + count > capacity_) Grow(size_ + count);
    T* out = reinterpret_cast<T*>(values_.get()) + size_;
    MarkValid(count);
    size_ += count;
    return out;
  }
  void SetNull(size_t row);  // turns an appended row to null (value zeroed)
  // Space for `size` string bytes that live as long as the column.
  char* AllocateStringBytes(size_t size);

  // Nested kinds: append to the children first, then close the row.
  ColumnBuilder& child(size_t i) { return *children_[i]; }
  size_t num_children() const { return children_.size(); }
  void EndList();    // kList, kMap: the child rows since the last End are this row's elements
  void EndStruct();  // kStruct: each child got exactly one row
  // A null of a struct appends a null to every child.

  void AppendValue(const Value& value);               // any kind, slow path
  void AppendFrom(const Column& column, size_t row);  // same physical layout
  void AppendRange(const Column& column, size_t begin, size_t count);

  // The removal of the last rows, so that a record that failed half-way leaves no trace.
  void TruncateTo(size_t rows);
  ColumnPtr Finish();

 private:
  void Grow(size_t rows);
  void MarkValid(size_t count) {
    if (has_nulls_) [[unlikely]]
      MarkValidSlow(count);
  }
  void MarkValidSlow(size_t count);

  DataType type_;
  Physical physical_;
  size_t width_ = 0;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool has_nulls_ = false;
  std::unique_ptr<std::byte[]> values_;  // aligned for 16-byte types
  std::vector<uint64_t> validity_;
  std::vector<int32_t> offsets_;
  std::vector<std::unique_ptr<ColumnBuilder>> children_;
  std::vector<std::shared_ptr<const void>> keep_alive_;
  struct StringArena;
  std::shared_ptr<StringArena> arena_;
};

}  // namespace millrace
