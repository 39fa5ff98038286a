#pragma once

#include <memory>
#include <span>
#include <vector>

#include "connect/connector.h"
#include "connectors/kafka/kafka_options.h"
#include "kafka/client/consumer.h"

namespace millrace::connectors {

// Rows of some records of one partition.
struct DecodedRecords {
  Batch batch;
  std::vector<connect::BadRecord> bad_records;
  size_t bytes = 0;  // of the keys and values
};

// Turns Kafka records into batches: decodes keys and values, puts their fields together with metadata, handles
// tombstones and bad records. One thread.
//
// A field that is both in the key and in the value is taken from the value, as Flink does. A record whose key decodes
// to no row gives none.
class RecordDecoder {
 public:
  // The columns of its batches: `projected_fields` of the table, then `metadata`.
  static Result<std::unique_ptr<RecordDecoder>> Create(const KafkaTable& table, std::vector<size_t> projected_fields,
                                                       std::vector<connect::MetadataColumn> metadata);

  // Fails with Retry::kYes when the same call may succeed later (a schema registry is away), with a user error that
  // names topic, partition and offset when a record is bad and the mode is `fail`.
  Result<DecodedRecords> Decode(std::span<const kafka::MessageView> messages, const kafka::TopicPartition& place);

 private:
  // One side while a batch is decoded.
  struct Side {
    std::unique_ptr<connect::Decoder> decoder;  // null: the side has no format or no field is wanted of it
    std::vector<ColumnBuilder> builders;
    std::vector<ColumnPtr> columns;
    connect::DecodeResult result;
    std::vector<connect::ByteView> views;
    std::vector<uint32_t> message_of_view;  // empty: view i is message i
    size_t num_rows = 0;
  };
  // Where an output field comes from; -1 = not from there.
  struct FieldSource {
    int key_column = -1;
    int value_column = -1;
    DataType type;
  };
  struct Row {
    uint32_t message = 0;
    int32_t key_row = -1;
    int32_t value_row = -1;  // -1: a tombstone
    RowKind kind = RowKind::kInsert;
  };

  RecordDecoder(const KafkaTable& table, std::vector<connect::MetadataColumn> metadata)
      : table_(table), metadata_(std::move(metadata)) {}
  Status MakeSide(const RecordSide& side, bool is_key, const std::vector<size_t>& projected, Side& out,
                  std::vector<int>& column_of_field);
  Status DecodeSide(Side& side);
  Status CollectErrors(std::span<const kafka::MessageView> messages, const kafka::TopicPartition& place,
                       std::vector<connect::BadRecord>& bad);
  Status AddError(const connect::RecordError& error, const Side& side, std::span<const kafka::MessageView> messages,
                  const kafka::TopicPartition& place, std::vector<connect::BadRecord>& bad);
  bool IsOneToOne(size_t num_messages) const;
  void LineUpRows(std::span<const kafka::MessageView> messages);
  Batch Assemble();

  const KafkaTable& table_;
  std::vector<connect::MetadataColumn> metadata_;
  std::vector<FieldSource> fields_;
  Side key_;
  Side value_;
  std::vector<Row> rows_;
  std::vector<uint8_t> is_bad_;  // per message; empty when none is
};

}  // namespace millrace::connectors
