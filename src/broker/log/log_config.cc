#include "broker/log/log_config.h"

#include "base/strings.h"

namespace millrace::broker {
namespace {

class Settings {
 public:
  Settings(const ConfigMap& topic, const ConfigMap& broker) : topic_(topic), broker_(broker) {}

  std::string Text(std::string_view name) const {
    const ConfigDef* def = FindTopicConfig(name);
    return def == nullptr ? "" : ResolveTopicConfig(*def, topic_, broker_).value;
  }
  // Writes to `*out` only what parses.
  void Number(std::string_view name, int64_t* out) const {
    if (const auto value = ParseInt64(Trim(Text(name)))) *out = *value;
  }
  void Number(std::string_view name, double* out) const {
    if (const auto value = ParseDouble(Trim(Text(name)))) *out = *value;
  }

 private:
  const ConfigMap& topic_;
  const ConfigMap& broker_;
};

}  // namespace

LogConfig MakeLogConfig(const ConfigMap& topic, const ConfigMap& broker) {
  const Settings settings(topic, broker);
  LogConfig config;
  settings.Number("segment.bytes", &config.segment_bytes);
  settings.Number("segment.ms", &config.segment_ms);
  settings.Number("segment.index.bytes", &config.segment_index_bytes);
  settings.Number("index.interval.bytes", &config.index_interval_bytes);
  settings.Number("max.message.bytes", &config.max_message_bytes);
  settings.Number("retention.ms", &config.retention_ms);
  settings.Number("retention.bytes", &config.retention_bytes);
  settings.Number("delete.retention.ms", &config.delete_retention_ms);
  settings.Number("min.compaction.lag.ms", &config.min_compaction_lag_ms);
  settings.Number("max.compaction.lag.ms", &config.max_compaction_lag_ms);
  settings.Number("min.cleanable.dirty.ratio", &config.min_cleanable_dirty_ratio);
  config.delete_old = config.compact = false;
  for (const std::string& policy : Split(settings.Text("cleanup.policy"), ',')) {
    if (Trim(policy) == "delete") config.delete_old = true;
    if (Trim(policy) == "compact") config.compact = true;
  }
  config.log_append_time = settings.Text("message.timestamp.type") == "LogAppendTime";

  // The older setting for both directions gives way to the newer ones where they are set.
  int64_t both = INT64_MAX;
  settings.Number("message.timestamp.difference.max.ms", &both);
  settings.Number("message.timestamp.before.max.ms", &config.timestamp_before_max_ms);
  settings.Number("message.timestamp.after.max.ms", &config.timestamp_after_max_ms);
  if (config.timestamp_before_max_ms == INT64_MAX) config.timestamp_before_max_ms = both;
  if (config.timestamp_after_max_ms == INT64_MAX) config.timestamp_after_max_ms = both;

  const std::string compression = settings.Text("compression.type");
  config.compression =
      compression == "uncompressed" ? codec::Compression::kNone : codec::CompressionFromName(compression);
  return config;
}

}  // namespace millrace::broker
