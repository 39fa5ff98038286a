// millrace consume TOPIC
#include <utility>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "base/strings.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "server/console/record_decoder.h"

namespace millrace::app {
namespace {

using codec::Json;
using server::console::RecordDecoder;

// Tells once why data stays as it is.
class Reader {
 public:
  explicit Reader(registry::Client& registry) : registry_(registry), decoder_(&registry) {}

  server::console::DecodedBytes Read(const char* bytes, size_t size) {
    server::console::DecodedBytes read = decoder_.Decode(bytes, size);
    decoded_any_ |= read.schema_id.has_value() && read.error.empty();
    if (!read.error.empty() && !std::exchange(told_, true)) {
      fmt::print(stderr, "warning: data with a schema id is not decoded: {}\n", read.error);
      const auto subjects = registry_.ListSubjects();
      unreachable_ = !subjects.ok() && subjects.error().domain == ErrorDomain::kExternal;
    }
    return read;
  }
  // There was a need of the registry, and no answer.
  bool in_vain() const { return unreachable_ && !decoded_any_; }

 private:
  registry::Client& registry_;
  RecordDecoder decoder_;
  bool told_ = false;
  bool unreachable_ = false;
  bool decoded_any_ = false;
};

Json Decoded(Reader& reader, const char* bytes, size_t size) {
  server::console::DecodedBytes decoded = reader.Read(bytes, size);
  if (decoded.encoding != "bytes") return std::move(decoded.data);
  return Json::MakeObject().Set("base64", Base64Encode({bytes, size}));
}

// {"partition": .., "offset": .., "timestamp": .., "key": .., "value": ..}, with "headers" when there are any.
Json RecordJson(Reader& reader, const kafka::TopicPartition& place, const kafka::MessageView& message) {
  Json row = Json::MakeObject();
  row.Set("partition", place.partition).Set("offset", message.offset).Set("timestamp", message.timestamp);
  const auto headers = message.Headers();
  if (!headers.empty()) {
    Json list = Json::MakeObject();
    for (const auto& header : headers) {
      list.members().push_back({std::string(header.name), Decoded(reader, header.value, header.size)});
    }
    row.Set("headers", std::move(list));
  }
  row.Set("key", Decoded(reader, message.key, message.key_size));
  return row.Set("value", Decoded(reader, message.value, message.value_size));
}

Result<int> Run(const Arguments& arguments) {
  const std::string topic = arguments.positional()[0];
  MR_ASSIGN(const auto config, KafkaConfig(arguments));
  MR_ASSIGN(const int64_t max, arguments.GetInt("max", 0, INT64_MAX));
  MR_ASSIGN(const auto admin, kafka::AdminClient::Create(config));
  MR_ASSIGN(const auto description, admin->DescribeTopic(topic));
  MR_ASSIGN(const auto consumer, kafka::PartitionConsumer::Create(config));
  const bool from_beginning = arguments.Has("from-beginning");
  for (const auto& partition : description.partitions) {
    MR_TRY(consumer->Add({{topic, partition.id}, from_beginning ? kafka::kOffsetBeginning : kafka::kOffsetEnd, ""}));
  }
  registry::ClientOptions registry;
  registry.urls = {arguments.Get("schema-registry")};
  registry.max_retries = 1;
  registry::Client client(std::move(registry));
  Reader reader(client);
  size_t ended = 0;
  for (int64_t printed = 0; !StopRequested();) {
    auto batch = consumer->Poll(100, 1000);
    if (!batch.ok()) {
      if (batch.error().retry == Retry::kNo) return std::move(batch).error();
      fmt::print(stderr, "{}; retrying\n", batch.error().ToString());
      continue;
    }
    for (const auto& run : batch->runs) {
      for (uint32_t i = run.begin; i < run.end; ++i) {
        fmt::print("{}\n", RecordJson(reader, consumer->place(run.partition), batch->messages[i]).ToString());
        if (max > 0 && ++printed == max) return reader.in_vain() ? kExitFailed : kExitOk;
      }
    }
    std::fflush(stdout);
    ended += batch->ends.size();
    if (arguments.Has("exit-at-end") && ended >= description.partitions.size()) break;
  }
  return reader.in_vain() ? kExitFailed : kExitOk;
}

}  // namespace

Command ConsumeCommand() {
  ArgumentSpec spec{.command = "millrace consume",
                    .summary = "Prints a topic's records as JSON, decoded through the registry.",
                    .flags = KafkaFlags(),
                    .positional = "TOPIC",
                    .positional_doc = "the topic",
                    .min_positional = 1,
                    .max_positional = 1};
  spec.flags.push_back(RegistryFlag());
  spec.flags.push_back({"--from-beginning", "", "start with the oldest record instead of new ones", ""});
  spec.flags.push_back({"--max", "N", "stop after so many records; 0 = go on", "0"});
  spec.flags.push_back({"--exit-at-end", "", "stop when the end of every partition is reached", ""});
  spec.epilog =
      "Data with a schema id that cannot be decoded is printed in base64, with one warning on stderr. Exit code 1 "
      "when\n"
      "the registry did not answer and nothing was decoded.";
  return {std::move(spec), Run};
}

}  // namespace millrace::app
