#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "codec/json.h"
#include "kafka/client/consumer.h"
#include "server/console/kafka_console.h"

namespace millrace::server::console {

// Where reading begins.
struct ReadStart {
  enum class Kind : uint8_t { kEarliest, kLatest, kOffset, kTime, kPlaces };
  Kind kind = Kind::kLatest;
  int64_t value = 0;                  // kOffset; kTime: epoch millis
  std::map<int32_t, int64_t> places;  // kPlaces: offset by partition; partitions that are absent are not read
};
// "earliest", "latest", "offset:N", "time:MS".
Result<ReadStart> ParseReadStart(std::string_view text);
// "0:15,1:20"
Result<ReadStart> ParsePlaces(std::string_view text);

// {"partition", "offset", …, "key": {…}, "value": {…}, "headers": […]} of one record.
codec::Json MessageJson(KafkaConsole& context, const kafka::TopicPartition& place, const kafka::MessageView& message);

struct MessagePage {
  std::vector<codec::Json> messages;  // by timestamp, within a partition by offset
  std::map<int32_t, int64_t> next;    // by partition, where the next page begins
};

// At most `limit` messages of the partitions from `start` on; kLatest gives the last ones. Waits at most `max_millis`
// for them.
Result<MessagePage> ReadMessages(KafkaConsole& context, const std::string& topic,
                                 const std::vector<int32_t>& partitions, const ReadStart& start, size_t limit,
                                 int64_t max_millis);

// The client properties of a reader that looks at a topic once.
kafka::ClientConfig ReaderConfig(const KafkaConsole& context);

}  // namespace millrace::server::console
