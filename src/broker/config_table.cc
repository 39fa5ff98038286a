#include "broker/config_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace millrace::broker {
namespace {

using enum ConfigType;

const ConfigDef kTopicConfigs[] = {
    {.name = "cleanup.policy",
     .broker_name = "log.cleanup.policy",
     .type = kList,
     .default_value = "delete",
     .doc = "What happens to old segments: delete, compact or both.",
     .choices = {"delete", "compact"}},
    {.name = "compression.type",
     .broker_name = "compression.type",
     .type = kString,
     .default_value = "producer",
     .doc = "The compression of a topic's batches; producer keeps what the producer chose.",
     .choices = {"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"}},
    {.name = "delete.retention.ms",
     .broker_name = "log.cleaner.delete.retention.ms",
     .type = kLong,
     .default_value = "86400000",
     .doc = "How long tombstones of compacted topics stay readable.",
     .min = 0},
    {.name = "file.delete.delay.ms",
     .broker_name = "log.segment.delete.delay.ms",
     .type = kLong,
     .default_value = "60000",
     .doc = "The time before a file is removed from disk.",
     .min = 0},
    {.name = "flush.messages",
     .broker_name = "log.flush.interval.messages",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "Records between two forced writes to disk.",
     .min = 1},
    {.name = "flush.ms",
     .broker_name = "log.flush.interval.ms",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "Milliseconds between two forced writes to disk.",
     .min = 0},
    {.name = "follower.replication.throttled.replicas",
     .broker_name = "",
     .type = kList,
     .default_value = "",
     .doc = "Replicas whose replication is throttled on the follower side."},
    {.name = "index.interval.bytes",
     .broker_name = "log.index.interval.bytes",
     .type = kInt,
     .default_value = "4096",
     .doc = "Bytes of log between two entries of the offset index.",
     .min = 0,
     .max = INT32_MAX},
    {.name = "leader.replication.throttled.replicas",
     .broker_name = "",
     .type = kList,
     .default_value = "",
     .doc = "Replicas whose replication is throttled on the leader side."},
    {.name = "local.retention.bytes",
     .broker_name = "log.local.retention.bytes",
     .type = kLong,
     .default_value = "-2",
     .doc = "Bytes kept locally with tiered storage; -2 = retention.bytes.",
     .min = -2},
    {.name = "local.retention.ms",
     .broker_name = "log.local.retention.ms",
     .type = kLong,
     .default_value = "-2",
     .doc = "Milliseconds kept locally with tiered storage; -2 = retention.ms.",
     .min = -2},
    {.name = "max.compaction.lag.ms",
     .broker_name = "log.cleaner.max.compaction.lag.ms",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "The longest time a record stays out of compaction.",
     .min = 1},
    {.name = "max.message.bytes",
     .broker_name = "message.max.bytes",
     .type = kInt,
     .default_value = "1048588",
     .doc = "The largest record batch accepted, after compression.",
     .min = 0,
     .max = INT32_MAX},
    {.name = "message.downconversion.enable",
     .broker_name = "log.message.downconversion.enable",
     .type = kBool,
     .default_value = "true",
     .doc = "Whether batches are converted for old consumers."},
    {.name = "message.format.version",
     .broker_name = "log.message.format.version",
     .type = kString,
     .default_value = "3.0-IV1",
     .doc = "The format of stored records; always record batches v2."},
    {.name = "message.timestamp.after.max.ms",
     .broker_name = "log.message.timestamp.after.max.ms",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "How far a timestamp may lie in the future.",
     .min = 0},
    {.name = "message.timestamp.before.max.ms",
     .broker_name = "log.message.timestamp.before.max.ms",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "How far a timestamp may lie in the past.",
     .min = 0},
    {.name = "message.timestamp.difference.max.ms",
     .broker_name = "log.message.timestamp.difference.max.ms",
     .type = kLong,
     .default_value = "9223372036854775807",
     .doc = "How far a timestamp may be from the broker's clock.",
     .min = 0},
    {.name = "message.timestamp.type",
     .broker_name = "log.message.timestamp.type",
     .type = kString,
     .default_value = "CreateTime",
     .doc = "Whose clock stamps the records: the producer's or the broker's.",
     .choices = {"CreateTime", "LogAppendTime"}},
    {.name = "min.cleanable.dirty.ratio",
     .broker_name = "log.cleaner.min.cleanable.ratio",
     .type = kDouble,
     .default_value = "0.5",
     .doc = "The share of uncompacted bytes that starts a compaction.",
     .min = 0,
     .max = 1},
    {.name = "min.compaction.lag.ms",
     .broker_name = "log.cleaner.min.compaction.lag.ms",
     .type = kLong,
     .default_value = "0",
     .doc = "The shortest time a record stays out of compaction.",
     .min = 0},
    {.name = "min.insync.replicas",
     .broker_name = "min.insync.replicas",
     .type = kInt,
     .default_value = "1",
     .doc = "Replicas that must have a write for acks=all; this broker is the only one.",
     .min = 1,
     .max = INT32_MAX},
    {.name = "preallocate",
     .broker_name = "log.preallocate",
     .type = kBool,
     .default_value = "false",
     .doc = "Whether the file of a new segment is allocated at once."},
    {.name = "remote.storage.enable",
     .broker_name = "",
     .type = kBool,
     .default_value = "false",
     .doc = "Tiered storage."},
    {.name = "retention.bytes",
     .broker_name = "log.retention.bytes",
     .type = kLong,
     .default_value = "-1",
     .doc = "The size a partition may reach before old segments go; -1 = no limit.",
     .min = -1},
    {.name = "retention.ms",
     .broker_name = "log.retention.ms",
     .type = kLong,
     .default_value = "604800000",
     .doc = "How long records stay; -1 = for ever.",
     .min = -1},
    {.name = "segment.bytes",
     .broker_name = "log.segment.bytes",
     .type = kInt,
     .default_value = "1073741824",
     .doc = "The size of a segment file.",
     .min = 14,
     .max = INT32_MAX},
    {.name = "segment.index.bytes",
     .broker_name = "log.index.size.max.bytes",
     .type = kInt,
     .default_value = "10485760",
     .doc = "The largest size of an index file.",
     .min = 4,
     .max = INT32_MAX},
    {.name = "segment.jitter.ms",
     .broker_name = "log.roll.jitter.ms",
     .type = kLong,
     .default_value = "0",
     .doc = "Random time taken off segment.ms, to spread the work.",
     .min = 0},
    {.name = "segment.ms",
     .broker_name = "log.roll.ms",
     .type = kLong,
     .default_value = "604800000",
     .doc = "The age at which a segment is closed even when it is not full.",
     .min = 1},
    {.name = "unclean.leader.election.enable",
     .broker_name = "unclean.leader.election.enable",
     .type = kBool,
     .default_value = "false",
     .doc = "Whether a replica out of sync may lead; without replicas it never happens."},
};

Error InvalidValue(const ConfigDef& def, std::string_view value, std::string_view why) {
  return UserError(fmt::format("Invalid value {} for configuration {}: {}", value, def.name, why));
}

Status ValidateChoice(const ConfigDef& def, std::string_view value, std::string_view whole) {
  if (def.choices.empty() || std::find(def.choices.begin(), def.choices.end(), value) != def.choices.end()) return Ok();
  return InvalidValue(def, whole, fmt::format("String must be one of: {}", fmt::join(def.choices, ", ")));
}

Status ValidateNumber(const ConfigDef& def, std::string_view value) {
  const std::optional<int64_t> number = ParseInt64(value);
  if (!number.has_value()) return InvalidValue(def, value, "Not a number");
  if (*number < def.min) return InvalidValue(def, value, fmt::format("Value must be at least {}", def.min));
  if (*number > def.max) return InvalidValue(def, value, fmt::format("Value must be at most {}", def.max));
  return Ok();
}

}  // namespace

std::span<const ConfigDef> TopicConfigs() { return kTopicConfigs; }

const ConfigDef* FindTopicConfig(std::string_view name) {
  for (const ConfigDef& def : kTopicConfigs) {
    if (def.name == name) return &def;
  }
  return nullptr;
}

Status ValidateTopicConfig(std::string_view name, std::string_view value) {
  const ConfigDef* def = FindTopicConfig(name);
  if (def == nullptr) return UserError(fmt::format("Unknown topic config name: {}", name));
  switch (def->type) {
    case kBool:
      if (!ParseBool(value).has_value()) return InvalidValue(*def, value, "Expected value to be either true or false");
      return Ok();
    case kInt:
    case kShort:
    case kLong: return ValidateNumber(*def, Trim(value));
    case kDouble: {
      const std::optional<double> number = ParseDouble(Trim(value));
      if (!number.has_value() || !(*number >= static_cast<double>(def->min)) ||
          *number > static_cast<double>(def->max)) {
        return InvalidValue(*def, value, fmt::format("Expected a number between {} and {}", def->min, def->max));
      }
      return Ok();
    }
    case kList:
      for (const std::string& element : Split(value, ',')) {
        if (value.empty()) break;
        MR_TRY(ValidateChoice(*def, Trim(element), value));
      }
      return Ok();
    case kString: return ValidateChoice(*def, value, value);
  }
  return Ok();
}

EffectiveConfig ResolveTopicConfig(const ConfigDef& def, const ConfigMap& topic, const ConfigMap& broker) {
  if (const auto own = topic.find(std::string(def.name)); own != topic.end())
    return {own->second, ConfigSource::kTopic};
  if (!def.broker_name.empty()) {
    const auto wide = broker.find(std::string(def.broker_name));
    if (wide != broker.end()) return {wide->second, ConfigSource::kStaticBroker};
  }
  return {std::string(def.default_value), ConfigSource::kDefault};
}

}  // namespace millrace::broker
