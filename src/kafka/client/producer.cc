#include "kafka/client/producer.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/check.h"
#include "base/log.h"
#include "kafka/client/native_client.h"
#include "kafka/client/producer_core.h"

namespace millrace::kafka {
namespace {

constexpr size_t kSubmitRecords = 1024;  // one rd_kafka_produce_batch call
constexpr std::chrono::milliseconds kReportWait{100};
constexpr int kTopicTries = 30;
constexpr std::chrono::milliseconds kTopicPause{100};

}  // namespace

// Reports come on a thread that polls, and only for failures unless "delivery.report.only.error" is set to false.
void OnDeliveryReport(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque) {
  const auto* client = static_cast<const NativeClient*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const TopicPartition place{rd_kafka_topic_name(message->rkt), message->partition};
    return static_cast<Producer::Core*>(client->delivery_opaque())->NoteDelivered({place, message->offset, ""});
  }
  Error error = client->MakeError(message->err, fmt::format("Cannot write to Kafka topic {} partition {}",
                                                            rd_kafka_topic_name(message->rkt), message->partition));
  // A record that was still waiting is dropped because of what another one died of.
  const bool follows =
      message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  static_cast<Producer::Core*>(client->delivery_opaque())
      ->NoteFailure(MarkFenced(message->err, std::move(error)), follows);
}

Producer::Core::~Core() {
  if (client == nullptr) return;
  rd_kafka_purge(client->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  rd_kafka_flush(client->handle(), 1'000);
}

Result<std::shared_ptr<Producer::Core>> Producer::Core::Make(const ClientConfig& config,
                                                             const NativeProperties& extra) {
  auto core = std::make_shared<Core>();
  MR_ASSIGN(core->client, NativeClient::Create(config, ClientRole::kProducer, extra, core.get()));
  return core;
}

void Producer::Core::NoteFailure(Error error, bool follows) {
  const std::lock_guard lock(mutex_);
  if (first_failure_ && (follows || !first_follows_)) return;
  first_failure_ = std::move(error);
  first_follows_ = follows;
}

void Producer::Core::PollUntil(const std::function<bool()>& reported) {
  const auto end = std::chrono::steady_clock::now() + kReportWait;
  while (!reported() && std::chrono::steady_clock::now() < end) rd_kafka_poll(client->handle(), 1);
}

bool Producer::Core::AwaitsCause() {
  const std::lock_guard lock(mutex_);
  return first_follows_ && !cause_awaited_;
}

void Producer::Core::NoteDelivered(TopicPartitionOffset place) {
  const std::lock_guard lock(mutex_);
  last_delivered_ = std::move(place);
}

std::optional<TopicPartitionOffset> Producer::Core::LastDelivered() {
  const std::lock_guard lock(mutex_);
  return last_delivered_;
}

Status Producer::Core::Failure() {
  PollUntil([this] { return !AwaitsCause(); });
  char text[512];
  const auto fatal = rd_kafka_fatal_error(client->handle(), text, sizeof text);
  const std::lock_guard lock(mutex_);
  cause_awaited_ = first_follows_;
  // Records that die of a fatal error say less than the error itself.
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR && !fatal_) {
    fatal_ = true;
    first_failure_ = MarkFenced(fatal, client->MakeError(fatal, "Cannot write to Kafka", text));
    first_failure_->retry = Retry::kNo;
  }
  return first_failure_ ? Status(*first_failure_) : Ok();
}

struct Producer::Impl {
  std::shared_ptr<Core> core;
  NativeClient* client = nullptr;  // of the core
  std::vector<rd_kafka_topic_t*> topics;
  std::vector<rd_kafka_message_t> batch;
  bool trouble_logged = false;
  bool unacknowledged = false;  // something was sent since the last time that all was acknowledged

  explicit Impl(std::shared_ptr<Core> shared) : core(std::move(shared)), client(core->client.get()) {}
  ~Impl() {
    for (rd_kafka_topic_t* topic : topics) rd_kafka_topic_destroy(topic);
  }

  Status Failure() { return core->Failure(); }

  // Lets the broker threads make room. Reports of records that died while waiting end the wait.
  Status WaitForRoom() {
    rd_kafka_poll(client->handle(), 5);
    LogTrouble();
    return Failure();
  }

  std::optional<Error> ClusterTrouble() const {
    const ClientEvents::LastError last = client->events().last_error();
    if (last.code == 0) return std::nullopt;
    return client->MakeError(last.code, "Cannot write to Kafka", last.reason);
  }

  // The brokers have taken what was sent: an earlier error is over.
  void NoteAcknowledged() {
    client->events().NoteSuccess();
    trouble_logged = false;
  }

  // Once until something is acknowledged.
  void LogTrouble() {
    const std::optional<Error> trouble = trouble_logged ? std::nullopt : ClusterTrouble();
    if (!trouble) return;
    Log(LogLevel::kWarn, "kafka", "{}; waiting", trouble->ToString());
    trouble_logged = true;
  }

  // A transaction in which a record died takes no more: what that record died of says more than the refusal, and its
  // report may be on its way.
  Error SubmitError(int code, uint32_t topic) {
    if (code == RD_KAFKA_RESP_ERR__STATE) core->PollUntil([&] { return !Failure().ok(); });
    rd_kafka_poll(client->handle(), 0);
    if (Status failure = Failure(); !failure.ok()) return std::move(failure).error();
    return client->MakeError(code, fmt::format("Cannot write to Kafka topic {}", rd_kafka_topic_name(topics[topic])));
  }

  Status SendOne(uint32_t topic, const ProducerRecord& record) {
    rd_kafka_headers_t* headers = nullptr;
    if (!record.headers.empty()) {
      headers = rd_kafka_headers_new(record.headers.size());
      for (const HeaderView& header : record.headers) {
        rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()), header.value,
                            static_cast<ssize_t>(header.size));
      }
    }
    while (true) {
      const auto code =
          rd_kafka_producev(client->handle(), RD_KAFKA_V_RKT(topics[topic]), RD_KAFKA_V_PARTITION(record.partition),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(record.key, record.key_size),
                            RD_KAFKA_V_VALUE(const_cast<char*>(record.value), record.value_size),
                            RD_KAFKA_V_TIMESTAMP(record.timestamp < 0 ? 0 : record.timestamp),
                            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok();  // the headers now belong to librdkafka
      Status status = code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? WaitForRoom() : Status(SubmitError(code, topic));
      if (!status.ok()) {
        if (headers != nullptr) rd_kafka_headers_destroy(headers);
        return status;
      }
    }
  }

  // Submits `batch`, again and again until the queue took all of it. Once the queue is full librdkafka refuses the rest
  // of a call, so records never overtake one another.
  Status SubmitBatch(uint32_t topic) {
    bool waited = false;
    while (!batch.empty()) {
      const int count = static_cast<int>(batch.size());
      const int taken = rd_kafka_produce_batch(topics[topic], RD_KAFKA_PARTITION_UA,
                                               RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, batch.data(), count);
      if (taken == count) break;
      size_t kept = 0;
      for (rd_kafka_message_t& message : batch) {
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        if (message.err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return SubmitError(message.err, topic);
        message.err = RD_KAFKA_RESP_ERR_NO_ERROR;
        batch[kept++] = message;
      }
      batch.resize(kept);
      MR_TRY(WaitForRoom());
      waited = true;
    }
    if (waited) NoteAcknowledged();
    batch.clear();
    return Ok();
  }
};

Producer::Producer(std::shared_ptr<Core> core) : impl_(std::make_unique<Impl>(std::move(core))) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::Create(const ClientConfig& config) {
  MR_ASSIGN(auto core, Core::Make(config, {}));
  return std::make_unique<Producer>(std::move(core));
}

Result<uint32_t> Producer::OpenTopic(const std::string& topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(impl_->client->handle(), topic.c_str(), nullptr);
  if (handle == nullptr) {
    return impl_->client->MakeError(rd_kafka_last_error(), fmt::format("Cannot open Kafka topic '{}'", topic));
  }
  impl_->topics.push_back(handle);
  return static_cast<uint32_t>(impl_->topics.size() - 1);
}

Result<int32_t> Producer::NumPartitions(uint32_t topic) {
  CHECK(topic < impl_->topics.size());
  const std::string what =
      fmt::format("Cannot read the partitions of Kafka topic '{}'", rd_kafka_topic_name(impl_->topics[topic]));
  // A topic that is just being made is unknown or without a leader until the brokers have heard of it.
  for (int tries = 1;; ++tries) {
    const struct rd_kafka_metadata* metadata = nullptr;
    const auto code =
        rd_kafka_metadata(impl_->client->handle(), 0, impl_->topics[topic], &metadata, impl_->client->timeout_millis());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_poll(impl_->client->handle(), 0);
      return impl_->client->MakeError(code, what);
    }
    const int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    auto topic_code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    rd_kafka_metadata_destroy(metadata);
    if (topic_code == RD_KAFKA_RESP_ERR_NO_ERROR && count > 0) {
      rd_kafka_poll(impl_->client->handle(), 0);
      impl_->client->events().NoteSuccess();
      return count;
    }
    if (topic_code == RD_KAFKA_RESP_ERR_NO_ERROR) topic_code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    const bool may_come =
        topic_code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || topic_code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    if (!may_come || tries == kTopicTries) return impl_->client->MakeError(topic_code, what);
    std::this_thread::sleep_for(kTopicPause);
  }
}

Status Producer::Send(uint32_t topic, std::span<const ProducerRecord> records) {
  CHECK(topic < impl_->topics.size());
  MR_TRY(impl_->Failure());
  impl_->unacknowledged |= !records.empty();
  impl_->batch.clear();
  for (const ProducerRecord& record : records) {
    if (record.timestamp >= 0 || !record.headers.empty()) {
      // The batch call knows no timestamps and headers. What was collected so far goes first, to keep the order.
      MR_TRY(impl_->SubmitBatch(topic));
      MR_TRY(impl_->SendOne(topic, record));
      continue;
    }
    rd_kafka_message_t& message = impl_->batch.emplace_back();
    message = {};
    message.partition = record.partition;
    message.payload = const_cast<char*>(record.value);
    message.len = record.value_size;
    message.key = const_cast<char*>(record.key);
    message.key_len = record.key_size;
    if (impl_->batch.size() == kSubmitRecords) MR_TRY(impl_->SubmitBatch(topic));
  }
  MR_TRY(impl_->SubmitBatch(topic));
  rd_kafka_poll(impl_->client->handle(), 0);
  return impl_->Failure();
}

Status Producer::Flush() {
  // Every record is acknowledged or dies after delivery.timeout.ms, so this ends.
  while (rd_kafka_flush(impl_->client->handle(), 1'000) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    MR_TRY(impl_->Failure());
    impl_->LogTrouble();
  }
  MR_TRY(impl_->Failure());
  // Nothing was asked of the brokers when nothing was sent: they may be away.
  if (std::exchange(impl_->unacknowledged, false)) impl_->NoteAcknowledged();
  return Ok();
}

std::optional<Error> Producer::ClusterTrouble() const { return impl_->ClusterTrouble(); }

Status Producer::Poll() {
  rd_kafka_poll(impl_->client->handle(), 0);
  if (impl_->unacknowledged && rd_kafka_outq_len(impl_->client->handle()) == 0) {
    impl_->unacknowledged = false;
    impl_->NoteAcknowledged();
  }
  return impl_->Failure();
}

std::optional<TopicPartitionOffset> Producer::LastDelivered() const { return impl_->core->LastDelivered(); }

}  // namespace millrace::kafka
