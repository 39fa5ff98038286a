#include "exec/group_keys.h"

#include <cmath>
#include <cstring>

#include "base/check.h"
#include "data/row_encoding.h"

namespace millrace::exec {
namespace {

constexpr size_t kKeyBlock = 1 << 14;

template <typename T>
T ValueAt(const GroupKeys::Key& key, size_t group) {
  T value;
  std::memcpy(&value, key.values.data() + group * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void PutBytes(const T& value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// -0.0 equals 0.0 and NaN equals NaN, as in the hash; one of each is kept, so that equal keys have equal bytes.
template <typename T>
void MakeCanonical(char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if (value == 0) value = 0;
  if (std::isnan(value)) value = std::numeric_limits<T>::quiet_NaN();
  std::memcpy(at, &value, sizeof value);
}

template <typename T>
bool SameFloat(T a, T b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

template <typename T>
void CopyValues(const GroupKeys::Key& key, size_t begin, size_t end, ColumnBuilder& builder) {
  std::memcpy(builder.AppendUninitialized<T>(end - begin), key.values.data() + begin * sizeof(T),
              (end - begin) * sizeof(T));
}

void CopyFixed(const GroupKeys::Key& key, size_t begin, size_t end, ColumnBuilder& builder) {
  switch (key.width) {
    case 1: return CopyValues<uint8_t>(key, begin, end, builder);
    case 2: return CopyValues<uint16_t>(key, begin, end, builder);
    case 4: return CopyValues<uint32_t>(key, begin, end, builder);
    case 8: return CopyValues<uint64_t>(key, begin, end, builder);
    case 16: return CopyValues<Int128>(key, begin, end, builder);
    default: CHECK(false);
  }
}

}  // namespace

GroupKeys::GroupKeys(std::vector<DataType> types) {
  for (DataType& type : types) {
    const Physical physical = type.physical();
    const size_t width = PhysicalWidth(physical);
    keys_.push_back(
        {.type = std::move(type), .physical = physical, .nested = width == 0, .width = width == 0 ? 16 : width});
  }
}

size_t GroupKeys::bytes() const {
  size_t bytes = block_bytes_;
  for (const Key& key : keys_) bytes += key.values.capacity() + key.nulls.capacity();
  return bytes;
}

const char* GroupKeys::Keep(std::string_view text) {
  if (text.size() > num_free_) {
    num_free_ = std::max(kKeyBlock, text.size());
    free_ = blocks_.emplace_back(new char[num_free_]).get();
    block_bytes_ += num_free_;
  }
  char* at = free_;
  std::memcpy(at, text.data(), text.size());
  free_ += text.size();
  num_free_ -= text.size();
  return at;
}

void GroupKeys::Append(const Batch& batch, std::span<const size_t> key_columns, size_t row) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    Key& key = keys_[i];
    const Column& column = *batch.columns[key_columns[i]];
    const bool null = column.IsNull(row);
    if (null && key.nulls.empty()) key.nulls.assign(size_, 0);
    if (!key.nulls.empty() || null) key.nulls.push_back(null ? 1 : 0);
    const size_t at = key.values.size();
    key.values.resize(at + key.width);
    if (null) continue;  // zeroes
    if (key.nested || key.physical == Physical::kString) {
      std::string encoded;
      if (key.nested) EncodeRow(batch, std::span(&key_columns[i], 1), row, encoded);
      const StringRef ref = key.nested ? StringRef(encoded) : column.values<StringRef>()[row];
      const StringRef own = ref.is_inline() ? ref : StringRef(std::string_view(Keep(ref.view()), ref.size));
      std::memcpy(key.values.data() + at, &own, 16);
      continue;
    }
    std::memcpy(key.values.data() + at, static_cast<const char*>(column.parts().values.get()) + row * key.width,
                key.width);
    if (key.physical == Physical::kDouble) MakeCanonical<double>(key.values.data() + at);
    if (key.physical == Physical::kFloat) MakeCanonical<float>(key.values.data() + at);
  }
  ++size_;
}

bool GroupKeys::Same(const Batch& batch, std::span<const size_t> key_columns, size_t row, size_t group) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    const Column& column = *batch.columns[key_columns[i]];
    const bool null = !key.nulls.empty() && key.nulls[group] != 0;
    if (column.IsNull(row) != null) return false;
    if (null) continue;
    if (key.nested) {
      std::string encoded;
      EncodeRow(batch, std::span(&key_columns[i], 1), row, encoded);
      if (encoded != ValueAt<StringRef>(key, group).view()) return false;
    } else if (key.physical == Physical::kString) {
      if (!(ValueAt<StringRef>(key, group) == column.values<StringRef>()[row])) return false;
    } else if (key.physical == Physical::kDouble) {
      if (!SameFloat(ValueAt<double>(key, group), column.values<double>()[row])) return false;
    } else if (key.physical == Physical::kFloat) {
      if (!SameFloat(ValueAt<float>(key, group), column.values<float>()[row])) return false;
    } else if (key.physical == Physical::kTimestamp) {
      if (ValueAt<Timestamp>(key, group) != column.values<Timestamp>()[row]) return false;
    } else {
      const auto* values = static_cast<const char*>(column.parts().values.get());
      if (std::memcmp(key.values.data() + group * key.width, values + row * key.width, key.width) != 0) return false;
    }
  }
  return true;
}

void GroupKeys::Encode(size_t group, std::string& out) const {
  for (const Key& key : keys_) {
    if (!key.nulls.empty() && key.nulls[group] != 0) {
      out += '\0';
    } else if (key.nested) {
      out += ValueAt<StringRef>(key, group).view();
    } else if (key.physical == Physical::kString) {
      const auto ref = ValueAt<StringRef>(key, group);
      out += '\1';
      PutBytes(ref.size, out);
      out += ref.view();
    } else if (key.physical == Physical::kTimestamp) {
      const auto time = ValueAt<Timestamp>(key, group);
      out += '\1';
      PutBytes(time.millis, out);
      PutBytes(time.nanos, out);
    } else {
      out += '\1';
      out.append(key.values.data() + group * key.width, key.width);
    }
  }
}

std::vector<ColumnPtr> GroupKeys::Columns(size_t begin, size_t end) const {
  std::vector<ColumnPtr> out;
  for (const Key& key : keys_) {
    std::vector<ColumnBuilder> builders;
    ColumnBuilder& builder = builders.emplace_back(key.type);
    builder.Reserve(end - begin);
    if (!key.nested && (key.physical != Physical::kString || blocks_.empty())) {
      CopyFixed(key, begin, end, builder);
      for (size_t group = begin; !key.nulls.empty() && group < end; ++group) {
        if (key.nulls[group] != 0) builder.SetNull(group - begin);
      }
    } else {
      for (size_t group = begin; group < end; ++group) {
        if (!key.nulls.empty() && key.nulls[group] != 0) {
          builder.AppendNull();
        } else if (key.nested) {
          CHECK(DecodeRow(ValueAt<StringRef>(key, group).view(), builders).ok());
        } else {
          builder.AppendString(ValueAt<StringRef>(key, group).view());
        }
      }
    }
    out.push_back(builder.Finish());
  }
  return out;
}

GroupKeys GroupKeys::Copy() const {
  GroupKeys copy;
  copy.keys_ = keys_;
  copy.size_ = size_;
  copy.blocks_ = blocks_;
  copy.block_bytes_ = block_bytes_;
  return copy;
}

}  // namespace millrace::exec
