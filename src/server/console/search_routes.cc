// /api/topics/{topic}/table and /search: SQL over a topic, run by the engine.
#include <algorithm>

#include <fmt/format.h>

#include "base/secrets.h"
#include "base/strings.h"
#include "data/value.h"
#include "server/console/api.h"
#include "server/console/console_routes.h"
#include "server/console/message_reader.h"
#include "server/console/topic_table.h"

namespace millrace::server::console {

using codec::Json;
using http::Request;
using http::Response;
using Outcome = Result<Response>;

namespace {

constexpr size_t kSamples = 50;  // messages that columns of JSON are inferred from
constexpr int64_t kSampleMillis = 3'000;
constexpr int64_t kMaxRows = 10'000;
constexpr int64_t kProgressMillis = 250;

TableLocation LocationOf(const KafkaConsole& context, const std::string& topic) {
  const KafkaConsoleOptions& options = context.options();
  TableLocation out{topic, Join(options.registry.urls, ","), options.kafka.properties, {}};
  const registry::ClientOptions& client = options.registry;
  if (!client.basic_auth_user.empty()) {
    out.registry["basic-auth.credentials-source"] = "USER_INFO";
    out.registry["basic-auth.user-info"] = client.basic_auth_user + ":" + client.basic_auth_password;
  }
  if (!client.bearer_token.empty()) {
    out.registry["bearer-auth.credentials-source"] = "STATIC_TOKEN";
    out.registry["bearer-auth.token"] = client.bearer_token;
  }
  if (!client.ca_file.empty()) out.registry["ssl.truststore.location"] = client.ca_file;
  return out;
}

// The topic's columns: by its schemas, else by what its last messages look like. Where some of these have no key there
// are no key columns of a schema: Flink's kafka connector leaves records out whose key is null.
Result<TopicTable> TableOf(KafkaConsole& context, const TopicState& topic) {
  const auto subjects = context.subjects();
  std::optional<SideShape> key;
  std::optional<SideShape> value;
  for (const bool is_key : {true, false}) {
    const registry::RegisteredSchema* schema = subjects->OfTopic(topic.name, is_key);
    if (schema == nullptr || schema->content.type != "AVRO") continue;
    MR_ASSIGN(const auto known, context.decoder().Find(schema->id));
    (is_key ? key : value) = ShapeOfAvro(*known->avro);
  }
  std::vector<int32_t> partitions;
  for (const PartitionState& partition : topic.partitions) partitions.push_back(partition.id);
  MR_ASSIGN(const MessagePage page,
            ReadMessages(context, topic.name, partitions, ReadStart{}, kSamples, kSampleMillis));
  std::vector<Json> values;
  size_t with_key = 0;
  std::optional<int64_t> written_with;  // the schema of a last value: known before its subject is looked at again
  for (const Json& message : page.messages) {
    const Json& sample = *message.Find("value");
    if (*sample.FindString("encoding") == "avro") written_with = sample.Find("schema_id")->AsInt();
    if (*sample.FindString("encoding") == "json") values.push_back(*sample.Find("data"));
    with_key += *message.Find("key")->FindString("encoding") == "null" ? 0 : 1;
  }
  if (!value && written_with) {
    MR_ASSIGN(const auto known, context.decoder().Find(static_cast<int32_t>(*written_with)));
    value = ShapeOfAvro(*known->avro);
  }
  if (!value) value = ShapeOfJson(values);
  const bool some_without = with_key < page.messages.size();
  if (!key)
    key = SideShape{.format = some_without && with_key == 0 ? SideShape::Format::kNone : SideShape::Format::kRaw};
  if (key->format == SideShape::Format::kAvro && some_without) key->format = SideShape::Format::kNone;
  return MakeTopicTable(LocationOf(context, topic.name), *key, *value);
}

Json ColumnsJson(const std::vector<Field>& fields) {
  Json out = Json::MakeArray();
  for (const Field& field : fields) {
    Json column = Json::MakeObject();
    out.Append(column.Set("name", field.name).Set("type", field.type.ToString()));
  }
  return out;
}

Outcome GetTable(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  MR_ASSIGN(TopicTable table, TableOf(context, topic));
  for (auto& [name, value] : table.options) value = HiddenIfSecret(name, value);
  Json out = Json::MakeObject();
  return Answer(out.Set("sql", table.CreateStatement() + ";").Set("columns", ColumnsJson(table.columns)));
}

struct Search {
  engine::JobSpec spec;
  uint32_t condition_line = 0;  // where the user's text begins, in the preparation with the statement behind it
  int64_t total = 0;            // records to read
};

Result<int64_t> CountRecords(KafkaConsole& context, const TopicState& topic) {
  std::vector<kafka::TopicPartition> places;
  for (const PartitionState& partition : topic.partitions) places.push_back({topic.name, partition.id});
  MR_ASSIGN(const auto begins, context.admin().BeginningOffsets(places));
  MR_ASSIGN(const auto ends, context.admin().EndOffsets(places));
  int64_t out = 0;
  for (const auto& end : ends) out += end.offset;
  for (const auto& begin : begins) out -= begin.offset;
  return out;
}

// The condition stands on lines of its own, so that the places in messages about it are those of its text.
Result<Search> PlanSearch(KafkaConsole& context, const TopicState& topic, const Json& body) {
  MR_ASSIGN(TopicTable table, TableOf(context, topic));
  const std::string* from = body.FindString("from");
  MR_ASSIGN(const ReadStart start, ParseReadStart(from == nullptr ? "earliest" : *from));
  if (start.kind == ReadStart::Kind::kTime) {
    table.options["scan.startup.mode"] = "timestamp";
    table.options["scan.startup.timestamp-millis"] = std::to_string(start.value);
  } else if (start.kind != ReadStart::Kind::kEarliest) {
    return UserError("A search begins at 'earliest' or at 'time:MILLIS'.");
  }
  table.options["scan.bounded.mode"] = "latest-offset";
  table.options["error-handling.mode"] = "ignore";
  MR_ASSIGN(const int64_t limit, BodyNumber(body, "limit", 100, 1, kMaxRows));
  const std::string* where = body.FindString("where");
  std::vector<std::string> names;
  for (const Field& column : table.columns) names.push_back(QuoteName(column.name));
  Search out;
  out.spec.id = engine::NewJobId();
  out.spec.name = "search " + topic.name;
  out.spec.preparation = fmt::format("SET 'table.local-time-zone' = 'UTC';\n{};\n", table.CreateStatement());
  out.spec.statement = fmt::format("SELECT {} FROM {}", Join(names, ", "), QuoteName(table.name));
  if (where != nullptr && !Trim(*where).empty()) {
    const auto lines = std::count(out.spec.preparation.begin(), out.spec.preparation.end(), '\n');
    out.condition_line = static_cast<uint32_t>(lines) + 2;
    out.spec.statement += fmt::format(" WHERE (\n{}\n)", *where);
  }
  out.spec.statement += fmt::format(" LIMIT {}", limit);
  out.spec.query = true;
  MR_ASSIGN(out.total, CountRecords(context, topic));
  return out;
}

Error InCondition(Error error, const Search& search) {
  if (!error.span) return error;
  if (search.condition_line > 0 && error.span->line >= search.condition_line) {
    error.span->line -= search.condition_line - 1;
  } else {
    error.span.reset();
  }
  return error;
}

int64_t RecordsRead(const engine::JobService& jobs, const std::string& id) {
  const auto report = jobs.Find(id);
  int64_t out = 0;
  if (!report) return out;
  for (const engine::VertexReport& vertex : report->vertices) {
    if (!vertex.inputs.empty() || vertex.operators.empty()) continue;
    out += std::max(vertex.operators[0].records_in, vertex.operators[0].records_out);
  }
  return out;
}

Json CellsJson(const Batch& batch, size_t row, const Schema& schema) {
  Json cells = Json::MakeArray();
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const Value value = ColumnValue(*batch.columns[i], row);
    cells.Append(value.is_null() ? Json() : Json(ValueToString(value, schema.fields[i].type)));
  }
  return cells;
}

void RunSearch(KafkaConsole& context, const Search& search, engine::RowStream& rows, http::ResponseStream& stream) {
  const Json columns = ColumnsJson(rows.schema().fields);
  int64_t matched = 0;
  const auto progress = [&] {
    const int64_t read = RecordsRead(context.jobs(), search.spec.id);
    Json out = Json::MakeObject();
    out.Set("read", std::min(read, search.total)).Set("total", search.total).Set("matched", matched);
    return out;
  };
  int64_t told_nanos = context.clock().MonotonicNanos();
  if (!stream.Write(Event("progress", progress()))) return;
  while (stream.IsOpen()) {
    auto next = rows.Next(kProgressMillis);
    if (!next.ok()) {
      (void)stream.Write(Event("error", ErrorJson(InCondition(next.error(), search))));
      return;
    }
    if (!next->has_value()) break;
    const Batch& batch = **next;
    std::string events;
    for (size_t row = 0; row < batch.num_rows; ++row) {
      Json one = Json::MakeObject();
      if (matched++ == 0) one.Set("columns", columns);
      events += Event("row", one.Set("cells", CellsJson(batch, row, rows.schema())));
    }
    const int64_t now = context.clock().MonotonicNanos();
    if (now - told_nanos >= kProgressMillis * 1'000'000) {
      told_nanos = now;
      events += Event("progress", progress());
    }
    if (!events.empty() && !stream.Write(events)) return;
  }
  Json done = progress();
  (void)stream.Write(Event("done", done));
}

Outcome SearchTopic(KafkaConsole& context, const Request& request) {
  MR_ASSIGN(const Json body, ParseBody(request));
  MR_ASSIGN(const TopicState topic, context.FindTopic(request.Parameter("topic")));
  MR_ASSIGN(const Search search, PlanSearch(context, topic, body));
  auto started = context.jobs().Query(search.spec);
  if (!started.ok()) return InCondition(std::move(started).error(), search);
  const std::shared_ptr<engine::RowStream> rows = std::move(*started);
  return Response::EventStream(
      [&context, search, rows](http::ResponseStream& stream) { RunSearch(context, search, *rows, stream); });
}

}  // namespace

void AddSearchRoutes(http::Router& router, KafkaConsole& context) {
  const auto add = RouteAdder(router, context);
  add("GET", "/api/topics/{topic}/table", GetTable);
  add("POST", "/api/topics/{topic}/search", SearchTopic);
}

}  // namespace millrace::server::console
