#include "broker/log/producer_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "broker/log/bytes.h"
#include "codec/crc32c.h"
#include "kafka/protocol/wire.h"

namespace millrace::broker {
namespace {

using kafka::ErrorCode;

constexpr int16_t kSnapshotVersion = 1;
constexpr size_t kCrcAt = 2;
constexpr size_t kCrcFrom = 6;
constexpr size_t kEntrySize = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;

// Sequences live in 0 .. 2^31 - 1.
int32_t Advance(int32_t sequence, int32_t by) {
  return static_cast<int32_t>((static_cast<int64_t>(sequence) + by) & INT32_MAX);
}
int32_t GoBack(int32_t sequence, int32_t by) {
  return static_cast<int32_t>((static_cast<int64_t>(sequence) - by) & INT32_MAX);
}

}  // namespace

int32_t ProducerBatch::first_sequence() const { return GoBack(last_sequence, offset_delta); }

void ProducerState::Producer::Push(const ProducerBatch& batch) {
  if (num_batches == kBatchesKept) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --num_batches;
  }
  batches[num_batches++] = batch;
}

ProducerVerdict ProducerState::Check(const kafka::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  if (found == producers_.end()) return {};
  const Producer& producer = found->second;
  const int32_t last_sequence = Advance(header.base_sequence, header.last_offset_delta);
  if (header.producer_epoch == producer.epoch) {
    for (size_t i = 0; i < producer.num_batches; ++i) {
      const ProducerBatch& batch = producer.batches[i];
      if (batch.last_sequence == last_sequence && batch.first_sequence() == header.base_sequence) {
        return {.duplicate = batch};
      }
    }
  }
  if (header.producer_epoch < producer.epoch) {
    return {.error = ErrorCode::kInvalidProducerEpoch,
            .message = fmt::format("Epoch of producer {} is {}, which is smaller than the last seen epoch {}.",
                                   header.producer_id, header.producer_epoch, producer.epoch)};
  }
  if (header.producer_epoch > producer.epoch) {
    if (header.base_sequence == 0) return {};
    return {.error = ErrorCode::kOutOfOrderSequenceNumber,
            .message = fmt::format("Invalid sequence number for new epoch of producer {}: {} (request epoch), {} (seq. "
                                   "number), {} (current producer epoch).",
                                   header.producer_id, header.producer_epoch, header.base_sequence, producer.epoch)};
  }
  const int32_t expected = producer.last() == nullptr ? 0 : Advance(producer.last()->last_sequence, 1);
  if (header.base_sequence == expected) return {};
  return {.error = ErrorCode::kOutOfOrderSequenceNumber,
          .message = fmt::format("Out of order sequence number for producer {}: {} (incoming seq. number), {} (current "
                                 "end sequence number).",
                                 header.producer_id, header.base_sequence, GoBack(expected, 1))};
}

void ProducerState::Note(const kafka::BatchHeader& header, int64_t now_ms) {
  if (!header.has_producer() || header.control() || header.base_sequence < 0) return;
  Producer& producer = producers_[header.producer_id];
  if (producer.epoch != header.producer_epoch) {
    producer.epoch = header.producer_epoch;
    producer.num_batches = 0;
  }
  producer.Push({.last_sequence = Advance(header.base_sequence, header.last_offset_delta),
                 .offset_delta = header.last_offset_delta,
                 .last_offset = header.last_offset(),
                 .timestamp = now_ms});
}

void ProducerState::Expire(int64_t now_ms, int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& each) {
    const ProducerBatch* last = each.second.last();
    return each.second.open_transaction_from < 0 && (last == nullptr || now_ms - last->timestamp >= expiration_ms);
  });
}

bool ProducerState::IsLastBatch(const kafka::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  return found != producers_.end() && found->second.last() != nullptr &&
         found->second.last()->last_offset == header.last_offset();
}

std::string ProducerState::Encode() const {
  size_t count = 0;
  for (const auto& [id, producer] : producers_) count += producer.num_batches;
  std::string out(kCrcFrom + 4 + count * kEntrySize, '\0');
  StoreBig(out.data(), kSnapshotVersion);
  char* p = out.data() + kCrcFrom;
  auto put = [&p](auto value) {
    StoreBig(p, value);
    p += sizeof value;
  };
  put(static_cast<int32_t>(count));
  for (const auto& [id, producer] : producers_) {
    for (size_t i = 0; i < producer.num_batches; ++i) {
      const ProducerBatch& batch = producer.batches[i];
      put(id);
      put(producer.epoch);
      put(batch.last_sequence);
      put(batch.last_offset);
      put(batch.offset_delta);
      put(batch.timestamp);
      put(producer.coordinator_epoch);
      put(producer.open_transaction_from);
    }
  }
  StoreBig(out.data() + kCrcAt, codec::Crc32c(std::string_view(out).substr(kCrcFrom)));
  return out;
}

Result<ProducerState> ProducerState::Decode(std::string_view bytes) {
  if (bytes.size() < kCrcFrom + 4) return UserError("producer snapshot is too short");
  const auto version = LoadBig<int16_t>(bytes.data());
  if (version != kSnapshotVersion)
    return UserError(fmt::format("producer snapshot has the unknown version {}", version));
  if (codec::Crc32c(bytes.substr(kCrcFrom)) != LoadBig<uint32_t>(bytes.data() + kCrcAt)) {
    return UserError("producer snapshot has a wrong checksum");
  }
  kafka::Reader reader(bytes.substr(kCrcFrom));
  ProducerState state;
  for (int32_t left = reader.NonNullArrayLength(false, kEntrySize); left > 0; --left) {
    Producer& producer = state.producers_[reader.Int64()];
    const int16_t epoch = reader.Int16();
    if (epoch != producer.epoch) producer.num_batches = 0;
    producer.epoch = epoch;
    ProducerBatch batch;
    batch.last_sequence = reader.Int32();
    batch.last_offset = reader.Int64();
    batch.offset_delta = reader.Int32();
    batch.timestamp = reader.Int64();
    producer.coordinator_epoch = reader.Int32();
    producer.open_transaction_from = reader.Int64();
    producer.Push(batch);
  }
  if (!reader.ok()) return reader.error();
  return state;
}

}  // namespace millrace::broker
