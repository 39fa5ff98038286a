#include "server/console/message_reader.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/strings.h"
#include "server/console/api.h"

namespace millrace::server::console {
namespace {

using codec::Json;
using Offsets = std::map<int32_t, int64_t>;

constexpr int64_t kPollMillis = 50;
constexpr size_t kMaxHeld = 20'000;  // messages in memory while a page is put together
constexpr size_t kMaxHeldBytes = size_t{32} << 20;

Json DecodedJson(const DecodedBytes& bytes, const std::string& subject) {
  Json out = Json::MakeObject();
  out.Set("encoding", bytes.encoding).Set("data", bytes.data).Set("text", bytes.text);
  out.Set("schema_id", bytes.schema_id ? Json(*bytes.schema_id) : Json());
  out.Set("subject", subject.empty() ? Json() : Json(subject));
  out.Set("error", bytes.error.empty() ? Json() : Json(bytes.error));
  return out.Set("size", std::max<int64_t>(0, bytes.size));
}

std::string_view TimestampTypeName(kafka::TimestampType type) {
  switch (type) {
    case kafka::TimestampType::kNoTimestampType: return "none";
    case kafka::TimestampType::kCreateTime: return "create";
    case kafka::TimestampType::kLogAppendTime: return "append";
  }
  return "none";
}

Json HeadersJson(RecordDecoder& decoder, const kafka::MessageView& message) {
  Json out = Json::MakeArray();
  for (const kafka::HeaderView& header : message.Headers()) {
    Json one = Json::MakeObject();
    one.Set("name", header.name);
    const std::string_view value(header.value == nullptr ? "" : header.value, header.size);
    const DecodedBytes decoded = decoder.Decode(header.value, header.size);
    one.Set("value", header.value == nullptr ? Json() : Json(decoded.text)).Set("hex", HexEncode(value));
    out.Append(std::move(one));
  }
  return out;
}

Result<Offsets> ByPartition(Result<std::vector<kafka::TopicPartitionOffset>> found) {
  if (!found.ok()) return std::move(found).error();
  Offsets out;
  for (const auto& one : *found) out[one.place.partition] = one.offset;
  return out;
}

// One message that was read, kept until it is known which ones the page takes.
struct Held {
  int64_t timestamp;
  int32_t partition;
  int64_t offset;
  Json json;
};

// Where each partition is read from and, exclusively, to.
struct Span {
  int64_t from = 0;
  int64_t to = 0;
};

Result<std::map<int32_t, Span>> FindSpans(KafkaConsole& context, const std::string& topic,
                                          const std::vector<int32_t>& partitions, const ReadStart& start,
                                          size_t limit) {
  std::vector<kafka::TopicPartition> places;
  for (const int32_t id : partitions) places.push_back({topic, id});
  MR_ASSIGN(const Offsets begins, ByPartition(context.admin().BeginningOffsets(places)));
  MR_ASSIGN(const Offsets ends, ByPartition(context.admin().EndOffsets(places)));
  Offsets times;
  if (start.kind == ReadStart::Kind::kTime) {
    MR_ASSIGN(times, ByPartition(context.admin().OffsetsForTime(places, start.value)));
  }
  const auto each =
      static_cast<int64_t>(std::min(limit, std::max<size_t>(10, kMaxHeld / std::max<size_t>(1, partitions.size()))));
  std::map<int32_t, Span> out;
  for (const auto& [id, begin] : begins) {
    const int64_t end = ends.at(id);
    int64_t from = begin;
    switch (start.kind) {
      case ReadStart::Kind::kEarliest: break;
      case ReadStart::Kind::kLatest: from = end - each; break;
      case ReadStart::Kind::kOffset: from = start.value; break;
      case ReadStart::Kind::kTime: from = times[id] < 0 ? end : times[id]; break;
      case ReadStart::Kind::kPlaces: {
        const auto place = start.places.find(id);
        if (place == start.places.end()) continue;
        from = place->second;
        break;
      }
    }
    out[id] = {std::clamp(from, begin, end), end};
  }
  return out;
}

// Puts the messages in order, takes `limit` of them (the last ones or the first ones), and says where the others begin.
void CutPage(std::vector<Held> held, bool last_ones, size_t limit, MessagePage& page) {
  // By time, but no partition out of its own order: a record counts as no older than the one before it.
  std::map<int32_t, int64_t> newest;
  for (Held& one : held) {
    int64_t& bound = newest.try_emplace(one.partition, INT64_MIN).first->second;
    one.timestamp = bound = std::max(bound, one.timestamp);
  }
  std::sort(held.begin(), held.end(), [](const Held& a, const Held& b) {
    return std::tie(a.timestamp, a.partition, a.offset) < std::tie(b.timestamp, b.partition, b.offset);
  });
  if (held.size() > limit && last_ones) {
    held.erase(held.begin(), held.end() - static_cast<ptrdiff_t>(limit));
  } else if (held.size() > limit) {
    for (size_t i = limit; i < held.size(); ++i) {  // these come with the next page
      int64_t& next = page.next[held[i].partition];
      next = std::min(next, held[i].offset);
    }
    held.resize(limit);
  }
  for (Held& one : held) {
    page.next[one.partition] = std::max(page.next[one.partition], one.offset + 1);
    page.messages.push_back(std::move(one.json));
  }
}

}  // namespace

Result<ReadStart> ParseReadStart(std::string_view text) {
  using Kind = ReadStart::Kind;
  if (text.empty() || text == "latest") return ReadStart{};
  if (text == "earliest") return ReadStart{.kind = Kind::kEarliest};
  for (const auto& [prefix, kind] : {std::pair{"offset:", Kind::kOffset}, std::pair{"time:", Kind::kTime}}) {
    if (!text.starts_with(prefix)) continue;
    const auto number = ParseInt64(text.substr(std::string_view(prefix).size()));
    if (number && *number >= 0) return ReadStart{.kind = kind, .value = *number};
  }
  return UserError(fmt::format("'from' takes earliest, latest, offset:N or time:MILLIS, not '{}'.", text));
}

Result<ReadStart> ParsePlaces(std::string_view text) {
  ReadStart out{.kind = ReadStart::Kind::kPlaces};
  for (const std::string& piece : Split(text, ',')) {
    const auto parts = Split(piece, ':');
    const auto partition = ParseInt64(parts[0]);
    const auto offset = parts.size() == 2 ? ParseInt64(parts[1]) : std::nullopt;
    if (!partition || !offset || *partition < 0 || *partition > INT32_MAX || *offset < 0) {
      return UserError(fmt::format("'at' takes PARTITION:OFFSET,…, not '{}'.", text));
    }
    out.places[static_cast<int32_t>(*partition)] = *offset;
  }
  return out;
}

Json MessageJson(KafkaConsole& context, const kafka::TopicPartition& place, const kafka::MessageView& message) {
  RecordDecoder& decoder = context.decoder();
  const auto subjects = context.subjects();
  const auto side = [&](const char* bytes, size_t size, bool is_key) {
    const DecodedBytes decoded = decoder.Decode(bytes, size);
    return DecodedJson(decoded, decoded.schema_id ? subjects->SubjectOf(*decoded.schema_id, place.topic, is_key) : "");
  };
  Json out = Json::MakeObject();
  out.Set("partition", place.partition).Set("offset", message.offset).Set("timestamp", message.timestamp);
  out.Set("timestamp_type", TimestampTypeName(message.timestamp_type));
  out.Set("size", static_cast<int64_t>(message.key_size + message.value_size));
  out.Set("key", side(message.key, message.key_size, true))
      .Set("value", side(message.value, message.value_size, false));
  return out.Set("headers", HeadersJson(decoder, message));
}

kafka::ClientConfig ReaderConfig(const KafkaConsole& context) {
  kafka::ClientConfig config = context.options().kafka;
  config.properties["auto.offset.reset"] = "earliest";
  config.properties["fetch.max.wait.ms"] = "20";  // the end of a partition is told after an empty fetch
  config.properties["queued.max.messages.kbytes"] = "8192";
  return config;
}

Result<MessagePage> ReadMessages(KafkaConsole& context, const std::string& topic,
                                 const std::vector<int32_t>& partitions, const ReadStart& start, size_t limit,
                                 int64_t max_millis) {
  MR_ASSIGN(const auto spans, FindSpans(context, topic, partitions, start, limit));
  MR_ASSIGN(const auto consumer, kafka::PartitionConsumer::Create(ReaderConfig(context)));
  MessagePage page;
  struct Progress {
    int32_t partition;
    Span span;
    size_t taken = 0;
    bool done = false;
  };
  std::vector<Progress> progress;  // by the consumer's handle
  for (const auto& [id, span] : spans) {
    page.next[id] = span.from;
    if (span.from >= span.to) continue;
    MR_TRY(consumer->Add({{topic, id}, span.from, ""}));
    progress.push_back({id, span});
  }
  // The earliest `limit` by time may all be in one partition, so up to `limit` of each are held.
  const size_t each = std::min(limit, std::max<size_t>(10, kMaxHeld / std::max<size_t>(1, progress.size())));
  std::vector<Held> held;
  const int64_t deadline = context.clock().MonotonicNanos() + max_millis * 1'000'000;
  size_t open = progress.size();
  const auto finish = [&](Progress& one, uint32_t handle, int64_t next) {
    if (one.done) return;
    one.done = true;
    --open;
    if (one.taken < each) page.next[one.partition] = std::max(next, page.next[one.partition]);
    (void)consumer->Pause(handle);
  };
  size_t bytes = 0;
  while (open > 0 && bytes < kMaxHeldBytes && context.clock().MonotonicNanos() < deadline) {
    auto batch = consumer->Poll(kPollMillis, 2'000);
    if (!batch.ok()) return std::move(batch).error();
    for (const kafka::PartitionRun& run : batch->runs) {
      Progress& one = progress[run.partition];
      for (uint32_t i = run.begin; i < run.end && !one.done; ++i) {
        const kafka::MessageView& message = batch->messages[i];
        if (message.offset >= one.span.to) {
          finish(one, run.partition, one.span.to);
          break;
        }
        held.push_back({message.timestamp, one.partition, message.offset,
                        MessageJson(context, consumer->place(run.partition), message)});
        bytes += message.key_size + message.value_size;
        ++one.taken;
        if (one.taken == each || message.offset + 1 == one.span.to) finish(one, run.partition, message.offset + 1);
      }
    }
    for (const kafka::PartitionEnd& end : batch->ends) finish(progress[end.partition], end.partition, end.offset);
  }
  CutPage(std::move(held), start.kind == ReadStart::Kind::kLatest, limit, page);
  return page;
}

}  // namespace millrace::server::console
