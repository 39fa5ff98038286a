#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "broker/log/aborted_transaction.h"
#include "broker/storage.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// A batch of an idempotent producer. Sequence numbers count records and wrap from 2^31 - 1 to 0.
struct ProducerBatch {
  int32_t last_sequence = -1;
  int32_t offset_delta = 0;  // of its last record
  int64_t last_offset = -1;
  int64_t timestamp = 0;  // when it was appended, wall ms

  int32_t first_sequence() const;
  int64_t base_offset() const { return last_offset - offset_delta; }
};

struct ProducerVerdict {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  std::string message;
  std::optional<ProducerBatch> duplicate;  // set: the batch stands in the log already
};

// What one partition knows of its idempotent producers: the epoch, the last five batches and the open transaction of
// each. The rules are Kafka's (ProducerAppendInfo): a batch equal to one of the five is a duplicate; an older epoch is
// fenced; a new epoch begins at sequence 0; else the next sequence follows the last; a producer nothing is known of may
// begin anywhere; within a transaction there are only transactional batches. A transaction is open from the first such
// batch to its marker. Not thread-safe: the log locks.
class ProducerState {
 public:
  static constexpr size_t kBatchesKept = 5;

  // Judges a batch a client wants to append; changes nothing.
  ProducerVerdict Check(const kafka::BatchHeader& header) const;
  // Takes note of a batch with its final offset, appended at `now_ms`; markers go to NoteMarker.
  void Note(const kafka::BatchHeader& header, int64_t now_ms);
  // Whether a marker of this producer and epoch may be written.
  ProducerVerdict CheckMarker(int64_t producer_id, int16_t epoch) const;
  // Takes note of a marker that stands at `offset`. Returns what the transaction index needs when it aborted an open
  // transaction.
  std::optional<AbortedTransaction> NoteMarker(const TransactionMarker& marker, int64_t offset, int64_t now_ms);
  // The first offset of the oldest open transaction.
  std::optional<int64_t> FirstOpenOffset() const;
  // Forgets producers that have been silent for `expiration_ms`.
  void Expire(int64_t now_ms, int64_t expiration_ms);
  // Whether this is the last batch of a known producer: compaction keeps that one, as it bears the sequence.
  bool IsLastBatch(const kafka::BatchHeader& header) const;

  size_t size() const { return producers_.size(); }
  std::vector<ActiveProducer> List() const;  // by producer id

  // The content of a `.snapshot` file, Kafka's version 1. A producer has one entry per batch, oldest first; Kafka's own
  // reader keeps the last one.
  std::string Encode() const;
  // User error when the bytes are damaged.
  static Result<ProducerState> Decode(std::string_view bytes);

 private:
  struct Producer {
    int16_t epoch = -1;
    int32_t coordinator_epoch = -1;
    int64_t open_transaction_from = -1;
    int64_t last_timestamp = -1;  // of the last batch or marker, wall ms
    uint8_t num_batches = 0;
    std::array<ProducerBatch, kBatchesKept> batches;  // oldest first

    const ProducerBatch* last() const { return num_batches == 0 ? nullptr : &batches[num_batches - 1]; }
    void Push(const ProducerBatch& batch);
  };

  std::unordered_map<int64_t, Producer> producers_;
  std::map<int64_t, int64_t> open_;  // first offset -> producer id
};

}  // namespace millrace::broker
