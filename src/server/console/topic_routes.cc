// /api/info and /api/topics: list, one topic, history, create, delete, configure, empty.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "broker/config_table.h"
#include "http/client.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"

namespace millrace::server {

void AddKafkaConsoleRoutes(http::Router& router, KafkaConsole& context) {
  console::AddTopicRoutes(router, context);
  console::AddMessageRoutes(router, context);
  console::AddProduceRoutes(router, context);
  console::AddSearchRoutes(router, context);
  console::AddSchemaRoutes(router, context);
  console::AddGroupRoutes(router, context);
}

namespace console {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

constexpr int32_t kMaxPartitions = 10'000;

Json HistoryJson(const SampleRing::Series& series) {
  Json times = Json::MakeArray();
  for (const int64_t time : series.times) times.Append(time);
  Json out = Json::MakeObject();
  return out.Set("step_millis", series.step_millis).Set("times", std::move(times)).Set("series", Json::MakeObject());
}

Json ValuesJson(const std::vector<std::optional<double>>& values) {
  Json out = Json::MakeArray();
  for (const auto& value : values) out.Append(value ? Json(*value) : Json());
  return out;
}

Result<HistoryRange> RangeOf(const Request& request) {
  const auto range = ParseHistoryRange(request.Query("range").value_or(""));
  if (!range) return UserError("'range' takes 15m or 6h.");
  return *range;
}

Json SchemaRefJson(const registry::RegisteredSchema* schema) {
  if (schema == nullptr) return Json();
  Json out = Json::MakeObject();
  return out.Set("subject", schema->subject)
      .Set("id", schema->id)
      .Set("version", schema->version)
      .Set("type", schema->content.type);
}

namespace {

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// Tables and jobs that use a topic.
void SetUses(Json& out, const std::vector<KafkaUse>& uses, const std::string& topic) {
  Json tables = Json::MakeArray();
  Json jobs = Json::MakeArray();
  std::map<std::string, std::set<std::string>> by_table;
  std::set<std::pair<std::string, bool>> seen;
  for (const KafkaUse& use : uses) {
    if (!UsesTopic(use, topic)) continue;
    by_table[use.table].insert(use.job_id);
    if (!seen.emplace(use.job_id, use.is_sink).second) continue;
    Json job = Json::MakeObject();
    job.Set("id", use.job_id).Set("name", use.job_name).Set("role", use.is_sink ? "sink" : "source");
    jobs.Append(std::move(job));
  }
  for (const auto& [path, ids] : by_table) {
    Json table = Json::MakeObject();
    tables.Append(table.Set("path", path).Set("jobs", Json(Json::Array(ids.begin(), ids.end()))));
  }
  out.Set("tables", std::move(tables)).Set("jobs", std::move(jobs));
}

Json TopicJson(const TopicState& topic, const SubjectSnapshot& subjects, const std::vector<KafkaUse>& uses) {
  Json out = Json::MakeObject();
  auto& members = out.members();  // known to be new, so there is no need to look for them
  const auto add = [&members](const char* name, Json value) { members.push_back({name, std::move(value)}); };
  add("name", topic.name);
  add("internal", topic.internal);
  add("partitions", static_cast<int64_t>(topic.partitions.size()));
  add("messages", topic.messages);
  add("bytes", OrNull(topic.bytes));
  add("messages_rate", topic.messages_rate);
  add("bytes_rate", OrNull(topic.bytes_rate));
  const auto retention = topic.retention_ms ? ParseInt64(*topic.retention_ms) : std::nullopt;
  add("retention_ms", OrNull(retention));
  add("cleanup_policy", OrNull(topic.cleanup_policy));
  add("key_schema", SchemaRefJson(subjects.OfTopic(topic.name, true)));
  add("value_schema", SchemaRefJson(subjects.OfTopic(topic.name, false)));
  SetUses(out, uses, topic.name);
  return out;
}

Outcome GetInfo(KafkaConsole& context, const Request&) {
  const KafkaConsoleOptions& options = context.options();
  const auto topics = context.topics();
  const auto subjects = context.subjects();
  Json kafka = Json::MakeObject();
  kafka.Set("bootstrap", options.kafka.bootstrap_servers()).Set("embedded", options.kafka_embedded);
  kafka.Set("reachable", topics->reachable).Set("error", topics->error.empty() ? Json() : Json(topics->error));
  Json registry = Json::MakeObject();
  std::vector<std::string> urls;
  for (const std::string& url : options.registry.urls) urls.push_back(http::WithoutCredentials(url));
  registry.Set("url", Join(urls, ",")).Set("embedded", options.registry_embedded);
  registry.Set("reachable", subjects->reachable);
  registry.Set("error", subjects->configured ? subjects->error.empty() ? Json() : Json(subjects->error)
                                             : Json("There is no schema registry."));
  Json out = Json::MakeObject();
  out.Set("version", options.version).Set("kafka", std::move(kafka)).Set("registry", std::move(registry));
  return Answer(out.Set("zone", options.zone));
}

Outcome ListTopics(KafkaConsole& context, const Request&) {
  const auto topics = context.topics();
  const auto subjects = context.subjects();
  const auto uses = context.uses();
  Json list = Json::MakeArray();
  list.items().reserve(topics->topics.size());
  for (const TopicState& topic : topics->topics) list.items().push_back(TopicJson(topic, *subjects, *uses));
  Json out = Json::MakeObject();
  out.Set("reachable", topics->reachable).Set("error", topics->error.empty() ? Json() : Json(topics->error));
  return Answer(out.Set("topics", std::move(list)));
}

Json PartitionJson(const PartitionState& partition) {
  Json replicas = Json::MakeArray();
  for (const int32_t id : partition.replicas) replicas.Append(id);
  Json in_sync = Json::MakeArray();
  for (const int32_t id : partition.in_sync) in_sync.Append(id);
  Json out = Json::MakeObject();
  out.Set("id", partition.id).Set("start", partition.start).Set("end", partition.end).Set("leader", partition.leader);
  return out.Set("replicas", std::move(replicas)).Set("in_sync", std::move(in_sync));
}

Json ConfigJson(const kafka::ConfigEntry& entry) {
  const broker::ConfigDef* def = broker::FindTopicConfig(entry.name);
  Json out = Json::MakeObject();
  out.Set("name", entry.name).Set("value", OrNull(entry.value)).Set("is_default", entry.is_default);
  return out.Set("is_read_only", entry.is_read_only).Set("doc", def == nullptr ? "" : def->doc);
}

Outcome GetTopic(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  Json out = TopicJson(topic, *context.subjects(), *context.uses());
  Json partitions = Json::MakeArray();
  for (const PartitionState& partition : topic.partitions) partitions.Append(PartitionJson(partition));
  MR_ASSIGN(const auto entries, context.admin().DescribeConfigs(kafka::ConfigResource::kTopic, topic.name));
  Json configs = Json::MakeArray();
  for (const kafka::ConfigEntry& entry : entries) configs.Append(ConfigJson(entry));
  Json groups = Json::MakeArray();
  for (const GroupState& group : context.groups()->groups) {
    const auto names = group.topics();
    if (!std::binary_search(names.begin(), names.end(), topic.name)) continue;
    int64_t lag = 0;
    for (const GroupOffset& one : group.offsets) lag += one.place.topic == topic.name ? one.lag() : 0;
    Json one = Json::MakeObject();
    one.Set("id", group.description.group_id).Set("lag", lag).Set("state", group.description.state);
    groups.Append(std::move(one));
  }
  out.Set("partition_list", std::move(partitions)).Set("configs", std::move(configs));
  return Answer(out.Set("groups", std::move(groups)));
}

Outcome GetHistory(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const HistoryRange range, RangeOf(request));
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  const TopicStats::History history = context.topic_stats().Read(topic.name, range);
  Json out = HistoryJson(history.messages);
  Json series = Json::MakeObject();
  series.Set("messages_rate", ValuesJson(history.messages_rate)).Set("messages", ValuesJson(history.messages.values));
  return Answer(out.Set("series", std::move(series)));
}

// The member as name -> value; values may be texts, numbers or booleans.
Result<std::map<std::string, std::string>> ParseConfigs(const Json& body, std::string_view member) {
  std::map<std::string, std::string> out;
  const Json* configs = body.Find(member);
  if (configs == nullptr || configs->is_null()) return out;
  if (!configs->is_object()) return UserError(fmt::format("The body's '{}' must be an object.", member));
  for (const auto& [name, value] : configs->members()) {
    if (value.is_array() || value.is_object() || value.is_null()) {
      return UserError(fmt::format("The setting '{}' must be a text or a number.", name));
    }
    out[name] = value.is_string() ? value.AsString() : value.ToString();
  }
  return out;
}

Outcome CreateTopic(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const Json body, ParseBody(request));
  kafka::TopicSpec spec;
  MR_ASSIGN(spec.name, BodyText(body, "name"));
  const bool legal = std::all_of(spec.name.begin(), spec.name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (!legal || spec.name.size() > 249 || spec.name == "." || spec.name == "..") {
    return UserError(fmt::format("'{}' is no name for a topic.", spec.name))
        .WithHint("Use at most 249 letters, digits, '.', '_' and '-'.");
  }
  MR_ASSIGN(const int64_t partitions, BodyNumber(body, "partitions", -1, 1, kMaxPartitions));
  spec.num_partitions = static_cast<int32_t>(partitions);
  MR_ASSIGN(const int64_t replication, BodyNumber(body, "replication_factor", -1, 1, 100));
  spec.replication_factor = static_cast<int32_t>(replication);
  MR_ASSIGN(spec.configs, ParseConfigs(body, "configs"));
  MR_TRY(context.admin().CreateTopic(spec));
  context.LookAtTopics();
  MR_ASSIGN(const TopicState topic, context.FindTopic(spec.name));
  return Answer(TopicJson(topic, *context.subjects(), *context.uses()), 201);
}

Outcome DeleteTopic(KafkaConsole& context, const Request& request) {
  MR_TRY(context.admin().DeleteTopic(request.Parameter("topic")));
  context.LookAtTopics();
  return Answer(Json::MakeObject());
}

Outcome PutConfigs(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const auto configs, ParseConfigs(body, "set"));
  if (configs.empty()) return UserError("The body's 'set' names no setting.");
  const std::string& topic = request.Parameter("topic");
  MR_TRY(context.admin().AlterConfigs(kafka::ConfigResource::kTopic, topic, configs));
  context.LookAtTopics(topic);
  return Answer(Json::MakeObject());
}

Outcome DeleteRecords(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  if (topic.cleanup_policy == "compact") {
    return Conflict(fmt::format("Topic '{}' is compacted; Kafka deletes no records from it.", topic.name))
        .WithHint("Set its cleanup.policy to delete or compact,delete first.");
  }
  std::vector<kafka::TopicPartitionOffset> before;
  for (const PartitionState& partition : topic.partitions)
    before.push_back({{topic.name, partition.id}, kafka::kOffsetEnd, ""});
  MR_TRY(context.admin().DeleteRecords(before));
  context.LookAtTopics();
  return Answer(Json::MakeObject());
}

}  // namespace

void AddTopicRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/info", GetInfo);
  add("GET", "/api/topics", ListTopics);
  add("POST", "/api/topics", CreateTopic);
  add("GET", "/api/topics/{topic}", GetTopic);
  add("DELETE", "/api/topics/{topic}", DeleteTopic);
  add("GET", "/api/topics/{topic}/history", GetHistory);
  add("PUT", "/api/topics/{topic}/configs", PutConfigs);
  add("DELETE", "/api/topics/{topic}/records", DeleteRecords);
}

}  // namespace console
}  // namespace millrace::server
