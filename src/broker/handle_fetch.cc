#include <algorithm>
#include <atomic>
#include <memory>

#include "broker/handle.h"
#include "broker/storage.h"
#include "net/event_loop.h"

namespace millrace::broker {
namespace {

using kafka::Code;
using kafka::ErrorCode;
using kafka::FetchRequest;
using kafka::FetchResponse;

constexpr int32_t kMaxFetchBytes = 55 << 20;  // Kafka's fetch.max.bytes
constexpr int16_t kFirstZstd = 10;

bool HasZstdBatch(std::string_view batches) {
  constexpr size_t kLengthAt = 8, kPrefix = 12, kAttributesLow = 22;
  constexpr int kZstd = 4;
  while (batches.size() > kAttributesLow) {
    if ((static_cast<unsigned char>(batches[kAttributesLow]) & 7) == kZstd) return true;
    kafka::Reader length(batches.substr(kLengthAt));
    const size_t size = kPrefix + static_cast<size_t>(std::max(length.Int32(), 0));
    batches.remove_prefix(std::min(size, batches.size()));
  }
  return false;
}

// One fetch that is answered when there is enough to read, when something is wrong, or when its time is over. Lives on
// the connection's loop; only Wake comes from other threads.
class PendingFetch : public std::enable_shared_from_this<PendingFetch> {
 public:
  PendingFetch(BrokerContext& broker, Request request, FetchRequest message, const Responder& responder)
      : broker_(broker),
        request_(std::move(request)),
        message_(std::move(message)),
        responder_(responder),
        deadline_(*request_.loop) {}

  void Start() {
    if (TryAnswer() || message_.max_wait_ms <= 0) return Finish();
    Subscribe();
    // What was written before the observers were in place.
    if (TryAnswer()) return Finish();
    const int64_t wait = std::min<int64_t>(message_.max_wait_ms, broker_.options.max_idle_ms);
    deadline_.After(wait, [self = shared_from_this()] {
      self->TryAnswer();
      self->Finish();
    });
  }

 private:
  // Reads into response_; true when it may be sent.
  bool TryAnswer() {
    response_ = FetchResponse();
    bytes_ = 0;
    bool failed = false;
    int64_t budget = std::min(message_.max_bytes, kMaxFetchBytes);
    for (const auto& topic : message_.topics) {
      auto& out_topic = response_.topics.emplace_back();
      out_topic.topic = topic.topic;
      const TopicPtr found = broker_.store.FindTopic(topic.topic);
      for (const auto& partition : topic.partitions) {
        auto& out = out_topic.partitions.emplace_back();
        Read(found.get(), partition, std::max<int64_t>(budget, 0), &out);
        const auto size = static_cast<int64_t>(out.records->bytes.size());
        bytes_ += size;
        budget -= size;
        failed = failed || out.error_code != 0;
      }
    }
    return failed || bytes_ >= std::max(message_.min_bytes, 0);
  }

  void Read(const Topic* topic, const FetchRequest::Topic::Partition& partition, int64_t budget,
            FetchResponse::Topic::Partition* out) {
    out->partition_index = partition.partition;
    out->high_watermark = -1;
    out->records = kafka::Records{};
    const auto isolation = message_.isolation_level == 1 ? Isolation::kReadCommitted : Isolation::kReadUncommitted;
    if (isolation == Isolation::kReadCommitted) out->aborted_transactions.emplace();
    PartitionStore* store = topic != nullptr ? topic->Find(partition.partition) : nullptr;
    if (store == nullptr) {
      out->error_code = Code(ErrorCode::kUnknownTopicOrPartition);
      return;
    }
    if (partition.current_leader_epoch > kOnlyEpoch) {
      out->error_code = Code(ErrorCode::kUnknownLeaderEpoch);
      return;
    }
    const int64_t limit = std::min<int64_t>(budget, std::max(partition.partition_max_bytes, 0));
    ReadOutcome read = store->Read(partition.fetch_offset, static_cast<size_t>(limit), bytes_ == 0, isolation);
    out->error_code = Code(read.error);
    if (read.error != ErrorCode::kNone) return;
    out->high_watermark = read.bounds.high_watermark;
    out->last_stable_offset = read.bounds.last_stable;
    out->log_start_offset = read.bounds.log_start;
    if (!read.records.has_value()) return;
    if (request_.version() < kFirstZstd && HasZstdBatch(read.records->bytes)) {
      out->error_code = Code(ErrorCode::kUnsupportedCompressionType);
      return;
    }
    out->records = std::move(read.records);
    for (const AbortedRange& aborted : read.aborted) {
      out->aborted_transactions->push_back({aborted.producer_id, aborted.first_offset});
    }
  }

  void Subscribe() {
    for (const auto& topic : message_.topics) {
      const TopicPtr found = broker_.store.FindTopic(topic.topic);
      if (found == nullptr) continue;
      for (const auto& partition : topic.partitions) {
        PartitionStore* store = found->Find(partition.partition);
        if (store == nullptr) continue;
        observers_.push_back(store->Observe([weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->Wake();
        }));
      }
    }
  }

  void Wake() {
    if (woken_.exchange(true)) return;
    request_.loop->Post([self = shared_from_this()] {
      self->woken_ = false;
      if (!self->done_ && self->TryAnswer()) self->Finish();
    });
  }

  void Finish() {
    if (std::exchange(done_, true)) return;
    deadline_.Cancel();
    observers_.clear();
    responder_.Send(response_);
    response_ = FetchResponse();
  }

  BrokerContext& broker_;
  const Request request_;
  const FetchRequest message_;
  const Responder responder_;
  net::Timer deadline_;
  std::vector<std::shared_ptr<void>> observers_;
  std::atomic<bool> woken_ = false;
  FetchResponse response_;
  int64_t bytes_ = 0;
  bool done_ = false;
};

// Fetch sessions are optional for a broker: a client that asks for one (0, 0) gets none and goes on with full fetches.
// Nobody can hold a session id of ours.
ErrorCode CheckSession(const FetchRequest& message) {
  if (message.session_id != 0) return ErrorCode::kFetchSessionIdNotFound;
  return message.session_epoch > 0 ? ErrorCode::kInvalidFetchSessionEpoch : ErrorCode::kNone;
}

}  // namespace

void HandleFetch(BrokerContext& broker, Request request, FetchRequest message, const Responder& responder) {
  if (const ErrorCode error = CheckSession(message); error != ErrorCode::kNone) {
    FetchResponse response;
    response.error_code = Code(error);
    return responder.Send(response);
  }
  std::make_shared<PendingFetch>(broker, std::move(request), std::move(message), responder)->Start();
}

}  // namespace millrace::broker
