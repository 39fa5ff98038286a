#include "data/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <cstring>

namespace millrace {
namespace {

constexpr uint64_t kNullHash = 0x9E3779B97F4A7C15ULL;

uint64_t Mix(uint64_t seed, uint64_t hash) { return HashInt(seed ^ (hash + kNullHash + (seed << 6) + (seed >> 2))); }

// Short strings lie whole in their ref.
uint64_t HashString(const StringRef& text) {
  if (!text.is_inline()) return HashBytes(text.view());
  uint64_t words[2];
  std::memcpy(words, &text, 16);
  return HashInt(words[0] ^ HashInt(words[1]));
}

uint64_t HashDouble(double value) {
  if (value == 0) value = 0;           // -0.0 equals 0.0
  if (std::isnan(value)) value = NAN;  // one NaN
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  return HashInt(bits);
}

uint64_t HashValue(const Column& column, size_t row);

uint64_t HashNested(const Column& column, size_t row) {
  uint64_t hash = 0;
  if (column.type().physical() == Physical::kStruct) {
    for (size_t i = 0; i < column.num_children(); ++i) hash = Mix(hash, HashValue(*column.child(i), row));
    return hash;
  }
  // Maps are equal whatever the order of their entries, so entries are added up.
  for (int32_t at = column.offsets()[row]; at < column.offsets()[row + 1]; ++at) {
    uint64_t entry = 0;
    for (size_t i = 0; i < column.num_children(); ++i)
      entry = Mix(entry, HashValue(*column.child(i), static_cast<size_t>(at)));
    hash = column.type().physical() == Physical::kMap ? hash + entry : Mix(hash, entry);
  }
  return hash;
}

uint64_t HashValue(const Column& column, size_t row) {
  if (column.IsNull(row)) return kNullHash;
  switch (column.type().physical()) {
    case Physical::kBool: return HashInt(column.values<uint8_t>()[row]);
    case Physical::kInt8: return HashInt(static_cast<uint64_t>(column.values<int8_t>()[row]));
    case Physical::kInt16: return HashInt(static_cast<uint64_t>(column.values<int16_t>()[row]));
    case Physical::kInt32: return HashInt(static_cast<uint64_t>(column.values<int32_t>()[row]));
    case Physical::kInt64: return HashInt(static_cast<uint64_t>(column.values<int64_t>()[row]));
    case Physical::kFloat: return HashDouble(column.values<float>()[row]);
    case Physical::kDouble: return HashDouble(column.values<double>()[row]);
    case Physical::kInt128: {
      const auto value = static_cast<unsigned __int128>(column.values<Int128>()[row]);
      return Mix(HashInt(static_cast<uint64_t>(value)), HashInt(static_cast<uint64_t>(value >> 64)));
    }
    case Physical::kTimestamp: {
      const Timestamp& value = column.values<Timestamp>()[row];
      return Mix(HashInt(static_cast<uint64_t>(value.millis)), HashInt(static_cast<uint64_t>(value.nanos)));
    }
    case Physical::kString: return HashString(column.values<StringRef>()[row]);
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: return HashNested(column, row);
  }
  return 0;
}

template <typename Hash>
void HashColumn(const Column& column, size_t rows, bool first, uint64_t* out, const Hash& hash) {
  for (size_t row = 0; row < rows; ++row) {
    const uint64_t value = column.has_nulls() && column.IsNull(row) ? kNullHash : hash(row);
    out[row] = first ? value : Mix(out[row], value);
  }
}

}  // namespace

uint64_t HashBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

void HashRows(const Batch& batch, std::span<const size_t> key_columns, uint64_t* out) {
  if (key_columns.empty()) std::fill(out, out + batch.num_rows, 0);
  bool first = true;
  for (const size_t index : key_columns) {
    const Column& column = *batch.columns[index];
    const Physical physical = column.type().physical();
    if (physical == Physical::kInt32) {
      const int32_t* values = column.values<int32_t>();
      HashColumn(column, batch.num_rows, first, out,
                 [=](size_t row) { return HashInt(static_cast<uint64_t>(values[row])); });
    } else if (physical == Physical::kInt64) {
      const int64_t* values = column.values<int64_t>();
      HashColumn(column, batch.num_rows, first, out,
                 [=](size_t row) { return HashInt(static_cast<uint64_t>(values[row])); });
    } else if (physical == Physical::kString) {
      const StringRef* values = column.values<StringRef>();
      HashColumn(column, batch.num_rows, first, out, [=](size_t row) { return HashString(values[row]); });
    } else {
      HashColumn(column, batch.num_rows, first, out, [&](size_t row) { return HashValue(column, row); });
    }
    first = false;
  }
}

}  // namespace millrace
