// millrace consume TOPIC
#include <fmt/format.h>

#include <map>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "app/consume/avro_datum.h"
#include "base/strings.h"
#include "kafka/client/admin.h"
#include "kafka/client/consumer.h"
#include "registry/client.h"

namespace millrace::app {
namespace {

using codec::Json;

constexpr size_t kHeaderBytes = 5;

// Keys and values as JSON: framed Avro through the registry, JSON as it is, other text as a string, the rest base64.
class RecordPrinter {
 public:
  explicit RecordPrinter(const std::string& registry_url) {
    registry::ClientOptions options;
    options.urls = {registry_url};
    options.max_retries = 1;
    client_ = std::make_unique<registry::Client>(std::move(options));
  }

  std::string Line(const kafka::TopicPartition& place, const kafka::MessageView& message) {
    Json row = Json::MakeObject();
    row.Set("partition", place.partition);
    row.Set("offset", message.offset);
    row.Set("timestamp", message.timestamp);
    const auto headers = message.Headers();
    if (!headers.empty()) {
      Json list = Json::MakeObject();
      for (const auto& header : headers) {
        list.members().push_back({std::string(header.name), header.value == nullptr ? Json() : Text({header.value, header.size})});
      }
      row.Set("headers", std::move(list));
    }
    row.Set("key", message.key == nullptr ? Json() : Decode({message.key, message.key_size}));
    row.Set("value", message.value == nullptr ? Json() : Decode({message.value, message.value_size}));
    return row.ToString();
  }

 private:
  Json Decode(std::string_view bytes) {
    if (bytes.size() > kHeaderBytes && bytes[0] == '\0') {
      int32_t id = 0;
      for (size_t i = 1; i < kHeaderBytes; ++i) id = id << 8 | static_cast<unsigned char>(bytes[i]);
      if (const codec::avro::Schema* schema = Find(id)) {
        auto value = AvroToJson(*schema, bytes.substr(kHeaderBytes));
        if (value.ok()) return std::move(*value);
      }
    }
    return Text(bytes);
  }

  static Json Text(std::string_view bytes) {
    if (bytes.starts_with("{") || bytes.starts_with("[")) {
      auto json = codec::ParseJson(bytes);
      if (json.ok()) return std::move(*json);
    }
    if (IsValidUtf8(bytes) && bytes.find('\0') == std::string_view::npos) return Json(bytes);
    Json out = Json::MakeObject();
    out.Set("base64", Base64Encode(bytes));
    return out;
  }

  const codec::avro::Schema* Find(int32_t id) {
    const auto it = schemas_.find(id);
    if (it != schemas_.end()) return it->second ? &*it->second : nullptr;
    auto& entry = schemas_[id];
    const auto content = client_->GetById(id);
    if (content.ok()) {
      auto schema = codec::avro::Schema::Parse((*content)->text);
      if (schema.ok()) entry = std::move(*schema);
    }
    return entry ? &*entry : nullptr;
  }

  std::unique_ptr<registry::Client> client_;
  std::map<int32_t, std::optional<codec::avro::Schema>> schemas_;
};

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
  RecordPrinter printer(arguments.Get("schema-registry"));
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
        fmt::print("{}\n", printer.Line(consumer->place(run.partition), batch->messages[i]));
        if (max > 0 && ++printed == max) return kExitOk;
      }
    }
    std::fflush(stdout);
    ended += batch->ends.size();
    if (arguments.Has("exit-at-end") && ended >= description.partitions.size()) break;
  }
  return kExitOk;
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
  return {std::move(spec), Run};
}

}  // namespace millrace::app
