#include "connectors/kafka/kafka_connector.h"

#include "connectors/kafka/kafka_metadata.h"
#include "connectors/kafka/kafka_options.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"

namespace millrace::connectors {

connect::ConnectorDef KafkaConnector() {
  connect::ConnectorDef def;
  def.name = "kafka";
  def.options = &KafkaOptions();
  def.doc = "Reads from and writes to Kafka topics.";
  def.metadata = KafkaMetadataKeys();
  def.sink_changelog = [](const connect::TableContext& table) -> Result<ChangelogMode> {
    MR_ASSIGN(const connect::FormatDef* format, connect::FindFormat(table, "value.format"));
    return format->changelog;
  };
  def.make_source = [](const connect::SourceContext& context) -> Result<std::unique_ptr<connect::Source>> {
    MR_ASSIGN(KafkaTable table, ReadKafkaTable(context.table, false));
    return MakeKafkaSource(std::move(table), context.projected_fields, context.metadata);
  };
  def.make_sink = [](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
    MR_ASSIGN(KafkaTable table, ReadKafkaTable(context.table, true));
    return MakeKafkaSink(std::move(table), context.metadata);
  };
  return def;
}

}  // namespace millrace::connectors
