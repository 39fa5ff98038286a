// /api/topics/{topic}/messages (reading) and /tail.
#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"
#include "server/console/message_reader.h"

namespace millrace::server::console {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

constexpr int64_t kMaxPage = 1'000;
constexpr int64_t kMaxReadMillis = 5'000;
constexpr int64_t kTailMillis = 100;          // at most 10 events a second
constexpr size_t kMaxTailMessages = 100;      // in one event
constexpr int64_t kKeepAliveMillis = 10'000;  // a comment that finds out whether the peer is gone

// ?partition=N, else all.
Result<std::vector<int32_t>> PartitionsOf(const TopicState& topic, const Request& request) {
  const auto text = request.Query("partition");
  std::vector<int32_t> out;
  const auto wanted = text && !text->empty() ? ParseInt64(*text) : std::nullopt;
  for (const PartitionState& partition : topic.partitions) {
    if (!text || text->empty() || wanted == partition.id) out.push_back(partition.id);
  }
  if (out.empty() && text) {
    return NotFound(
        fmt::format("Topic '{}' has no partition '{}'; it has {}.", topic.name, *text, topic.partitions.size()));
  }
  return out;
}

Outcome GetMessages(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  MR_ASSIGN(const auto partitions, PartitionsOf(topic, request));
  MR_ASSIGN(const int64_t limit, QueryNumber(request, "limit", 100, 1, kMaxPage));
  const auto at = request.Query("at");
  MR_ASSIGN(const ReadStart start,
            at && !at->empty() ? ParsePlaces(*at) : ParseReadStart(request.Query("from").value_or("")));
  MR_ASSIGN(MessagePage page,
            ReadMessages(context, topic.name, partitions, start, static_cast<size_t>(limit), kMaxReadMillis));
  Json next = Json::MakeObject();
  for (const auto& [partition, offset] : page.next) next.Set(std::to_string(partition), offset);
  Json out = Json::MakeObject();
  out.Set("messages", Json(Json::Array(std::make_move_iterator(page.messages.begin()),
                                       std::make_move_iterator(page.messages.end()))));
  return Answer(out.Set("next", std::move(next)));
}

// The newest messages of one tick; what is more than an event holds is counted only.
struct Tick {
  std::deque<Json> messages;
  int64_t skipped = 0;
};

Status Collect(KafkaConsole& context, kafka::PartitionConsumer& consumer, int64_t millis, Tick& tick) {
  const int64_t deadline = context.clock().MonotonicNanos() + millis * 1'000'000;
  int64_t left = millis;
  while (left > 0) {
    auto batch = consumer.Poll(left, 2'000);
    if (!batch.ok()) return std::move(batch).error();
    for (const kafka::PartitionRun& run : batch->runs) {
      const uint32_t skip = run.end - run.begin > kMaxTailMessages ? run.end - run.begin - kMaxTailMessages : 0;
      tick.skipped += skip;
      for (uint32_t i = run.begin + skip; i < run.end; ++i) {
        tick.messages.push_back(MessageJson(context, consumer.place(run.partition), batch->messages[i]));
      }
    }
    for (; tick.messages.size() > kMaxTailMessages; ++tick.skipped) tick.messages.pop_front();
    left = (deadline - context.clock().MonotonicNanos()) / 1'000'000;
  }
  return Ok();
}

void RunTail(KafkaConsole& context, kafka::PartitionConsumer& consumer, http::ResponseStream& stream) {
  if (!stream.Write(": open\n\n")) return;
  int64_t quiet_millis = 0;
  while (stream.IsOpen()) {
    Tick tick;
    const Status status = Collect(context, consumer, kTailMillis, tick);
    if (!status.ok()) {
      if (!stream.Write(Event("error", ErrorJson(status.error())))) return;
      if (status.error().retry == Retry::kNo) return;
    }
    quiet_millis += kTailMillis;
    if (tick.skipped > 0) {
      Json skipped = Json::MakeObject();
      if (!stream.Write(Event("skipped", skipped.Set("count", tick.skipped)))) return;
    }
    if (!tick.messages.empty()) {
      const Json list(
          Json::Array(std::make_move_iterator(tick.messages.begin()), std::make_move_iterator(tick.messages.end())));
      if (!stream.Write(Event("messages", list))) return;
      quiet_millis = 0;
    } else if (quiet_millis >= kKeepAliveMillis) {
      if (!stream.Write(": still here\n\n")) return;
      quiet_millis = 0;
    }
  }
}

Outcome TailMessages(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  MR_ASSIGN(const auto partitions, PartitionsOf(topic, request));
  std::vector<kafka::TopicPartition> places;
  for (const int32_t id : partitions) places.push_back({topic.name, id});
  // Asked for now, so that what is written after the answer began is in the stream.
  MR_ASSIGN(const auto ends, context.admin().EndOffsets(places));
  kafka::ClientConfig config = ReaderConfig(context);
  config.properties["fetch.max.wait.ms"] = "100";
  MR_ASSIGN(auto made, kafka::PartitionConsumer::Create(config));
  const std::shared_ptr<kafka::PartitionConsumer> consumer = std::move(made);
  for (const auto& end : ends) MR_TRY(consumer->Add(end));
  return Response::EventStream(
      [&context, consumer](http::ResponseStream& stream) { RunTail(context, *consumer, stream); });
}

}  // namespace

void AddMessageRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/topics/{topic}/messages", GetMessages);
  add("GET", "/api/topics/{topic}/tail", TailMessages);
}

}  // namespace millrace::server::console
