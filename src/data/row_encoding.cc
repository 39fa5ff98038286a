#include "data/row_encoding.h"

#include <cstring>

#include "base/check.h"

namespace millrace {
namespace {

// Per value: one byte 0 (null) or 1, then fixed-width bytes little-endian, or a 4-byte length and the bytes or
// elements.
template <typename T>
void PutFixed(const T& value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void EncodeValue(const Column& column, size_t row, std::string& out) {
  if (column.IsNull(row)) {
    out += '\0';
    return;
  }
  out += '\1';
  const Physical physical = column.type().physical();
  switch (physical) {
    case Physical::kTimestamp: {
      const Timestamp& time = column.values<Timestamp>()[row];
      PutFixed(time.millis, out);
      PutFixed(time.nanos, out);
      return;
    }
    case Physical::kString: {
      const std::string_view text = column.values<StringRef>()[row].view();
      PutFixed(static_cast<uint32_t>(text.size()), out);
      out += text;
      return;
    }
    case Physical::kList:
    case Physical::kMap: {
      const int32_t begin = column.offsets()[row];
      const int32_t end = column.offsets()[row + 1];
      PutFixed(static_cast<uint32_t>(end - begin), out);
      for (int32_t at = begin; at < end; ++at) {
        for (size_t i = 0; i < column.num_children(); ++i) EncodeValue(*column.child(i), static_cast<size_t>(at), out);
      }
      return;
    }
    case Physical::kStruct:
      for (size_t i = 0; i < column.num_children(); ++i) EncodeValue(*column.child(i), row, out);
      return;
    case Physical::kBool:
    case Physical::kInt8:
    case Physical::kInt16:
    case Physical::kInt32:
    case Physical::kInt64:
    case Physical::kFloat:
    case Physical::kDouble:
    case Physical::kInt128: {
      const size_t width = PhysicalWidth(physical);
      out.append(static_cast<const char*>(column.parts().values.get()) + row * width, width);
      return;
    }
  }
}

template <typename T>
bool TakeFixed(std::string_view& bytes, T* value) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return true;
}

template <typename T>
bool DecodeFixed(std::string_view& bytes, ColumnBuilder& builder) {
  T value;
  if (!TakeFixed(bytes, &value)) return false;
  builder.Append(value);
  return true;
}

bool DecodeValue(std::string_view& bytes, ColumnBuilder& builder) {
  if (bytes.empty()) return false;
  const char tag = bytes.front();
  bytes.remove_prefix(1);
  if (tag == '\0') {
    builder.AppendNull();
    return true;
  }
  if (tag != '\1') return false;
  switch (builder.type().physical()) {
    case Physical::kBool: return DecodeFixed<uint8_t>(bytes, builder);
    case Physical::kInt8: return DecodeFixed<int8_t>(bytes, builder);
    case Physical::kInt16: return DecodeFixed<int16_t>(bytes, builder);
    case Physical::kInt32: return DecodeFixed<int32_t>(bytes, builder);
    case Physical::kInt64: return DecodeFixed<int64_t>(bytes, builder);
    case Physical::kFloat: return DecodeFixed<float>(bytes, builder);
    case Physical::kDouble: return DecodeFixed<double>(bytes, builder);
    case Physical::kInt128: return DecodeFixed<Int128>(bytes, builder);
    case Physical::kTimestamp: {
      Timestamp time;
      if (!TakeFixed(bytes, &time.millis) || !TakeFixed(bytes, &time.nanos)) return false;
      builder.Append(time);
      return true;
    }
    case Physical::kString: {
      uint32_t size = 0;
      if (!TakeFixed(bytes, &size) || bytes.size() < size) return false;
      builder.AppendString(bytes.substr(0, size));
      bytes.remove_prefix(size);
      return true;
    }
    case Physical::kList:
    case Physical::kMap: {
      uint32_t count = 0;
      if (!TakeFixed(bytes, &count)) return false;
      for (uint32_t n = 0; n < count; ++n) {
        for (size_t i = 0; i < builder.num_children(); ++i) {
          if (!DecodeValue(bytes, builder.child(i))) return false;
        }
      }
      builder.EndList();
      return true;
    }
    case Physical::kStruct:
      for (size_t i = 0; i < builder.num_children(); ++i) {
        if (!DecodeValue(bytes, builder.child(i))) return false;
      }
      builder.EndStruct();
      return true;
  }
  return false;
}

}  // namespace

void EncodeRow(const Batch& batch, std::span<const size_t> columns, size_t row, std::string& out) {
  for (const size_t column : columns) EncodeValue(*batch.columns[column], row, out);
}

Status DecodeRow(std::string_view bytes, std::span<ColumnBuilder> builders) {
  for (ColumnBuilder& builder : builders) {
    const size_t rows = builder.size();
    if (!DecodeValue(bytes, builder)) {
      for (ColumnBuilder& one : builders) one.TruncateTo(std::min(rows, one.size()));
      return InternalError("An encoded row is malformed.");
    }
  }
  return bytes.empty() ? Ok() : Status(InternalError("An encoded row has bytes left over."));
}

}  // namespace millrace
