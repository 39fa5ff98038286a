// millrace topics list | create | describe | delete
#include <fmt/format.h>

#include "app/commands.h"
#include "app/connection_flags.h"
#include "base/strings.h"
#include "codec/json.h"
#include "kafka/client/admin.h"

namespace millrace::app {
namespace {

using kafka::AdminClient;

Result<int64_t> NumMessages(AdminClient& admin, const kafka::TopicDescription& topic) {
  int64_t total = 0;
  for (const auto& partition : topic.partitions) {
    MR_ASSIGN(const auto ends, admin.QueryWatermarks({topic.name, partition.id}));
    total += ends.high - ends.low;
  }
  return total;
}

Result<int> List(AdminClient& admin, bool json) {
  MR_ASSIGN(const auto topics, admin.DescribeTopics());
  codec::Json out = codec::Json::MakeArray();
  if (!json) fmt::print("{:<40} {:>10} {:>14}\n", "TOPIC", "PARTITIONS", "MESSAGES");
  for (const auto& topic : topics) {
    MR_ASSIGN(const int64_t messages, NumMessages(admin, topic));
    if (json) {
      codec::Json row = codec::Json::MakeObject();
      row.Set("topic", topic.name);
      row.Set("partitions", static_cast<int64_t>(topic.partitions.size()));
      row.Set("messages", messages);
      out.Append(std::move(row));
    } else {
      fmt::print("{:<40} {:>10} {:>14}\n", topic.name, topic.partitions.size(), messages);
    }
  }
  if (json) fmt::print("{}\n", out.ToString());
  return kExitOk;
}

Result<int> Create(AdminClient& admin, const std::string& topic, const Arguments& arguments) {
  kafka::TopicSpec spec{.name = topic};
  MR_ASSIGN(const int64_t partitions, arguments.GetInt("partitions", -1, 100'000));
  MR_ASSIGN(const int64_t replication, arguments.GetInt("replication-factor", -1, 100));
  spec.num_partitions = static_cast<int32_t>(partitions);
  spec.replication_factor = static_cast<int32_t>(replication);
  MR_ASSIGN(spec.configs, arguments.GetPairs("config"));
  MR_TRY(admin.CreateTopic(spec));
  fmt::print("Created topic {}.\n", topic);
  return kExitOk;
}

Result<int> Describe(AdminClient& admin, const std::string& topic) {
  MR_ASSIGN(const auto description, admin.DescribeTopic(topic));
  MR_ASSIGN(const auto configs, admin.DescribeConfigs(kafka::ConfigResource::kTopic, topic));
  fmt::print("{}: {} partitions\n", topic, description.partitions.size());
  for (const auto& entry : configs) {
    if (!entry.is_default) fmt::print("  {} = {}\n", entry.name, entry.value.value_or("(hidden)"));
  }
  fmt::print("{:>9} {:>6} {:>12} {:>12} {:>12}\n", "PARTITION", "LEADER", "FIRST", "END", "MESSAGES");
  for (const auto& partition : description.partitions) {
    MR_ASSIGN(const auto ends, admin.QueryWatermarks({topic, partition.id}));
    fmt::print("{:>9} {:>6} {:>12} {:>12} {:>12}\n", partition.id, partition.leader, ends.low, ends.high,
               ends.high - ends.low);
  }
  return kExitOk;
}

Result<int> Run(const Arguments& arguments) {
  const auto& words = arguments.positional();
  MR_ASSIGN(const auto config, KafkaConfig(arguments));
  MR_ASSIGN(const auto admin, AdminClient::Create(config));
  if (words[0] == "list") return List(*admin, arguments.Has("json"));
  if (words.size() < 2) return UsageError(fmt::format("millrace topics {} needs a topic name.", words[0]));
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[0] == "create") MR_TRY(Create(*admin, words[i], arguments));
    if (words[0] == "describe") MR_TRY(Describe(*admin, words[i]));
    if (words[0] == "delete") {
      MR_TRY(admin->DeleteTopic(words[i]));
      fmt::print("Deleted topic {}.\n", words[i]);
    }
  }
  return kExitOk;
}

}  // namespace

Command TopicsCommand() {
  ArgumentSpec spec{.command = "millrace topics",
                    .summary = "Lists, creates, describes and deletes topics.",
                    .flags = KafkaFlags(),
                    .positional = "list|create|describe|delete [TOPIC...]",
                    .positional_doc = "what to do, and with which topics",
                    .min_positional = 1,
                    .max_positional = 100'000,
                    .epilog =
                        "Examples:\n  millrace topics list\n  millrace topics create SALES --partitions 4 --config "
                        "retention.ms=86400000"};
  spec.flags.push_back({"--partitions", "N", "partitions of a new topic; -1 = the broker's default", "-1"});
  spec.flags.push_back({"--replication-factor", "N", "replicas of a new topic; -1 = the broker's default", "-1"});
  spec.flags.push_back({"--config", "KEY=VALUE", "a config of a new topic", "", true});
  spec.flags.push_back({"--json", "", "list: machine-readable output", ""});
  return {std::move(spec), Run};
}

}  // namespace millrace::app
