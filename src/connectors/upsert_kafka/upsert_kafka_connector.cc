#include "connectors/upsert_kafka/upsert_kafka_connector.h"

#include "connectors/kafka/kafka_metadata.h"
#include "connectors/kafka/kafka_options.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"

namespace millrace::connectors {

connect::ConnectorDef UpsertKafkaConnector() {
  connect::ConnectorDef def;
  def.name = "upsert-kafka";
  def.options = &UpsertKafkaOptions();
  def.doc = "A Kafka topic as a table with a primary key: upserts and tombstones.";
  def.metadata = KafkaMetadataKeys();
  def.sink_changelog = [](const connect::TableContext&) -> Result<ChangelogMode> { return ChangelogMode::Upsert(); };
  def.make_source = [](const connect::SourceContext& context) -> Result<std::unique_ptr<connect::Source>> {
    MR_ASSIGN(KafkaTable table, ReadUpsertKafkaTable(context.table, false));
    return MakeKafkaSource(std::move(table), context.projected_fields, context.metadata);
  };
  def.make_sink = [](const connect::SinkContext& context) -> Result<std::unique_ptr<connect::Sink>> {
    MR_ASSIGN(KafkaTable table, ReadUpsertKafkaTable(context.table, true));
    return MakeKafkaSink(std::move(table), context.metadata);
  };
  return def;
}

}  // namespace millrace::connectors
