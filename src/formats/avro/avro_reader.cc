#include "formats/avro/avro_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "codec/varint.h"
#include "data/column_builder.h"
#include "formats/avro/avro_plan.h"

namespace millrace::formats {

struct AvroReader::Plan {
  codec::avro::Schema writer;  // owns the types the plan points at
  ReadPlan root;
};

namespace {

using codec::avro::Kind;
using codec::avro::Type;

constexpr int kMaxDepth = 100;
constexpr const char* kCutShort = "the Avro value is cut short";
constexpr const char* kBadNumber = "the Avro value has a malformed number";
constexpr const char* kBadIndex = "the Avro value has a union or enum index out of range";
constexpr const char* kOutOfRange = "a number does not fit its column";
constexpr const char* kTooDeep = "the Avro value is nested too deeply";
constexpr const char* kTooLong = "the Avro value claims more items than its bytes can hold";
constexpr const char* kMismatched = "a union branch does not fit its column";
constexpr const char* kLeftOver = "the Avro value has bytes left over";

// One record's position. A null `at` after a failed read; `reason` says why.
struct Cursor {
  const char* at = nullptr;
  const char* end = nullptr;
  const char* reason = nullptr;

  bool Fail(const char* why) {
    reason = why;
    return false;
  }
};

// Two bytes cover small numbers, nine are a current epoch in millis: the loop is unrolled by the compiler.
inline bool ReadLong(Cursor& cursor, int64_t* value) {
  const char* next = codec::ReadSignedVarint64(cursor.at, cursor.end, value);
  if (next == nullptr) [[unlikely]]
    return cursor.Fail(cursor.end - cursor.at < 10 ? kCutShort : kBadNumber);
  cursor.at = next;
  return true;
}

bool TakeBytes(Cursor& cursor, int64_t size, std::string_view* bytes) {
  if (size < 0 || size > cursor.end - cursor.at) [[unlikely]]
    return cursor.Fail(kCutShort);
  *bytes = {cursor.at, static_cast<size_t>(size)};
  cursor.at += size;
  return true;
}

bool ReadText(Cursor& cursor, std::string_view* bytes) {
  int64_t size = 0;
  return ReadLong(cursor, &size) && TakeBytes(cursor, size, bytes);
}

bool Skip(const Type& type, Cursor& cursor, int depth);

// Blocks of an array or map: `each` reads one item.
template <typename Each>
bool ReadBlocks(Cursor& cursor, const Each& each) {
  while (true) {
    int64_t count = 0;
    int64_t bytes = 0;
    if (!ReadLong(cursor, &count)) return false;
    if (count == 0) return true;
    if (count < 0) {
      if (count == INT64_MIN || !ReadLong(cursor, &bytes)) return cursor.Fail(kBadNumber);
      count = -count;
    }
    // Items of no size (null) could claim any number of them from a few bytes.
    if (count > (cursor.end - cursor.at) + 65'536) return cursor.Fail(kTooLong);
    for (int64_t i = 0; i < count; ++i) {
      if (!each()) return false;
    }
  }
}

bool Skip(const Type& type, Cursor& cursor, int depth) {
  if (depth > kMaxDepth) return cursor.Fail(kTooDeep);
  std::string_view bytes;
  int64_t number = 0;
  switch (type.kind) {
    case Kind::kNull: return true;
    case Kind::kBoolean: return TakeBytes(cursor, 1, &bytes);
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kEnum: return ReadLong(cursor, &number);
    case Kind::kFloat: return TakeBytes(cursor, 4, &bytes);
    case Kind::kDouble: return TakeBytes(cursor, 8, &bytes);
    case Kind::kBytes:
    case Kind::kString: return ReadText(cursor, &bytes);
    case Kind::kFixed: return TakeBytes(cursor, type.size, &bytes);
    case Kind::kUnion:
      if (!ReadLong(cursor, &number)) return false;
      if (number < 0 || static_cast<size_t>(number) >= type.branches.size()) return cursor.Fail(kBadIndex);
      return Skip(*type.branches[static_cast<size_t>(number)], cursor, depth + 1);
    case Kind::kArray: return ReadBlocks(cursor, [&] { return Skip(type.element(), cursor, depth + 1); });
    case Kind::kMap:
      return ReadBlocks(cursor, [&] { return ReadText(cursor, &bytes) && Skip(type.element(), cursor, depth + 1); });
    case Kind::kRecord:
      for (const auto& field : type.fields) {
        if (!Skip(*field.type, cursor, depth + 1)) return false;
      }
      return true;
  }
  return false;
}

template <typename T>
bool AppendNarrow(Cursor& cursor, int64_t value, ColumnBuilder& out) {
  if (value != static_cast<T>(value)) return cursor.Fail(kOutOfRange);
  out.Append(static_cast<T>(value));
  return true;
}

bool AppendInteger(Cursor& cursor, int64_t value, ColumnBuilder& out) {
  switch (out.type().physical()) {
    case Physical::kInt8: return AppendNarrow<int8_t>(cursor, value, out);
    case Physical::kInt16: return AppendNarrow<int16_t>(cursor, value, out);
    case Physical::kInt32: return AppendNarrow<int32_t>(cursor, value, out);
    case Physical::kInt64: out.Append(value); return true;
    case Physical::kFloat: out.Append(static_cast<float>(value)); return true;
    case Physical::kDouble: out.Append(static_cast<double>(value)); return true;
    case Physical::kBool:
    case Physical::kInt128:
    case Physical::kTimestamp:
    case Physical::kString:
    case Physical::kList:
    case Physical::kMap:
    case Physical::kStruct: break;
  }
  return cursor.Fail(kMismatched);
}

void AppendFloating(double value, ColumnBuilder& out) {
  out.type().physical() == Physical::kFloat ? out.Append(static_cast<float>(value)) : out.Append(value);
}

bool ReadDecimal(const ReadPlan& plan, Cursor& cursor, ColumnBuilder& out) {
  std::string_view bytes;
  if (plan.type->kind == Kind::kFixed ? !TakeBytes(cursor, plan.size, &bytes) : !ReadText(cursor, &bytes)) return false;
  if (bytes.empty()) return cursor.Fail(kOutOfRange);
  // Leading sign bytes beyond 16 carry nothing.
  const char sign = (bytes[0] & 0x80) != 0 ? '\xff' : '\0';
  while (bytes.size() > 16 && bytes[0] == sign) bytes.remove_prefix(1);
  if (bytes.size() > 16) return cursor.Fail(kOutOfRange);
  auto value = static_cast<unsigned __int128>(sign == '\0' ? 0 : -1);
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  Int128 limit = 1;
  for (int32_t i = 0; i < out.type().precision; ++i) limit *= 10;
  const auto decimal = static_cast<Int128>(value);
  if (decimal >= limit || decimal <= -limit) {
    out.AppendNull();  // does not fit DECIMAL(p, s): NULL, as everywhere in Flink
  } else {
    out.Append(decimal);
  }
  return true;
}

bool ReadValue(const ReadPlan& plan, Cursor& cursor, ColumnBuilder& out, int depth);

bool ReadRecord(const ReadPlan& plan, Cursor& cursor, ColumnBuilder& out, int depth) {
  for (size_t i = 0; i < plan.children.size(); ++i) {
    const bool good = plan.targets[i] == kNoTarget
                          ? Skip(*plan.children[i].type, cursor, depth + 1)
                          : ReadValue(plan.children[i], cursor, out.child(plan.targets[i]), depth + 1);
    if (!good) return false;
  }
  for (const size_t missing : plan.missing) out.child(missing).AppendNull();
  out.EndStruct();
  return true;
}

bool ReadValue(const ReadPlan& plan, Cursor& cursor, ColumnBuilder& out, int depth) {
  using Op = ReadPlan::Op;
  if (depth > kMaxDepth) return cursor.Fail(kTooDeep);
  std::string_view bytes;
  int64_t number = 0;
  switch (plan.op) {
    case Op::kSkip: return Skip(*plan.type, cursor, depth);
    case Op::kNull: out.AppendNull(); return true;
    case Op::kBoolean:
      if (!TakeBytes(cursor, 1, &bytes)) return false;
      out.Append<uint8_t>(bytes[0] != '\0' ? 1 : 0);
      return true;
    case Op::kInt: return ReadLong(cursor, &number) && AppendInteger(cursor, number, out);
    case Op::kFloat: {
      float value = 0;
      if (!TakeBytes(cursor, 4, &bytes)) return false;
      std::memcpy(&value, bytes.data(), 4);
      AppendFloating(value, out);
      return true;
    }
    case Op::kDouble: {
      double value = 0;
      if (!TakeBytes(cursor, 8, &bytes)) return false;
      std::memcpy(&value, bytes.data(), 8);
      AppendFloating(value, out);
      return true;
    }
    case Op::kBytes:
    case Op::kFixed:
      if (plan.op == Op::kBytes ? !ReadText(cursor, &bytes) : !TakeBytes(cursor, plan.size, &bytes)) return false;
      out.AppendString(bytes);
      return true;
    case Op::kDecimal: return ReadDecimal(plan, cursor, out);
    case Op::kEnum:
      if (!ReadLong(cursor, &number)) return false;
      if (number < 0 || static_cast<size_t>(number) >= plan.type->symbols.size()) return cursor.Fail(kBadIndex);
      out.AppendString(plan.type->symbols[static_cast<size_t>(number)]);
      return true;
    case Op::kUnion:
      if (!ReadLong(cursor, &number)) return false;
      if (number < 0 || static_cast<size_t>(number) >= plan.children.size()) return cursor.Fail(kBadIndex);
      return ReadValue(plan.children[static_cast<size_t>(number)], cursor, out, depth + 1);
    case Op::kNullable:
      if (!ReadLong(cursor, &number)) return false;
      if (number < 0 || number > 1) return cursor.Fail(kBadIndex);
      if (number == plan.null_index) {
        out.AppendNull();
        return true;
      }
      return ReadValue(plan.children[0], cursor, out, depth + 1);
    case Op::kArray:
      if (!ReadBlocks(cursor, [&] { return ReadValue(plan.children[0], cursor, out.child(0), depth + 1); }))
        return false;
      out.EndList();
      return true;
    case Op::kMap:
      if (!ReadBlocks(cursor, [&] {
            if (!ReadText(cursor, &bytes)) return false;
            out.child(0).AppendString(bytes);
            return ReadValue(plan.children[0], cursor, out.child(1), depth + 1);
          })) {
        return false;
      }
      out.EndList();
      return true;
    case Op::kRecord: return ReadRecord(plan, cursor, out, depth);
    case Op::kMismatch: return cursor.Fail(kMismatched);
  }
  return false;
}

// Tight loops for the common column types; false at the first row that fails (its cursor says why).
template <typename T>
[[gnu::flatten]] bool ReadIntegers(std::span<Cursor> rows, ColumnBuilder& out) {
  T* values = out.AppendUninitialized<T>(rows.size());
  for (Cursor& row : rows) {
    int64_t value = 0;
    if (!ReadLong(row, &value)) return false;
    if (value != static_cast<T>(value)) return row.Fail(kOutOfRange);
    *values++ = static_cast<T>(value);
  }
  return true;
}

// A short string whose bytes, with what follows them, fill a word: no call and no branch on its length.
StringRef ShortRef(const char* bytes, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  if (size < 8) word &= (1ULL << (8 * size)) - 1;
  const uint64_t halves[2] = {size | word << 32, word >> 32};
  StringRef ref;
  std::memcpy(static_cast<void*>(&ref), halves, 16);
  return ref;
}

[[gnu::flatten]] bool ReadStrings(std::span<Cursor> rows, ColumnBuilder& out) {
  StringRef* refs = out.AppendUninitialized<StringRef>(rows.size());
  for (Cursor& row : rows) {
    std::string_view bytes;
    if (!ReadText(row, &bytes)) return false;
    if (bytes.size() <= 8 && row.end - bytes.data() >= 8 && std::endian::native == std::endian::little) {
      *refs++ = ShortRef(bytes.data(), bytes.size());
      continue;
    }
    if (bytes.size() > StringRef::kInlineSize) {
      char* copy = out.AllocateStringBytes(bytes.size());
      std::memcpy(copy, bytes.data(), bytes.size());
      bytes = {copy, bytes.size()};
    }
    *refs++ = StringRef(bytes);
  }
  return true;
}

bool ReadColumn(const ReadPlan& plan, std::span<Cursor> rows, ColumnBuilder& out) {
  if (plan.op == ReadPlan::Op::kInt && out.type().physical() == Physical::kInt32)
    return ReadIntegers<int32_t>(rows, out);
  if (plan.op == ReadPlan::Op::kInt && out.type().physical() == Physical::kInt64)
    return ReadIntegers<int64_t>(rows, out);
  if (plan.op == ReadPlan::Op::kBytes) return ReadStrings(rows, out);
  for (Cursor& row : rows) {
    if (!ReadValue(plan, row, out, 0)) return false;
  }
  return true;
}

bool ReadAll(const ReadPlan& root, std::span<Cursor> rows, std::span<ColumnBuilder> columns) {
  for (size_t i = 0; i < root.children.size(); ++i) {
    if (root.targets[i] != kNoTarget) {
      if (!ReadColumn(root.children[i], rows, columns[root.targets[i]])) return false;
      continue;
    }
    for (Cursor& row : rows) {
      if (!Skip(*root.children[i].type, row, 0)) return false;
    }
  }
  for (Cursor& row : rows) {
    if (row.at != row.end) return row.Fail(kLeftOver);
  }
  for (const size_t missing : root.missing) columns[missing].AppendNulls(rows.size());
  return true;
}

}  // namespace

AvroReader::AvroReader(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
AvroReader::~AvroReader() = default;

Result<std::shared_ptr<const AvroReader>> AvroReader::Make(const codec::avro::Schema& writer,
                                                           const std::vector<Field>& fields) {
  auto plan = std::make_unique<Plan>(Plan{.writer = writer, .root = {}});
  const Type* root = &plan->writer.root();
  if (root->kind != Kind::kRecord) {
    return UserError(
        fmt::format("Found {}, expecting a record with the table's columns", codec::avro::KindName(root->kind)));
  }
  MR_ASSIGN(plan->root, PlanRecord(*root, fields, ""));
  return std::shared_ptr<const AvroReader>(new AvroReader(std::move(plan)));
}

void AvroReader::Read(std::span<const connect::ByteView> messages, size_t header_bytes,
                      std::span<ColumnBuilder> columns, std::vector<BadRow>* bad) const {
  // Few enough that their cursors and bytes stay in the first-level cache from column to column.
  constexpr size_t kBlock = 256;
  Cursor cursors[kBlock];
  const auto cursor_of = [&](const connect::ByteView& message) {
    return Cursor{.at = message.data + header_bytes, .end = message.data + message.size};
  };
  for (size_t begin = 0; begin < messages.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, messages.size() - begin);
    const size_t rows_before = columns.empty() ? 0 : columns[0].size();
    for (size_t i = 0; i < count; ++i) cursors[i] = cursor_of(messages[begin + i]);
    if (ReadAll(plan_->root, std::span(cursors, count), columns)) continue;
    // Bad records are rare: the columns are cut back and the block is read again row by row.
    for (ColumnBuilder& column : columns) column.TruncateTo(rows_before);
    for (size_t i = 0; i < count; ++i) {
      const size_t rows = columns.empty() ? 0 : columns[0].size();
      Cursor one = cursor_of(messages[begin + i]);
      if (ReadAll(plan_->root, std::span(&one, 1), columns)) continue;
      for (ColumnBuilder& column : columns) column.TruncateTo(rows);
      bad->push_back({begin + i, one.reason});
    }
  }
}

}  // namespace millrace::formats
