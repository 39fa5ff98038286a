#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/avro/schema.h"
#include "codec/json.h"
#include "kafka/client/consumer.h"
#include "registry/client.h"

namespace millrace::app {

// Keys and values as JSON: framed Avro through the registry, JSON as it is, other text as a string, the rest base64.
// One thread.
class RecordDecoder {
 public:
  explicit RecordDecoder(const std::string& registry_url);

  codec::Json Decode(std::string_view bytes);
  // {"partition": .., "offset": .., "timestamp": .., "key": .., "value": ..}, with "headers" when there are any.
  codec::Json DecodeRecord(const kafka::TopicPartition& place, const kafka::MessageView& message);

 private:
  const codec::avro::Schema* Find(int32_t id);

  std::unique_ptr<registry::Client> client_;
  std::map<int32_t, codec::avro::Schema> schemas_;
};

}  // namespace millrace::app
