#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "broker/broker.h"
#include "broker/broker_test_client.h"
#include "broker/log/test_log.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/cluster.h"
#include "kafka/protocol/messages/fetch.h"
#include "kafka/protocol/messages/produce.h"
#include "kafka/protocol/record_batch.h"

// Declared for the tests of the broker only.
namespace millrace::broker {

struct Producer {
  int64_t id = -1;
  int16_t epoch = -1;
  int32_t sequence = -1;
  bool transactional = false;
};

inline std::string Batch(const std::vector<std::string>& values, Producer producer = {},
                         codec::Compression compression = codec::Compression::kNone) {
  kafka::BatchOptions options;
  options.compression = compression;
  options.producer_id = producer.id;
  options.producer_epoch = producer.epoch;
  options.base_sequence = producer.sequence;
  if (producer.transactional) options.flags = kafka::kBatchTransactional;
  kafka::RecordBatchBuilder builder(options);
  int64_t timestamp = 1'000;
  for (const std::string& value : values) builder.Add(timestamp++, "key", value);
  return builder.Build().value();
}

inline std::vector<std::string> Values(std::string_view batches) {
  std::vector<std::string> values;
  while (!batches.empty()) {
    const auto header = kafka::ParseBatchHeader(batches);
    if (!header.ok()) return {"damaged"};
    std::string scratch;
    const auto records = kafka::DecompressRecords(*header, batches.substr(0, header->size()), &scratch);
    kafka::RecordReader reader(*header, *records);
    kafka::Record record;
    while (reader.Next(&record)) values.emplace_back(record.value.value_or("null"));
    batches.remove_prefix(header->size());
  }
  return values;
}

// A broker on a free port with a folder of its own.
class BrokerTest : public ::testing::Test {
 protected:
  BrokerTest() {
    options_.data_dir = folder_.path();
    options_.listeners[0].port = 0;
    options_.num_partitions = 2;
  }

  void Start() {
    auto broker = Broker::Start(options_);
    ASSERT_TRUE(broker.ok()) << broker.error().ToString();
    broker_ = std::move(broker).value();
  }
  uint16_t port(size_t listener = 0) { return broker_->listeners().at(listener).port; }

  static kafka::MetadataResponse Metadata(TestClient& client, std::vector<std::string> names, bool create,
                                          int16_t version = 9) {
    kafka::MetadataRequest request;
    request.topics.emplace();
    for (std::string& name : names) request.topics->push_back({.name = std::move(name)});
    request.allow_auto_topic_creation = create;
    return client.Call<kafka::MetadataResponse>(request, version);
  }

  static kafka::ProduceRequest ProduceRequestOf(std::string topic, int32_t partition, std::string_view batch,
                                                int16_t acks = -1) {
    kafka::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 1000;
    auto& out = request.topics.emplace_back();
    out.name = std::move(topic);
    out.partitions.push_back({.index = partition, .records = kafka::Records{batch, nullptr}});
    return request;
  }
  static kafka::ProduceResponse::Topic::Partition Produce(TestClient& client, const std::string& topic,
                                                          int32_t partition, std::string_view batch,
                                                          int16_t version = 9) {
    return client.Call<kafka::ProduceResponse>(ProduceRequestOf(topic, partition, batch), version)
        .topics.at(0)
        .partitions.at(0);
  }

  static kafka::FetchRequest FetchRequestOf(std::string topic, int32_t partition, int64_t offset,
                                            int32_t max_wait_ms = 0) {
    kafka::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    request.max_bytes = 1 << 20;
    auto& out = request.topics.emplace_back();
    out.topic = std::move(topic);
    out.partitions.push_back({.partition = partition, .fetch_offset = offset, .partition_max_bytes = 1 << 20});
    return request;
  }

  TempFolder folder_;
  BrokerOptions options_;
  std::unique_ptr<Broker> broker_;
};

}  // namespace millrace::broker
