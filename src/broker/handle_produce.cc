#include <atomic>
#include <memory>

#include <fmt/format.h>

#include "base/log.h"
#include "broker/handle.h"
#include "broker/storage.h"
#include "net/event_loop.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;
using kafka::ProduceRequest;
using kafka::ProduceResponse;

constexpr int16_t kFirstZstd = 7;
constexpr size_t kAttributesAt = 21;  // of a record batch v2; the low three bits of the int16 name the compression
constexpr int kZstd = 4;

int CompressionOf(std::string_view batch) {
  return batch.size() > kAttributesAt + 1 ? static_cast<unsigned char>(batch[kAttributesAt + 1]) & 7 : 0;
}

AppendOutcome Append(const Request& request, const Topic* topic, const ProduceRequest::Topic::Partition& partition) {
  PartitionStore* store = topic != nullptr ? topic->Find(partition.index) : nullptr;
  if (store == nullptr) return {.error = ErrorCode::kUnknownTopicOrPartition};
  if (!partition.records.has_value() || partition.records->bytes.empty()) {
    return {.error = ErrorCode::kInvalidRecord,
            .message = "A produce request must have exactly one record batch per partition."};
  }
  if (request.version() < kFirstZstd && CompressionOf(partition.records->bytes) == kZstd) {
    return {.error = ErrorCode::kUnsupportedCompressionType, .message = "zstd needs Produce version 7."};
  }
  return store->Append(partition.records->bytes);
}

void Fill(AppendOutcome outcome, ProduceResponse::Topic::Partition* out) {
  out->error_code = Code(outcome.error);
  out->base_offset = outcome.base_offset;
  out->log_append_time_ms = outcome.log_append_time_ms;
  out->log_start_offset = outcome.log_start;
  for (const int32_t index : outcome.bad_records) out->record_errors.push_back({index, std::nullopt});
  if (!outcome.message.empty()) out->error_message = std::move(outcome.message);
}

bool HasErrors(const ProduceResponse& response) {
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code != 0) return true;
    }
  }
  return false;
}

// Sends the answer once every partition that was written is on the disk.
class DurableAnswer : public std::enable_shared_from_this<DurableAnswer> {
 public:
  DurableAnswer(ProduceResponse response, const Responder& responder)
      : response_(std::move(response)), responder_(responder) {}

  void WaitFor(BrokerContext& broker) {
    for (size_t t = 0; t < response_.topics.size(); ++t) {
      const TopicPtr topic = broker.store.FindTopic(response_.topics[t].name);
      for (size_t p = 0; p < response_.topics[t].partitions.size(); ++p) {
        PartitionStore* store = topic != nullptr ? topic->Find(response_.topics[t].partitions[p].index) : nullptr;
        if (store == nullptr || response_.topics[t].partitions[p].error_code != 0) continue;
        ++waiting_;
        store->WhenDurable([self = shared_from_this(), t, p](const Status& status) {
          if (!status.ok()) {
            Log(LogLevel::kError, "broker", "cannot flush a write: {}", status.error().ToString());
            self->response_.topics[t].partitions[p].error_code = Code(ErrorCode::kKafkaStorageError);
          }
          self->Done();
        });
      }
    }
    Done();
  }

 private:
  void Done() {
    if (--waiting_ == 0) responder_.Send(response_);
  }

  ProduceResponse response_;  // each partition's entry is written by its own callback only
  const Responder responder_;
  std::atomic<int> waiting_ = 1;  // one for WaitFor itself
};

}  // namespace

void HandleProduce(BrokerContext& broker, Request request, ProduceRequest message, const Responder& responder) {
  constexpr int16_t kNoAnswer = 0;
  const bool valid_acks = message.acks >= -1 && message.acks <= 1;
  ProduceResponse response;
  for (const auto& topic : message.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.name = topic.name;
    const TopicPtr found = broker.store.FindTopic(topic.name);
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.index = partition.index;
      Fill(valid_acks ? Append(request, found.get(), partition)
                      : AppendOutcome{.error = ErrorCode::kInvalidRequiredAcks},
           &out);
    }
  }
  if (message.acks == kNoAnswer) {
    // The only way to tell a producer that wants no answers: it reconnects and asks for fresh metadata.
    if (HasErrors(response)) return responder.CloseConnection(UserError("a produce request with acks=0 failed"));
    return responder.SendNothing();
  }
  if (!broker.options.flush_always) return responder.Send(response);
  std::make_shared<DurableAnswer>(std::move(response), responder)->WaitFor(broker);
}

}  // namespace millrace::broker
