#include <algorithm>

#include <fmt/format.h>

#include "codec/crc32c.h"
#include "codec/varint.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::kafka {
namespace {

size_t FieldSize(std::optional<std::string_view> field) {
  if (!field.has_value()) return 1;
  return codec::VarintSize(codec::ZigZag32(static_cast<int32_t>(field->size()))) + field->size();
}

void AppendField(std::string* out, std::optional<std::string_view> field) {
  codec::AppendSignedVarint32(out, field.has_value() ? static_cast<int32_t>(field->size()) : -1);
  if (field.has_value()) out->append(*field);
}

int64_t WrappingSubtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

}  // namespace

void RecordBatchBuilder::Add(int64_t timestamp, std::optional<std::string_view> key,
                             std::optional<std::string_view> value, std::span<const RecordHeader> headers) {
  scratch_.clear();
  for (const RecordHeader& header : headers) {
    AppendField(&scratch_, header.key);
    AppendField(&scratch_, header.value);
  }
  AddAt(options_.base_offset + next_offset_delta_, timestamp, key, value, static_cast<int32_t>(headers.size()),
        scratch_);
}

void RecordBatchBuilder::Copy(const Record& record) {
  AddAt(record.offset, record.timestamp, record.key, record.value, record.num_headers, record.header_bytes);
}

void RecordBatchBuilder::AddAt(int64_t offset, int64_t timestamp, std::optional<std::string_view> key,
                               std::optional<std::string_view> value, int32_t num_headers,
                               std::string_view header_bytes) {
  if (count_ == 0) base_timestamp_ = options_.delete_horizon.value_or(timestamp);
  const int64_t timestamp_delta = WrappingSubtract(timestamp, base_timestamp_);
  const auto offset_delta = static_cast<int32_t>(offset - options_.base_offset);
  const size_t size = 1 + codec::VarintSize(codec::ZigZag64(timestamp_delta)) +
                      codec::VarintSize(codec::ZigZag32(offset_delta)) + FieldSize(key) + FieldSize(value) +
                      codec::VarintSize(codec::ZigZag32(num_headers)) + header_bytes.size();
  codec::AppendSignedVarint32(&records_, static_cast<int32_t>(size));
  records_.push_back('\0');  // attributes: unused
  codec::AppendSignedVarint64(&records_, timestamp_delta);
  codec::AppendSignedVarint32(&records_, offset_delta);
  AppendField(&records_, key);
  AppendField(&records_, value);
  codec::AppendSignedVarint32(&records_, num_headers);
  records_.append(header_bytes);
  max_timestamp_ = std::max(max_timestamp_, timestamp);
  next_offset_delta_ = int64_t{offset_delta} + 1;
  ++count_;
}

Result<std::string> RecordBatchBuilder::Build() {
  BatchHeader header;
  header.base_offset = options_.base_offset;
  header.leader_epoch = options_.leader_epoch;
  header.attributes = static_cast<int16_t>(static_cast<int>(options_.compression) | options_.flags |
                                           (options_.delete_horizon.has_value() ? kBatchDeleteHorizon : 0));
  const int64_t last_offset = last_offset_.value_or(options_.base_offset + next_offset_delta_ - 1);
  header.last_offset_delta = static_cast<int32_t>(last_offset - options_.base_offset);
  header.base_timestamp = base_timestamp_;
  header.max_timestamp = max_timestamp_;
  header.producer_id = options_.producer_id;
  header.producer_epoch = options_.producer_epoch;
  header.base_sequence = options_.base_sequence;
  header.record_count = count_;

  std::string batch(kBatchHeaderSize, '\0');
  Status status = Ok();
  if (count_ > 0) {
    batch.reserve(kBatchHeaderSize + records_.size());
    status = codec::Compress(options_.compression, records_, &batch, options_.compression_level);
  }
  records_.clear();
  count_ = 0;
  next_offset_delta_ = 0;
  last_offset_.reset();
  base_timestamp_ = max_timestamp_ = kNoTimestamp;
  if (!status.ok()) return std::move(status).error();
  if (batch.size() - kBatchPrefixSize > INT32_MAX) {
    return UserError(fmt::format("record batch of {} bytes is too large for Kafka's format", batch.size()));
  }

  header.length = static_cast<int32_t>(batch.size() - kBatchPrefixSize);
  EncodeBatchHeader(header, batch.data());
  header.crc = codec::Crc32c(std::string_view(batch).substr(kBatchCrcFrom));
  EncodeBatchHeader(header, batch.data());
  return batch;
}

}  // namespace millrace::kafka
