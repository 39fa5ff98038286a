#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/compress.h"

// Kafka's record batches, format version 2: a header of 61 bytes and the records, compressed as one piece.
//   base offset i64 | length i32 (of all that follows) | leader epoch i32 | magic i8 | crc-32c u32 (of all that
//   follows) attributes i16 | last offset delta i32 | base timestamp i64 | max timestamp i64 | producer id i64 |
//   producer epoch i16 | base sequence i32 | record count i32 | records
namespace millrace::kafka {

inline constexpr size_t kBatchHeaderSize = 61;
inline constexpr size_t kBatchPrefixSize = 12;  // base offset and length: what the length does not count
inline constexpr int8_t kBatchMagic = 2;
inline constexpr size_t kBatchCrcPosition = 17;
inline constexpr size_t kBatchCrcFrom = 21;  // the checksum covers the bytes from here to the end
inline constexpr int64_t kNoProducer = -1;
inline constexpr int64_t kNoTimestamp = -1;

// Bits of the attributes; the lowest three name the compression.
inline constexpr int16_t kBatchLogAppendTime = 1 << 3;
inline constexpr int16_t kBatchTransactional = 1 << 4;
inline constexpr int16_t kBatchControl = 1 << 5;
inline constexpr int16_t kBatchDeleteHorizon = 1 << 6;  // the base timestamp is the time from which tombstones may go

// A batch's header, decoded. Times in milliseconds since 1970 UTC.
struct BatchHeader {
  int64_t base_offset = 0;
  int32_t length = 0;
  int32_t leader_epoch = -1;
  int8_t magic = kBatchMagic;
  uint32_t crc = 0;
  int16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp = kNoTimestamp;
  int64_t max_timestamp = kNoTimestamp;
  int64_t producer_id = kNoProducer;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int32_t record_count = 0;

  size_t size() const { return kBatchPrefixSize + static_cast<size_t>(static_cast<uint32_t>(length)); }
  int64_t last_offset() const { return base_offset + last_offset_delta; }
  int64_t next_offset() const { return base_offset + last_offset_delta + 1; }
  bool log_append_time() const { return (attributes & kBatchLogAppendTime) != 0; }
  bool transactional() const { return (attributes & kBatchTransactional) != 0; }
  bool control() const { return (attributes & kBatchControl) != 0; }
  bool has_producer() const { return producer_id >= 0; }
  // nullopt: a number that no codec has.
  std::optional<codec::Compression> compression() const;
  std::optional<int64_t> delete_horizon() const;
};

// Decodes kBatchHeaderSize bytes as they are, without any judgement.
BatchHeader DecodeBatchHeader(const char* bytes);
void EncodeBatchHeader(const BatchHeader& header, char* bytes);

// The header of the batch at the front of `bytes`, which may hold more after it. User error when there is no whole
// batch: too few bytes, another magic, a length that is too small or reaches past the end, negative counts.
Result<BatchHeader> ParseBatchHeader(std::string_view bytes);

// Whether the checksum of one whole batch is right; `batch` has at least kBatchHeaderSize bytes.
bool HasValidCrc(std::string_view batch);

// What a broker writes into a batch it appends. Neither field is under the checksum. At least 16 bytes.
void PatchOffsetAndEpoch(char* batch, int64_t base_offset, int32_t leader_epoch);

// Computes the checksum of a changed batch: `header` are its first kBatchHeaderSize bytes, `records` the rest.
void UpdateCrc(char* header, std::string_view records);

// message.timestamp.type=LogAppendTime: sets the attribute bit and the max timestamp in `header` (the first
// kBatchHeaderSize bytes of a batch), then the checksum, for which `records` are the bytes after the header.
void PatchLogAppendTime(char* header, int64_t timestamp, std::string_view records);

// ---- Reading records ------------------------------------------------------------------------------------------------

struct RecordHeader {
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: null
  bool operator==(const RecordHeader&) const = default;
};

// One record; the views point into the bytes it was read from.
struct Record {
  int64_t offset = 0;
  int64_t timestamp = kNoTimestamp;
  std::optional<std::string_view> key;  // nullopt: null
  std::optional<std::string_view> value;
  int32_t num_headers = 0;
  std::string_view header_bytes;  // checked: `num_headers` whole headers

  std::vector<RecordHeader> Headers() const;
};

// Walks the records of one batch, decompressed. Never reads outside the input. One thread.
class RecordReader {
 public:
  // `records` lives longer than the reader.
  RecordReader(const BatchHeader& header, std::string_view records);
  // false at the end, or when the bytes are damaged (then status() says where). The count in the header rules: bytes
  // that are left after the last record are damage.
  bool Next(Record* record);
  const Status& status() const { return status_; }
  int32_t index() const { return index_; }  // of the record Next gave last, from 0

 private:
  [[gnu::noinline, gnu::cold]] bool Fail(std::string_view what);
  const char* ReadField(const char* p, const char* end, std::optional<std::string_view>* field);

  std::string_view records_;
  const char* p_;
  int64_t base_offset_;
  int64_t base_timestamp_;
  int64_t append_time_;  // of all records; kNoTimestamp: each has its own
  int32_t count_;
  int32_t index_ = -1;
  Status status_;
};

// The values of all records of one batch, decompressed, appended to `values`; null values have a null pointer. What a
// source needs that wants neither keys nor headers nor times. Errors as RecordReader's.
Status ReadValues(const BatchHeader& header, std::string_view records, std::vector<std::string_view>* values);

inline constexpr size_t kMaxRecordsBytes = 512u << 20;

// The records of one whole batch, decompressed: a view into `batch` when it is not compressed, else into `*scratch`,
// which is overwritten. User error for an unknown codec, damaged bytes, or more than `max_bytes`.
Result<std::string_view> DecompressRecords(const BatchHeader& header, std::string_view batch, std::string* scratch,
                                           size_t max_bytes = kMaxRecordsBytes);

// ---- Building batches -----------------------------------------------------------------------------------------------

struct BatchOptions {
  codec::Compression compression = codec::Compression::kNone;
  std::optional<int> compression_level;
  int64_t base_offset = 0;
  int32_t leader_epoch = -1;
  int64_t producer_id = kNoProducer;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int16_t flags = 0;  // kBatchTransactional, kBatchControl, kBatchLogAppendTime
  // Set: becomes the base timestamp of a batch with kBatchDeleteHorizon.
  std::optional<int64_t> delete_horizon;
};

// Collects records into one batch, the producer's side. Reusable; one thread.
class RecordBatchBuilder {
 public:
  explicit RecordBatchBuilder(BatchOptions options = {}) : options_(options) {}

  // The next offset in a row.
  void Add(int64_t timestamp, std::optional<std::string_view> key, std::optional<std::string_view> value,
           std::span<const RecordHeader> headers = {});
  // A record copied from another batch; `offset` is above that of the last one and not below options.base_offset.
  void Copy(const Record& record);

  int32_t count() const { return count_; }
  size_t size() const { return kBatchHeaderSize + records_.size(); }  // before compression

  // For a batch that lost records and must keep its range: instead of the last record's offset; a lower bound of the
  // max timestamp.
  void SetLastOffset(int64_t offset) { last_offset_ = offset; }
  void SetMaxTimestamp(int64_t timestamp) { max_timestamp_ = timestamp; }

  // The batch; the builder is empty afterwards and keeps its options. Without records: a bare header, whose last offset
  // SetLastOffset gives.
  Result<std::string> Build();

  BatchOptions& options() { return options_; }

 private:
  void AddAt(int64_t offset, int64_t timestamp, std::optional<std::string_view> key,
             std::optional<std::string_view> value, int32_t num_headers, std::string_view header_bytes);

  BatchOptions options_;
  std::string records_;
  std::string scratch_;
  int32_t count_ = 0;
  std::optional<int64_t> last_offset_;
  int64_t next_offset_delta_ = 0;
  int64_t base_timestamp_ = kNoTimestamp;
  int64_t max_timestamp_ = kNoTimestamp;
};

}  // namespace millrace::kafka
