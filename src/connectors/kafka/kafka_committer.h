#pragma once

#include <memory>
#include <optional>
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
  // `broker_limit`: the brokers' transaction.max.timeout.ms; they are asked when it is not known.
  KafkaCommitter(const KafkaTable& table, const connect::JobContext& job, std::optional<int64_t> broker_limit = {});

  std::string name() const override;
  Result<std::optional<connect::CheckpointName>> Recover() override;
  Result<std::optional<connect::CheckpointName>> CommittedBy(const std::string& job_id) override;
  Status Begin(uint64_t checkpoint) override;
  Status Commit(const connect::CheckpointName& checkpoint) override;
  void Cancel() override;
  void Abort() override;

  // Two producers for one thread: for the checkpoint that is open and for the one after it. After Begin.
  std::vector<std::unique_ptr<kafka::Producer>> MakeProducers();

  // The committer of the table's cluster, with the prefix and client properties of the first sink. The others' prefixes
  // count for nothing; that other properties differ is an error. `last`: of the run before, null for the first.
  static Result<std::shared_ptr<KafkaCommitter>> Of(const KafkaTable& table, connect::JobContext& job,
                                                    const KafkaCommitter* last = nullptr);

 private:
  kafka::TransactionalProducer& ProducerOf(uint64_t checkpoint) { return *producers_[checkpoint % 2]; }
  Status Start(size_t index);
  Status CheckFits(const KafkaTable& table) const;
  static std::string Marker(const std::string& job_id, uint64_t checkpoint);

  kafka::ClientConfig config_;
  std::string table_;  // the first one
  std::string prefix_;
  std::string job_id_;
  // The first partition of each table: a script whose tables come and go still finds the marker at one it has kept.
  std::vector<kafka::TopicPartition> marker_places_;
  std::optional<int64_t> broker_limit_;
  int64_t timeout_millis_;
  std::unique_ptr<kafka::TransactionalProducer> producers_[2];
  uint64_t open_ = 0;  // the last checkpoint that was begun
};

}  // namespace millrace::connectors
