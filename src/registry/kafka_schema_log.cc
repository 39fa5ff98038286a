#include "registry/kafka_schema_log.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "kafka/client/producer.h"

namespace millrace::registry {
namespace {

constexpr int64_t kRetryMillis = 250;
constexpr int64_t kPollMillis = 100;
constexpr int64_t kMinStartMillis = 1'000;  // a broker that is there takes its time too
constexpr size_t kPollMessages = 1000;
constexpr std::string_view kJustCreated = "JUST_CREATED";
constexpr std::string_view kTimeoutCode = "50002";  // Confluent's "operation timed out"

class KafkaSchemaLog final : public SchemaLog {
 public:
  explicit KafkaSchemaLog(KafkaLogOptions options) : options_(std::move(options)) {
    auto& properties = options_.config.properties;
    properties.emplace("linger.ms", "0");
    properties.emplace("delivery.timeout.ms", std::to_string(options_.write_timeout_millis));
    properties.emplace("request.timeout.ms", std::to_string(std::min<int64_t>(10'000, options_.write_timeout_millis)));
    if (options_.config.client_id == "millrace") options_.config.client_id = "millrace-schema-registry";
  }

  ~KafkaSchemaLog() override {
    stopping_ = true;
    if (follower_.joinable()) follower_.join();
  }

  Status Start(Sink sink) override {
    sink_ = std::move(sink);
    // No request waits longer for an answer than all of the start may take.
    const int64_t wait_millis = std::max(kMinStartMillis, options_.start_timeout_millis);
    kafka::ClientConfig config = options_.config;
    config.request_timeout_millis = std::min(config.request_timeout_millis, wait_millis);
    MR_ASSIGN(admin_, kafka::AdminClient::Create(config));
    const int64_t deadline = NowMillis() + wait_millis;
    for (bool is_first = true;; is_first = false) {
      Status status = Prepare();
      if (status.ok()) break;
      const bool is_cancelled = options_.is_cancelled && options_.is_cancelled();
      if (status.error().retry == Retry::kNo || NowMillis() >= deadline || is_cancelled) {
        return std::move(status).error().InContext(fmt::format("Cannot open the schema topic '{}'", options_.topic));
      }
      if (is_first && status.error().code != kJustCreated) {
        Log(LogLevel::kWarn, "registry", "waiting for the schema topic '{}': {}", options_.topic,
            status.error().message);
      }
      options_.config.clock->SleepMillis(kRetryMillis);
    }
    MR_ASSIGN(admin_, kafka::AdminClient::Create(options_.config));
    MR_ASSIGN(consumer_, kafka::PartitionConsumer::Create(options_.config));
    MR_TRY(consumer_->Add({{options_.topic, 0}, kafka::kOffsetBeginning, ""}));
    MR_ASSIGN(const int64_t end, End());
    while (position_ < end) {
      MR_TRY(Step());
      if (position_ < end && NowMillis() >= deadline) {
        return ExternalError(
            fmt::format("Reading the schema topic '{}' took longer than {} ms", options_.topic, wait_millis));
      }
    }
    follower_ = std::thread([this] { Follow(); });
    return Ok();
  }

  Status Append(const LogRecord& record) override {
    std::lock_guard lock(write_mutex_);
    Status written = Write(record);
    if (!written.ok()) {
      producer_.reset();  // a producer that failed once fails for ever
      return std::move(written).error().InContext(fmt::format("Writing to the schema topic '{}'", options_.topic));
    }
    return WaitForEnd();
  }

  Status Sync() override { return WaitForEnd(); }

  std::string ClusterId() const override { return cluster_id_; }

 private:
  int64_t NowMillis() const { return options_.config.clock->MonotonicNanos() / 1'000'000; }

  // The topic exists with one partition when this succeeds.
  Status Prepare() {
    auto cluster = admin_->DescribeCluster();
    if (!cluster.ok()) return std::move(cluster).error();
    cluster_id_ = cluster->cluster_id;
    auto topic = admin_->DescribeTopic(options_.topic);
    if (topic.ok()) {
      if (topic->partitions.size() != 1) {
        return UserError(
            fmt::format("It has {} partitions, but the order of schemas needs exactly 1", topic->partitions.size()));
      }
      return Ok();
    }
    if (topic.error().code != "UNKNOWN_TOPIC_OR_PART") return std::move(topic).error();
    kafka::TopicSpec spec;
    spec.name = options_.topic;
    spec.num_partitions = 1;
    spec.replication_factor = options_.replication_factor;
    spec.configs["cleanup.policy"] = "compact";
    Status created = admin_->CreateTopic(spec);
    if (!created.ok() && created.error().code != "TOPIC_ALREADY_EXISTS") return created;
    // Metadata may lag behind; the next round sees the topic.
    Error error = ExternalError("It was just created");
    error.code = kJustCreated;
    return error;
  }

  Result<int64_t> End() {
    // A query of offsets waits for a broker that is away until it is back, whatever its timeout; one of metadata does
    // not.
    MR_TRY(admin_->DescribeTopic(options_.topic));
    MR_ASSIGN(const kafka::Watermarks watermarks, admin_->QueryWatermarks({options_.topic, 0}));
    return watermarks.high;
  }

  Status Write(const LogRecord& record) {
    if (producer_ == nullptr) {
      MR_ASSIGN(producer_, kafka::Producer::Create(options_.config));
      MR_ASSIGN(topic_handle_, producer_->OpenTopic(options_.topic));
    }
    kafka::ProducerRecord out;
    out.key = record.key.data();
    out.key_size = record.key.size();
    if (record.value) {
      out.value = record.value->data();
      out.value_size = record.value->size();
    }
    out.partition = 0;
    MR_TRY(producer_->Send(topic_handle_, std::span(&out, 1)));
    return producer_->Flush();
  }

  // Until the sink has seen everything that is in the topic now.
  Status WaitForEnd() {
    MR_ASSIGN(const int64_t end, End());
    std::unique_lock lock(position_mutex_);
    const bool reached = position_changed_.wait_for(lock, std::chrono::milliseconds(options_.write_timeout_millis),
                                                    [&] { return position_ >= end || failure_.has_value(); });
    if (failure_) return *failure_;
    if (reached) return Ok();
    Error error = ExternalError(fmt::format("The schema topic '{}' was not read back up to offset {} within {} ms",
                                            options_.topic, end, options_.write_timeout_millis));
    error.code = kTimeoutCode;
    return error;
  }

  // Hands the next records to the sink.
  Status Step() {
    auto polled = consumer_->Poll(kPollMillis, kPollMessages);
    if (!polled.ok()) {
      if (polled.error().retry == Retry::kNo) return std::move(polled).error();
      Log(LogLevel::kWarn, "registry", "{}", polled.error().ToString());
      return Ok();
    }
    int64_t position = position_;
    for (const kafka::MessageView& message : polled->messages) {
      if (message.key != nullptr) {
        LogRecord record;
        record.key.assign(message.key, message.key_size);
        if (message.value != nullptr) record.value.emplace(message.value, message.value_size);
        sink_(record);
      }
      position = message.offset + 1;
    }
    for (const kafka::PartitionEnd& end : polled->ends) position = std::max(position, end.offset);
    if (position != position_) {
      std::lock_guard lock(position_mutex_);
      position_ = position;
      position_changed_.notify_all();
    }
    return Ok();
  }

  void Follow() {
    while (!stopping_) {
      Status status = Step();
      if (status.ok()) continue;
      Log(LogLevel::kError, "registry", "reading the schema topic ended: {}", status.error().ToString());
      std::lock_guard lock(position_mutex_);
      failure_ = std::move(status).error();
      position_changed_.notify_all();
      return;
    }
  }

  KafkaLogOptions options_;
  Sink sink_;
  std::unique_ptr<kafka::AdminClient> admin_;
  std::unique_ptr<kafka::PartitionConsumer> consumer_;  // Start, then the follower's thread
  std::string cluster_id_;

  std::mutex write_mutex_;
  std::unique_ptr<kafka::Producer> producer_;  // under write_mutex_
  uint32_t topic_handle_ = 0;                  // under write_mutex_

  std::mutex position_mutex_;
  std::condition_variable position_changed_;
  std::atomic<int64_t> position_{0};  // next offset to read; written under position_mutex_
  std::optional<Error> failure_;      // under position_mutex_

  std::atomic<bool> stopping_{false};
  std::thread follower_;
};

}  // namespace

std::unique_ptr<SchemaLog> MakeKafkaSchemaLog(KafkaLogOptions options) {
  return std::make_unique<KafkaSchemaLog>(std::move(options));
}

}  // namespace millrace::registry
