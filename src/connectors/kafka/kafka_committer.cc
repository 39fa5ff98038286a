#include "connectors/kafka/kafka_committer.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/strings.h"
#include "kafka/client/admin.h"

namespace millrace::connectors {
namespace {

constexpr int64_t kDefaultTimeoutMillis = 3'600'000;  // Flink's for its sink
constexpr int64_t kBrokerDefaultMillis = 900'000;     // transaction.max.timeout.ms of an unconfigured broker
constexpr int64_t kAskMillis = 5'000;
constexpr const char* kMarkerWords = "millrace job ";

// What the brokers allow; nullopt when they do not say.
std::optional<int64_t> BrokerLimit(kafka::ClientConfig config) {
  config.request_timeout_millis = kAskMillis;
  const auto admin = kafka::AdminClient::Create(config);
  if (!admin.ok()) return std::nullopt;
  const auto cluster = (*admin)->DescribeCluster();
  if (!cluster.ok() || cluster->brokers.empty()) return std::nullopt;
  const auto entries =
      (*admin)->DescribeConfigs(kafka::ConfigResource::kBroker, std::to_string(cluster->brokers[0].id));
  if (!entries.ok()) return std::nullopt;
  for (const kafka::ConfigEntry& entry : *entries) {
    if (entry.name == "transaction.max.timeout.ms" && entry.value) return ParseInt64(*entry.value);
  }
  return std::nullopt;
}

}  // namespace

KafkaCommitter::KafkaCommitter(const KafkaTable& table, const connect::JobContext& job,
                               std::optional<int64_t> broker_limit)
    : config_(table.client),
      table_(table.name),
      prefix_(table.transactional_id_prefix.empty() ? "millrace-" + job.job_name : table.transactional_id_prefix),
      job_id_(job.job_id),
      marker_places_{{table.topics[0], 0}},
      broker_limit_(broker_limit),
      timeout_millis_(kDefaultTimeoutMillis) {
  const auto given = config_.properties.find("transaction.timeout.ms");
  if (given != config_.properties.end()) timeout_millis_ = ParseInt64(given->second).value_or(kDefaultTimeoutMillis);
  if (!broker_limit_) broker_limit_ = BrokerLimit(config_);
  const int64_t limit = broker_limit_.value_or(kBrokerDefaultMillis);
  if (timeout_millis_ > limit) {
    Log(LogLevel::kWarn, "kafka",
        "Table {}: the brokers allow transactions of at most {} s (transaction.max.timeout.ms), not {} s: {} s is "
        "used.",
        table.name, limit / 1000, timeout_millis_ / 1000, limit / 1000);
    timeout_millis_ = limit;
  }
  if (job.unit_millis > timeout_millis_) {
    Log(LogLevel::kWarn, "kafka",
        "Table {}: a checkpoint may take {} s with its interval, a transaction only {} s: raise "
        "'properties.transaction.timeout.ms' or lower 'execution.checkpointing.timeout'.",
        table.name, job.unit_millis / 1000, timeout_millis_ / 1000);
  }
}

Result<std::shared_ptr<KafkaCommitter>> KafkaCommitter::Of(const KafkaTable& table, connect::JobContext& job,
                                                           const KafkaCommitter* last) {
  auto& committer = job.committers["kafka:" + table.client.bootstrap_servers()];
  if (committer == nullptr) {
    committer = std::make_shared<KafkaCommitter>(table, job, last == nullptr ? std::nullopt : last->broker_limit_);
    return std::static_pointer_cast<KafkaCommitter>(committer);
  }
  auto shared = std::static_pointer_cast<KafkaCommitter>(committer);
  MR_TRY(shared->CheckFits(table));
  const kafka::TopicPartition place{table.topics[0], 0};
  if (std::ranges::find(shared->marker_places_, place) == shared->marker_places_.end())
    shared->marker_places_.push_back(place);
  return shared;
}

// One transaction is one client.
Status KafkaCommitter::CheckFits(const KafkaTable& table) const {
  if (!table.transactional_id_prefix.empty() && table.transactional_id_prefix != prefix_) {
    Log(LogLevel::kInfo, "kafka", "Table {}: its rows are in the transactions of table {}, whose ids start with '{}'.",
        table.name, table_, prefix_);
  }
  MR_ASSIGN(kafka::NativeProperties ours, kafka::TranslateProperties(config_.properties, kafka::ClientRole::kProducer));
  MR_ASSIGN(kafka::NativeProperties theirs,
            kafka::TranslateProperties(table.client.properties, kafka::ClientRole::kProducer));
  for (auto* properties : {&ours, &theirs}) properties->erase("client.id");
  std::vector<std::pair<std::string, std::string>> differences;
  std::set_symmetric_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                std::back_inserter(differences));
  if (differences.empty()) return Ok();
  return ValidationError(fmt::format("Tables {} and {} write exactly once to one Kafka cluster, with one producer, but "
                                     "their client properties differ in '{}'.",
                                     table_, table.name, differences[0].first))
      .WithHint("Give both the same, write them by two jobs, or set 'sink.delivery-guarantee' = 'at-least-once'.");
}

std::string KafkaCommitter::name() const { return "Kafka at " + config_.bootstrap_servers(); }

Status KafkaCommitter::Start(size_t index) {
  const std::string id = fmt::format("{}-{}", prefix_, index);
  MR_ASSIGN(producers_[index], kafka::TransactionalProducer::Create(config_, id, timeout_millis_));
  FailPoint("kafka.init");
  Status started = producers_[index]->Init();
  FailPoint("kafka.fenced");
  if (started.ok() || started.error().code != "INVALID_TRANSACTION_TIMEOUT") return started;
  return std::move(started.error())
      .WithHint("Set 'properties.transaction.timeout.ms' to at most the brokers' transaction.max.timeout.ms.");
}

Result<std::optional<connect::CheckpointName>> KafkaCommitter::Recover() {
  // Both before the marker is read: then nobody can commit any more.
  for (size_t index = 0; index < 2; ++index) MR_TRY(Start(index));
  auto marker = CommittedBy(job_id_);
  FailPoint("kafka.marker.read");
  return marker;
}

std::string KafkaCommitter::Marker(const std::string& job_id, uint64_t checkpoint) {
  return fmt::format("{}{} checkpoint {} taken by ", kMarkerWords, job_id, checkpoint);
}

Result<std::optional<connect::CheckpointName>> KafkaCommitter::CommittedBy(const std::string& job_id) {
  kafka::ClientConfig config = config_;
  config.properties["isolation.level"] = "read_committed";  // waits for offsets of transactions that are just ending
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(config));
  const std::string group = prefix_ + "-checkpoints";
  MR_ASSIGN(const auto offsets, admin->GroupOffsets(group, marker_places_));
  std::optional<connect::CheckpointName> newest;
  for (const kafka::TopicPartitionOffset& offset : offsets) {
    if (offset.offset < 0) continue;
    // Another job's number says nothing of this one.
    const auto number = static_cast<uint64_t>(offset.offset);
    const std::string words = Marker(job_id, number);
    if (!offset.metadata.starts_with(words) || (newest && newest->number >= number)) continue;
    newest = {number, offset.metadata.substr(words.size())};
  }
  return newest;
}

Status KafkaCommitter::Begin(uint64_t checkpoint) {
  FailPoint("kafka.begin");
  MR_TRY(ProducerOf(checkpoint).Begin());
  open_ = checkpoint;
  FailPoint("kafka.begun");
  return Ok();
}

Status KafkaCommitter::Commit(const connect::CheckpointName& checkpoint) {
  FailPoint("kafka.commit");
  std::vector<kafka::TopicPartitionOffset> markers;
  for (const kafka::TopicPartition& place : marker_places_) {
    markers.push_back(
        {place, static_cast<int64_t>(checkpoint.number), Marker(job_id_, checkpoint.number) + checkpoint.taken_by});
  }
  MR_TRY(ProducerOf(checkpoint.number).Commit(prefix_ + "-checkpoints", markers));
  FailPoint("kafka.committed");
  return Ok();
}

void KafkaCommitter::Cancel() {
  for (auto& producer : producers_) producer->Cancel();
}

void KafkaCommitter::Abort() {
  FailPoint("kafka.abort");
  for (auto& producer : producers_) producer.reset();
  FailPoint("kafka.aborted");
}

std::vector<std::unique_ptr<kafka::Producer>> KafkaCommitter::MakeProducers() {
  std::vector<std::unique_ptr<kafka::Producer>> out;
  out.push_back(ProducerOf(open_).MakeProducer());
  out.push_back(ProducerOf(open_ + 1).MakeProducer());
  return out;
}

}  // namespace millrace::connectors
