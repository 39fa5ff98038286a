#include "formats/avro/avro_writer.h"

#include <fmt/format.h>

#include "codec/varint.h"

namespace millrace::formats {
namespace {

using codec::AppendSignedVarint64;

void AppendBytes(std::string_view bytes, std::string& out) {
  AppendSignedVarint64(&out, static_cast<int64_t>(bytes.size()));
  out += bytes;
}

template <typename T>
void AppendFixed(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The shortest two's-complement big-endian form, at least one byte.
void AppendDecimal(Int128 value, std::string& out) {
  char bytes[16];
  for (int i = 15; i >= 0; --i) {
    bytes[i] = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  size_t first = 0;
  while (first < 15) {
    const bool sign_only = (bytes[first] == '\0' && (bytes[first + 1] & 0x80) == 0) ||
                           (bytes[first] == '\xff' && (bytes[first + 1] & 0x80) != 0);
    if (!sign_only) break;
    ++first;
  }
  AppendBytes({bytes + first, 16 - first}, out);
}

Status AppendValue(const DataType& type, const Column& column, size_t row, const std::string& name, std::string& out);

Status AppendBlocks(const DataType& type, const Column& column, size_t row, const std::string& name, std::string& out) {
  const int32_t begin = column.offsets()[row];
  const int32_t end = column.offsets()[row + 1];
  const bool map = type.physical() == Physical::kMap;
  if (end > begin) AppendSignedVarint64(&out, end - begin);
  for (int32_t at = begin; at < end; ++at) {
    const auto item = static_cast<size_t>(at);
    if (map) {
      if (column.child(0)->IsNull(item))
        return UserError(fmt::format("The map in column '{}' has a NULL key, which Avro cannot hold.", name));
      AppendBytes(column.child(0)->values<StringRef>()[item].view(), out);
    }
    MR_TRY(AppendValue(type.child(map ? 1 : 0), *column.child(map ? 1 : 0), item, name, out));
  }
  AppendSignedVarint64(&out, 0);
  return Ok();
}

Status AppendValue(const DataType& type, const Column& column, size_t row, const std::string& name, std::string& out) {
  if (column.IsNull(row)) {
    if (!type.nullable) {
      return UserError(fmt::format("Column '{}' is NOT NULL, but a NULL is being written.", name))
          .WithCode(std::string(kTableException));
    }
    out += '\0';
    return Ok();
  }
  if (type.nullable) out += '\x02';  // branch 1 of ["null", T]
  switch (type.physical()) {
    case Physical::kBool: out += column.values<uint8_t>()[row] != 0 ? '\1' : '\0'; return Ok();
    case Physical::kInt8: AppendSignedVarint64(&out, column.values<int8_t>()[row]); return Ok();
    case Physical::kInt16: AppendSignedVarint64(&out, column.values<int16_t>()[row]); return Ok();
    case Physical::kInt32: AppendSignedVarint64(&out, column.values<int32_t>()[row]); return Ok();
    case Physical::kInt64: AppendSignedVarint64(&out, column.values<int64_t>()[row]); return Ok();
    case Physical::kFloat: AppendFixed(column.values<float>()[row], out); return Ok();
    case Physical::kDouble: AppendFixed(column.values<double>()[row], out); return Ok();
    case Physical::kInt128: AppendDecimal(column.values<Int128>()[row], out); return Ok();
    case Physical::kString: AppendBytes(column.values<StringRef>()[row].view(), out); return Ok();
    case Physical::kList:
    case Physical::kMap: return AppendBlocks(type, column, row, name, out);
    case Physical::kStruct:
      for (size_t i = 0; i < type.children->size(); ++i) {
        const Field& member = (*type.children)[i];
        MR_TRY(AppendValue(member.type, *column.child(i), row, name + "." + member.name, out));
      }
      return Ok();
    case Physical::kTimestamp: break;
  }
  return InternalError(fmt::format("a column of type {} reached the Avro writer", type.ToString()));
}

}  // namespace

Status AppendAvroRow(const std::vector<Field>& fields, const Batch& batch, size_t row, std::string& out) {
  for (size_t i = 0; i < fields.size(); ++i) {
    MR_TRY(AppendValue(fields[i].type, *batch.columns[i], row, fields[i].name, out));
  }
  return Ok();
}

}  // namespace millrace::formats
