#include "broker/log/producer_state.h"

#include <algorithm>
#include <utility>

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

ProducerVerdict Fenced(int64_t producer_id, int16_t epoch, int16_t known) {
  return {.error = ErrorCode::kInvalidProducerEpoch,
          .message = fmt::format("Epoch of producer {} is {}, which is smaller than the last seen epoch {}.",
                                 producer_id, epoch, known)};
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
  if (header.producer_epoch < producer.epoch) return Fenced(header.producer_id, header.producer_epoch, producer.epoch);
  if (producer.open_transaction_from >= 0 && !header.transactional()) {
    return {.error = ErrorCode::kInvalidTxnState,
            .message = fmt::format("Expected a transactional write from producer {}: it has a transaction open.",
                                   header.producer_id)};
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
  producer.last_timestamp = now_ms;
  if (!header.transactional() || producer.open_transaction_from >= 0) return;
  producer.open_transaction_from = header.base_offset;
  open_[header.base_offset] = header.producer_id;
}

ProducerVerdict ProducerState::CheckMarker(int64_t producer_id, int16_t epoch) const {
  const auto found = producers_.find(producer_id);
  if (found == producers_.end() || epoch >= found->second.epoch) return {};
  return Fenced(producer_id, epoch, found->second.epoch);
}

std::optional<AbortedTransaction> ProducerState::NoteMarker(const TransactionMarker& marker, int64_t offset,
                                                            int64_t now_ms) {
  Producer& producer = producers_[marker.producer_id];
  if (producer.epoch != marker.producer_epoch) {
    producer.epoch = marker.producer_epoch;
    producer.num_batches = 0;
  }
  producer.coordinator_epoch = marker.coordinator_epoch;
  producer.last_timestamp = now_ms;
  const int64_t first = std::exchange(producer.open_transaction_from, -1);
  if (first < 0) return std::nullopt;
  open_.erase(first);
  if (marker.committed) return std::nullopt;
  return AbortedTransaction{.producer_id = marker.producer_id,
                            .first_offset = first,
                            .last_offset = offset,
                            .last_stable_offset = FirstOpenOffset().value_or(offset + 1)};
}

std::optional<int64_t> ProducerState::FirstOpenOffset() const {
  return open_.empty() ? std::nullopt : std::optional(open_.begin()->first);
}

void ProducerState::Expire(int64_t now_ms, int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& each) {
    return each.second.open_transaction_from < 0 && now_ms - each.second.last_timestamp >= expiration_ms;
  });
}

std::vector<ActiveProducer> ProducerState::List() const {
  std::vector<ActiveProducer> list;
  for (const auto& [id, producer] : producers_) {
    list.push_back({.id = id,
                    .epoch = producer.epoch,
                    .last_sequence = producer.last() == nullptr ? -1 : producer.last()->last_sequence,
                    .last_timestamp = producer.last_timestamp,
                    .coordinator_epoch = producer.coordinator_epoch,
                    .open_transaction_from = producer.open_transaction_from});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return list;
}

bool ProducerState::IsLastBatch(const kafka::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  return found != producers_.end() && found->second.last() != nullptr &&
         found->second.last()->last_offset == header.last_offset();
}

std::string ProducerState::Encode() const {
  size_t count = 0;
  for (const auto& [id, producer] : producers_) count += std::max<size_t>(producer.num_batches, 1);
  std::string out(kCrcFrom + 4 + count * kEntrySize, '\0');
  StoreBig(out.data(), kSnapshotVersion);
  char* p = out.data() + kCrcFrom;
  auto put = [&p](auto value) {
    StoreBig(p, value);
    p += sizeof value;
  };
  put(static_cast<int32_t>(count));
  for (const auto& [id, producer] : producers_) {
    for (size_t i = 0; i < std::max<size_t>(producer.num_batches, 1); ++i) {
      // A producer that only a marker is known of has an entry without a batch, as in Kafka.
      const ProducerBatch batch =
          producer.num_batches > 0 ? producer.batches[i] : ProducerBatch{.timestamp = producer.last_timestamp};
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
    const int64_t id = reader.Int64();
    Producer& producer = state.producers_[id];
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
    producer.last_timestamp = batch.timestamp;
    if (batch.last_offset >= 0) producer.Push(batch);
  }
  if (!reader.ok()) return reader.error();
  for (const auto& [id, producer] : state.producers_) {
    if (producer.open_transaction_from < 0) continue;
    if (!state.open_.emplace(producer.open_transaction_from, id).second)
      return UserError("producer snapshot has two transactions that begin at the same offset");
  }
  return state;
}

}  // namespace millrace::broker
