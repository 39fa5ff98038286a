#include "connectors/kafka/kafka_sink.h"

#include <atomic>

#include <fmt/format.h>

#include "base/failpoint.h"
#include "connectors/kafka/kafka_committer.h"
#include "connectors/kafka/record_encoder.h"
#include "connectors/kafka/upsert_buffer.h"
#include "kafka/client/partitioner.h"
#include "kafka/client/producer.h"

namespace millrace::connectors {
namespace {

constexpr int64_t kLongMillis = 1'000;             // brokers that are there answer within it
constexpr int64_t kPartitionsMillis = 5 * 60'000;  // how long a partition count is believed, as in Java's producer

// Where records go: one producer, or with transactions two that take turns at every checkpoint.
struct Outlet {
  std::unique_ptr<kafka::Producer> producer;
  uint32_t topic = 0;

  static Result<Outlet> Open(std::unique_ptr<kafka::Producer> producer, const std::string& topic) {
    Outlet outlet{std::move(producer)};
    MR_ASSIGN(outlet.topic, outlet.producer->OpenTopic(topic));
    return outlet;
  }
};

class KafkaWriter final : public connect::SinkWriter {
 public:
  // `outlets`: one, or the one of the checkpoint to come and the one after it.
  KafkaWriter(std::shared_ptr<const KafkaTable> table, std::unique_ptr<RecordEncoder> encoder,
              std::vector<Outlet> outlets, uint32_t slot)
      : table_(std::move(table)),
        encoder_(std::move(encoder)),
        outlets_(std::move(outlets)),
        slot_(slot),
        sticky_(0x5a1e5 + slot) {}

  Status Write(const Batch& batch) override {
    if (batch.num_rows == 0) return Ok();
    MR_ASSIGN(const std::span<kafka::ProducerRecord> records, encoder_->Encode(batch));
    if (table_->buffer_rows == 0) return Send(records);
    for (const kafka::ProducerRecord& record : records) {
      buffer_.Put(record);
      if (buffer_.size() >= table_->buffer_rows) MR_TRY(SendBuffer());
    }
    return Ok();
  }

  Status Flush() override {
    MR_TRY(SendBuffer());
    return Waiting([&] { return producer().Flush(); });
  }

  Status Close() override { return outlets_.size() > 1 ? Ok() : Flush(); }

  // All is acknowledged before the next transaction's first record is sent, so that a partition keeps its order.
  Status PrepareCommit(uint64_t) override {
    if (table_->guarantee == DeliveryGuarantee::kNone) return producer().Poll();
    FailPoint("kafka.flush");
    MR_TRY(Flush());
    FailPoint("kafka.flushed");
    current_.store((current_ + 1) % outlets_.size());
    return Ok();
  }

  Status OnTimer(int64_t now_millis) override {
    if (buffer_.size() > 0) {
      if (buffered_since_millis_ == 0) buffered_since_millis_ = now_millis;
      if (now_millis - buffered_since_millis_ >= table_->buffer_millis) MR_TRY(SendBuffer());
    }
    return producer().Poll();
  }

  int64_t BytesWritten() const override { return bytes_written_; }

  connect::Trouble trouble() const override {
    const int64_t since = waiting_since_millis_.load(std::memory_order_relaxed);
    if (since == 0 || table_->environment->clock->WallMillis() - since < kLongMillis) return {};
    const auto error = producer().ClusterTrouble();
    return error ? connect::Trouble{error->ToString(), since} : connect::Trouble{};
  }

 private:
  // A call that may wait for the brokers.
  template <typename Call>
  Status Waiting(const Call& call) {
    waiting_since_millis_.store(table_->environment->clock->WallMillis(), std::memory_order_relaxed);
    Status status = call();
    waiting_since_millis_.store(0, std::memory_order_relaxed);
    return status;
  }

  kafka::Producer& producer() const { return *outlets_[current_].producer; }

  Status SendBuffer() {
    buffered_since_millis_ = 0;
    if (buffer_.size() == 0) return Ok();
    MR_TRY(Send(buffer_.View()));
    buffer_.Clear();
    return Ok();
  }

  Status Send(std::span<kafka::ProducerRecord> records) {
    MR_TRY(Waiting([&] { return LearnPartitions(); }));
    for (kafka::ProducerRecord& record : records) {
      record.partition = PartitionOf(record);
      bytes_written_ += static_cast<int64_t>(record.key_size + record.value_size);
    }
    return Waiting([&] { return producer().Send(outlets_[current_].topic, records); });
  }

  int32_t PartitionOf(const kafka::ProducerRecord& record) {
    switch (table_->partitioner) {
      case PartitionerKind::kFixed: return static_cast<int32_t>(slot_ % static_cast<uint32_t>(num_partitions_));
      case PartitionerKind::kRoundRobin: return round_robin_.Next(num_partitions_);
      case PartitionerKind::kDefault: break;
    }
    if (record.key != nullptr) return kafka::PartitionForKey({record.key, record.key_size}, num_partitions_);
    return sticky_.Next(static_cast<int64_t>(record.value_size), num_partitions_);
  }

  Status LearnPartitions() {
    const int64_t now = table_->environment->clock->MonotonicNanos() / 1'000'000;
    if (num_partitions_ > 0 && now - learned_millis_ < kPartitionsMillis) return Ok();
    const auto count = producer().NumPartitions(outlets_[current_].topic);
    if (count.ok()) {
      num_partitions_ = *count;
    } else if (num_partitions_ == 0 || count.error().retry == Retry::kNo) {
      return count.error();
    }
    learned_millis_ = now;
    return Ok();
  }

  std::shared_ptr<const KafkaTable> table_;
  std::unique_ptr<RecordEncoder> encoder_;
  std::vector<Outlet> outlets_;
  std::atomic<size_t> current_ = 0;  // other threads read it
  uint32_t slot_;
  int32_t num_partitions_ = 0;
  int64_t learned_millis_ = 0;
  kafka::StickyPartitioner sticky_;
  kafka::RoundRobinPartitioner round_robin_;
  UpsertBuffer buffer_;
  int64_t bytes_written_ = 0;
  int64_t buffered_since_millis_ = 0;
  std::atomic<int64_t> waiting_since_millis_{0};  // 0 = no call is waiting
};

class KafkaSink final : public connect::Sink {
 public:
  KafkaSink(KafkaTable table, std::vector<connect::MetadataColumn> metadata)
      : table_(std::make_shared<const KafkaTable>(std::move(table))), metadata_(std::move(metadata)) {}

  Result<std::unique_ptr<RecordEncoder>> MakeEncoder() const { return RecordEncoder::Create(*table_, metadata_); }

  std::optional<connect::ExternalUse> use() const override { return table_->UseAsSink(); }
  Operators operators() const override { return Operators::kWriterAndCommitter; }

  Status Join(connect::JobContext& job) override {
    const auto last = std::exchange(committer_, nullptr);
    if (!table_->WantsTransactions(job.exactly_once)) return Ok();
    if (!job.checkpoints) {
      return ValidationError(fmt::format("Table {} writes exactly once, but nothing would ever be committed: the job "
                                         "takes no checkpoints.",
                                         table_->name))
          .WithHint("SET 'execution.checkpointing.interval' = '10 s';");
    }
    MR_ASSIGN(committer_, KafkaCommitter::Of(*table_, job, last.get()));
    return Ok();
  }

  Result<std::unique_ptr<connect::SinkWriter>> CreateWriter(uint32_t slot, uint32_t parallelism) override {
    MR_ASSIGN(auto encoder, MakeEncoder());
    std::vector<Outlet> outlets;
    if (committer_ == nullptr) {
      MR_ASSIGN(auto producer, kafka::Producer::Create(table_->client));
      MR_ASSIGN(outlets.emplace_back(), Outlet::Open(std::move(producer), table_->topics[0]));
    } else {
      for (auto& producer : committer_->MakeProducers()) {
        MR_ASSIGN(outlets.emplace_back(), Outlet::Open(std::move(producer), table_->topics[0]));
      }
    }
    return std::unique_ptr<connect::SinkWriter>(
        std::make_unique<KafkaWriter>(table_, std::move(encoder), std::move(outlets), slot));
  }

 private:
  std::shared_ptr<KafkaCommitter> committer_;  // of the current run; null = no transactions
  std::shared_ptr<const KafkaTable> table_;
  std::vector<connect::MetadataColumn> metadata_;
};

}  // namespace

Result<std::unique_ptr<connect::Sink>> MakeKafkaSink(KafkaTable table, std::vector<connect::MetadataColumn> metadata) {
  auto sink = std::make_unique<KafkaSink>(std::move(table), std::move(metadata));
  MR_TRY(sink->MakeEncoder());  // so that a format that cannot write the columns says so at once
  return std::unique_ptr<connect::Sink>(std::move(sink));
}

}  // namespace millrace::connectors
