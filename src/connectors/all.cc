#include "connectors/all.h"

#include "connectors/blackhole/blackhole_connector.h"
#include "connectors/datagen/datagen_connector.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "connectors/kafka/kafka_connector.h"
#include "connectors/print/print_connector.h"
#include "connectors/upsert_kafka/upsert_kafka_connector.h"

namespace millrace::connectors {

std::vector<connect::ConnectorDef> AllConnectors() {
  return {
      BlackholeConnector(), DatagenConnector(), FilesystemConnector(),
      KafkaConnector(),     PrintConnector(),   UpsertKafkaConnector(),
  };
}

}  // namespace millrace::connectors
