#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_config.h"
#include "kafka/client/consumer.h"
#include "kafka/client/topic_partition.h"

namespace millrace::kafka {

inline constexpr int32_t kAnyPartition = -1;

// One record to write. Null key or value pointers are Kafka's nulls.
struct ProducerRecord {
  const char* key = nullptr;
  const char* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  int32_t partition = kAnyPartition;  // kAnyPartition: murmur2 of the key as Java does it, random for a null key
  int64_t timestamp = -1;             // epoch millis; -1 = now
  std::span<const HeaderView> headers;
};

// Writes records; keys and values are copied by Send. Idempotent (acks=all, no duplicates on retries) unless the
// properties say otherwise. Records of one partition keep their order. One thread; several producers of one
// TransactionalProducer may each have their own.
class Producer {
 public:
  struct Core;  // the native client; of this folder
  static Result<std::unique_ptr<Producer>> Create(const ClientConfig& config);
  explicit Producer(std::shared_ptr<Core> core);  // writes through a client that others share
  // Of the last producer on a client: records not yet acknowledged are given up after at most one second, so call Flush
  // first.
  ~Producer();

  // A handle for Send. Does not ask the broker.
  Result<uint32_t> OpenTopic(const std::string& topic);
  // Asks the broker, creating the topic where the broker does that on its own.
  Result<int32_t> NumPartitions(uint32_t topic);

  // Queues the records; waits while the queue is full. Fails with the first delivery error of this or an earlier call,
  // which names topic and partition; after that every call fails with it.
  Status Send(uint32_t topic, std::span<const ProducerRecord> records);
  // On return everything sent so far on the client is acknowledged, or the first failure is returned. Waits as long as
  // `delivery.timeout.ms` (Java's default: 2 minutes) lets the records live.
  Status Flush();
  // Serves delivery reports without waiting; returns the first failure.
  Status Poll();
  // Any thread: what is wrong with the brokers, as far as it is known, while nothing could be flushed.
  std::optional<Error> ClusterTrouble() const;
  // Where the record acknowledged last stands. Known only with the property delivery.report.only.error=false.
  std::optional<TopicPartitionOffset> LastDelivered() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::kafka
