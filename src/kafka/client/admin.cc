#include "kafka/client/admin.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/client/admin_call.h"

namespace millrace::kafka {
namespace {

constexpr int kTopicTries = 30;
constexpr std::chrono::milliseconds kTopicPause{100};
constexpr int kLeaderTries = 10;

struct MetadataDeleter {
  void operator()(const struct rd_kafka_metadata* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using MetadataPtr = std::unique_ptr<const struct rd_kafka_metadata, MetadataDeleter>;

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

std::string TopicWords(std::string_view verb, const std::string& topic) {
  return fmt::format("Cannot {} Kafka topic '{}'", verb, topic);
}

TopicDescription Describe(const rd_kafka_metadata_topic& topic) {
  TopicDescription out{topic.topic, {}};
  for (int p = 0; p < topic.partition_cnt; ++p) {
    const rd_kafka_metadata_partition& partition = topic.partitions[p];
    PartitionDescription description;
    description.id = partition.id;
    description.leader = partition.leader;
    description.replicas.assign(partition.replicas, partition.replicas + partition.replica_cnt);
    description.in_sync_replicas.assign(partition.isrs, partition.isrs + partition.isr_cnt);
    out.partitions.push_back(std::move(description));
  }
  std::sort(out.partitions.begin(), out.partitions.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

Result<MetadataPtr> QueryMetadata(NativeClient& client, rd_kafka_topic_t* topic, std::string_view what) {
  const struct rd_kafka_metadata* metadata = nullptr;
  const auto code =
      rd_kafka_metadata(client.handle(), topic == nullptr ? 1 : 0, topic, &metadata, client.timeout_millis());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_poll(client.handle(), 0);
    return client.MakeError(code, what);
  }
  return MetadataPtr(metadata);
}

// One partition of a new topic whose leader does not know it yet fails the whole lookup.
bool IsLeaderMoving(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

Result<std::vector<TopicPartitionOffset>> QueryOffsets(const AdminClient::Impl& impl,
                                                       std::span<const TopicPartition> partitions, int64_t time,
                                                       OnMissing missing = OnMissing::kFail) {
  if (partitions.empty()) return std::vector<TopicPartitionOffset>{};
  PartitionListPtr list;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (int tries = 0; tries < kLeaderTries; ++tries) {
    list = MakePartitionList(partitions);
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = time;
    code = rd_kafka_offsets_for_times(impl.client->handle(), list.get(), impl.client->timeout_millis());
    if (!IsLeaderMoving(code)) break;
    std::this_thread::sleep_for(kTopicPause);
  }
  const std::string_view what = "Cannot look up Kafka offsets";
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl.FailedQuery(code, what);
  for (int i = 0; i < list->cnt; ++i) {
    rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR && missing == OnMissing::kSkip) {
      one.offset = kNoOffset;
      continue;
    }
    MR_TRY(
        impl.ItemStatus(one.err, fmt::format("{} in topic {} partition {}", what, one.topic, one.partition), nullptr));
  }
  return FromPartitionList(list.get());
}

}  // namespace

Result<EventPtr> AdminClient::Impl::Call(int operation, std::string_view what, const Start& start) const {
  rd_kafka_t* handle = client->handle();
  const QueuePtr queue(rd_kafka_queue_new(handle));
  const AdminOptionsPtr options(rd_kafka_AdminOptions_new(handle, static_cast<rd_kafka_admin_op_t>(operation)));
  char reason[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), client->timeout_millis(), reason, sizeof reason);
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_DELETETOPICS ||
      operation == RD_KAFKA_ADMIN_OP_DELETERECORDS) {
    // The broker answers only after the change reached its metadata.
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), client->timeout_millis(), reason, sizeof reason);
  }
  start(handle, options.get(), queue.get());
  EventPtr event(rd_kafka_queue_poll(queue.get(), client->timeout_millis() + 2'000));
  if (event == nullptr) return FailedQuery(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_poll(handle, 0);
    return client->MakeError(code, what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Status AdminClient::Impl::ItemStatus(int code, std::string_view what, const char* text) const {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok();
  return client->MakeError(code, what, text == nullptr ? "" : text);
}

Error AdminClient::Impl::FailedQuery(int code, std::string_view what) const {
  rd_kafka_poll(client->handle(), 0);
  return client->MakeError(code, what);
}

AdminClient::AdminClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminClient::~AdminClient() = default;

Result<std::unique_ptr<AdminClient>> AdminClient::Create(const ClientConfig& config) {
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  // A client of the consumer kind: asking for a topic never creates it.
  MR_ASSIGN(impl->client, NativeClient::Create(config, ClientRole::kAdmin, {}));
  return std::unique_ptr<AdminClient>(new AdminClient(std::move(impl)));
}

Status AdminClient::CreateTopic(const TopicSpec& spec) {
  const std::string what = TopicWords("create", spec.name);
  char reason[256] = "";
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new(spec.name.c_str(), spec.num_partitions, spec.replication_factor, reason, sizeof reason);
  if (topic == nullptr) return UserError(fmt::format("{}: {}", what, reason));
  for (const auto& [name, value] : spec.configs) rd_kafka_NewTopic_set_config(topic, name.c_str(), value.c_str());
  auto event = impl_->Call(RD_KAFKA_ADMIN_OP_CREATETOPICS, what, [topic](auto* handle, auto* options, auto* queue) {
    rd_kafka_NewTopic_t* topics[] = {topic};
    rd_kafka_CreateTopics(handle, topics, 1, options, queue);
  });
  rd_kafka_NewTopic_destroy(topic);
  if (!event.ok()) return std::move(event).error();
  size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    MR_TRY(impl_->ItemStatus(rd_kafka_topic_result_error(results[i]), what,
                             rd_kafka_topic_result_error_string(results[i])));
  }
  // Brokers hear of a new topic a moment after its creation was answered. Whoever uses it later retries by itself.
  for (int tries = 0; tries < kTopicTries; ++tries) {
    const auto description = DescribeTopic(spec.name);
    if (description.ok() && !description->partitions.empty() &&
        std::all_of(description->partitions.begin(), description->partitions.end(),
                    [](const auto& one) { return one.leader >= 0; })) {
      break;
    }
    std::this_thread::sleep_for(kTopicPause);
  }
  return Ok();
}

Status AdminClient::DeleteTopic(const std::string& topic) {
  const std::string what = TopicWords("delete", topic);
  rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic.c_str());
  auto event = impl_->Call(RD_KAFKA_ADMIN_OP_DELETETOPICS, what, [request](auto* handle, auto* options, auto* queue) {
    rd_kafka_DeleteTopic_t* topics[] = {request};
    rd_kafka_DeleteTopics(handle, topics, 1, options, queue);
  });
  rd_kafka_DeleteTopic_destroy(request);
  if (!event.ok()) return std::move(event).error();
  size_t count = 0;
  const auto* results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    MR_TRY(impl_->ItemStatus(rd_kafka_topic_result_error(results[i]), what,
                             rd_kafka_topic_result_error_string(results[i])));
  }
  return Ok();
}

Status AdminClient::DeleteRecords(std::span<const TopicPartitionOffset> before) {
  const std::string_view what = "Cannot delete Kafka records";
  const PartitionListPtr list = MakePartitionList(before);
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
  auto event = impl_->Call(RD_KAFKA_ADMIN_OP_DELETERECORDS, what, [request](auto* handle, auto* options, auto* queue) {
    rd_kafka_DeleteRecords_t* requests[] = {request};
    rd_kafka_DeleteRecords(handle, requests, 1, options, queue);
  });
  rd_kafka_DeleteRecords_destroy(request);
  if (!event.ok()) return std::move(event).error();
  const auto* offsets = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event->get()));
  for (int i = 0; i < offsets->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = offsets->elems[i];
    MR_TRY(impl_->ItemStatus(one.err, fmt::format("{} of topic {} partition {}", what, one.topic, one.partition),
                             nullptr));
  }
  return Ok();
}

Result<std::vector<std::string>> AdminClient::ListTopics() {
  MR_ASSIGN(const MetadataPtr metadata, QueryMetadata(*impl_->client, nullptr, "Cannot list Kafka topics"));
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) names.emplace_back(metadata->topics[i].topic);
  std::sort(names.begin(), names.end());
  return names;
}

Result<TopicDescription> AdminClient::DescribeTopic(const std::string& topic) {
  const std::string what = TopicWords("read the partitions of", topic);
  const std::unique_ptr<rd_kafka_topic_t, TopicDeleter> handle(
      rd_kafka_topic_new(impl_->client->handle(), topic.c_str(), nullptr));
  if (handle == nullptr) return impl_->FailedQuery(rd_kafka_last_error(), what);
  MR_ASSIGN(const MetadataPtr metadata, QueryMetadata(*impl_->client, handle.get(), what));
  if (metadata->topic_cnt != 1) return impl_->FailedQuery(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, what);
  MR_TRY(impl_->ItemStatus(metadata->topics[0].err, what, nullptr));
  return Describe(metadata->topics[0]);
}

Result<std::vector<TopicDescription>> AdminClient::DescribeTopics() {
  MR_ASSIGN(const MetadataPtr metadata, QueryMetadata(*impl_->client, nullptr, "Cannot list Kafka topics"));
  std::vector<TopicDescription> out;
  for (int i = 0; i < metadata->topic_cnt; ++i) out.push_back(Describe(metadata->topics[i]));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<ClusterDescription> AdminClient::DescribeCluster() {
  const std::string_view what = "Cannot describe the Kafka cluster";
  MR_ASSIGN(const MetadataPtr metadata, QueryMetadata(*impl_->client, nullptr, what));
  ClusterDescription out;
  for (int i = 0; i < metadata->broker_cnt; ++i) {
    out.brokers.push_back({metadata->brokers[i].id, metadata->brokers[i].host, metadata->brokers[i].port});
  }
  rd_kafka_t* handle = impl_->client->handle();
  if (char* id = rd_kafka_clusterid(handle, impl_->client->timeout_millis()); id != nullptr) {
    out.cluster_id = id;
    rd_kafka_mem_free(handle, id);
  }
  out.controller = rd_kafka_controllerid(handle, impl_->client->timeout_millis());
  return out;
}

Result<Watermarks> AdminClient::QueryWatermarks(const TopicPartition& place) {
  Watermarks out;
  const auto code = rd_kafka_query_watermark_offsets(impl_->client->handle(), place.topic.c_str(), place.partition,
                                                     &out.low, &out.high, impl_->client->timeout_millis());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  return impl_->FailedQuery(
      code, fmt::format("Cannot read the offsets of topic {} partition {}", place.topic, place.partition));
}

Result<std::vector<TopicPartitionOffset>> AdminClient::OffsetsForTime(std::span<const TopicPartition> partitions,
                                                                      int64_t epoch_millis) {
  return QueryOffsets(*impl_, partitions, epoch_millis);
}

// The ListOffsets request takes these two numbers in the place of a time.
Result<std::vector<TopicPartitionOffset>> AdminClient::BeginningOffsets(std::span<const TopicPartition> partitions,
                                                                        OnMissing missing) {
  return QueryOffsets(*impl_, partitions, kOffsetBeginning, missing);
}
Result<std::vector<TopicPartitionOffset>> AdminClient::EndOffsets(std::span<const TopicPartition> partitions,
                                                                  OnMissing missing) {
  return QueryOffsets(*impl_, partitions, kOffsetEnd, missing);
}

}  // namespace millrace::kafka
