#include "data/column_builder.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace millrace {

// Chunks of string bytes; a chunk never moves, so refs into it stay valid as long as the column keeps the arena.
struct ColumnBuilder::StringArena {
  static constexpr size_t kFirstChunk = 4 * 1024;
  static constexpr size_t kLargestChunk = 1024 * 1024;

  char* Allocate(size_t size) {
    if (size > left) {
      const size_t chunk = std::max(size, next_chunk);
      next_chunk = std::min(kLargestChunk, next_chunk * 2);
      chunks.push_back(std::make_unique_for_overwrite<char[]>(chunk));
      position = chunks.back().get();
      left = chunk;
    }
    char* out = position;
    position += size;
    left -= size;
    return out;
  }

  std::vector<std::unique_ptr<char[]>> chunks;
  char* position = nullptr;
  size_t left = 0;
  size_t next_chunk = kFirstChunk;
};

ColumnBuilder::ColumnBuilder(DataType type)
    : type_(std::move(type)), physical_(type_.physical()), width_(PhysicalWidth(physical_)) {
  if (physical_ == Physical::kList || physical_ == Physical::kMap) offsets_.push_back(0);
  if (type_.children != nullptr) {
    for (const Field& field : *type_.children) children_.push_back(std::make_unique<ColumnBuilder>(field.type));
  }
}

ColumnBuilder::~ColumnBuilder() = default;
ColumnBuilder::ColumnBuilder(ColumnBuilder&&) noexcept = default;
ColumnBuilder& ColumnBuilder::operator=(ColumnBuilder&&) noexcept = default;

void ColumnBuilder::Reserve(size_t rows) {
  if (rows > capacity_) Grow(rows);
}

void ColumnBuilder::Grow(size_t rows) {
  const size_t capacity = std::max<size_t>({rows, capacity_ * 2, 64});
  if (width_ != 0) {
    auto bytes = std::unique_ptr<std::byte[]>(new std::byte[capacity * width_]);  // operator new[] aligns to 16
    if (size_ != 0) std::memcpy(bytes.get(), values_.get(), size_ * width_);
    values_ = std::move(bytes);
  }
  capacity_ = capacity;
}

void ColumnBuilder::MarkValidSlow(size_t count) {
  validity_.resize((size_ + count + 63) / 64, 0);
  for (size_t row = size_; row < size_ + count; ++row) validity_[row >> 6] |= 1ULL << (row & 63);
}

void ColumnBuilder::AppendNull() { AppendNulls(1); }

void ColumnBuilder::AppendNulls(size_t count) {
  if (count == 0) return;
  if (size_ + count > capacity_) Grow(size_ + count);
  if (!has_nulls_) {
    has_nulls_ = true;
    validity_.assign((size_ + 63) / 64, ~0ULL);
    if (size_ % 64 != 0) validity_.back() = (1ULL << (size_ % 64)) - 1;
  }
  validity_.resize((size_ + count + 63) / 64, 0);
  if (width_ != 0) std::memset(values_.get() + size_ * width_, 0, count * width_);
  if (physical_ == Physical::kStruct) {
    for (auto& child : children_) child->AppendNulls(count);
  }
  if (!offsets_.empty()) offsets_.insert(offsets_.end(), count, offsets_.back());
  size_ += count;
}

void ColumnBuilder::SetNull(size_t row) {
  CHECK(row < size_ && width_ != 0);
  if (!has_nulls_) {
    has_nulls_ = true;
    validity_.assign((size_ + 63) / 64, ~0ULL);
    if (size_ % 64 != 0) validity_.back() = (1ULL << (size_ % 64)) - 1;
  }
  validity_[row >> 6] &= ~(1ULL << (row & 63));
  std::memset(values_.get() + row * width_, 0, width_);
}

char* ColumnBuilder::AllocateStringBytes(size_t size) {
  if (arena_ == nullptr) arena_ = std::make_shared<StringArena>();
  return arena_->Allocate(size);
}

void ColumnBuilder::AppendString(std::string_view text) {
  if (text.size() <= StringRef::kInlineSize) return Append(StringRef(text));
  char* bytes = AllocateStringBytes(text.size());
  std::memcpy(bytes, text.data(), text.size());
  Append(StringRef({bytes, text.size()}));
}

void ColumnBuilder::EndList() {
  MarkValid(1);
  offsets_.push_back(static_cast<int32_t>(children_[0]->size()));
  size_ += 1;
}

void ColumnBuilder::EndStruct() {
  MarkValid(1);
  size_ += 1;
  for (const auto& child : children_) CHECK(child->size() == size_);
}

void ColumnBuilder::AppendValue(const Value& value) {
  if (value.is_null()) return AppendNull();
  const auto integer = [&] { return std::get<int64_t>(value); };
  switch (physical_) {
    case Physical::kBool: return Append<uint8_t>(std::get<bool>(value) ? 1 : 0);
    case Physical::kInt8: return Append(static_cast<int8_t>(integer()));
    case Physical::kInt16: return Append(static_cast<int16_t>(integer()));
    case Physical::kInt32: return Append(static_cast<int32_t>(integer()));
    case Physical::kInt64: return Append(integer());
    case Physical::kFloat: return Append(static_cast<float>(std::get<double>(value)));
    case Physical::kDouble: return Append(std::get<double>(value));
    case Physical::kInt128: return Append(std::get<Int128>(value));
    case Physical::kTimestamp: return Append(std::get<Timestamp>(value));
    case Physical::kString: return AppendString(std::get<std::string>(value));
    case Physical::kList:
    case Physical::kMap: {
      const ValueList& list = *std::get<std::shared_ptr<const ValueList>>(value);
      for (size_t i = 0; i < list.size(); ++i) children_[i % children_.size()]->AppendValue(list[i]);
      return EndList();
    }
    case Physical::kStruct: {
      const ValueList& list = *std::get<std::shared_ptr<const ValueList>>(value);
      CHECK(list.size() == children_.size());
      for (size_t i = 0; i < list.size(); ++i) children_[i]->AppendValue(list[i]);
      return EndStruct();
    }
  }
}

void ColumnBuilder::AppendFrom(const Column& column, size_t row) { AppendRange(column, row, 1); }

void ColumnBuilder::AppendRange(const Column& column, size_t begin, size_t count) {
  if (count == 0) return;
  if (physical_ == Physical::kString) {
    for (size_t row = begin; row < begin + count; ++row) {
      column.IsNull(row) ? AppendNull() : AppendString(column.values<StringRef>()[row].view());
    }
    return;
  }
  if (width_ != 0 && !column.has_nulls()) {
    const auto* from = static_cast<const std::byte*>(column.parts().values.get()) + begin * width_;
    if (size_ + count > capacity_) Grow(size_ + count);
    std::memcpy(values_.get() + size_ * width_, from, count * width_);
    MarkValid(count);
    size_ += count;
    return;
  }
  for (size_t row = begin; row < begin + count; ++row) {
    if (column.IsNull(row)) {
      AppendNull();
    } else if (physical_ == Physical::kStruct) {
      for (size_t i = 0; i < children_.size(); ++i) children_[i]->AppendFrom(*column.child(i), row);
      EndStruct();
    } else if (width_ == 0) {
      const auto first = static_cast<size_t>(column.offsets()[row]);
      const auto length = static_cast<size_t>(column.offsets()[row + 1]) - first;
      for (size_t i = 0; i < children_.size(); ++i) children_[i]->AppendRange(*column.child(i), first, length);
      EndList();
    } else {
      if (size_ == capacity_) Grow(size_ + 1);
      const auto* from = static_cast<const std::byte*>(column.parts().values.get()) + row * width_;
      std::memcpy(values_.get() + size_ * width_, from, width_);
      MarkValid(1);
      size_ += 1;
    }
  }
}

void ColumnBuilder::TruncateTo(size_t rows) {
  CHECK(rows <= size_ || children_.size() > 0);
  if (rows < size_) {
    size_ = rows;
    if (has_nulls_) {
      validity_.resize((rows + 63) / 64);
      if (rows % 64 != 0) validity_.back() &= (1ULL << (rows % 64)) - 1;
    }
    if (!offsets_.empty()) offsets_.resize(rows + 1);
  }
  // A record may have failed after its children were appended but before its own row was closed.
  for (auto& child : children_) child->TruncateTo(offsets_.empty() ? rows : static_cast<size_t>(offsets_.back()));
}

ColumnPtr ColumnBuilder::Finish() {
  Column::Parts parts{.type = type_, .size = size_};
  if (width_ != 0) {
    if (values_ == nullptr) values_ = std::unique_ptr<std::byte[]>(new std::byte[16]);
    parts.values = std::shared_ptr<const void>(values_.release(),
                                               [](const void* p) { delete[] static_cast<const std::byte*>(p); });
  }
  if (has_nulls_) {
    auto words = std::make_shared<std::vector<uint64_t>>(std::move(validity_));
    parts.validity = std::shared_ptr<const uint64_t>(words, words->data());
  }
  if (!offsets_.empty()) {
    auto offsets = std::make_shared<std::vector<int32_t>>(std::move(offsets_));
    parts.offsets = std::shared_ptr<const int32_t>(offsets, offsets->data());
  }
  for (auto& child : children_) parts.children.push_back(child->Finish());
  parts.keep_alive = std::move(keep_alive_);
  if (arena_ != nullptr) parts.keep_alive.push_back(std::move(arena_));
  size_ = capacity_ = 0;
  has_nulls_ = false;
  validity_.clear();
  keep_alive_.clear();
  arena_ = nullptr;
  offsets_.clear();
  if (width_ == 0 && physical_ != Physical::kStruct) offsets_.push_back(0);
  return std::make_shared<const Column>(std::move(parts));
}

}  // namespace millrace
