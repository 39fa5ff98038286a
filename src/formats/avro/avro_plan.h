#pragma once

#include <string>
#include <vector>

#include "codec/avro/schema.h"
#include "data/type.h"

namespace millrace::formats {

inline constexpr size_t kNoTarget = static_cast<size_t>(-1);

// How to read one writer type into one column (or past it).
struct ReadPlan {
  enum class Op {
    kSkip,  // read over `type`
    kNull,  // no bytes; NULL
    kBoolean,
    kInt,  // zigzag varint (int and long) into any integer, date, time, timestamp or floating column
    kFloat,
    kDouble,
    kBytes,     // length and bytes, string or bytes
    kFixed,     // `size` bytes
    kDecimal,   // bytes (size 0) or fixed: big-endian unscaled value
    kEnum,      // index into `symbols`, as text
    kUnion,     // index into `children`; a child may be kMismatch
    kNullable,  // a union of "null" and one other: children[0] is that; `null_index` the index of "null"
    kArray,     // children[0] = items
    kMap,       // children[0] = values
    kRecord,  // children = writer fields in order, targets[i] = member or kNoTarget; `missing` = members that stay NULL
    kMismatch,  // a union branch that the column cannot take
  };
  Op op = Op::kSkip;
  const codec::avro::Type* type = nullptr;
  int32_t size = 0;
  int64_t null_index = 0;
  std::vector<ReadPlan> children;
  std::vector<size_t> targets;
  std::vector<size_t> missing;
};

// Errors are sentences for the user: "Found long, expecting int (field 'sale_amount')".
Result<ReadPlan> PlanRead(const codec::avro::Type& writer, const DataType& reader, const std::string& path);
Result<ReadPlan> PlanRecord(const codec::avro::Type& writer, const std::vector<Field>& fields, const std::string& path);

}  // namespace millrace::formats
