#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/job_context.h"
#include "connectors/kafka/kafka_options.h"
#include "kafka/client/transactional_producer.h"

namespace millrace::connectors {

// Exactly-once writing to one Kafka cluster (docs/exactly-once.md): one transaction per checkpoint for all sinks of the
// job. Two transactional ids take turns, so that rows behind a barrier need not wait for the commit. The transaction
// also commits the checkpoint's name for the group "<prefix>-checkpoints": the commit is the only commit point.
class KafkaCommitter final : public connect::Committer {
 public:
  KafkaCommitter(const KafkaTable& table, const connect::JobContext& job);

  std::string name() const override;
  Result<std::optional<connect::CheckpointName>> Recover() override;
  Result<std::optional<connect::CheckpointName>> CommittedBy(const std::string& job_id) override;
  Status Begin(uint64_t checkpoint) override;
  Status Commit(const connect::CheckpointName& checkpoint) override;
  void Cancel() override;
  void Abort() override;

  // Two producers for one thread: for the checkpoint that is open and for the one after it. After Begin.
  std::vector<std::unique_ptr<kafka::Producer>> MakeProducers();

  // The committer of the table's cluster; one prefix per job and cluster, that of the first sink.
  static std::shared_ptr<KafkaCommitter> Of(const KafkaTable& table, connect::JobContext& job);

 private:
  kafka::TransactionalProducer& ProducerOf(uint64_t checkpoint) { return *producers_[checkpoint % 2]; }
  Status Start(size_t index);
  static std::string Marker(const std::string& job_id, uint64_t checkpoint);

  kafka::ClientConfig config_;
  std::string prefix_;
  std::string job_id_;
  kafka::TopicPartition marker_place_;  // some partition the job writes to
  int64_t timeout_millis_;
  std::unique_ptr<kafka::TransactionalProducer> producers_[2];
  uint64_t open_ = 0;  // the last checkpoint that was begun
};

}  // namespace millrace::connectors
