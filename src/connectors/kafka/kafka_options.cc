#include "connectors/kafka/kafka_options.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::connectors {
namespace {

using Type = OptionType;

OptionTable SharedOptions() {
  return {
      {"connector", Type::kString, "", "The connector's name.", true},
      {"property-version", Type::kInt, "1", "Accepted for compatibility."},
      {"properties.bootstrap.servers", Type::kString, "", "Kafka brokers to start from: `host:port,host:port`.", true},
      {"properties.*", Type::kString, "",
       "Any other property of a Kafka client by its Java name (or librdkafka's); Java-only ones are left out."},
      {"key.format", Type::kString, "", "How record keys are encoded."},
      {"value.format", Type::kString, "", "How record values are encoded."},
      {"key.fields-prefix", Type::kString, "",
       "Prefix of the key's column names, cut off in the key itself. Needs 'value.fields-include' = 'EXCEPT_KEY'."},
      {"value.fields-include",
       Type::kEnum,
       "all",
       "Whether the value holds the key's columns, too.",
       false,
       {"all", "except_key"}},
      {"scan.parallelism", Type::kInt, "", "Accepted; sources run in every slot."},
      {"scan.bounded.mode",
       Type::kEnum,
       "unbounded",
       "Where reading ends.",
       false,
       {"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"}},
      {"scan.bounded.timestamp-millis", Type::kInt, "", "End of mode `timestamp`: epoch millis."},
      {"scan.bounded.specific-offsets", Type::kString, "",
       "Ends of mode `specific-offsets`: `partition:0,offset:42;...`."},
      {"scan.topic-partition-discovery.interval", Type::kDuration, "5 min",
       "How often to look for new partitions (and topics of a pattern); 0 = never."},
      {"error-handling.mode",
       Type::kEnum,
       "fail",
       "What to do with a record that cannot be decoded: fail the job, ignore it, or log it to a table.",
       false,
       {"fail", "ignore", "log"}},
      {"error-handling.log.target", Type::kString, "", "The table that takes bad records in mode `log`."},
      {"sink.delivery-guarantee",
       Type::kEnum,
       "at-least-once",
       "What readers see after a failure; not given: exactly-once when the job's checkpoints are, else at-least-once.",
       false,
       {"at-least-once", "exactly-once", "none"},
       {"sink.semantic"}},
      {"sink.transactional-id-prefix", Type::kString, "",
       "Start of the transactional ids; needed when exactly-once is asked for here. A job has one for each cluster: "
       "that of the first table it writes."},
      {"sink.transaction-naming-strategy", Type::kString, "DEFAULT", "Accepted for compatibility."},
      {"sink.parallelism", Type::kInt, "", "Accepted; sinks run in every slot."},
  };
}

OptionTable Joined(OptionTable a, OptionTable b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Error Invalid(std::string message) { return ValidationError(std::move(message)); }

// 'partition:0,offset:42;partition:1,offset:300'
Result<PartitionOffsets> ParseSpecificOffsets(const Options& options, std::string_view key) {
  const std::string text = options.GetString(key);
  const auto malformed = [&] {
    return Invalid(fmt::format(
        "Invalid properties '{}' should follow the format 'partition:0,offset:42;partition:1,offset:300', but is '{}'.",
        key, text));
  };
  PartitionOffsets out;
  for (const std::string& pair : options.GetList(key)) {
    const std::vector<std::string> parts = Split(pair, ',');
    if (parts.size() != 2 || !Trim(parts[0]).starts_with("partition:") || !Trim(parts[1]).starts_with("offset:")) {
      return malformed();
    }
    const auto partition = ParseInt64(Trim(parts[0]).substr(10));
    const auto offset = ParseInt64(Trim(parts[1]).substr(7));
    if (!partition || !offset || *partition < 0 || *partition > INT32_MAX || *offset < 0) return malformed();
    out[static_cast<int32_t>(*partition)] = *offset;
  }
  if (out.empty()) return malformed();
  return out;
}

Status ReadTopics(const Options& options, bool for_sink, KafkaTable& table) {
  table.topics = options.GetList("topic");
  table.topic_pattern = options.GetString("topic-pattern");
  if (!table.topics.empty() && !table.topic_pattern.empty()) {
    return Invalid("Option 'topic' and 'topic-pattern' shouldn't be set together.");
  }
  if (table.topics.empty() && table.topic_pattern.empty()) {
    return Invalid("Either 'topic' or 'topic-pattern' must be set.");
  }
  if (for_sink && !table.topic_pattern.empty()) {
    return Invalid(fmt::format("Flink Kafka sink currently only supports single topic, but got 'topic-pattern': {}.",
                               table.topic_pattern));
  }
  if (for_sink && table.topics.size() > 1) {
    return Invalid(fmt::format("Flink Kafka sink currently only supports single topic, but got 'topic': [{}].",
                               Join(table.topics, ", ")));
  }
  if (!table.topic_pattern.empty()) {
    try {
      const std::regex checked(table.topic_pattern);
    } catch (const std::regex_error& error) {
      return Invalid(fmt::format("Option 'topic-pattern' is no regular expression: '{}' ({}).", table.topic_pattern,
                                 error.what()));
    }
  }
  return Ok();
}

Status ReadStartup(const Options& options, KafkaTable& table) {
  const std::string mode = options.GetEnum("scan.startup.mode");
  const auto required = [&](std::string_view key) -> Status {
    if (options.Has(key)) return Ok();
    return Invalid(fmt::format("'{}' is required in '{}' startup mode but missing.", key, mode));
  };
  if (mode == "earliest-offset") {
    table.startup = StartupMode::kEarliest;
  } else if (mode == "latest-offset") {
    table.startup = StartupMode::kLatest;
  } else if (mode == "timestamp") {
    table.startup = StartupMode::kTimestamp;
    MR_TRY(required("scan.startup.timestamp-millis"));
    table.startup_timestamp = options.GetInt("scan.startup.timestamp-millis");
  } else if (mode == "specific-offsets") {
    table.startup = StartupMode::kSpecificOffsets;
    MR_TRY(required("scan.startup.specific-offsets"));
    if (table.topics.size() != 1)
      return Invalid("Currently Kafka source only supports specific offset for single topic.");
    MR_ASSIGN(table.startup_offsets, ParseSpecificOffsets(options, "scan.startup.specific-offsets"));
  }
  return Ok();
}

Status ReadBounded(const Options& options, KafkaTable& table) {
  const std::string mode = options.GetEnum("scan.bounded.mode");
  const auto required = [&](std::string_view key) -> Status {
    if (options.Has(key)) return Ok();
    return Invalid(fmt::format("'{}' is required in '{}' bounded mode but missing.", key, mode));
  };
  if (mode == "latest-offset") {
    table.bounded = BoundedMode::kLatest;
  } else if (mode == "group-offsets") {
    table.bounded = BoundedMode::kGroupOffsets;
    MR_TRY(required("properties.group.id"));
  } else if (mode == "timestamp") {
    table.bounded = BoundedMode::kTimestamp;
    MR_TRY(required("scan.bounded.timestamp-millis"));
    table.bounded_timestamp = options.GetInt("scan.bounded.timestamp-millis");
  } else if (mode == "specific-offsets") {
    table.bounded = BoundedMode::kSpecificOffsets;
    MR_TRY(required("scan.bounded.specific-offsets"));
    if (table.topics.size() != 1)
      return Invalid("Currently Kafka source only supports specific offset for single topic.");
    MR_ASSIGN(table.bounded_offsets, ParseSpecificOffsets(options, "scan.bounded.specific-offsets"));
  }
  return Ok();
}

Status ReadSink(const Options& options, KafkaTable& table) {
  const std::string partitioner = options.GetString("sink.partitioner");
  const std::string lower = ToLower(partitioner);
  if (lower == "fixed" || partitioner.ends_with(".FlinkFixedPartitioner")) {
    table.partitioner = PartitionerKind::kFixed;
  } else if (lower == "round-robin") {
    table.partitioner = PartitionerKind::kRoundRobin;
    if (options.Has("key.fields")) {
      return Invalid("Currently 'round-robin' partitioner only works when option 'key.fields' is not specified.");
    }
  } else if (!lower.empty() && lower != "default") {
    return Invalid(fmt::format("Could not find and instantiate partitioner class '{}'", partitioner))
        .WithHint("Partitioners 'default', 'fixed' and 'round-robin' are built in; Java classes cannot run here.");
  }
  const std::string guarantee = options.GetEnum("sink.delivery-guarantee");
  table.has_guarantee = options.Has("sink.delivery-guarantee");
  table.transactional_id_prefix = options.GetString("sink.transactional-id-prefix");
  if (guarantee == "exactly-once") {
    table.guarantee = DeliveryGuarantee::kExactlyOnce;
    if (table.transactional_id_prefix.empty()) {
      return Invalid("sink.transactional-id-prefix must be specified when using DeliveryGuarantee.EXACTLY_ONCE.");
    }
  } else if (guarantee == "none") {
    table.guarantee = DeliveryGuarantee::kNone;
  }
  return Ok();
}

// What both connectors share, fields aside.
Status ReadShared(const connect::TableContext& context, bool for_sink, KafkaTable& table) {
  const Options& options = context.options;
  table.name = context.table_name;
  table.fields = context.physical_fields;
  table.environment = context.environment;
  table.client.properties = options.WithPrefix("properties.");
  table.client.host_aliases = context.environment->host_aliases;
  table.client.clock = context.environment->clock;
  table.has_own_group = table.client.properties.contains("group.id");
  if (!table.has_own_group) table.client.properties["group.id"] = "KafkaSource-" + context.table_name;
  MR_TRY(ReadTopics(options, for_sink, table));
  MR_TRY(ReadBounded(options, table));
  MR_TRY(ReadSink(options, table));
  table.discovery_millis = options.GetDurationMillis("scan.topic-partition-discovery.interval");
  const std::string error_mode = options.GetEnum("error-handling.mode");
  table.error_mode = error_mode == "ignore" ? ErrorMode::kIgnore
                     : error_mode == "log"  ? ErrorMode::kLog
                                            : ErrorMode::kFail;
  if (table.error_mode == ErrorMode::kLog && !options.Has("error-handling.log.target")) {
    return Invalid("'error-handling.log.target' is required in 'error-handling.mode' = 'log' but missing.")
        .WithHint("Name the table that takes the bad records.");
  }
  MR_TRY(kafka::TranslateProperties(table.client.properties,
                                    for_sink ? kafka::ClientRole::kProducer : kafka::ClientRole::kConsumer));
  return Ok();
}

// Distributes the fields over key and value, `key_fields` being chosen.
Status PlaceFields(const connect::TableContext& context, std::vector<size_t> key_fields, KafkaTable& table) {
  const Options& options = context.options;
  table.key.fields = std::move(key_fields);
  table.key.prefix = options.GetString("key.fields-prefix");
  const bool except_key = options.GetEnum("value.fields-include") == "except_key";
  if (!table.key.prefix.empty() && !except_key) {
    return Invalid(
        "A key prefix is not allowed when option 'value.fields-include' is set to 'ALL'. Set it to 'EXCEPT_KEY' "
        "instead to avoid field overlaps.");
  }
  for (const size_t field : table.key.fields) {
    const std::string& name = table.fields[field].name;
    if (name.starts_with(table.key.prefix)) continue;
    return Invalid(
        fmt::format("All fields in 'key.fields' must be prefixed with '{}' when option 'key.fields-prefix' is set "
                    "but field '{}' is not prefixed.",
                    table.key.prefix, name));
  }
  for (size_t i = 0; i < table.fields.size(); ++i) {
    const bool in_key = std::find(table.key.fields.begin(), table.key.fields.end(), i) != table.key.fields.end();
    if (!in_key || !except_key) table.value.fields.push_back(i);
  }
  return Ok();
}

Result<std::vector<size_t>> FindKeyFields(const connect::TableContext& context) {
  std::vector<size_t> out;
  std::vector<std::string> names;
  for (const Field& field : context.physical_fields) names.push_back(field.name);
  for (const std::string& name : context.options.GetList("key.fields")) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) {
      return Invalid(fmt::format(
                         "Could not find the field '{}' in the table schema for usage in the key format. A key field "
                         "must be a regular, physical column. The following columns can be selected in the "
                         "'key.fields' option: [{}]",
                         name, Join(names, ", ")))
          .WithHint(DidYouMean(name, names));
    }
    out.push_back(static_cast<size_t>(it - names.begin()));
  }
  return out;
}

Status RequireInsertOnly(const connect::FormatDef& format, std::string_view side) {
  if (format.changelog.IsInsertOnly()) return Ok();
  return Invalid(fmt::format(
      "'upsert-kafka' connector doesn't support '{}' as {} format, because '{}' is not in insert-only mode.",
      format.name, side, format.name));
}

}  // namespace

const OptionTable& KafkaOptions() {
  static const OptionTable table = Joined(
      SharedOptions(),
      {
          {"topic", Type::kList, "", "Topic to read or write; several to read: `a;b`."},
          {"topic-pattern", Type::kString, "", "Regular expression of topics to read."},
          {"format", Type::kString, "", "How record values are encoded; short for 'value.format'."},
          {"key.fields", Type::kList, "", "Columns that make the record key: `a;b`."},
          {"scan.startup.mode",
           Type::kEnum,
           "group-offsets",
           "Where reading starts without restored state.",
           false,
           {"group-offsets", "earliest-offset", "latest-offset", "timestamp", "specific-offsets"}},
          {"scan.startup.timestamp-millis", Type::kInt, "", "Start of mode `timestamp`: epoch millis."},
          {"scan.startup.specific-offsets", Type::kString, "",
           "Starts of mode `specific-offsets`: `partition:0,offset:42;partition:1,offset:300`."},
          {"sink.partitioner", Type::kString, "default",
           "`default`: murmur2 of the key, else batches go round; `fixed`: one partition per slot; `round-robin`."},
      });
  return table;
}

const OptionTable& UpsertKafkaOptions() {
  static const OptionTable table = Joined(
      SharedOptions(), {
                           {"topic", Type::kList, "", "Topic to read or write.", true},
                           {"sink.buffer-flush.max-rows", Type::kInt, "0",
                            "Keep the last row per key and write after so many rows; needs the interval, too."},
                           {"sink.buffer-flush.interval", Type::kDuration, "0", "Write buffered rows after this time."},
                       });
  return table;
}

connect::ExternalUse KafkaTable::UseAsSource() const {
  connect::ExternalUse use = UseAsSink();
  if (has_own_group) use.group = client.properties.at("group.id");
  return use;
}

connect::ExternalUse KafkaTable::UseAsSink() const {
  return {.system = "kafka",
          .servers = client.bootstrap_servers(),
          .topics = topics,
          .topic_pattern = topic_pattern,
          .group = ""};
}

std::string KafkaTable::topic_words() const { return topics.empty() ? topic_pattern : Join(topics, ";"); }

Result<KafkaTable> ReadKafkaTable(const connect::TableContext& context, bool for_sink) {
  KafkaTable table;
  const Options& options = context.options;
  MR_TRY(ReadShared(context, for_sink, table));
  MR_TRY(ReadStartup(options, table));
  MR_ASSIGN(table.value.format, connect::FindFormat(context, "value.format"));
  MR_ASSIGN(table.value.options, connect::FormatOptions(context, "value.format"));
  MR_ASSIGN(std::vector<size_t> key_fields, FindKeyFields(context));
  const bool has_key_format = options.Has("key.format");
  if (!has_key_format && !key_fields.empty()) {
    return Invalid("The option 'key.fields' can only be declared if a key format is defined using 'key.format'.");
  }
  if (has_key_format) {
    if (key_fields.empty()) {
      return Invalid(
          "A key format 'key.format' requires the declaration of one or more of key fields using 'key.fields'.");
    }
    MR_ASSIGN(table.key.format, connect::FindFormat(context, "key.format"));
    MR_ASSIGN(table.key.options, connect::FormatOptions(context, "key.format"));
  }
  MR_TRY(PlaceFields(context, std::move(key_fields), table));
  if (!context.primary_key.empty() && table.value.format->changelog.IsInsertOnly()) {
    return Invalid(fmt::format(
                       "The Kafka table '{}' with '{}' format doesn't support defining PRIMARY KEY constraint on the "
                       "table, because it can't guarantee the semantic of primary key.",
                       context.table_name, table.value.format->name))
        .WithHint("Use 'connector' = 'upsert-kafka' for a table with a primary key.");
  }
  return table;
}

Result<KafkaTable> ReadUpsertKafkaTable(const connect::TableContext& context, bool for_sink) {
  KafkaTable table;
  table.upsert = true;
  table.startup = StartupMode::kEarliest;
  const Options& options = context.options;
  for (const std::string_view key : {"key.format", "value.format"}) {
    if (options.Has(key)) continue;
    return Invalid(
        fmt::format("One or more required options are missing.\n\nMissing required options are:\n\n{}", key));
  }
  if (context.primary_key.empty()) {
    return Invalid(
        "'upsert-kafka' tables require to define a PRIMARY KEY constraint. The PRIMARY KEY specifies which columns "
        "should be "
        "read from or write to the Kafka message key. The PRIMARY KEY also defines records in the 'upsert-kafka' table "
        "should "
        "update or delete on which keys.");
  }
  MR_TRY(ReadShared(context, for_sink, table));
  if (table.topics.size() > 1) {
    return Invalid(fmt::format("The 'upsert-kafka' connector only supports a single topic, but got: [{}].",
                               Join(table.topics, ", ")));
  }
  MR_ASSIGN(table.key.format, connect::FindFormat(context, "key.format"));
  MR_ASSIGN(table.value.format, connect::FindFormat(context, "value.format"));
  MR_TRY(RequireInsertOnly(*table.key.format, "key"));
  MR_TRY(RequireInsertOnly(*table.value.format, "value"));
  MR_ASSIGN(table.key.options, connect::FormatOptions(context, "key.format"));
  MR_ASSIGN(table.value.options, connect::FormatOptions(context, "value.format"));
  std::vector<size_t> key_fields = context.primary_key;
  std::sort(key_fields.begin(), key_fields.end());  // schema order, whatever the constraint says
  MR_TRY(PlaceFields(context, std::move(key_fields), table));
  table.buffer_rows = static_cast<size_t>(std::max<int64_t>(0, options.GetInt("sink.buffer-flush.max-rows")));
  table.buffer_millis = options.GetDurationMillis("sink.buffer-flush.interval");
  if ((table.buffer_rows > 0) != (table.buffer_millis > 0)) {
    return Invalid(
        "'sink.buffer-flush.max-rows' and 'sink.buffer-flush.interval' must be set to be greater than zero "
        "together to enable sink buffer flushing.");
  }
  return table;
}

}  // namespace millrace::connectors
