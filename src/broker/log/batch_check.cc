#include "broker/log/batch_check.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace::broker {
namespace {

using kafka::BatchHeader;
using kafka::ErrorCode;
using kafka::kBatchHeaderSize;

CheckedBatch Refuse(ErrorCode error, std::string message) {
  CheckedBatch refused;
  refused.error = error;
  refused.message = std::move(message);
  return refused;
}

// Empty: fine.
CheckedBatch CheckForm(std::string_view batch, const LogConfig& config) {
  constexpr size_t kMagicAt = 16;
  if (batch.size() > kMagicAt && batch[kMagicAt] != kafka::kBatchMagic) {
    return Refuse(ErrorCode::kInvalidRecord,
                  fmt::format("Record batch has magic {}, only 2 is allowed.", static_cast<int>(batch[kMagicAt])));
  }
  if (batch.size() < kBatchHeaderSize) {
    return Refuse(ErrorCode::kCorruptMessage,
                  fmt::format("Record batch of {} bytes is smaller than its header.", batch.size()));
  }
  CheckedBatch checked;
  checked.header = kafka::DecodeBatchHeader(batch.data());
  const BatchHeader& header = checked.header;
  if (header.length < 0 || header.size() > batch.size()) {
    return Refuse(ErrorCode::kCorruptMessage,
                  fmt::format("Record batch is cut off: {} of {} bytes.", batch.size(), header.length));
  }
  if (header.size() < batch.size()) {
    return Refuse(ErrorCode::kInvalidRecord, "A produce request must have exactly one record batch per partition.");
  }
  if (static_cast<int64_t>(batch.size()) > config.max_message_bytes) {
    return Refuse(ErrorCode::kMessageTooLarge,
                  fmt::format("The record batch size is {} bytes, which exceeds the maximum configured value of {}.",
                              batch.size(), config.max_message_bytes));
  }
  if (static_cast<int64_t>(batch.size()) > config.segment_bytes) {
    return Refuse(ErrorCode::kRecordListTooLarge,
                  fmt::format("The record batch size is {} bytes, which exceeds the segment size of {}.", batch.size(),
                              config.segment_bytes));
  }
  if (!kafka::HasValidCrc(batch)) return Refuse(ErrorCode::kCorruptMessage, "Record batch has a wrong checksum.");
  return checked;
}

CheckedBatch CheckHeader(const BatchHeader& header) {
  if (header.record_count <= 0 || header.last_offset_delta != header.record_count - 1) {
    return Refuse(ErrorCode::kInvalidRecord,
                  fmt::format("Record batch has {} records, but its last offset delta is {}.", header.record_count,
                              header.last_offset_delta));
  }
  if (header.control()) return Refuse(ErrorCode::kInvalidRecord, "Clients are not allowed to write control records.");
  if (header.has_producer() && header.base_sequence < 0) {
    return Refuse(ErrorCode::kInvalidRecord,
                  fmt::format("Invalid sequence number {} of producer {}.", header.base_sequence, header.producer_id));
  }
  if (header.log_append_time()) {
    return Refuse(ErrorCode::kInvalidTimestamp, "Producers must not set the timestamp type LogAppendTime.");
  }
  if (!header.compression().has_value()) {
    return Refuse(ErrorCode::kUnsupportedCompressionType,
                  fmt::format("Record batch has the unknown compression {}.", header.attributes & 7));
  }
  // Length, attributes, time, offset, key, value, headers: a byte each.
  constexpr int64_t kMinRecordSize = 7;
  const auto records_size = static_cast<int64_t>(header.size() - kBatchHeaderSize);
  if (header.compression() == codec::Compression::kNone && records_size / kMinRecordSize < header.record_count) {
    return Refuse(ErrorCode::kInvalidRecord,
                  fmt::format("{} records do not fit into {} bytes.", header.record_count, records_size));
  }
  return {};
}

bool HasTimeWindow(const LogConfig& config) {
  return !config.log_append_time &&
         (config.timestamp_after_max_ms != INT64_MAX || config.timestamp_before_max_ms != INT64_MAX);
}

bool InTimeWindow(int64_t timestamp, const LogConfig& config, int64_t now_ms) {
  if (timestamp == kafka::kNoTimestamp) return true;
  const int64_t limit = timestamp > now_ms ? config.timestamp_after_max_ms : config.timestamp_before_max_ms;
  const auto [earlier, later] = std::minmax(timestamp, now_ms);
  // A client may send any number: the distance needs all 64 bits.
  return static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier) <= static_cast<uint64_t>(limit);
}

// What needs each record.
CheckedBatch CheckRecords(const BatchHeader& header, std::string_view records, const LogConfig& config,
                          int64_t now_ms) {
  CheckedBatch checked;
  kafka::RecordReader reader(header, records);
  kafka::Record record;
  const bool has_window = HasTimeWindow(config);
  while (reader.Next(&record)) {
    if (config.compact && !record.key.has_value()) checked.bad_records.push_back(reader.index());
    if (has_window && !InTimeWindow(record.timestamp, config, now_ms)) {
      CheckedBatch refused =
          Refuse(ErrorCode::kInvalidTimestamp,
                 fmt::format("Timestamp {} of record {} is out of range: it may lie {} ms before and {} ms after {}.",
                             record.timestamp, reader.index(), config.timestamp_before_max_ms,
                             config.timestamp_after_max_ms, now_ms));
      refused.bad_records.push_back(reader.index());
      return refused;
    }
  }
  if (!reader.status().ok()) return Refuse(ErrorCode::kInvalidRecord, reader.status().error().message);
  if (!checked.bad_records.empty()) {
    checked.error = ErrorCode::kInvalidRecord;
    checked.message = "Compacted topic cannot accept message without key.";
  }
  return checked;
}

// The same records under another compression.
Result<std::string> Recompress(const BatchHeader& header, std::string_view records, codec::Compression compression) {
  std::string batch(kBatchHeaderSize, '\0');
  MR_TRY(codec::Compress(compression, records, &batch));
  BatchHeader changed = header;
  changed.attributes = static_cast<int16_t>((header.attributes & ~7) | static_cast<int>(compression));
  changed.length = static_cast<int32_t>(batch.size() - kafka::kBatchPrefixSize);
  kafka::EncodeBatchHeader(changed, batch.data());
  kafka::UpdateCrc(batch.data(), std::string_view(batch).substr(kBatchHeaderSize));
  return batch;
}

}  // namespace

CheckedBatch CheckClientBatch(std::string_view batch, const LogConfig& config, int64_t now_ms) {
  CheckedBatch checked = CheckForm(batch, config);
  if (checked.error != ErrorCode::kNone) return checked;
  if (CheckedBatch of_header = CheckHeader(checked.header); of_header.error != ErrorCode::kNone) return of_header;

  const bool recompress = config.compression.has_value() && config.compression != checked.header.compression();
  if (!config.compact && !HasTimeWindow(config) && !recompress) return checked;
  std::string scratch;
  const auto records = kafka::DecompressRecords(checked.header, batch, &scratch);
  if (!records.ok()) return Refuse(ErrorCode::kCorruptMessage, records.error().message);
  if (config.compact || HasTimeWindow(config)) {
    CheckedBatch of_records = CheckRecords(checked.header, *records, config, now_ms);
    if (of_records.error != ErrorCode::kNone) return of_records;
  }
  if (recompress) {
    auto rewritten = Recompress(checked.header, *records, *config.compression);
    if (!rewritten.ok()) return Refuse(ErrorCode::kUnknownServerError, rewritten.error().message);
    checked.rewritten = std::move(*rewritten);
    checked.header = kafka::DecodeBatchHeader(checked.rewritten.data());
  }
  return checked;
}

}  // namespace millrace::broker
