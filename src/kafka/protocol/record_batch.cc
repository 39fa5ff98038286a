#include "kafka/protocol/record_batch.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "codec/crc32c.h"
#include "codec/varint.h"

namespace millrace::kafka {
namespace {

constexpr size_t kLeaderEpochAt = 12;
constexpr size_t kMagicAt = 16;
constexpr size_t kAttributesAt = 21;
constexpr size_t kMaxTimestampAt = 35;

template <typename T>
T SwapToBig(T value) {
  if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  } else {
    return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  }
}

template <typename T>
const char* Get(const char* p, T* value) {
  T raw;
  std::memcpy(&raw, p, sizeof raw);
  *value = SwapToBig(raw);
  return p + sizeof raw;
}

template <typename T>
char* Put(char* p, T value) {
  const T raw = SwapToBig(value);
  std::memcpy(p, &raw, sizeof raw);
  return p + sizeof raw;
}

// The lengths of 0 to 4 field deltas are safe in int64; sums of attacker-chosen numbers wrap instead of overflowing.
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

}  // namespace

std::optional<codec::Compression> BatchHeader::compression() const {
  const int number = attributes & 7;
  if (number > static_cast<int>(codec::Compression::kZstd)) return std::nullopt;
  return static_cast<codec::Compression>(number);
}

std::optional<int64_t> BatchHeader::delete_horizon() const {
  return (attributes & kBatchDeleteHorizon) != 0 ? std::optional(base_timestamp) : std::nullopt;
}

BatchHeader DecodeBatchHeader(const char* p) {
  BatchHeader header;
  p = Get(p, &header.base_offset);
  p = Get(p, &header.length);
  p = Get(p, &header.leader_epoch);
  p = Get(p, &header.magic);
  p = Get(p, &header.crc);
  p = Get(p, &header.attributes);
  p = Get(p, &header.last_offset_delta);
  p = Get(p, &header.base_timestamp);
  p = Get(p, &header.max_timestamp);
  p = Get(p, &header.producer_id);
  p = Get(p, &header.producer_epoch);
  p = Get(p, &header.base_sequence);
  Get(p, &header.record_count);
  return header;
}

void EncodeBatchHeader(const BatchHeader& header, char* p) {
  p = Put(p, header.base_offset);
  p = Put(p, header.length);
  p = Put(p, header.leader_epoch);
  p = Put(p, header.magic);
  p = Put(p, header.crc);
  p = Put(p, header.attributes);
  p = Put(p, header.last_offset_delta);
  p = Put(p, header.base_timestamp);
  p = Put(p, header.max_timestamp);
  p = Put(p, header.producer_id);
  p = Put(p, header.producer_epoch);
  p = Put(p, header.base_sequence);
  Put(p, header.record_count);
}

Result<BatchHeader> ParseBatchHeader(std::string_view bytes) {
  if (bytes.size() > kMagicAt && bytes[kMagicAt] != kBatchMagic) {
    return UserError(fmt::format("record batch has magic {}, only {} is supported", static_cast<int>(bytes[kMagicAt]),
                                 static_cast<int>(kBatchMagic)));
  }
  if (bytes.size() < kBatchHeaderSize) {
    return UserError(
        fmt::format("record batch is cut off: {} bytes, its header alone has {}", bytes.size(), kBatchHeaderSize));
  }
  const BatchHeader header = DecodeBatchHeader(bytes.data());
  if (header.length < static_cast<int32_t>(kBatchHeaderSize - kBatchPrefixSize)) {
    return UserError(fmt::format("record batch has the impossible length {}", header.length));
  }
  if (header.size() > bytes.size()) {
    return UserError(fmt::format("record batch is cut off: {} of {} bytes", bytes.size(), header.size()));
  }
  if (header.record_count < 0 || header.last_offset_delta < 0) {
    return UserError(fmt::format("record batch has {} records and a last offset delta of {}", header.record_count,
                                 header.last_offset_delta));
  }
  return header;
}

bool HasValidCrc(std::string_view batch) {
  uint32_t stored;
  Get(batch.data() + kBatchCrcPosition, &stored);
  return codec::Crc32c(batch.substr(kBatchCrcFrom)) == stored;
}

void PatchOffsetAndEpoch(char* batch, int64_t base_offset, int32_t leader_epoch) {
  Put(batch, base_offset);
  Put(batch + kLeaderEpochAt, leader_epoch);
}

void UpdateCrc(char* header, std::string_view records) {
  const uint32_t of_header = codec::Crc32c({header + kBatchCrcFrom, kBatchHeaderSize - kBatchCrcFrom});
  Put(header + kBatchCrcPosition, codec::ExtendCrc32c(of_header, records));
}

void PatchLogAppendTime(char* header, int64_t timestamp, std::string_view records) {
  int16_t attributes;
  Get(header + kAttributesAt, &attributes);
  Put(header + kAttributesAt, static_cast<int16_t>(attributes | kBatchLogAppendTime));
  Put(header + kMaxTimestampAt, timestamp);
  UpdateCrc(header, records);
}

RecordReader::RecordReader(const BatchHeader& header, std::string_view records)
    : records_(records),
      p_(records.data()),
      base_offset_(header.base_offset),
      base_timestamp_(header.base_timestamp),
      append_time_(header.log_append_time() ? header.max_timestamp : kNoTimestamp),
      count_(header.record_count) {}

bool RecordReader::Fail(std::string_view what) {
  status_ = UserError(
      fmt::format("record {} of {} in the batch at offset {} is damaged: {}", index_ + 1, count_, base_offset_, what));
  count_ = index_ + 1;
  p_ = records_.data() + records_.size();
  return false;
}

const char* RecordReader::ReadField(const char* p, const char* end, std::optional<std::string_view>* field) {
  int32_t size = 0;
  p = codec::ReadSignedVarint32(p, end, &size);
  if (p == nullptr || size > end - p) return nullptr;
  if (size < 0) {
    field->reset();
    return size == -1 ? p : nullptr;
  }
  *field = std::string_view(p, static_cast<size_t>(size));
  return p + size;
}

namespace {

// A header whose key is null fails, as in Kafka.
const char* ReadHeader(const char* p, const char* end, RecordHeader* header) {
  int32_t size = 0;
  p = codec::ReadSignedVarint32(p, end, &size);
  if (p == nullptr || size < 0 || size > end - p) return nullptr;
  header->key = std::string_view(p, static_cast<size_t>(size));
  p = codec::ReadSignedVarint32(p + size, end, &size);
  if (p == nullptr || size < -1 || size > end - p) return nullptr;
  if (size == -1) {
    header->value.reset();
    return p;
  }
  header->value = std::string_view(p, static_cast<size_t>(size));
  return p + size;
}

}  // namespace

[[gnu::flatten]] bool RecordReader::Next(Record* record) {
  const char* const end = records_.data() + records_.size();
  if (index_ + 1 >= count_) {
    if (p_ != end && status_.ok()) return Fail("bytes are left after the last record");
    return false;
  }
  int32_t size = 0;
  const char* p = codec::ReadSignedVarint32(p_, end, &size);
  if (p == nullptr || size < 1 || size > end - p) return Fail("its length does not fit");
  const char* const record_end = p + size;
  ++p;  // attributes: unused
  int64_t timestamp_delta = 0;
  int32_t offset_delta = 0;
  if ((p = codec::ReadSignedVarint64(p, record_end, &timestamp_delta)) == nullptr) return Fail("timestamp");
  if ((p = codec::ReadSignedVarint32(p, record_end, &offset_delta)) == nullptr) return Fail("offset");
  if ((p = ReadField(p, record_end, &record->key)) == nullptr) return Fail("key");
  if ((p = ReadField(p, record_end, &record->value)) == nullptr) return Fail("value");
  if ((p = codec::ReadSignedVarint32(p, record_end, &record->num_headers)) == nullptr) return Fail("header count");
  if (record->num_headers < 0) return Fail("negative header count");
  const char* const headers = p;
  RecordHeader header;
  for (int32_t i = 0; i < record->num_headers; ++i) {
    if ((p = ReadHeader(p, record_end, &header)) == nullptr) return Fail("header");
  }
  if (p != record_end) return Fail("its length is wrong");
  record->header_bytes = std::string_view(headers, static_cast<size_t>(p - headers));
  record->offset = WrappingAdd(base_offset_, offset_delta);
  record->timestamp = append_time_ != kNoTimestamp ? append_time_ : WrappingAdd(base_timestamp_, timestamp_delta);
  p_ = record_end;
  ++index_;
  return true;
}

namespace {

// The value of the record at `p` and the byte after it; nullptr for anything but a sound record without headers.
inline const char* ReadPlainValue(const char* p, const char* end, std::string_view* value) {
  int32_t size = 0;
  p = codec::ReadSignedVarint32(p, end, &size);
  if (p == nullptr || size < 1 || size > end - p) return nullptr;
  const char* const record_end = p + size;
  int64_t time = 0;
  p = codec::ReadSignedVarint64(p + 1, record_end, &time);  // behind the attributes
  if (p == nullptr) return nullptr;
  int32_t offset = 0;
  p = codec::ReadSignedVarint32(p, record_end, &offset);
  if (p == nullptr) return nullptr;
  p = codec::ReadSignedVarint32(p, record_end, &size);
  if (p == nullptr || size < -1 || size > record_end - p) return nullptr;
  p = codec::ReadSignedVarint32(p + std::max(size, 0), record_end, &size);
  if (p == nullptr || size < -1 || size > record_end - p) return nullptr;
  *value = size < 0 ? std::string_view() : std::string_view(p, static_cast<size_t>(size));
  p += std::max(size, 0);
  return p + 1 == record_end && *p == '\0' ? record_end : nullptr;
}

}  // namespace

[[gnu::flatten]] Status ReadValues(const BatchHeader& header, std::string_view records,
                                   std::vector<std::string_view>* values) {
  const char* p = records.data();
  const char* const end = p + records.size();
  const size_t before = values->size();
  const auto count = static_cast<size_t>(std::max(header.record_count, 0));
  if (count <= records.size()) {
    values->resize(before + count);
    std::string_view* out = values->data() + before;
    for (size_t i = 0; i < count && p != nullptr; ++i) p = ReadPlainValue(p, end, out++);
    if (p == end) return Ok();
  }
  // Headers or damage: the careful reader knows.
  values->resize(before);
  RecordReader reader(header, records);
  Record record;
  while (reader.Next(&record)) values->push_back(record.value.value_or(std::string_view()));
  return reader.status();
}

std::vector<RecordHeader> Record::Headers() const {
  std::vector<RecordHeader> headers;
  const char* p = header_bytes.data();
  const char* const end = p + header_bytes.size();
  RecordHeader header;
  for (int32_t i = 0; i < num_headers && (p = ReadHeader(p, end, &header)) != nullptr; ++i) headers.push_back(header);
  return headers;
}

Result<std::string_view> DecompressRecords(const BatchHeader& header, std::string_view batch, std::string* scratch,
                                           size_t max_bytes) {
  const std::optional<codec::Compression> compression = header.compression();
  if (!compression.has_value()) {
    return UserError(fmt::format("record batch at offset {} has the unknown compression {}", header.base_offset,
                                 header.attributes & 7));
  }
  const std::string_view records = batch.substr(kBatchHeaderSize, header.size() - kBatchHeaderSize);
  if (*compression == codec::Compression::kNone) return records;
  scratch->clear();
  MR_TRY(codec::Decompress(*compression, records, max_bytes, scratch));
  return std::string_view(*scratch);
}

}  // namespace millrace::kafka
