#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "connectors/kafka/kafka_options.h"
#include "kafka/client/producer.h"

namespace millrace::connectors {

// Turns rows into Kafka records, partition left open. One thread.
class RecordEncoder {
 public:
  static Result<std::unique_ptr<RecordEncoder>> Create(const KafkaTable& table,
                                                       std::vector<connect::MetadataColumn> metadata);

  // One record per row; all views live until the next call.
  Result<std::span<kafka::ProducerRecord>> Encode(const Batch& batch);

 private:
  struct Side {
    std::unique_ptr<connect::Encoder> encoder;  // null: this side of a record is always null
    std::vector<size_t> fields;
    std::string bytes;
    std::vector<size_t> ends;
  };
  RecordEncoder(const KafkaTable& table, std::vector<connect::MetadataColumn> metadata)
      : table_(table), metadata_(std::move(metadata)) {}
  Status MakeSide(const RecordSide& side, bool is_key, Side& out);
  Status EncodeSide(const Batch& batch, Side& side);
  Status AddMetadata(const Batch& batch);
  void AddHeaders(const Column& column, size_t row);

  const KafkaTable& table_;
  std::vector<connect::MetadataColumn> metadata_;
  Side key_;
  Side value_;
  std::vector<kafka::ProducerRecord> records_;
  std::deque<std::vector<kafka::HeaderView>> headers_;
  Batch batch_;  // owner of what headers_ point at
};

}  // namespace millrace::connectors
