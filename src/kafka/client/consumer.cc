#include "kafka/client/consumer.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/check.h"
#include "base/log.h"
#include "base/strings.h"
#include "kafka/client/native_client.h"
#include "kafka/client/native_types.h"

namespace millrace::kafka {
namespace {

constexpr int64_t kReportPeriodNanos = 5'000'000'000;
constexpr int64_t kWakePeriodNanos = 10'000'000;  // while a partition has given nothing yet
constexpr int64_t kCoordinatorPauseMillis = 100;
constexpr int kAnswerMillis = 1'000;  // a broker that is there answers a request for metadata within it

const rd_kafka_message_t* Native(const void* pointer) { return static_cast<const rd_kafka_message_t*>(pointer); }

// A broker that has just started, or has just been given the group, refuses for a moment. librdkafka by itself asks
// only three times.
bool IsCoordinatorMoving(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;
}

TimestampType FromNative(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME: return TimestampType::kCreateTime;
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: return TimestampType::kLogAppendTime;
    case RD_KAFKA_TIMESTAMP_NOT_AVAILABLE: break;
  }
  return TimestampType::kNoTimestampType;
}

// A partition inside librdkafka: its topic object lives as long as the partition is assigned.
struct NativePlace {
  const rd_kafka_topic_t* topic = nullptr;
  int32_t partition = -1;
  bool operator==(const NativePlace&) const = default;
};
struct NativePlaceHash {
  size_t operator()(const NativePlace& place) const {
    return std::hash<const void*>()(place.topic) * 31 + static_cast<size_t>(place.partition);
  }
};

// Successive messages of one partition in the order librdkafka handed them over.
struct Segment {
  uint32_t rank = 0;  // 0 = the partition whose first message came first in this batch
  uint32_t begin = 0;
  uint32_t end = 0;
};

}  // namespace

struct PartitionConsumer::Impl {
  struct Partition {
    TopicPartition place;
    bool active = true;
    bool heard_of = false;       // a message, its end or an error came since it was added
    uint32_t rank = UINT32_MAX;  // in the batch being built
  };

  std::unique_ptr<NativeClient> client;
  QueuePtr queue;
  Clock* clock = nullptr;
  std::vector<Partition> partitions;
  std::unordered_map<NativePlace, uint32_t, NativePlaceHash> by_native_place;
  NativePlace last_place;
  uint32_t last_handle = UINT32_MAX;

  std::vector<rd_kafka_message_t*> held;  // the first num_held of them, until the next Poll
  size_t num_held = 0;
  std::vector<MessageView> messages;
  std::vector<Segment> segments;
  std::vector<uint32_t> handle_of_rank;
  std::vector<PartitionRun> runs;
  std::vector<PartitionEnd> ends;
  std::optional<Error> pending_error;  // of one message of the last batch, told after its data
  int64_t last_report_nanos = -kReportPeriodNanos;
  int64_t last_wake_nanos = 0;
  size_t num_silent = 0;  // active partitions that were not heard of
  // What was taken since the broker threads were woken, and when that is due.
  int64_t taken_records = 0;
  int64_t taken_bytes = 0;
  int64_t wake_records = 0;
  int64_t wake_bytes = 0;
  bool answer_is_old = false;  // records came after `answered` was asked: it says nothing of a later error
  std::future<bool> answered;  // whether any broker answers, while that is asked; last, as it uses the client

  ~Impl() { ReleaseHeld(); }

  void ReleaseHeld() {
    for (size_t i = 0; i < num_held; ++i) rd_kafka_message_destroy(held[i]);
    num_held = 0;
  }

  uint32_t HandleOf(const rd_kafka_message_t& message) {
    const NativePlace place{message.rkt, message.partition};
    if (place == last_place) return last_handle;
    auto it = by_native_place.find(place);
    if (it == by_native_place.end()) {
      const std::string_view topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
      uint32_t handle = UINT32_MAX;
      for (uint32_t i = 0; i < partitions.size(); ++i) {
        if (partitions[i].place.partition == message.partition && partitions[i].place.topic == topic) handle = i;
      }
      it = by_native_place.emplace(place, handle).first;
    }
    last_place = place;
    last_handle = it->second;
    return last_handle;
  }

  void ForgetNativePlaces() {
    by_native_place.clear();
    last_place = {};
    last_handle = UINT32_MAX;
  }

  // Takes what is in the queue; waits only for the first message.
  size_t Take(int64_t max_wait_millis, size_t max_messages) {
    if (held.size() < max_messages) held.resize(max_messages);
    ssize_t got = rd_kafka_consume_batch_queue(queue.get(), 0, held.data(), max_messages);
    if (got > 0 || max_wait_millis <= 0) return got > 0 ? static_cast<size_t>(got) : 0;
    // librdkafka waits the whole time for a full batch; a batch of one ends the wait with the first message.
    got = rd_kafka_consume_batch_queue(queue.get(), static_cast<int>(max_wait_millis), held.data(), 1);
    if (got <= 0) return 0;
    const ssize_t more = rd_kafka_consume_batch_queue(queue.get(), 0, held.data() + 1, max_messages - 1);
    return 1 + (more > 0 ? static_cast<size_t>(more) : 0);
  }

  void NoteHeardOf(uint32_t handle) {
    if (std::exchange(partitions[handle].heard_of, true)) return;
    --num_silent;
  }

  // librdkafka's threads stop fetching when enough waits in the queue, and do not always notice that a partition was
  // added. By themselves they look again only after up to a second.
  void KeepFetching() {
    taken_records += static_cast<int64_t>(messages.size());
    for (const MessageView& message : messages) taken_bytes += static_cast<int64_t>(message.value_size);
    if (taken_records < wake_records && taken_bytes < wake_bytes) {
      if (num_silent == 0 || !messages.empty()) return;
      const int64_t now = clock->MonotonicNanos();
      if (now - last_wake_nanos < kWakePeriodNanos) return;
      last_wake_nanos = now;
    }
    taken_records = taken_bytes = 0;
    client->WakeBrokerThreads();
  }

  void NoteMessageError(const rd_kafka_message_t& message, uint32_t handle) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ends.push_back({handle, message.offset});
      return;
    }
    if (pending_error) return;
    const TopicPartition& place = partitions[handle].place;
    Error error =
        client->MakeError(message.err, fmt::format("Cannot read topic {} partition {}", place.topic, place.partition),
                          rd_kafka_message_errstr(&message) == nullptr ? "" : rd_kafka_message_errstr(&message));
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      error.hint = "Set 'properties.auto.offset.reset' to 'earliest' or 'latest' to go on from the nearest offset.";
    }
    pending_error = std::move(error);
  }

  void AddMessage(const rd_kafka_message_t* message, uint32_t index, uint32_t handle) {
    Partition& partition = partitions[handle];
    if (partition.rank == UINT32_MAX) {
      partition.rank = static_cast<uint32_t>(handle_of_rank.size());
      handle_of_rank.push_back(handle);
    }
    if (!segments.empty() && segments.back().rank == partition.rank && segments.back().end == index) {
      segments.back().end = index + 1;
    } else {
      segments.push_back({partition.rank, index, index + 1});
    }
  }

  void AppendView(const rd_kafka_message_t* message) {
    MessageView& view = messages.emplace_back();
    view.key = static_cast<const char*>(message->key);
    view.key_size = message->key_len;
    view.value = static_cast<const char*>(message->payload);
    view.value_size = message->len;
    view.offset = message->offset;
    rd_kafka_timestamp_type_t type;
    view.timestamp = rd_kafka_message_timestamp(message, &type);
    view.timestamp_type = FromNative(type);
    view.native = message;
  }

  ConsumedBatch BuildBatch() {
    messages.clear();
    segments.clear();
    handle_of_rank.clear();
    runs.clear();
    ends.clear();
    for (uint32_t i = 0; i < num_held; ++i) {
      const uint32_t handle = HandleOf(*held[i]);
      if (handle == UINT32_MAX || !partitions[handle].active) continue;  // removed meanwhile
      NoteHeardOf(handle);
      if (held[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        NoteMessageError(*held[i], handle);
      } else {
        AddMessage(held[i], i, handle);
      }
    }
    std::stable_sort(segments.begin(), segments.end(),
                     [](const Segment& a, const Segment& b) { return a.rank < b.rank; });
    for (const Segment& segment : segments) {
      if (runs.size() <= segment.rank) {
        const auto begin = static_cast<uint32_t>(messages.size());
        runs.push_back({handle_of_rank[segment.rank], begin, begin});
      }
      for (uint32_t i = segment.begin; i < segment.end; ++i) AppendView(held[i]);
      runs.back().end = static_cast<uint32_t>(messages.size());
    }
    for (const uint32_t handle : handle_of_rank) partitions[handle].rank = UINT32_MAX;
    return {messages, runs, ends};
  }

  // librdkafka says when the brokers are gone, not when they are back; where nothing is written no record does either.
  // Waits for the answer.
  bool IsAnswered() const {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code = rd_kafka_metadata(client->handle(), 0, nullptr, &metadata, kAnswerMillis);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  // What librdkafka reported about the cluster as a whole, if it is time to say so (again). The brokers are asked on
  // another thread: Poll never waits for those that are away.
  std::optional<Error> ClusterTrouble() {
    const ClientEvents::LastError last = client->events().last_error();
    if (last.code == 0) return std::nullopt;
    if (!answered.valid()) {
      const int64_t now = clock->MonotonicNanos();
      if (now - last_report_nanos < kReportPeriodNanos) return std::nullopt;
      last_report_nanos = now;
      answer_is_old = false;
      answered = std::async(std::launch::async, [this] { return IsAnswered(); });
    }
    if (answered.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    const bool there = answered.get();
    if (answer_is_old) return std::nullopt;
    if (there) client->events().NoteSuccess();
    // What is wrong with one of them (its name, its certificate) is said each time that librdkafka finds it.
    if (there && last.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return std::nullopt;
    return client->MakeError(last.code, "Cannot read from Kafka", last.reason);
  }

  Status CheckHandle(uint32_t partition) const {
    CHECK(partition < partitions.size());
    return partitions[partition].active ? Ok() : Status(InternalError("partition was removed from the consumer"));
  }
  PartitionListPtr ListOf(uint32_t partition, int64_t offset = kNoOffset) const {
    const TopicPartitionOffset one{partitions[partition].place, offset, {}};
    return MakePartitionList(std::span(&one, 1));
  }
  std::string Where(std::string_view verb, uint32_t partition) const {
    const TopicPartition& place = partitions[partition].place;
    return fmt::format("Cannot {} topic {} partition {}", verb, place.topic, place.partition);
  }
};

std::vector<HeaderView> MessageView::Headers() const {
  std::vector<HeaderView> out;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(Native(native), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    out.push_back({name, static_cast<const char*>(value), size});
  }
  return out;
}

PartitionConsumer::PartitionConsumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartitionConsumer::~PartitionConsumer() = default;

Result<std::unique_ptr<PartitionConsumer>> PartitionConsumer::Create(const ClientConfig& config) {
  NativeProperties extra = {
      {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"enable.partition.eof", "true"}};
  // librdkafka keeps assignments inside a group object even when nobody joins a group.
  if (!config.properties.contains("group.id")) extra["group.id"] = "millrace";
  auto impl = std::make_unique<Impl>();
  MR_ASSIGN(impl->client, NativeClient::Create(config, ClientRole::kConsumer, extra));
  impl->clock = config.clock;
  impl->wake_records = std::max<int64_t>(1, ParseInt64(impl->client->Setting("queued.min.messages")).value_or(0) / 4);
  impl->wake_bytes = ParseInt64(impl->client->Setting("queued.max.messages.kbytes")).value_or(0) * 1024 / 4;
  rd_kafka_poll_set_consumer(impl->client->handle());
  impl->queue.reset(rd_kafka_queue_get_consumer(impl->client->handle()));
  return std::unique_ptr<PartitionConsumer>(new PartitionConsumer(std::move(impl)));
}

Result<uint32_t> PartitionConsumer::Add(const TopicPartitionOffset& start) {
  for (const Impl::Partition& partition : impl_->partitions) {
    if (partition.active && partition.place == start.place) return InternalError("partition is read already");
  }
  const auto handle = static_cast<uint32_t>(impl_->partitions.size());
  impl_->partitions.push_back({start.place});
  impl_->ForgetNativePlaces();
  const PartitionListPtr list = impl_->ListOf(handle, start.offset);
  if (rd_kafka_error_t* error = rd_kafka_incremental_assign(impl_->client->handle(), list.get()); error != nullptr) {
    impl_->partitions.pop_back();
    Error out = impl_->client->MakeError(
        rd_kafka_error_code(error),
        fmt::format("Cannot read topic {} partition {}", start.place.topic, start.place.partition),
        rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return out;
  }
  ++impl_->num_silent;
  return handle;
}

Status PartitionConsumer::Remove(uint32_t partition) {
  MR_TRY(impl_->CheckHandle(partition));
  impl_->NoteHeardOf(partition);
  impl_->partitions[partition].active = false;
  impl_->ForgetNativePlaces();
  const PartitionListPtr list = impl_->ListOf(partition);
  if (rd_kafka_error_t* error = rd_kafka_incremental_unassign(impl_->client->handle(), list.get()); error != nullptr) {
    Error out = impl_->client->MakeError(rd_kafka_error_code(error), impl_->Where("stop reading", partition),
                                         rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return out;
  }
  return Ok();
}

Status PartitionConsumer::Pause(uint32_t partition) {
  MR_TRY(impl_->CheckHandle(partition));
  const PartitionListPtr list = impl_->ListOf(partition);
  rd_kafka_pause_partitions(impl_->client->handle(), list.get());
  const auto code = list->elems[0].err;
  return code == 0 ? Ok() : Status(impl_->client->MakeError(code, impl_->Where("pause", partition)));
}

const TopicPartition& PartitionConsumer::place(uint32_t partition) const {
  CHECK(partition < impl_->partitions.size());
  return impl_->partitions[partition].place;
}

Result<ConsumedBatch> PartitionConsumer::Poll(int64_t max_wait_millis, size_t max_messages) {
  impl_->ReleaseHeld();
  if (impl_->pending_error) {
    Error error = std::move(*impl_->pending_error);
    impl_->pending_error.reset();
    return error;
  }
  impl_->num_held = impl_->Take(max_wait_millis, std::max<size_t>(max_messages, 1));
  const ConsumedBatch batch = impl_->BuildBatch();
  impl_->KeepFetching();
  if (!batch.messages.empty() || !batch.ends.empty()) {
    impl_->client->events().NoteSuccess();
    impl_->answer_is_old = true;
    return batch;
  }
  if (impl_->pending_error) {
    Error error = std::move(*impl_->pending_error);
    impl_->pending_error.reset();
    return error;
  }
  if (std::optional<Error> trouble = impl_->ClusterTrouble()) return std::move(*trouble);
  return batch;
}

Status PartitionConsumer::Commit(std::span<const TopicPartitionOffset> offsets) {
  if (offsets.empty()) return Ok();
  const PartitionListPtr list = MakePartitionList(offsets);
  const std::string_view what = "Cannot commit Kafka offsets";
  const auto code = rd_kafka_commit(impl_->client->handle(), list.get(), 0);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl_->client->MakeError(code, what);
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return impl_->client->MakeError(one.err,
                                      fmt::format("{} of topic {} partition {}", what, one.topic, one.partition));
    }
  }
  return Ok();
}

Status PartitionConsumer::CommitAsync(std::span<const TopicPartitionOffset> offsets) {
  if (offsets.empty()) return Ok();
  const PartitionListPtr list = MakePartitionList(offsets);
  const auto code = rd_kafka_commit(impl_->client->handle(), list.get(), 1);
  return code == 0 ? Ok() : Status(impl_->client->MakeError(code, "Cannot commit Kafka offsets"));
}

Result<std::vector<TopicPartitionOffset>> PartitionConsumer::Committed(std::span<const TopicPartition> partitions) {
  if (partitions.empty()) return std::vector<TopicPartitionOffset>{};
  const int64_t wait_millis = impl_->client->timeout_millis();
  const int64_t end = impl_->clock->MonotonicNanos() + wait_millis * 1'000'000;
  while (true) {
    const PartitionListPtr list = MakePartitionList(partitions);
    auto code = rd_kafka_committed(impl_->client->handle(), list.get(), static_cast<int>(wait_millis));
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; ++i) code = list->elems[i].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return FromPartitionList(list.get());
    if (!IsCoordinatorMoving(code) || impl_->clock->MonotonicNanos() >= end)
      return impl_->client->MakeError(code, "Cannot read committed Kafka offsets");
    impl_->clock->SleepMillis(kCoordinatorPauseMillis);
  }
}

}  // namespace millrace::kafka
