#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"

namespace millrace::exec {

// The keys of numbered groups, one column per key; groups are only appended. One thread writes.
class GroupKeys {
 public:
  explicit GroupKeys(std::vector<DataType> types);
  GroupKeys(GroupKeys&&) noexcept = default;
  GroupKeys& operator=(GroupKeys&&) noexcept = default;

  // One key of all groups.
  struct Key {
    DataType type;
    Physical physical = Physical::kBool;
    bool nested = false;
    size_t width = 0;            // bytes per group; strings and nested types: a StringRef to the text or the encoding
    std::vector<char> values;    // width bytes per group
    std::vector<uint8_t> nulls;  // 1 = NULL; empty while there is none
  };
  const std::vector<Key>& keys() const { return keys_; }
  size_t size() const { return size_; }
  size_t bytes() const;  // of memory, nearly

  // key_columns index the batch.
  void Append(const Batch& batch, std::span<const size_t> key_columns, size_t row);
  bool Same(const Batch& batch, std::span<const size_t> key_columns, size_t row, size_t group) const;
  // Appends the bytes that EncodeRow gives for the group's keys.
  void Encode(size_t group, std::string& out) const;
  // The keys of groups [begin, end).
  std::vector<ColumnPtr> Columns(size_t begin, size_t end) const;
  // Shares the bytes of long strings with the original, which may grow meanwhile on its own thread.
  GroupKeys Copy() const;

 private:
  GroupKeys() = default;
  const char* Keep(std::string_view text);

  std::vector<Key> keys_;
  size_t size_ = 0;
  // Bytes of long strings and encodings, never changed once written.
  std::vector<std::shared_ptr<char[]>> blocks_;
  size_t block_bytes_ = 0;
  char* free_ = nullptr;  // in the last block
  size_t num_free_ = 0;
};

}  // namespace millrace::exec
