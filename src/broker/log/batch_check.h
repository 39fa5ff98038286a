#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/log/log_config.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/record_batch.h"

namespace millrace::broker {

// A client's batch after the checks of a Kafka broker.
struct CheckedBatch {
  kafka::ErrorCode error = kafka::ErrorCode::kNone;
  std::string message;
  std::vector<int32_t> bad_records;  // indexes, for INVALID_RECORD
  kafka::BatchHeader header;
  std::string rewritten;  // not empty: append this instead (compression.type of the topic)
};

// One record batch v2 as it came in a Produce request: size, magic, checksum, counts, attributes; then what the topic
// asks for (max.message.bytes, timestamp window, keys when it is compacted, compression). Looks at single records only
// for the last three, when they are set. Rules and error codes are Kafka's (LogValidator). Any thread.
CheckedBatch CheckClientBatch(std::string_view batch, const LogConfig& config, int64_t now_ms);

}  // namespace millrace::broker
